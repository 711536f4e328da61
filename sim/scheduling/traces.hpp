#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sim/scheduling/job.hpp"
#include "sim/scheduling/pod.hpp"

namespace headroom::scheduling {

/// Jobs of a trace in the file's order, and the line of each for messages.
struct JobTrace {
  std::string file;
  std::vector<Job> jobs;
  std::vector<std::int64_t> lines;
  std::vector<std::string> tenants;  ///< names by Job::tenant
  bool has_priorities = false, has_deadlines = false, has_tenants = false;  ///< columns of the file
};

/// A condition on rows: the column's text equals the value.
struct Where {
  std::string column;
  std::string value;
};

/// Reads jobs: columns submit_s, gpus, duration_s; optional ones are vc or tenant (Job::tenant, by first appearance),
/// priority, deadline_s (after submission), estimate_s, checkpoint_s (work done since the last multiple is lost when the job
/// is evicted; empty: nothing is). Only rows that meet all conditions are kept, but every row is checked.
/// Other columns are left aside, as public traces have many.
/// Throws InputError ("FILE:LINE: ...") for a missing column, one that is nearly an optional one, a malformed number, fewer than one accelerator or a negative
/// time, and if no row is left.
[[nodiscard]] JobTrace read_jobs(const std::filesystem::path& file, const std::vector<Where>& where = {});

/// A cluster's nodes. Columns node, cpu_milli, memory_mib, gpu, model.
struct NodeTrace {
  std::string file;
  std::vector<NodeShape> nodes;
  std::vector<std::string> models;  ///< names by NodeShape::model
};
[[nodiscard]] NodeTrace read_nodes(const std::filesystem::path& file);

/// Pods in the file's order. Columns cpu_milli, memory_mib, num_gpu, gpu_milli and, optional, gpu_spec (allowed models
/// joined by "|", empty = any). Adds models that only pods know to `nodes.models`. Throws like read_jobs.
[[nodiscard]] std::vector<PodShape> read_pods(const std::filesystem::path& file, NodeTrace& nodes);

}  // namespace headroom::scheduling
