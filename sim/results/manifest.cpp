#include "sim/results/manifest.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace headroom::results {

namespace {

using Json = nlohmann::ordered_json;

Json number(double x) { return std::isfinite(x) ? Json(x) : Json(fmt::format("{}", x)); }
Json number(const std::optional<double>& x) { return x ? number(*x) : Json(nullptr); }

Json json_of(const Outcome& o) {
  Json j;
  j["text"] = o.text;
  j["ok"] = o.ok;
  j["reason"] = o.reason;
  j["period_start"] = headroom::to_string(o.period.begin);
  j["period_end"] = headroom::to_string(o.period.end);
  j["value"] = number(o.value);
  j["limit"] = number(o.limit);
  j["periods"] = o.periods;
  j["failed_periods"] = o.failed_periods;
  return j;
}

std::string absent_warning(const std::vector<MetricId>& absent) {
  std::string names;
  for (const MetricId id : absent) names += (names.empty() ? "" : ", ") + std::string{info(id).name};
  return "metrics that this run did not produce: " + names;
}

}  // namespace

std::string to_json(const Manifest& m) {
  Json j;
  j["format_version"] = Manifest::format_version;
  j["kind"] = m.kind;
  j["name"] = m.name;
  j["scenario_hash"] = m.scenario_hash;
  j["seed"] = m.seed;
  j["replications"] = m.replications;
  j["program"] = "headroom";
  j["program_version"] = m.program_version;
  j["start"] = headroom::to_string(m.horizon.begin);
  j["end"] = headroom::to_string(m.horizon.end);
  j["base_currency"] = m.base.code();
  j["inputs"] = Json::array();
  for (const auto& input : m.inputs) j["inputs"].push_back({{"path", input.path}, {"sha256", input.sha256}});
  j["audit"] = Json::array();
  for (const auto& a : m.audits) j["audit"].push_back({{"name", a.name}, {"ok", a.ok}, {"worst", number(a.worst)}, {"at", a.at}});
  j["expect"] = Json::array();
  for (const auto& o : m.expectations) j["expect"].push_back(json_of(o));
  j["warnings"] = m.warnings;
  if (!m.absent.empty()) j["warnings"].push_back(absent_warning(m.absent));
  j["absent_metrics"] = Json::array();
  for (const MetricId id : m.absent) j["absent_metrics"].push_back(info(id).name);
  if (!m.statistics.empty()) {
    j["statistics"] = Json::object();
    for (const auto& [name, count] : m.statistics) j["statistics"][name] = count;
  }
  j["files"] = m.files;
  // Names of users' files may hold any bytes; a manifest must not fail on them.
  return j.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<ManifestHead> read_manifest(const std::filesystem::path& folder) {
  std::ifstream in(folder / "manifest.json", std::ios::binary);
  if (!in) return std::nullopt;
  const auto j = nlohmann::json::parse(in, nullptr, false);
  if (!j.is_object()) return std::nullopt;
  const auto text = [&](const char* key) { return j.contains(key) && j[key].is_string() ? j[key].get<std::string>() : std::string{}; };
  if (!j.contains("format_version") || !j["format_version"].is_number_integer() || text("program") != "headroom") return std::nullopt;
  ManifestHead head{j["format_version"].get<int>(), text("kind"), text("name"), text("scenario_hash"), text("program_version"), {}, {}};
  const auto list = [&](const char* key, std::vector<std::string>& to) {
    if (!j.contains(key) || !j[key].is_array()) return;
    for (const auto& item : j[key]) {
      if (item.is_string()) to.push_back(item.get<std::string>());
    }
  };
  list("files", head.files);
  list("warnings", head.warnings);
  if (head.kind.empty()) return std::nullopt;
  return head;
}

}  // namespace headroom::results
