#include "sim/sweep/parts.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/text/sha256.hpp"
#include "models/units/error.hpp"
#include "sim/results/directory.hpp"

namespace headroom::sweep {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

fs::path part_file(const fs::path& folder, std::size_t index) { return folder / (point_id(index) + ".part"); }
fs::path head_file(const fs::path& folder) { return folder / "plan.json"; }

}  // namespace

fs::path parts_folder(const fs::path& target) {
  fs::path plain = target;
  if (!plain.has_filename()) plain = plain.parent_path();  // "results/s/"
  return plain.string() + ".parts";
}

PartsHead head_of(const Plan& plan, const std::string& program_version) {
  PartsHead head{plan.name, plan.hash, program_version, plan.points(), plan.replications, {}, {}};
  for (const Axis& axis : plan.axes) head.axes.push_back(axis.id);
  for (const auto& k : plan.keep) head.keep.push_back(k.text);
  return head;
}

bool has_head(const fs::path& folder) { return fs::exists(head_file(folder)); }

PartsHead read_head(const fs::path& folder) {
  const fs::path file = head_file(folder);
  std::ifstream in(file);
  if (!in) throw InputError(fmt::format("{}: cannot be read; there are no parts of a sweep", file.string()));
  try {
    const json j = json::parse(in);
    return {j.at("name"), j.at("hash"), j.at("program"), j.at("points"), j.at("replications"), j.at("axes"), j.at("keep")};
  } catch (const json::exception& e) {
    throw InputError(fmt::format("{}: does not describe parts of a sweep: {}", file.string(), e.what()));
  }
}

void write_head(const fs::path& folder, const PartsHead& head) {
  const json j{{"format_version", 1}, {"name", head.name}, {"hash", head.hash}, {"program", head.program}, {"points", head.points},
               {"axes", head.axes}, {"keep", head.keep}, {"replications", head.replications}};
  results::write_file(head_file(folder), [&](std::ostream& o) { o << j.dump(1) << "\n"; });
}

void write_part(const fs::path& folder, const PartsHead& head, std::size_t index, const Record& record) {
  json kept = json::array();
  for (const auto& value : record.kept) kept.push_back(value ? json(*value) : json(nullptr));
  const json line{{"point", record.point}, {"plan", head.hash}, {"program", head.program}, {"axes", record.axes}, {"status", record.status},
                  {"message", record.message}, {"outside", record.outside}, {"kept", kept}, {"table_bytes", record.table.size()}, {"table_sha256", text::sha256(record.table)}};
  // A message may quote bytes of a file that are no UTF-8.
  results::write_file(part_file(folder, index), [&](std::ostream& o) { o << line.dump(-1, ' ', false, json::error_handler_t::replace) << "\n" << record.table; });
}

bool has_part(const fs::path& folder, std::size_t index) { return fs::exists(part_file(folder, index)); }

std::optional<Record> read_part(const fs::path& folder, const PartsHead& head, std::size_t index, std::string* damage) {
  const fs::path file = part_file(folder, index);
  const auto broken = [&](const std::string& why) -> std::optional<Record> {
    if (damage != nullptr) *damage = fmt::format("{}: {}", file.string(), why);
    return std::nullopt;
  };
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string line;
  if (!std::getline(in, line) || in.eof()) return broken("is cut off");
  Record record;
  try {
    const json j = json::parse(line);
    if (j.at("plan") != head.hash || j.at("program") != head.program) {
      throw InputError(fmt::format("{}: is a part of another plan or of another version of the program", file.string()));
    }
    record.point = j.at("point");
    record.axes = j.at("axes");
    record.status = j.at("status");
    record.message = j.at("message");
    record.outside = j.at("outside");
    for (const auto& value : j.at("kept")) record.kept.push_back(value.is_null() ? std::nullopt : std::optional<std::string>(value));
    if (record.point != point_id(index) || record.axes.size() != head.axes.size() || record.kept.size() != head.keep.size()) return broken("belongs to another point");
    std::ostringstream rest;
    if (j.at("table_bytes") != 0) rest << in.rdbuf();
    record.table = std::move(rest).str();
    if (record.table.size() != j.at("table_bytes")) return broken("is cut off");
    if (text::sha256(record.table) != j.at("table_sha256")) return broken("has been changed");
  } catch (const json::exception&) {
    return broken("cannot be read");
  }
  return record;
}

}  // namespace headroom::sweep
