#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/serving/curve_cache.hpp"
#include "sim/sweep/parts.hpp"
#include "sim/sweep/plan.hpp"

namespace headroom::sweep {

/// Which points a process runs: those whose index leaves `number` - 1 when divided by `of`.
struct Shard { int number = 1, of = 1; };

/// How far a sweep is.
struct Progress {
  std::size_t done = 0;   ///< of this process's points, earlier ones included
  std::size_t fresh = 0;  ///< of these simulated since it began
  std::size_t all = 0;
};

struct Options {
  int jobs = 1;
  Shard shard;
  bool resume = false;              ///< go on with the part files of an earlier, unfinished sweep of the same plan
  bool fail_fast = false;           ///< stop at the first point that fails or misses an expectation
  std::string program_version;
  sim_serving::CurveCache* curves = nullptr;    ///< shared by all points; null: every point computes its own
  const std::atomic<bool>* stop = nullptr;      ///< set by a signal: finish the points under way, then stop
  std::function<void(const Progress&)> progress;  ///< called from worker threads, one at a time
};

/// What became of points.
struct Tally {
  std::size_t points = 0;     ///< that were asked for
  std::size_t done = 0;
  std::size_t failed = 0;     ///< could not be simulated, or broke an audit equation
  std::size_t missed = 0;     ///< an expectation did not hold
  std::vector<std::string> outside;  ///< points that rest on something outside the validated range, each with what
  void add(const std::string& point, const std::string& status, const std::string& rests_on);
};

/// Reads the first point's scenario and the plan's metrics and expectations against its names, and simulates nothing. Throws
/// InputError with the place in the plan. A first point that cannot be read is no fault of the plan as long as the last can.
void check_plan(const Plan& plan);

/// Simulates one point. A point that cannot be simulated is a record with the reason; throws std::bad_alloc.
[[nodiscard]] Record simulate(const Plan& plan, const Point& point, sim_serving::CurveCache* curves);

/// Runs the shard's points that have no whole part file yet; the tally is over all points of the shard. Parts that are
/// there already are kept if `resume` is set or this is one shard of several. Throws InputError if there are parts and neither
/// holds, or parts of another plan; results::WriteError.
[[nodiscard]] Tally run_points(const Plan& plan, const std::filesystem::path& target, const Options& options);

/// Assembles part files into a result folder. Each of `folders` is the target of a sweep (its parts stand in FOLDER.parts), a folder of
/// parts, or a folder that holds folders of parts. Throws InputError if a point is missing, damaged or there twice, or parts belong to
/// different plans; results::WriteError.
Tally assemble(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& target, const std::string& program_version);

/// The tally of a finished result of this plan and program at `target`; nothing if there is none.
[[nodiscard]] std::optional<Tally> finished(const Plan& plan, const std::filesystem::path& target, const std::string& program_version);

/// Removes the parts of a sweep whose result is complete: under another name first, so that no kill leaves a part of them.
void remove_parts(const std::filesystem::path& target);

}  // namespace headroom::sweep
