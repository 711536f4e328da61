#include "sim/sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <new>
#include <sstream>
#include <thread>

#include "models/text/number.hpp"
#include "models/units/error.hpp"
#include "sim/fleet/outcome.hpp"
#include "sim/fleet/state.hpp"
#include "sim/fleet/strict.hpp"
#include "sim/results/directory.hpp"
#include "sim/scenario/load.hpp"

namespace headroom::sweep {

namespace fs = std::filesystem;

namespace {

std::string base_of(const Plan& plan) { return (plan.folder / plan.base).lexically_normal().string(); }

results::Expectation parse(const Placed& text, const std::string& suffix, const results::Dimensions& names, Currency base) {
  try {
    return results::parse_expectation(text.text + suffix, names, base);
  } catch (const results::ExpectError& e) {
    throw results::ExpectError(fmt::format("{}:{}:{}: {}: {}", text.place.file, text.place.line, text.place.column, text.place.pointer, e.what()));
  }
}

/// What the plan asks of every point, in the names of one scenario. A kept metric is named like the left side of an expectation.
struct Asked {
  std::vector<results::Expectation> kept, expected;
};

Asked asked_of(const Plan& plan, const scenario::Scenario& scenario) {
  results::Dimensions names;
  for (const auto& x : scenario.sites) names.sites.push_back(x.id);
  for (const auto& x : scenario.chips) names.chips.push_back(x.id);
  for (const auto& x : scenario.workloads) names.workloads.push_back(x.id);
  Asked asked{{}, fleet::expectations_of(scenario)};
  for (const auto& text : plan.keep) asked.kept.push_back(parse(text, " >= 0", names, scenario.base_currency));
  for (const auto& text : plan.expect) asked.expected.push_back(parse(text, "", names, scenario.base_currency));
  return asked;
}

void simulate(const Plan& plan, const Point& p, sim_serving::CurveCache* curves, Record& record) {
  const auto scenario = scenario::load(base_of(plan), p.overlays, p.sets);
  const Asked asked = asked_of(plan, scenario);
  auto outcome = fleet::run(scenario, {plan.replications, 1, curves});
  const auto& store = *outcome.central.state->store;
  const auto whole = store.calendar().spans(results::Every::run).front();
  for (std::size_t k = 0; k < asked.kept.size(); ++k) {
    const auto value = store.value(asked.kept[k].metric, asked.kept[k].place, whole);
    if (value) record.kept[k] = text::shortest(*value);
  }
  record.status = "ok";
  for (const auto& judged : fleet::judge(asked.expected, outcome)) {
    if (judged.ok) continue;
    record.status = "missed";
    record.message += (record.message.empty() ? "" : "; ") + judged.text + ": " + judged.reason;
  }
  if (!outcome.audit_ok()) {
    record.status = "failed";
    record.message = "the audit failed";
  }
  record.outside = fmt::format("{}", fmt::join(fleet::outside_validated_range(outcome), "; "));
  outcome.yearly.scenario = record.point;
  std::ostringstream out;
  results::write_table_csv(std::span{&outcome.yearly, 1}, out);
  record.table = std::move(out).str();
}

/// A fault in what an axis sets is one of the plan's line.
scenario::ScenarioError in_plan(const Plan& plan, const scenario::ScenarioError& error) {
  auto issues = error.issues();
  for (auto& issue : issues) {
    for (const Axis& axis : plan.axes) {
      if (axis.set.text.empty() || issue.file.rfind("--set " + axis.set.text + "=", 0) != 0) continue;
      issue.problem = fmt::format("{} (from {})", issue.problem, issue.file);
      issue.file = axis.set.place.file;
      issue.line = axis.set.place.line;
      issue.column = axis.set.place.column;
      issue.pointer = axis.set.place.pointer;
    }
  }
  return scenario::ScenarioError(scenario::sorted(std::move(issues)));
}

void open_parts(const fs::path& parts, const PartsHead& head, const Options& options) {
  if (has_head(parts)) {
    if (read_head(parts) != head) {
      throw InputError(fmt::format("{}: holds parts of another plan, other overlays or another version; remove it or choose another --out", parts.string()));
    }
    if (!options.resume && options.shard.of == 1) {
      throw InputError(fmt::format("{}: holds parts of an unfinished sweep; go on with --resume, or remove it", parts.string()));
    }
    return;
  }
  std::error_code error;
  fs::create_directories(parts, error);
  if (error) throw results::WriteError(fmt::format("{}: cannot be made: {}", parts.string(), error.message()));
  write_head(parts, head);
}

/// The work of all threads on one shard.
class Runner {
 public:
  Runner(const Plan& plan, const fs::path& parts, const PartsHead& head, const Options& options)
      : plan_(plan), parts_(parts), head_(head), options_(options) {
    const auto of = static_cast<std::size_t>(options.shard.of);
    for (auto i = static_cast<std::size_t>(options.shard.number - 1); i < plan.points(); i += of) {
      ++tally_.points;
      if (const auto record = read_part(parts, head, i)) tally_.add(record->point, record->status, record->outside);
      else todo_.push_back(i);
    }
  }

  Tally run() {
    {
      std::vector<std::jthread> threads;
      for (int i = 1; i < options_.jobs; ++i) threads.emplace_back([this] { work(); });
      work();
    }
    if (failure_) std::rethrow_exception(failure_);
    return tally_;
  }

 private:
  void work() {
    for (std::size_t t = next_++; t < todo_.size() && !halt_; t = next_++) {
      if (options_.stop != nullptr && *options_.stop) return;
      try {
        const Record record = sweep::simulate(plan_, point(plan_, todo_[t]), options_.curves);
        write_part(parts_, head_, todo_[t], record);
        finish(record);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        halt_ = true;
      }
    }
  }

  void finish(const Record& record) {
    const std::lock_guard lock(mutex_);
    tally_.add(record.point, record.status, record.outside);
    ++fresh_;
    if (options_.fail_fast && record.status != "ok") halt_ = true;
    if (options_.progress) options_.progress({tally_.done, fresh_, tally_.points});
  }

  const Plan& plan_;
  const fs::path& parts_;
  const PartsHead& head_;
  const Options& options_;
  std::vector<std::size_t> todo_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> halt_{false};
  std::mutex mutex_;  ///< of what follows
  Tally tally_;
  std::size_t fresh_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

void Tally::add(const std::string& point, const std::string& status, const std::string& rests_on) {
  ++done;
  if (!rests_on.empty()) outside.push_back(point + ": " + rests_on);
  failed += status == "failed" ? 1 : 0;
  missed += status == "missed" ? 1 : 0;
}

void check_plan(const Plan& plan) {
  const auto read = [&](std::size_t i) {
    const Point p = point(plan, i);
    return scenario::load(base_of(plan), p.overlays, p.sets);
  };
  std::optional<scenario::Scenario> scenario;
  try {
    scenario = read(0);
  } catch (const scenario::ScenarioError& first) {
    try {
      scenario = read(plan.points() - 1);
    } catch (const scenario::ScenarioError&) {
      throw in_plan(plan, first);
    }
  }
  static_cast<void>(asked_of(plan, *scenario));
}

Record simulate(const Plan& plan, const Point& point, sim_serving::CurveCache* curves) {
  Record record{point_id(point.index), point.labels, {}, {}, {}, std::vector<std::optional<std::string>>(plan.keep.size()), {}};
  try {
    simulate(plan, point, curves, record);
  } catch (const std::bad_alloc&) {
    throw;  // of the machine, not of the point
  } catch (const std::exception& e) {
    // A point that cannot be simulated is a row with its reason, not a hole.
    record.status = "failed";
    record.message = e.what();
    record.kept.assign(plan.keep.size(), std::nullopt);
    record.table.clear();
  }
  return record;
}

Tally run_points(const Plan& plan, const fs::path& target, const Options& options) {
  const fs::path parts = parts_folder(target);
  const PartsHead head = head_of(plan, options.program_version);
  open_parts(parts, head, options);
  return Runner(plan, parts, head, options).run();
}

}  // namespace headroom::sweep
