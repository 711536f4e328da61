#include "sim/scheduling/traces.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "models/text/csv.hpp"
#include "models/text/nearest.hpp"
#include "models/units/error.hpp"

namespace headroom::scheduling {

namespace {

/// A whole number within bounds, or a fault that names both.
std::int32_t whole(const text::CsvReader& csv, std::size_t column, std::int64_t low, std::int64_t high) {
  const std::int64_t n = csv.integer(column);
  if (n < low || n > high) {
    throw csv.fault(fmt::format("{} is {}; expected {} to {}", csv.header()[column], n, low, high));
  }
  return static_cast<std::int32_t>(n);
}

SimTime seconds_of(const text::CsvReader& csv, std::size_t column) {
  const double s = csv.number(column);
  if (s < 0 || s > 1e9) throw csv.fault(fmt::format("{} is {}; expected 0 to 1e9 seconds", csv.header()[column], csv[column]));
  return engine::to_sim_time(Seconds{s});
}

/// Position of a name in a list, added if it is new.
std::int32_t index_of(std::vector<std::string>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::int32_t>(found - names.begin());
  names.emplace_back(name);
  return static_cast<std::int32_t>(names.size()) - 1;
}

std::int32_t model_of(const text::CsvReader& csv, std::vector<std::string>& models, std::string_view name) {
  const std::int32_t model = index_of(models, name);
  if (model > 63) throw csv.fault("more than 64 accelerator models");
  return model;
}

/// A column that is nearly an optional one which the file lacks is a slip; what it says would be left aside silently.
void refuse_misspelt(const text::CsvReader& csv, const std::filesystem::path& file, const std::vector<Where>& where, std::initializer_list<std::string_view> optional) {
  for (const std::string& column : csv.header()) {
    if (std::any_of(where.begin(), where.end(), [&](const Where& w) { return w.column == column; })) continue;
    for (const std::string_view name : optional) {
      if (csv.find_column(name) || edit_distance(column, name) > static_cast<int>(name.size() / 3)) continue;
      throw text::CsvError(fmt::format("{}:1: unknown column \"{}\"; did you mean \"{}\"?", file.string(), column, name));
    }
  }
}

constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();

}  // namespace

JobTrace read_jobs(const std::filesystem::path& file, const std::vector<Where>& where) {
  text::CsvReader csv(file);
  const std::size_t submit = csv.column("submit_s");
  const std::size_t gpus = csv.column("gpus");
  const std::size_t duration = csv.column("duration_s");
  const auto tenant = csv.find_column("tenant") ? csv.find_column("tenant") : csv.find_column("vc");
  const auto priority = csv.find_column("priority");
  const auto deadline = csv.find_column("deadline_s");
  const auto estimate = csv.find_column("estimate_s");
  const auto checkpoint = csv.find_column("checkpoint_s");
  refuse_misspelt(csv, file, where, {"priority", "deadline_s", "estimate_s", "checkpoint_s"});
  if (!tenant) refuse_misspelt(csv, file, where, {"tenant"});
  std::vector<std::size_t> where_columns;
  for (const Where& w : where) where_columns.push_back(csv.column(w.column));

  JobTrace trace;
  trace.file = file.string();
  trace.has_priorities = priority.has_value();
  trace.has_deadlines = deadline.has_value();
  trace.has_tenants = tenant.has_value();
  while (csv.next()) {
    Job job;
    job.submit = seconds_of(csv, submit);
    job.gpus = whole(csv, gpus, 1, 100'000'000);
    job.duration = seconds_of(csv, duration);
    if (job.submit + job.duration > engine::latest) {
      throw csv.fault(fmt::format("duration_s is {} for a job submitted at {} s; expected an end before {:.0f} s, the last time that a simulation can hold", csv[duration],
                                  csv[submit], engine::to_seconds(engine::latest).base()));
    }
    if (priority) job.priority = whole(csv, *priority, -1'000'000, 1'000'000);
    if (deadline && !csv[*deadline].empty()) job.deadline = job.submit + seconds_of(csv, *deadline);
    if (estimate && !csv[*estimate].empty()) job.estimate = seconds_of(csv, *estimate);
    if (checkpoint && !csv[*checkpoint].empty()) {
      job.checkpoint_every = seconds_of(csv, *checkpoint);
      job.saves_on_preemption = false;
    }
    bool kept = true;
    for (std::size_t w = 0; w < where.size(); ++w) kept = kept && csv[where_columns[w]] == where[w].value;
    if (!kept) continue;
    if (tenant) job.tenant = index_of(trace.tenants, csv[*tenant]);
    trace.jobs.push_back(job);
    trace.lines.push_back(csv.line());
  }
  if (trace.jobs.empty()) {
    std::string conditions;
    for (const Where& w : where) conditions += fmt::format(" {}={}", w.column, w.value);
    throw InputError(fmt::format("{}: no job{}{}", trace.file, where.empty() ? "" : " with", conditions));
  }
  return trace;
}

NodeTrace read_nodes(const std::filesystem::path& file) {
  text::CsvReader csv(file);
  const std::size_t name = csv.column("node");
  const std::size_t cpu = csv.column("cpu_milli");
  const std::size_t memory = csv.column("memory_mib");
  const std::size_t gpu = csv.column("gpu");
  const std::size_t model = csv.column("model");
  NodeTrace trace;
  trace.file = file.string();
  std::set<std::string, std::less<>> names;
  std::int64_t gpus = 0;
  while (csv.next()) {
    if (!names.emplace(csv[name]).second) throw csv.fault(fmt::format("node \"{}\" stands twice", csv[name]));
    trace.nodes.push_back({whole(csv, cpu, 0, most), whole(csv, memory, 0, most), whole(csv, gpu, 0, 64),
                           model_of(csv, trace.models, csv[model])});
    gpus += trace.nodes.back().gpus;
  }
  if (gpus == 0) throw InputError(fmt::format("{}: no node with an accelerator", trace.file));
  return trace;
}

std::vector<PodShape> read_pods(const std::filesystem::path& file, NodeTrace& nodes) {
  text::CsvReader csv(file);
  const std::size_t cpu = csv.column("cpu_milli");
  const std::size_t memory = csv.column("memory_mib");
  const std::size_t count = csv.column("num_gpu");
  const std::size_t milli = csv.column("gpu_milli");
  const auto spec = csv.find_column("gpu_spec");
  refuse_misspelt(csv, file, {}, {"gpu_spec"});
  std::vector<PodShape> pods;
  while (csv.next()) {
    PodShape pod{whole(csv, cpu, 0, most), whole(csv, memory, 0, most), whole(csv, count, 0, 64), whole(csv, milli, 0, whole_gpu), 0};
    if (pod.gpus == 0) pod.gpu_milli = 0;
    if (pod.gpus > 0 && pod.gpu_milli == 0) throw csv.fault("gpu_milli is 0 for a pod with accelerators; expected 1 to 1000");
    if (pod.gpus > 1 && pod.gpu_milli != whole_gpu) {
      throw csv.fault(fmt::format("gpu_milli is {} for {} accelerators; shares of more than one are not possible", pod.gpu_milli, pod.gpus));
    }
    for (std::string_view rest = spec ? csv[*spec] : std::string_view{}; !rest.empty();) {
      const std::size_t bar = std::min(rest.find('|'), rest.size());
      pod.models |= std::uint64_t{1} << model_of(csv, nodes.models, rest.substr(0, bar));
      rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    pods.push_back(pod);
  }
  if (pods.empty()) throw InputError(fmt::format("{}: no pod", file.string()));
  return pods;
}

}  // namespace headroom::scheduling
