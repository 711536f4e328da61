#include "sim/sweep/sweep.hpp"

#include <fmt/format.h>

#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "models/text/csv.hpp"
#include "models/text/number.hpp"
#include "models/units/error.hpp"
#include "sim/fleet/outcome.hpp"
#include "sim/fleet/state.hpp"
#include "sim/results/dictionary.hpp"
#include "sim/results/directory.hpp"
#include "sim/results/manifest.hpp"
#include "sim/scenario/load.hpp"

namespace headroom::sweep {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// What a finished point leaves beside its table: a line of points.csv and what the totals need.
struct Record {
  std::string status;                 ///< ok, missed, failed
  std::string message;
  std::vector<std::optional<double>> kept;
};

fs::path row_file(const fs::path& parts, const Point& p) { return parts / (p.id() + ".json"); }
fs::path table_file(const fs::path& parts, const Point& p) { return parts / (p.id() + ".csv"); }

results::Expectation parse(const Plan::Text& text, const std::string& suffix, const results::Dimensions& names, Currency base) {
  try {
    return results::parse_expectation(text.text + suffix, names, base);
  } catch (const results::ExpectError& e) {
    throw results::ExpectError(fmt::format("{}:{}:{}: {}: {}", text.place.file, text.place.line, text.place.column, text.place.pointer, e.what()));
  }
}

/// A kept metric is named like the left side of an expectation.
std::vector<results::Expectation> kept_of(const Plan& plan, const results::Dimensions& names, Currency base) {
  std::vector<results::Expectation> found;
  for (const auto& text : plan.keep) found.push_back(parse(text, " >= 0", names, base));
  return found;
}

Record simulate_point(const Plan& plan, const Point& p, std::string& table) {
  const auto scenario = scenario::load((plan.folder / plan.base).lexically_normal().string(), p.overlays, p.sets);
  auto expectations = fleet::expectations_of(scenario);
  results::Dimensions names;
  for (const auto& x : scenario.sites) names.sites.push_back(x.id);
  for (const auto& x : scenario.chips) names.chips.push_back(x.id);
  for (const auto& x : scenario.workloads) names.workloads.push_back(x.id);
  const auto kept = kept_of(plan, names, scenario.base_currency);
  for (const auto& text : plan.expect) expectations.push_back(parse(text, "", names, scenario.base_currency));

  auto outcome = fleet::run(scenario, {plan.replications, 1});
  Record record;
  const auto& store = *outcome.central.state->store;
  const auto whole = store.calendar().spans(results::Every::run).front();
  for (const auto& k : kept) record.kept.push_back(store.value(k.metric, k.place, whole));
  record.status = "ok";
  for (const auto& judged : fleet::judge(expectations, outcome)) {
    if (judged.ok) continue;
    record.status = "missed";
    record.message += (record.message.empty() ? "" : "; ") + judged.text + ": " + judged.reason;
  }
  if (!outcome.audit_ok()) {
    record.status = "failed";
    record.message = "the audit failed";
  }
  outcome.yearly.scenario = p.id();
  std::ostringstream out;
  results::write_table_csv(std::span{&outcome.yearly, 1}, out);
  table = out.str();
  return record;
}

void write_point(const Plan& plan, const fs::path& parts, const Point& p) {
  std::string table;
  Record record;
  try {
    record = simulate_point(plan, p, table);
  } catch (const results::WriteError&) {
    throw;
  } catch (const std::exception& e) {
    // A point that cannot be simulated is a row with its reason, not a hole.
    record = {"failed", e.what(), std::vector<std::optional<double>>(plan.keep.size())};
    table.clear();
  }
  json row{{"point", p.id()}, {"axes", p.labels}, {"status", record.status}, {"message", record.message}};
  row["kept"] = json::array();
  for (const auto& value : record.kept) row["kept"].push_back(value ? json(text::shortest(*value)) : json(nullptr));
  // The row comes last: a point is done once it has one.
  results::write_file(table_file(parts, p), [&](std::ostream& o) { o << table; });
  results::write_file(row_file(parts, p), [&](std::ostream& o) { o << row.dump() << "\n"; });
}

json read_json(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw InputError(fmt::format("{}: cannot be read", file.string()));
  try {
    return json::parse(in);
  } catch (const json::exception& e) {
    throw InputError(fmt::format("{}: {}", file.string(), e.what()));
  }
}

/// The parts folder says of which plan its parts are.
void open_parts(const Plan& plan, const fs::path& parts, const Options& options) {
  const fs::path head = parts / "plan.json";
  if (fs::exists(head)) {
    const json found = read_json(head);
    if (found.at("hash") != plan.hash || found.at("program") != options.program_version) {
      throw InputError(fmt::format("{}: holds parts of another plan, other overlays or another version; remove it or choose another --out", parts.string()));
    }
    if (!options.resume && options.shard.of == 1) {
      throw InputError(fmt::format("{}: holds parts of an unfinished sweep; go on with --resume, or remove it", parts.string()));
    }
    return;
  }
  std::error_code error;
  fs::create_directories(parts, error);
  if (error) throw results::WriteError(fmt::format("{}: {}", parts.string(), error.message()));
  json axes = json::array(), keep = json::array();
  for (const Axis& axis : plan.axes) axes.push_back(axis.id);
  for (const auto& k : plan.keep) keep.push_back(k.text);
  const json description{{"format_version", 1}, {"name", plan.name}, {"hash", plan.hash}, {"program", options.program_version},
                         {"points", plan.points()}, {"axes", axes}, {"keep", keep}, {"replications", plan.replications}};
  results::write_file(head, [&](std::ostream& o) { o << description.dump(1) << "\n"; });
}

}  // namespace

fs::path parts_folder(const fs::path& target) { return target.string() + ".parts"; }

Tally run_points(const Plan& plan, const fs::path& target, const Options& options) {
  const fs::path parts = parts_folder(target);
  open_parts(plan, parts, options);
  std::vector<std::size_t> todo;
  std::size_t mine = 0;
  for (std::size_t i = 0; i < plan.points(); ++i) {
    if (i % static_cast<std::size_t>(options.shard.of) != static_cast<std::size_t>(options.shard.number - 1)) continue;
    ++mine;
    if (!fs::exists(row_file(parts, point(plan, i)))) todo.push_back(i);
  }
  std::atomic<std::size_t> next{0}, done{mine - todo.size()};
  std::atomic<bool> halt{false};
  std::mutex talk;
  std::exception_ptr failure;
  const auto work = [&] {
    for (std::size_t t = next++; t < todo.size() && !halt; t = next++) {
      if (options.stop != nullptr && *options.stop) return;
      try {
        const Point p = point(plan, todo[t]);
        write_point(plan, parts, p);
        if (options.fail_fast && read_json(row_file(parts, p)).at("status") == "failed") halt = true;
      } catch (...) {
        const std::lock_guard lock(talk);
        if (!failure) failure = std::current_exception();
        halt = true;
        return;
      }
      const std::size_t n = ++done;
      const std::lock_guard lock(talk);
      if (options.progress) options.progress(n, mine);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 1; i < options.jobs; ++i) threads.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
  Tally tally;
  tally.points = plan.points();
  tally.stopped = (options.stop != nullptr && *options.stop) || halt;
  for (std::size_t i = 0; i < plan.points(); ++i) {
    const fs::path row = row_file(parts, point(plan, i));
    if (!fs::exists(row)) continue;
    const std::string status = read_json(row).at("status");
    ++tally.done;
    tally.failed += status == "failed" ? 1 : 0;
    tally.missed += status == "missed" ? 1 : 0;
  }
  return tally;
}

Tally assemble(const fs::path& parts, const fs::path& target, const std::string& program_version) {
  const json head = read_json(parts / "plan.json");
  Tally tally;
  tally.points = head.at("points");
  std::vector<Point> points(tally.points);
  std::string missing;
  std::size_t gaps = 0;
  for (std::size_t i = 0; i < tally.points; ++i) {
    points[i].index = i;
    if (fs::exists(row_file(parts, points[i]))) continue;
    if (++gaps <= 5) missing += " " + points[i].id();
  }
  if (gaps > 0) throw InputError(fmt::format("{}: {} of {} points are missing:{}{}", parts.string(), gaps, tally.points, missing, gaps > 5 ? " ..." : ""));

  results::ResultDirectory out(target, "sweep");
  out.write("points.csv", [&](std::ostream& o) {
    std::vector<std::string> columns{"point"};
    for (const auto& axis : head.at("axes")) columns.push_back(axis);
    columns.insert(columns.end(), {"status", "message"});
    for (const auto& k : head.at("keep")) columns.push_back(k);
    text::CsvWriter csv(o, columns);
    for (const Point& p : points) {
      const json row = read_json(row_file(parts, p));
      csv.add(row.at("point").get<std::string>());
      for (const auto& label : row.at("axes")) csv.add(label.get<std::string>());
      const std::string status = row.at("status");
      csv.add(status);
      csv.add(row.at("message").get<std::string>());
      for (const auto& value : row.at("kept")) csv.add(value.is_null() ? "" : value.get<std::string>());
      csv.end_row();
      ++tally.done;
      tally.failed += status == "failed" ? 1 : 0;
      tally.missed += status == "missed" ? 1 : 0;
    }
  });
  out.write("yearly.csv", [&](std::ostream& o) {
    bool header = true;
    for (const Point& p : points) {
      std::ifstream in(table_file(parts, p));
      std::string line;
      for (bool first = true; std::getline(in, line); first = false) {
        if (!first || header) o << line << "\n";
      }
      header = false;
    }
  });
  results::Manifest manifest;
  manifest.kind = "sweep";
  manifest.name = head.at("name");
  manifest.scenario_hash = head.at("hash");
  manifest.replications = head.at("replications");
  manifest.program_version = program_version;
  manifest.files = out.files();
  out.write("manifest.json", results::to_json(manifest));
  out.commit();
  return tally;
}

}  // namespace headroom::sweep
