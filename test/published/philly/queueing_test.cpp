// Gang-scheduled queueing of four virtual clusters of Microsoft's Philly trace (M. Jeon et al., USENIX ATC 2019;
// CC-BY-4.0, github.com/msr-fiddle/philly-traces, reduced copy). Expected numbers: the HeliosArtifact simulator
// (github.com/S-Lab-System-Group/HeliosArtifact, SC'21) on the same rows.
// FIFO and SJF are exact rules: the tolerance is the printed digit. SRTF: the reference steps in whole seconds, one second
// late, and keeps a preemption quirk, hence 3 % of the completion time and 10 % of the queue.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "../case.hpp"
#include "models/units/error.hpp"
#include "sim/scheduling/replay.hpp"

using namespace headroom;
using namespace headroom::scheduling;

namespace {

struct Row {
  const char* vc;
  int nodes;
  std::int64_t jobs;
  const char* policy;
  double jct, queue, last_end;
};

constexpr Row rows[] = {
    {"11cb48", 16, 11897, "fifo", 3110.668, 240.983, 5444814},
    {"11cb48", 4, 11897, "fifo", 245551.899, 242682.214, 5921377},
    {"11cb48", 4, 11897, "sjf", 6548.037, 3678.351, 5599779},
    {"103959", 8, 1450, "fifo", 24783.517, 246.208, 5449420},
    {"103959", 8, 1450, "sjf", 24581.675, 44.367, 5449420},
    {"103959", 4, 1450, "fifo", 103741.401, 79204.092, 5453965},
    {"103959", 4, 1450, "sjf", 38112.666, 13575.357, 5453965},
    {"2869ce", 16, 315, "fifo", 97749.203, 11343.368, 5194745},
    {"2869ce", 16, 315, "sjf", 91550.340, 5144.505, 5194745},
    {"0e4a51", 8, 1269, "fifo", 752314.704, 656611.539, 5102339},
    {"0e4a51", 8, 1269, "sjf", 208782.665, 113079.500, 6435035},
    {"103959", 8, 1450, "srtf", 24574.230, 35.528, 5449421},
    {"103959", 4, 1450, "srtf", 32957.447, 8408.628, 5458931},
};

std::filesystem::path trace() {
  const char* data = std::getenv("HEADROOM_DATA");
  return data == nullptr ? std::filesystem::path{} : std::filesystem::path{data} / "traces/philly_jobs.csv";
}

}  // namespace

TEST_CASE("the Philly jobs wait and end as in the published simulator", "[published][scheduling]") {
  if (trace().empty()) {
    WARN("not run: HEADROOM_DATA is not set; the trace is at github.com/msr-fiddle/philly-traces");
    return;
  }
  published::Case v2("V2");
  for (const Row& row : rows) {
    CAPTURE(row.vc, row.nodes, row.policy);
    const JobReplay r = replay_jobs(read_jobs(trace(), {{"vc", row.vc}}), row.nodes, 8, row.policy);
    CHECK(r.jobs == row.jobs);
    const bool exact = std::string_view{row.policy} != "srtf";
    const std::string name = std::string{row.vc} + ", " + std::to_string(row.nodes) + " nodes, " + row.policy;
    v2.within(name + ": mean JCT (s)", row.jct, r.mean_jct.base(), exact ? 0.001 : 0.03 * row.jct);
    v2.within(name + ": mean queue (s)", row.queue, r.mean_queue.base(), exact ? 0.001 : 0.1 * row.queue);
    v2.within(name + ": last end (s)", row.last_end, r.last_end.base(), exact ? 0.0005 : 10);
    CHECK(r.fates.allocated == r.fates.useful + r.fates.lost + r.fates.restart);
  }
}

TEST_CASE("a job wider than the cluster is refused with its line", "[published][scheduling]") {
  if (trace().empty()) {
    WARN("not run: HEADROOM_DATA is not set; the trace is at github.com/msr-fiddle/philly-traces");
    return;
  }
  REQUIRE_THROWS_WITH(replay_jobs(read_jobs(trace()), 3, 8, "fifo"), Catch::Contains("philly_jobs.csv:318: the job needs 32"));
}
