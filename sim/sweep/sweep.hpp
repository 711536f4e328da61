#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sim/sweep/plan.hpp"

namespace headroom::sweep {

/// Which points a process runs: those whose index leaves `number` - 1 when divided by `of`.
struct Shard { int number = 1, of = 1; };

struct Options {
  int jobs = 1;
  Shard shard;
  bool resume = false;              ///< go on with the part files of an earlier, unfinished sweep of the same plan
  bool fail_fast = false;
  std::string program_version;
  const std::atomic<bool>* stop = nullptr;      ///< set by a signal: finish the points under way, then stop
  std::function<void(std::size_t done, std::size_t all)> progress;  ///< called from worker threads, one at a time
};

/// What became of the points that are in the part files.
struct Tally {
  std::size_t points = 0;     ///< of the plan
  std::size_t done = 0;
  std::size_t failed = 0;     ///< could not be simulated, or broke an audit equation
  std::size_t missed = 0;     ///< an expectation did not hold
  bool stopped = false;
};

/// Folder of the part files of a sweep into `target`.
[[nodiscard]] std::filesystem::path parts_folder(const std::filesystem::path& target);

/// Runs the shard's points that have no part files yet. Throws InputError if there are parts and `resume` is not set, or parts of
/// another plan; results::WriteError.
[[nodiscard]] Tally run_points(const Plan& plan, const std::filesystem::path& target, const Options& options);

/// Assembles all part files into a result folder. Throws InputError if a point is missing or parts belong to another plan.
/// `plan` absent: whatever plan the parts say they are of.
Tally assemble(const std::filesystem::path& parts, const std::filesystem::path& target, const std::string& program_version);

}  // namespace headroom::sweep
