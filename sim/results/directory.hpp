#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::results {

/// A file could not be written: disk full, no permission, quota. The message names the file and the reason. Exit code 1.
struct WriteError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A folder of results that appears whole or not at all. Files are written into a hidden folder beside the target, forced to disk
/// and renamed in one step; until then an older result stands untouched, and if anything fails it stays. Only a result
/// of the same kind (by its manifest) or an empty folder is replaced; files in it that are not ours are kept.
class ResultDirectory {
 public:
  /// Creates the hidden folder, and folders above the target. Throws InputError if something else stands at the target, WriteError.
  /// Leavings of runs that were killed on this host are removed.
  ResultDirectory(const std::filesystem::path& target, std::string kind);
  /// Removes everything unless committed.
  ~ResultDirectory();
  ResultDirectory(const ResultDirectory&) = delete;
  ResultDirectory& operator=(const ResultDirectory&) = delete;

  /// Throws InputError if a result of this kind may not be put at the target. Touches nothing; for a check before a long run.
  static void check(const std::filesystem::path& target, std::string_view kind);

  /// Writes one file whole. Throws WriteError.
  void write(std::string_view name, const std::function<void(std::ostream&)>& writer);
  void write(std::string_view name, std::string_view content);
  /// Names written so far, in order.
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

  /// Puts the folder in its place. Requires that manifest.json was written. Throws InputError, WriteError.
  void commit();
  /// Where the result stands or will stand.
  [[nodiscard]] const std::filesystem::path& target() const { return target_; }

 private:
  void keep_foreign_files();

  std::filesystem::path target_, hidden_;
  std::string kind_;
  std::vector<std::string> files_;
  bool committed_ = false;
};

/// Writes one file whole under a hidden name beside it and renames it; a pipe or a device is written as it stands. Throws WriteError.
void write_file(const std::filesystem::path& file, const std::function<void(std::ostream&)>& writer);

}  // namespace headroom::results
