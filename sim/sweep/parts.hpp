#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "sim/sweep/plan.hpp"

namespace headroom::sweep {

/// What a finished point leaves: its line of points.csv and its table.
struct Record {
  std::string point;                                ///< "p000012"
  std::vector<std::string> axes;                    ///< labels
  std::string status;                               ///< ok, missed, failed
  std::string message;
  std::string outside;                              ///< what it rests on outside the validated range; empty: nothing
  std::vector<std::optional<std::string>> kept;     ///< values of the plan's `keep`
  std::string table;                                ///< rows for yearly.csv, header first; empty if the point failed
};

/// Folder of the part files of a sweep into `target`.
[[nodiscard]] std::filesystem::path parts_folder(const std::filesystem::path& target);

/// What `plan.json` in a folder of parts says: of which plan and program the parts are.
struct PartsHead {
  std::string name, hash, program;
  std::size_t points = 0;
  int replications = 0;
  std::vector<std::string> axes, keep;
  friend bool operator==(const PartsHead&, const PartsHead&) = default;
};
[[nodiscard]] PartsHead head_of(const Plan& plan, const std::string& program_version);
/// Throws InputError if there is none or it cannot be read.
[[nodiscard]] PartsHead read_head(const std::filesystem::path& folder);
[[nodiscard]] bool has_head(const std::filesystem::path& folder);
/// Throws results::WriteError.
void write_head(const std::filesystem::path& folder, const PartsHead& head);

/// One part file a point: a line of JSON with the record, the hash of the plan and length and sha256 of the table, then the
/// table. Written under a hidden name, forced to disk and renamed. Throws results::WriteError.
void write_part(const std::filesystem::path& folder, const PartsHead& head, std::size_t index, const Record& record);

/// Whether a point has a part file, whole or not.
[[nodiscard]] bool has_part(const std::filesystem::path& folder, std::size_t index);
/// The part; nothing if there is none or it is not whole (truncated, changed), and `damage` says why in the latter case.
/// Throws InputError for a part of another plan or program.
[[nodiscard]] std::optional<Record> read_part(const std::filesystem::path& folder, const PartsHead& head, std::size_t index,
                                              std::string* damage = nullptr);

}  // namespace headroom::sweep
