#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>

#include "models/text/csv.hpp"
#include "models/units/error.hpp"
#include "sim/results/dictionary.hpp"
#include "sim/results/directory.hpp"
#include "sim/results/manifest.hpp"
#include "sim/sweep/sweep.hpp"

namespace headroom::sweep {

namespace fs = std::filesystem;

namespace {

/// Folders of parts that the user meant by one folder, in order of name.
std::vector<fs::path> parts_in(const fs::path& folder) {
  if (has_head(parts_folder(folder))) return {parts_folder(folder)};
  if (has_head(folder)) return {folder};
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
    if (has_head(at->path())) found.push_back(at->path());
  }
  if (found.empty()) throw InputError(fmt::format("{}: there are no parts of a sweep, neither in {} nor in folders of it", folder.string(), parts_folder(folder).string()));
  std::sort(found.begin(), found.end());
  return found;
}

/// All parts of one sweep, wherever they lie.
struct Parts {
  PartsHead head;
  std::vector<fs::path> folders;
  std::vector<std::size_t> home;  ///< index of the folder of each point

  [[nodiscard]] Record read(std::size_t index) const {
    std::string damage;
    auto record = read_part(folders[home[index]], head, index, &damage);
    if (!record) throw InputError(fmt::format("{}; run its shard again, or the sweep with --resume", damage.empty() ? point_id(index) + " has gone" : damage));
    return std::move(*record);
  }
};

Parts collect(const std::vector<fs::path>& folders) {
  Parts parts;
  for (const auto& folder : folders) {
    for (auto& found : parts_in(folder)) parts.folders.push_back(std::move(found));
  }
  parts.head = read_head(parts.folders.front());
  for (const auto& folder : parts.folders) {
    if (read_head(folder) != parts.head) {
      throw InputError(fmt::format("{} and {} hold parts of different plans or versions", parts.folders.front().string(), folder.string()));
    }
  }
  const std::size_t none = parts.folders.size();
  parts.home.assign(parts.head.points, none);
  std::string missing;
  std::size_t gaps = 0;
  for (std::size_t i = 0; i < parts.head.points; ++i) {
    for (std::size_t f = 0; f < none; ++f) {
      if (!has_part(parts.folders[f], i)) continue;
      if (parts.home[i] != none) {
        throw InputError(fmt::format("{} is there twice: in {} and in {}", point_id(i), parts.folders[parts.home[i]].string(), parts.folders[f].string()));
      }
      parts.home[i] = f;
    }
    if (parts.home[i] == none && ++gaps <= 5) missing += " " + point_id(i);
  }
  if (gaps > 0) {
    throw InputError(fmt::format("{}: {} of {} points are missing:{}{}", parts.folders.front().string(), gaps, parts.head.points, missing, gaps > 5 ? " ..." : ""));
  }
  return parts;
}

Tally write_points(const Parts& parts, std::ostream& o) {
  Tally tally;
  tally.points = parts.head.points;
  std::vector<std::string> columns{"point"};
  columns.insert(columns.end(), parts.head.axes.begin(), parts.head.axes.end());
  columns.insert(columns.end(), {"status", "message", "outside_validated_range"});
  columns.insert(columns.end(), parts.head.keep.begin(), parts.head.keep.end());
  text::CsvWriter csv(o, columns);
  for (std::size_t i = 0; i < parts.head.points; ++i) {
    const Record record = parts.read(i);
    csv.add(record.point);
    for (const auto& label : record.axes) csv.add(label);
    csv.add(record.status).add(record.message).add(record.outside);
    for (const auto& value : record.kept) csv.add(value ? *value : std::string{});
    csv.end_row();
    tally.add(record.point, record.status, record.outside);
  }
  return tally;
}

void write_tables(const Parts& parts, std::ostream& o) {
  bool header = true;
  for (std::size_t i = 0; i < parts.head.points; ++i) {
    const Record record = parts.read(i);
    if (record.table.empty()) continue;
    o << std::string_view(record.table).substr(header ? 0 : record.table.find('\n') + 1);
    header = false;
  }
}

/// Columns of points.csv as the data dictionary describes them; the strings are those of the head.
results::FileInfo points_info(const PartsHead& head) {
  results::FileInfo info{"points.csv", "points of the sweep, in order of the plan", "point", {{"point", "string", "id of the point; the scenario of its rows in yearly.csv"}}};
  for (const auto& axis : head.axes) info.columns.push_back({axis, "string", "value of this axis of the plan, as the plan writes it"});
  info.columns.push_back({"status", "string", "ok; missed: an expectation is not met; failed: it could not be simulated"});
  info.columns.push_back({"message", "string", "why it failed, or what was missed"});
  info.columns.push_back({"outside_validated_range", "string", "what of the result rests on something outside its validated range; empty: nothing"});
  for (const auto& metric : head.keep) info.columns.push_back({metric, "number", "this metric over the whole run, see metrics in this file; empty: no data"});
  return info;
}

}  // namespace

Tally assemble(const std::vector<fs::path>& folders, const fs::path& target, const std::string& program_version) {
  const Parts parts = collect(folders);
  Tally tally;
  results::ResultDirectory out(target, "sweep");
  out.write("points.csv", [&](std::ostream& o) { tally = write_points(parts, o); });
  out.write("yearly.csv", [&](std::ostream& o) { write_tables(parts, o); });
  const results::FileInfo points = points_info(parts.head);
  out.write("datapackage.json", results::datapackage(parts.head.name, std::nullopt, out.files(), std::span{&points, 1}));
  results::Manifest manifest;
  manifest.kind = "sweep";
  manifest.name = parts.head.name;
  manifest.scenario_hash = parts.head.hash;
  manifest.replications = parts.head.replications;
  manifest.program_version = program_version;
  manifest.files = out.files();
  out.write("manifest.json", results::to_json(manifest));
  out.commit();
  return tally;
}

std::optional<Tally> finished(const Plan& plan, const fs::path& target, const std::string& program_version) {
  const auto manifest = results::read_manifest(target);
  if (!manifest || manifest->kind != "sweep" || manifest->scenario_hash != plan.hash || manifest->program_version != program_version) return std::nullopt;
  Tally tally;
  tally.points = plan.points();
  text::CsvReader csv(target / "points.csv");
  const auto point = csv.column("point"), status = csv.column("status"), outside = csv.column("outside_validated_range");
  while (csv.next()) tally.add(std::string(csv[point]), std::string(csv[status]), std::string(csv[outside]));
  return tally.done == tally.points ? std::optional(tally) : std::nullopt;
}

void remove_parts(const fs::path& target) {
  const fs::path parts = parts_folder(target);
  const fs::path aside = parts.parent_path() / fmt::format(".{}.{}", parts.filename().string(), ::getpid());
  std::error_code error;
  fs::rename(parts, aside, error);
  fs::remove_all(error ? parts : aside, error);
}

}  // namespace headroom::sweep
