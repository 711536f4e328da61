#include "sim/results/directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ostream>
#include <streambuf>
#include <system_error>

#include "models/text/number.hpp"
#include "models/units/error.hpp"
#include "sim/results/manifest.hpp"

namespace headroom::results {

namespace fs = std::filesystem;

namespace {

std::string reason(int error) { return std::generic_category().message(error); }
[[noreturn]] void fail(const fs::path& what, int error) { throw WriteError(fmt::format("{}: cannot be written: {}", what.string(), reason(error))); }

/// A stream buffer over a file that remembers the first error, which std::ofstream does not.
class FileBuffer : public std::streambuf {
 public:
  explicit FileBuffer(const fs::path& file) : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (file_ < 0) error_ = errno;
    setp(buffer_.data(), buffer_.data() + buffer_.size());
  }
  ~FileBuffer() override {
    if (file_ >= 0) ::close(file_);
  }
  FileBuffer(const FileBuffer&) = delete;
  FileBuffer& operator=(const FileBuffer&) = delete;

  /// Writes what is left, forces it to disk and closes. Returns the first error of all, or 0.
  int finish() {
    flush();
    // Some file systems cannot sync; that is no loss of data yet.
    if (error_ == 0 && ::fsync(file_) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP) error_ = errno;
    if (file_ >= 0 && ::close(file_) != 0 && error_ == 0) error_ = errno;
    file_ = -1;
    return error_;
  }

 protected:
  int_type overflow(int_type c) override {
    if (!flush()) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) {
      *pptr() = traits_type::to_char_type(c);
      pbump(1);
    }
    return traits_type::not_eof(c);
  }
  int sync() override { return flush() ? 0 : -1; }

 private:
  bool flush() {
    const char* next = pbase();
    while (error_ == 0 && next < pptr()) {
      const ssize_t n = ::write(file_, next, static_cast<std::size_t>(pptr() - next));
      if (n >= 0) next += n;
      else if (errno != EINTR) error_ = errno;
    }
    setp(buffer_.data(), buffer_.data() + buffer_.size());
    return error_ == 0;
  }

  std::array<char, 1 << 16> buffer_;
  int file_;
  int error_ = 0;
};

void write_whole(const fs::path& file, const std::function<void(std::ostream&)>& writer) {
  FileBuffer buffer{file};
  std::ostream out{&buffer};
  writer(out);
  if (const int error = buffer.finish()) fail(file, error);
}

void sync_folder(const fs::path& folder) {
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  ::fsync(handle);
  ::close(handle);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "host";
  std::string text{name.data()};
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

/// ".NAME.headroom-HOST-" in front of the process id.
std::string hidden_prefix(const fs::path& target) { return fmt::format(".{}.headroom-{}-", target.filename().string(), host_name()); }

/// An absolute path without dots, links above it resolved, no trailing slash.
fs::path plain(const fs::path& target) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(target), error);
  if (error) path = fs::absolute(target).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path;
}

void remove_leavings(const fs::path& target) {
  const std::string prefix = hidden_prefix(target);
  std::error_code error;
  for (fs::directory_iterator at{target.parent_path(), error}, end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string rest = name.substr(prefix.size());
    const auto process = text::parse_int(std::string_view{rest}.substr(0, rest.find('-')));
    if (!process || *process <= 0) continue;
    // A process of that number may be another one by now; then the leaving waits for a later run.
    if (::kill(static_cast<pid_t>(*process), 0) == 0 || errno != ESRCH) continue;
    std::error_code ignored;
    fs::remove_all(at->path(), ignored);
  }
}

/// Two folders trade places in one step where the kernel can (Linux 3.15, most file systems), else in two with a way back.
void exchange(const fs::path& fresh, const fs::path& old) {
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, old.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) fail(old, errno);
  fs::path aside = fresh;
  aside += "-old";
  if (::rename(old.c_str(), aside.c_str()) != 0) fail(old, errno);
  if (::rename(fresh.c_str(), old.c_str()) != 0) {
    const int error = errno;
    ::rename(aside.c_str(), old.c_str());
    fail(old, error);
  }
  if (::rename(aside.c_str(), fresh.c_str()) != 0) fail(fresh, errno);
}

}  // namespace

void ResultDirectory::check(const fs::path& target, std::string_view kind) {
  const fs::path path = plain(target);
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) {
    for (fs::path above = path.parent_path(); !above.empty(); above = above.parent_path()) {
      const auto there = fs::status(above, error);
      if (!fs::exists(there)) continue;
      if (!fs::is_directory(there)) throw InputError(fmt::format("{}: {} is not a folder", target.string(), above.string()));
      break;
    }
    return;
  }
  if (!fs::is_directory(status)) throw InputError(fmt::format("{}: a file stands where the results should go; remove it or choose another --out", target.string()));
  if (fs::is_empty(path, error) && !error) return;
  const auto head = read_manifest(path);
  if (!head) {
    throw InputError(fmt::format("{}: holds files and is no result of headroom (it has no manifest.json of ours); choose another --out or remove it", target.string()));
  }
  if (head->kind != kind) {
    throw InputError(fmt::format("{}: holds the result of a {}, which a {} does not replace; choose another --out or remove it", target.string(), head->kind, kind));
  }
}

ResultDirectory::ResultDirectory(const fs::path& target, std::string kind) : target_(plain(target)), kind_(std::move(kind)) {
  check(target_, kind_);
  std::error_code error;
  fs::create_directories(target_.parent_path(), error);
  if (error) fail(target_.parent_path(), error.value());
  remove_leavings(target_);
  const std::string prefix = hidden_prefix(target_) + std::to_string(::getpid());
  // Several results at once in one process (a sweep's threads) get numbers of their own.
  for (int n = 0;; ++n) {
    hidden_ = target_.parent_path() / (n == 0 ? prefix : fmt::format("{}-{}", prefix, n));
    if (fs::create_directory(hidden_, error)) return;
    if (error) fail(hidden_, error.value());
  }
}

ResultDirectory::~ResultDirectory() {
  if (committed_) return;
  std::error_code ignored;
  fs::remove_all(hidden_, ignored);
}

void ResultDirectory::write(std::string_view name, const std::function<void(std::ostream&)>& writer) {
  const fs::path file = hidden_ / name;
  std::error_code error;
  if (file.parent_path() != hidden_) fs::create_directories(file.parent_path(), error);
  if (error) fail(file.parent_path(), error.value());
  try {
    write_whole(file, writer);
  } catch (const WriteError& e) {
    // The user knows the target, not the hidden name.
    std::string what = e.what();
    const auto at = what.find(hidden_.string());
    if (at != std::string::npos) what.replace(at, hidden_.string().size(), target_.string());
    throw WriteError(what);
  }
  if (std::find(files_.begin(), files_.end(), name) == files_.end()) files_.emplace_back(name);
}

void ResultDirectory::write(std::string_view name, std::string_view content) {
  write(name, [content](std::ostream& out) { out.write(content.data(), static_cast<std::streamsize>(content.size())); });
}

void ResultDirectory::keep_foreign_files() {
  const auto head = read_manifest(target_);
  if (!head) return;
  const auto ours = [&](const std::string& name) {
    if (name == "manifest.json" || name == "report.html") return true;
    const auto is = [&](const std::string& f) { return f == name || f.compare(0, name.size() + 1, name + "/") == 0; };
    return std::any_of(head->files.begin(), head->files.end(), is);
  };
  for (const auto& entry : fs::directory_iterator{target_}) {
    const std::string name = entry.path().filename().string();
    if (ours(name) || fs::exists(hidden_ / name)) continue;
    std::error_code error;
    // Links cost nothing and leave the older folder whole until it is dropped; where there are none, copies.
    fs::copy(entry.path(), hidden_ / name, fs::copy_options::recursive | fs::copy_options::create_hard_links, error);
    if (error) {
      error.clear();
      fs::remove_all(hidden_ / name, error);
      fs::copy(entry.path(), hidden_ / name, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
    }
    if (error) throw WriteError(fmt::format("{}: cannot be kept: {}", entry.path().string(), error.message()));
  }
}

void ResultDirectory::commit() {
  if (std::find(files_.begin(), files_.end(), "manifest.json") == files_.end()) throw std::logic_error("a result without a manifest");
  check(target_, kind_);
  sync_folder(hidden_);
  std::error_code error;
  if (fs::exists(target_, error) && !fs::is_empty(target_, error)) {
    keep_foreign_files();
    exchange(hidden_, target_);
    fs::remove_all(hidden_, error);
  } else if (::rename(hidden_.c_str(), target_.c_str()) != 0) {
    fail(target_, errno);
  }
  committed_ = true;
  sync_folder(target_.parent_path());
}

void write_file(const fs::path& file, const std::function<void(std::ostream&)>& writer) {
  const fs::path path = fs::absolute(file);
  std::error_code error;
  // A pipe or a device such as /dev/stdout is written as it stands: a rename would put a file in its place.
  if (const fs::file_status there = fs::status(path, error); fs::exists(there) && !fs::is_regular_file(there) && !fs::is_directory(there)) {
    return write_whole(path, writer);
  }
  fs::create_directories(path.parent_path(), error);
  if (error) fail(path.parent_path(), error.value());
  const fs::path hidden = path.parent_path() / (hidden_prefix(path) + std::to_string(::getpid()));
  try {
    write_whole(hidden, writer);
    if (::rename(hidden.c_str(), path.c_str()) != 0) fail(path, errno);
  } catch (...) {
    fs::remove(hidden, error);
    throw;
  }
  sync_folder(path.parent_path());
}

}  // namespace headroom::results
