#include "sim/results/directory.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <sstream>

#include "models/units/error.hpp"
#include "sim/results/manifest.hpp"

using namespace headroom;
using namespace headroom::results;
namespace fs = std::filesystem;

namespace {

/// A folder of its own that goes away with the test.
struct Room {
  fs::path path;
  Room() {
    std::string name = (fs::temp_directory_path() / "headroom-test-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Room() { fs::remove_all(path); }
  std::vector<std::string> names() const {
    std::vector<std::string> list;
    for (const auto& entry : fs::directory_iterator{path}) list.push_back(entry.path().filename().string());
    std::sort(list.begin(), list.end());
    return list;
  }
};

std::string content(const fs::path& file) {
  std::ifstream in{file};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}
void put(const fs::path& file, const std::string& text) { std::ofstream{file} << text; }

void make_result(const fs::path& target, const std::string& yearly, const std::string& kind = "run") {
  ResultDirectory result{target, kind};
  result.write("yearly.csv", yearly);
  Manifest manifest;
  manifest.kind = kind;
  manifest.name = "plan";
  manifest.files = result.files();
  result.write("manifest.json", to_json(manifest));
  result.commit();
}

}  // namespace

TEST_CASE("a result appears whole under its name and leaves nothing beside it", "[results]") {
  const Room room;
  {
    ResultDirectory result{room.path / "deep" / "er" / "plan", "run"};
    result.write("yearly.csv", "a\n");
    REQUIRE_FALSE(fs::exists(result.target()));
    Manifest manifest;
    result.write("manifest.json", to_json(manifest));
    result.commit();
  }
  REQUIRE(content(room.path / "deep/er/plan/yearly.csv") == "a\n");
  REQUIRE(std::distance(fs::directory_iterator{room.path / "deep/er"}, fs::directory_iterator{}) == 1);
}

TEST_CASE("an older result stands until a whole one replaces it, and foreign files are kept", "[results]") {
  const Room room;
  const auto target = room.path / "plan";
  make_result(target, "old\n");
  put(target / "notes.txt", "mine");
  fs::create_directory(target / "figures");
  put(target / "figures" / "a.svg", "<svg/>");
  put(target / "report.html", "of the old result");
  {
    ResultDirectory abandoned{target, "run"};
    abandoned.write("yearly.csv", "half");
  }
  REQUIRE(content(target / "yearly.csv") == "old\n");
  make_result(target, "new\n");
  REQUIRE(content(target / "yearly.csv") == "new\n");
  REQUIRE(content(target / "notes.txt") == "mine");
  REQUIRE(content(target / "figures" / "a.svg") == "<svg/>");
  REQUIRE_FALSE(fs::exists(target / "report.html"));
  REQUIRE(room.names() == std::vector<std::string>{"plan"});
}

TEST_CASE("what is not a result of the same kind is never replaced", "[results]") {
  const Room room;
  put(room.path / "file", "text");
  REQUIRE_THROWS_WITH((ResultDirectory{room.path / "file", "run"}), Catch::Contains("a file stands"));
  REQUIRE_THROWS_AS((ResultDirectory{room.path / "file" / "below", "run"}), InputError);
  fs::create_directory(room.path / "photos");
  put(room.path / "photos" / "manifest.json", "{\"format_version\": 1}");
  REQUIRE_THROWS_WITH((ResultDirectory{room.path / "photos", "run"}), Catch::Contains("no result of headroom"));
  make_result(room.path / "sweep", "x", "sweep");
  REQUIRE_THROWS_WITH((ResultDirectory{room.path / "sweep", "run"}), Catch::Contains("result of a sweep"));
  fs::create_directory(room.path / "empty");
  make_result(room.path / "empty", "x");
  REQUIRE(content(room.path / "file") == "text");
  REQUIRE(room.names() == std::vector<std::string>{"empty", "file", "photos", "sweep"});
  // Something that came in the way while the run went on is not replaced either.
  ResultDirectory late{room.path / "late", "run"};
  late.write("manifest.json", to_json(Manifest{}));
  put(room.path / "late", "came first");
  REQUIRE_THROWS_AS(late.commit(), InputError);
  REQUIRE(content(room.path / "late") == "came first");
}

TEST_CASE("a result without a manifest is not committed", "[results]") {
  const Room room;
  ResultDirectory result{room.path / "plan", "run"};
  result.write("yearly.csv", "a");
  REQUIRE_THROWS_AS(result.commit(), std::logic_error);
}

TEST_CASE("a full disk is a clear error, the older result stays and nothing is left behind", "[results]") {
  const Room room;
  make_result(room.path / "plan", "old\n");
  // A limit on the size of files stands for the full disk: writing beyond it fails in the same place, with EFBIG.
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 100'000;
  ::setrlimit(RLIMIT_FSIZE, &small);
  std::string message;
  try {
    make_result(room.path / "plan", std::string(1'000'000, 'x'));
  } catch (const WriteError& e) {
    message = e.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  REQUIRE(message.find("plan/yearly.csv: cannot be written: File too large") != std::string::npos);
  REQUIRE(content(room.path / "plan" / "yearly.csv") == "old\n");
  REQUIRE(room.names() == std::vector<std::string>{"plan"});
}

TEST_CASE("a folder that may not be written is a clear error", "[results]") {
  const Room room;
  if (::geteuid() == 0) {
    // Permissions do not bind root; a place that is no folder for anybody does.
    REQUIRE_THROWS_AS((ResultDirectory{"/proc/headroom/plan", "run"}), WriteError);
    return;
  }
  fs::permissions(room.path, fs::perms::owner_read | fs::perms::owner_exec);
  REQUIRE_THROWS_WITH((ResultDirectory{room.path / "plan", "run"}), Catch::Contains("Permission denied"));
  fs::permissions(room.path, fs::perms::owner_all);
}

TEST_CASE("leavings of a killed run are removed, those of a running one are not", "[results]") {
  const Room room;
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  const std::string prefix = std::string{".plan.headroom-"} + host + "-";
  fs::create_directory(room.path / (prefix + "999999999"));
  fs::create_directory(room.path / (prefix + "1"));
  fs::create_directory(room.path / ".plan.headroom-elsewhere-999999999");
  make_result(room.path / "plan", "x");
  REQUIRE(room.names() == std::vector<std::string>{".plan.headroom-elsewhere-999999999", prefix + "1", "plan"});
}

TEST_CASE("one file is written whole or not at all", "[results]") {
  const Room room;
  write_file(room.path / "a" / "out.csv", [](std::ostream& out) { out << "x\n"; });
  REQUIRE(content(room.path / "a" / "out.csv") == "x\n");
  REQUIRE_THROWS_AS(write_file(room.path / "a" / "out.csv", [](std::ostream&) { throw std::runtime_error("stop"); }), std::runtime_error);
  REQUIRE(content(room.path / "a" / "out.csv") == "x\n");
  REQUIRE(std::distance(fs::directory_iterator{room.path / "a"}, fs::directory_iterator{}) == 1);
}
