#pragma once

#include <span>
#include <string>
#include <string_view>

namespace headroom::sweep {

/// A sweep as an engine of many machines gets it. Paths are as the user gave them, relative to where the engine starts.
struct Submission {
  std::string name;            ///< of the plan
  std::string plan, out;       ///< PLAN and --out
  std::string program_version;
  std::size_t points = 0;
  int shards = 1;
  int jobs = 1;                ///< threads of a shard
};

/// An engine for which a submission file can be written.
struct Engine {
  std::string_view name;
  std::string_view what;       ///< of the file
  int most_shards;             ///< that the engine takes without being set up for more
  std::string (*write)(const Submission&);
};

/// slurm (array job and a merge that depends on it), k8s (Indexed Job and a merge that waits), parallel (GNU parallel, one machine
/// or several), github (matrix workflow). In all of them a shard that is run again does what is missing only.
[[nodiscard]] std::span<const Engine> engines();

/// A word for a POSIX shell.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace headroom::sweep
