#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "fixture.hpp"

using namespace headroom::scenario;
using namespace headroom::scenario::fixture;

namespace {

/// The good plan with a queue of 2048 h20 in nodes of 8 and a workload of jobs; keys of both in the test's words.
std::string faults_of(const std::string& workload, const std::string& queue = "", Files more = {}) {
  return lines(inspect_text(R"({"include": ["good.json"],
"policies": {"queues": [{"id": "q", "site": "hebei", "chip": "h20", "accelerators": 2048)" + queue + R"(}]},
"workloads": [{"id": "tuning", "kind": "jobs", "queue": "q",
)" + workload + "}]}", [&] {
    more["good.json"] = good_plan();
    return more;
  }()).issues);
}

}  // namespace

TEST_CASE("a job before the scenario's start or after its end is refused where its day is written", "[scenario]") {
  CHECK(faults_of(R"("jobs": [{"at": "2024-12-31", "duration": "1 h"}])") ==
        "plan.json:4:17: /workloads/2/jobs/0/at: submitted on 2024-12-31, before the scenario's start 2025-01-01; expected a later day\n");
  CHECK(faults_of(R"("jobs": [{"at": "2026-12-31", "hour": 24, "duration": "1 h"}])") ==
        "plan.json:4:17: /workloads/2/jobs/0/at: submitted on 2026-12-31 at hour 24, when the scenario is over; expected an earlier time, or a longer scenario\n");
  CHECK(faults_of(R"("jobs": [{"at": "2025-01-01", "duration": "1 h"}, {"at": "2026-12-31", "hour": 23.9, "duration": "1 h"}])").empty());
  CHECK(faults_of(R"("jobs": {"csv": "jobs.csv"})", "", {{"jobs.csv", "at,duration\n2025-01-01,1 h\n2027-01-01,1 h\n"}}) ==
        "jobs.csv:3:1: /workloads/2/jobs/1/at: submitted on 2027-01-01 at hour 0, when the scenario is over; expected an earlier time, or a longer scenario\n");
}

TEST_CASE("times of jobs that their clock cannot hold are refused, and the limit is told", "[scenario]") {
  CHECK(faults_of(R"("jobs": [{"at": "2025-01-01", "duration": "1e9 h"}])") ==
        "plan.json:4:43: /workloads/2/jobs/0/duration: \"1e9 h\" is out of range; expected more than 0 and at most 320000 h, e.g. \"20 ms\"\n");
  CHECK(faults_of(R"("restart": "1e9 h", "jobs": [{"at": "2025-01-01", "duration": "320000 h"}])") ==
        "plan.json:4:12: /workloads/2/restart: \"1e9 h\" is out of range; expected between 0 and 320000 h, e.g. \"20 ms\"\n");
  CHECK(faults_of(R"("deadline": "100 years", "jobs": [{"at": "2025-01-01", "duration": "1 h"}])") ==
        "plan.json:4:13: /workloads/2/deadline: \"100 years\" is out of range; expected between 1 h and 320000 h, e.g. \"6 h\"\n");
  CHECK(faults_of(R"("deadline": "10 min", "jobs": [{"at": "2025-01-01", "duration": "1 h"}])") ==
        "plan.json:4:13: /workloads/2/deadline: \"10 min\" is out of range; expected between 1 h and 320000 h, e.g. \"6 h\"\n");
}
