#include "sim/sweep/sweep.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/units/error.hpp"

using namespace headroom;
using namespace headroom::sweep;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "headroom-sweep-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    fs::copy_file("test/features/base.json", path / "base.json");
    std::ofstream(path / "plan.json") << R"({ "name": "grid", "base": "base.json", "axes": [
      { "id": "load", "set": "workloads.chat.tokens_per_day", "values": ["2000 tokens/s", "9000 tokens/s", "broken"] },
      { "id": "old", "set": "fleet.old.count", "range": { "from": 20, "to": 100, "count": 2 } }],
      "keep": ["tokens_served"], "expect": ["slo_attainment(workload=chat) >= 99 %"] })";
  }
  ~Folder() { fs::remove_all(path); }
  [[nodiscard]] Plan plan() const { return load_plan((path / "plan.json").string()); }
};

Options with(int jobs, Shard shard = {}, bool resume = false) {
  Options options;
  options.jobs = jobs;
  options.shard = shard;
  options.resume = resume;
  options.program_version = "1";
  return options;
}

std::string bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void check_same(const fs::path& a, const fs::path& b) {
  for (const char* file : {"points.csv", "yearly.csv", "manifest.json"}) CHECK(bytes(a / file) == bytes(b / file));
}

void cut(const fs::path& file, std::uintmax_t by) { fs::resize_file(file, fs::file_size(file) - by); }

}  // namespace

TEST_CASE("a sweep has the same bytes with one, two and eight threads, and a point that fails is a row", "[sweep]") {
  const Folder folder;
  const auto plan = folder.plan();
  for (const int jobs : {1, 2, 8}) {
    const fs::path target = folder.path / std::to_string(jobs);
    const auto tally = run_points(plan, target, with(jobs));
    CHECK(tally.points == 6);
    CHECK(tally.done == 6);
    CHECK(tally.failed == 2);  // "broken" is no number of tokens
    const auto whole = assemble({target}, target, "1");
    CHECK(whole.missed == tally.missed);
    remove_parts(target);
    CHECK_FALSE(fs::exists(parts_folder(target)));
    check_same(folder.path / "1", target);
    REQUIRE(finished(plan, target, "1").has_value());
    CHECK(finished(plan, target, "1")->failed == 2);
    CHECK_FALSE(finished(plan, target, "2").has_value());
  }
}

TEST_CASE("shards in any order, in one folder or copied apart, make the bytes of one run", "[sweep]") {
  const Folder folder;
  const auto plan = folder.plan();
  static_cast<void>(run_points(plan, folder.path / "one", with(2)));
  assemble({folder.path / "one"}, folder.path / "one", "1");
  for (const int i : {3, 7, 1, 6, 2, 5, 4}) CHECK(run_points(plan, folder.path / "many", with(1, {i, 7})).done == (i == 7 ? 0 : 1));
  assemble({folder.path / "many"}, folder.path / "whole", "1");
  check_same(folder.path / "one", folder.path / "whole");
  for (const int i : {2, 1}) static_cast<void>(run_points(plan, folder.path / "apart" / std::to_string(i), with(1, {i, 2})));
  assemble({folder.path / "apart"}, folder.path / "whole2", "1");
  check_same(folder.path / "one", folder.path / "whole2");
  assemble({parts_folder(folder.path / "apart" / "2"), folder.path / "apart" / "1"}, folder.path / "whole3", "1");
  check_same(folder.path / "one", folder.path / "whole3");
}

TEST_CASE("a merge refuses gaps, points that are there twice, damage, and parts of other plans", "[sweep]") {
  const Folder folder;
  const auto plan = folder.plan();
  const auto out = folder.path / "out";
  static_cast<void>(run_points(plan, folder.path / "a", with(1, {1, 2})));
  CHECK_THROWS_WITH(assemble({folder.path / "a"}, out, "1"), Catch::Contains("3 of 6 points are missing: p000001 p000003 p000005"));
  static_cast<void>(run_points(plan, folder.path / "b", with(1, {2, 2})));
  static_cast<void>(run_points(plan, folder.path / "c", with(1, {2, 6})));
  CHECK_THROWS_WITH(assemble({folder.path / "a", folder.path / "b", folder.path / "c"}, out, "1"), Catch::Contains("p000001 is there twice"));
  auto other = plan;
  other.hash = "other";
  static_cast<void>(run_points(other, folder.path / "d", with(1, {2, 2})));
  CHECK_THROWS_WITH(assemble({folder.path / "a", folder.path / "d"}, out, "1"), Catch::Contains("different plans"));
  // a part that was copied between folders by hand
  fs::copy_file(parts_folder(folder.path / "d") / "p000001.part", parts_folder(folder.path / "b") / "p000001.part", fs::copy_options::overwrite_existing);
  CHECK_THROWS_WITH(assemble({folder.path / "a", folder.path / "b"}, out, "1"), Catch::Contains("part of another plan"));
  CHECK_THROWS_WITH(assemble({folder.path / "nothing"}, out, "1"), Catch::Contains("there are no parts"));
  CHECK_FALSE(fs::exists(out));
}

TEST_CASE("a part that is not whole is never taken for one, and is made again", "[sweep]") {
  const Folder folder;
  const auto plan = folder.plan();
  const auto target = folder.path / "s";
  static_cast<void>(run_points(plan, target, with(1)));
  assemble({target}, folder.path / "whole", "1");
  const auto parts = parts_folder(target);
  cut(parts / "p000000.part", 1);                                   // the last byte of the table
  fs::resize_file(parts / "p000001.part", 40);                      // within the first line
  fs::resize_file(parts / "p000002.part", 0);
  cut(parts / "p000004.part", 1);                                   // a failed point has no table: its line end
  std::string changed = bytes(parts / "p000003.part");
  changed[changed.size() - 10] ^= 1;
  std::ofstream(parts / "p000003.part", std::ios::binary) << changed;
  CHECK_THROWS_WITH(assemble({target}, folder.path / "no", "1"), Catch::Contains("p000000.part: is cut off; run its shard again"));
  std::size_t fresh = 0;
  auto options = with(1, {}, true);
  options.progress = [&fresh](const Progress& p) { fresh = p.fresh; };
  CHECK(run_points(plan, target, options).done == 6);
  CHECK(fresh == 5);
  assemble({target}, folder.path / "again", "1");
  check_same(folder.path / "whole", folder.path / "again");
}

TEST_CASE("a sweep stops at a signal or at the first bad point and keeps what is complete", "[sweep]") {
  const Folder folder;
  const auto plan = folder.plan();
  std::atomic<bool> stop{false};
  auto options = with(1);
  options.stop = &stop;
  options.progress = [&stop](const Progress& p) { stop = p.done == 2; };
  CHECK(run_points(plan, folder.path / "s", options).done == 2);
  CHECK_THROWS_WITH(run_points(plan, folder.path / "s", with(1)), Catch::Contains("unfinished sweep; go on with --resume"));
  CHECK(run_points(plan, folder.path / "s", with(1, {}, true)).done == 6);
  auto fast = with(1);
  fast.fail_fast = true;
  const auto tally = run_points(plan, folder.path / "f", fast);
  CHECK(tally.done < 6);
  CHECK(tally.failed + tally.missed == 1);
}

TEST_CASE("what no point can mean is said before anything runs, at the plan's line", "[sweep]") {
  const Folder folder;
  auto plan = folder.plan();
  check_plan(plan);
  plan.expect.front().text = "slo_attainmnt(workload=chat) >= 99 %";
  CHECK_THROWS_WITH(check_plan(plan), Catch::Contains("plan.json:4:") && Catch::Contains("slo_attainment"));
  plan = folder.plan();
  plan.keep.front().text = "tokens_servd";
  CHECK_THROWS_WITH(check_plan(plan), Catch::Contains("plan.json:4:") && Catch::Contains("tokens_served"));
  plan = folder.plan();
  plan.axes[1].set.text = "fleet.old.cuont";
  CHECK_THROWS_WITH(check_plan(plan), Catch::Contains("plan.json:3:") && Catch::Contains("/axes/old/set") && Catch::Contains("count"));
}
