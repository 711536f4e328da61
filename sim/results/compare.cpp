#include "sim/results/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "sim/results/manifest.hpp"

namespace headroom::results {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::equal: return "equal";
    case Verdict::different: return "different";
    case Verdict::better: return "better";
    case Verdict::worse: break;
  }
  return "worse";
}

Compared read_result(const std::filesystem::path& folder, Every every) {
  const auto head = read_manifest(folder);
  if (!head) throw InputError(fmt::format("{}: is no folder of results (it has no manifest.json of headroom)", folder.string()));
  const char* name = every == Every::month ? "timeseries.csv" : "yearly.csv";
  auto read = read_table_csv((folder / name).string());
  return {head->name, std::move(read.tables)};
}

namespace {

using Key = std::tuple<Period, std::string, std::string, std::string, MetricId>;

const std::string& name_of(const std::vector<std::string>& names, const std::optional<std::uint16_t>& index) {
  static const std::string everything = "all";
  return index ? names.at(*index) : everything;
}

Key key_of(const Table& table, const Row& row) {
  const auto& d = table.dimensions;
  return {row.period, name_of(d.sites, row.place.site), name_of(d.chips, row.place.chip), name_of(d.workloads, row.place.workload), row.metric};
}

const Block* find_block(const Table& table, std::string_view replication) {
  const auto found = std::find_if(table.blocks.begin(), table.blocks.end(), [&](const Block& b) { return b.replication == replication; });
  return found == table.blocks.end() ? nullptr : &*found;
}

/// The block that stands for a table beside another: the mean if both have one, else the central run, else the first.
const Block* chosen(const Table& table, const Table& other) {
  if (find_block(table, "mean") != nullptr && find_block(other, "mean") != nullptr) return find_block(table, "mean");
  if (const Block* central = find_block(table, "central")) return central;
  return table.blocks.empty() ? nullptr : &table.blocks.front();
}

/// Differences of numbered replications that both tables have, by key.
std::map<Key, std::vector<double>> paired_differences(const Table& a, const Table& b) {
  std::map<Key, std::vector<double>> result;
  for (const auto& block : a.blocks) {
    if (block.replication == "mean" || block.replication == "central") continue;
    const Block* other = find_block(b, block.replication);
    if (other == nullptr) continue;
    std::map<Key, double> values;
    for (const auto& row : block.rows) {
      if (row.value) values[key_of(a, row)] = *row.value;
    }
    for (const auto& row : other->rows) {
      const auto found = values.find(key_of(b, row));
      if (row.value && found != values.end()) result[found->first].push_back(*row.value - found->second);
    }
  }
  return result;
}

void judge(Change& change, const std::vector<double>* paired) {
  if (!change.a || !change.b) {
    if (change.a.has_value() != change.b.has_value()) change.verdict = Verdict::different;
    return;
  }
  change.difference = *change.b - *change.a;
  if (paired != nullptr && paired->size() > 1) {
    const double n = static_cast<double>(paired->size());
    double sum = 0, squares = 0;
    for (const double d : *paired) sum += d;
    change.difference = sum / n;
    for (const double d : *paired) squares += (d - sum / n) * (d - sum / n);
    change.mc_error = student_975(static_cast<int>(paired->size()) - 1) * std::sqrt(squares / (n - 1) / n);
  }
  if (*change.a != 0) change.relative = *change.difference / std::fabs(*change.a);
  const double size = std::max(std::fabs(*change.a), std::fabs(*change.b));
  if (std::fabs(*change.difference) <= 1e-9 * size || (change.mc_error && std::fabs(*change.difference) <= *change.mc_error)) return;
  const Better better = info(change.metric).better;
  if (better == Better::neither) change.verdict = Verdict::different;
  else change.verdict = (better == Better::more) == (*change.difference > 0) ? Verdict::better : Verdict::worse;
}

void compare_tables(const Table& a, const Table& b, const std::string& scenario, std::vector<Change>& changes) {
  const Block* of_a = chosen(a, b);
  const Block* of_b = chosen(b, a);
  std::map<Key, std::optional<double>> in_b;
  if (of_b != nullptr) {
    for (const auto& row : of_b->rows) in_b[key_of(b, row)] = row.value;
  }
  const auto paired = paired_differences(a, b);
  const auto add = [&](const Key& key, const std::optional<double>& value_a, const std::optional<double>& value_b) {
    const auto& [period, site, chip, workload, metric] = key;
    Change change{scenario, period, site, chip, workload, metric, value_a, value_b, {}, {}, {}, Verdict::equal};
    const auto found = paired.find(key);
    judge(change, found == paired.end() ? nullptr : &found->second);
    changes.push_back(std::move(change));
  };
  if (of_a != nullptr) {
    for (const auto& row : of_a->rows) {
      const Key key = key_of(a, row);
      const auto found = in_b.find(key);
      add(key, row.value, found == in_b.end() ? std::nullopt : found->second);
      if (found != in_b.end()) in_b.erase(found);
    }
  }
  if (of_b == nullptr) return;
  for (const auto& row : of_b->rows) {
    const Key key = key_of(b, row);
    if (in_b.count(key) != 0) add(key, std::nullopt, row.value);
  }
}

}  // namespace

std::vector<Change> compare(const Compared& a, const Compared& b) {
  const auto currency = [](const Compared& c) {
    for (const auto& table : c.tables) {
      if (table.base != Currency{}) return table.base;
    }
    return Currency{};
  };
  if (currency(a) != currency(b) && currency(a) != Currency{} && currency(b) != Currency{}) {
    throw InputError(fmt::format("{} is in {} and {} in {}; results compare in one base currency only", a.label, currency(a).code(), b.label,
                                 currency(b).code()));
  }
  std::vector<Change> changes;
  if (a.tables.size() == 1 && b.tables.size() == 1) {
    compare_tables(a.tables[0], b.tables[0], {}, changes);
    return changes;
  }
  const Table nothing{};
  for (const auto& table : a.tables) {
    const auto same = std::find_if(b.tables.begin(), b.tables.end(), [&](const Table& t) { return t.scenario == table.scenario; });
    compare_tables(table, same == b.tables.end() ? nothing : *same, table.scenario, changes);
  }
  for (const auto& table : b.tables) {
    const bool known = std::any_of(a.tables.begin(), a.tables.end(), [&](const Table& t) { return t.scenario == table.scenario; });
    if (!known) compare_tables(nothing, table, table.scenario, changes);
  }
  return changes;
}

FailIf parse_fail_if(std::string_view text, Currency base) {
  FailIf condition;
  condition.text = text;
  // The sentence is that of an expectation but for its unit, which may be relative: take that off and read the rest.
  std::string_view sentence = text;
  while (!sentence.empty() && sentence.back() == ' ') sentence.remove_suffix(1);
  const auto drop = [&](std::string_view tail) {
    if (!sentence.ends_with(tail)) return false;
    sentence.remove_suffix(tail.size());
    return true;
  };
  condition.relative = drop("%");
  const bool points = !condition.relative && drop("pp");
  // Names of places are those of the results, not known before they are read: any name is taken.
  Dimensions names;
  const auto open = sentence.find('('), close = sentence.find(')');
  if (open != std::string_view::npos && close != std::string_view::npos && open < close) {
    std::string_view inside = sentence.substr(open + 1, close - open - 1);
    while (!inside.empty()) {
      const auto comma = std::min(inside.find(','), inside.size());
      const std::string_view pair = inside.substr(0, comma);
      inside.remove_prefix(std::min(comma + 1, inside.size()));
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos) continue;
      const auto trim = [](std::string_view s) {
        while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
        while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
        return s;
      };
      const std::string value{trim(pair.substr(equals + 1))};
      const std::string_view dim = trim(pair.substr(0, equals));
      if (dim == "site") names.sites.push_back(condition.site = value);
      if (dim == "chip") names.chips.push_back(condition.chip = value);
      if (dim == "workload") names.workloads.push_back(condition.workload = value);
    }
  }
  const Expectation e = parse_expectation(sentence, names, base);
  if (e.every != Every::run) throw ExpectError(fmt::format("--fail-if \"{}\": the condition is looked at in every period; leave \"in every ...\" out", text));
  if (points && info(e.metric).unit != Unit::one) throw ExpectError(fmt::format("--fail-if \"{}\": pp is for shares; {} is none", text, info(e.metric).name));
  condition.metric = e.metric;
  condition.op = e.op;
  condition.limit = condition.relative || points ? e.limit / 100 : e.limit;
  return condition;
}

Outcome evaluate(const FailIf& condition, std::span<const Change> changes) {
  Outcome out;
  out.text = "not " + condition.text;
  out.limit = condition.limit;
  for (const auto& c : changes) {
    if (c.metric != condition.metric || c.site != condition.site || c.chip != condition.chip || c.workload != condition.workload) continue;
    ++out.periods;
    auto value = condition.relative ? c.relative : c.difference;
    if (condition.relative && !value && c.difference && *c.difference == 0) value = 0;
    const std::string when = fmt::format("{}{} to {}", c.scenario.empty() ? "" : c.scenario + " ", headroom::to_string(c.period.begin), headroom::to_string(c.period.end));
    if (value && !holds(*value, condition.op, condition.limit)) continue;
    ++out.failed_periods;
    if (out.failed_periods > 1) continue;
    out.period = c.period;
    out.value = value;
    if (!value) {
      out.reason = fmt::format("no data to compare in {}", when);
    } else if (condition.relative) {
      out.reason = fmt::format("changed by {:+.4g} % in {}", *value * 100, when);
    } else {
      out.reason = fmt::format("changed by {:+.6g} in {}", *value, when);
    }
  }
  out.ok = out.periods > 0 && out.failed_periods == 0;
  if (out.periods == 0) out.reason = "no data: neither result has such a row";
  else if (out.ok) out.reason = fmt::format("in none of {} periods", out.periods);
  else if (out.failed_periods > 1) out.reason += fmt::format("; in {} of {} periods", out.failed_periods, out.periods);
  return out;
}

}  // namespace headroom::results
