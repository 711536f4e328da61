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

TEST_CASE("a job that no part of its queue can ever hold is refused where its size is written", "[scenario]") {
  const std::string never = "a job of 4096 accelerators never fits queue q with its 256 nodes of 8; expected at most 2048, or a larger part of the queue\n";
  CHECK(faults_of(R"("jobs": [{"at": "2025-01-01", "duration": "1 h"}, {"at": "2025-01-01", "duration": "1 h", "accelerators": 4096}])") ==
        "plan.json:4:107: /workloads/2/jobs/1/accelerators: " + never);
  CHECK(faults_of(R"("trace": [{"submit_s": 0, "gpus": 4096, "duration_s": 1}])") == "plan.json:4:35: /workloads/2/trace/0/gpus: " + never);
  CHECK(faults_of(R"("arrivals": {"per_day": 1, "duration": "1 h", "sizes": [{"accelerators": 4096}]})") ==
        "plan.json:4:74: /workloads/2/arrivals/sizes/0/accelerators: " + never);
  CHECK(faults_of(R"("trace": {"csv": "trace.csv"})", "", {{"trace.csv", "submit_s,gpus,duration_s\n0,8,1\n5,4096,1\n"}}) == "trace.csv:3:3: /workloads/2/trace/1/gpus: " + never);
  // On h200 at the same queue there is room; jobs without "chips" or "rates" keep to the queue's first chip.
  const std::string also = R"(, "also": [{"site": "johor", "chip": "h200", "accelerators": 4096}])";
  const std::string jobs = R"("jobs": [{"at": "2025-01-01", "duration": "1 h", "accelerators": 4096}])";
  CHECK(faults_of(R"("chips": ["h20", "h200"], )" + jobs, also).empty());
  CHECK(faults_of(jobs, also) == "plan.json:4:66: /workloads/2/jobs/0/accelerators: " + never);
  CHECK(faults_of(R"("chips": ["h200"], "regions": {"cn": 1}, )" + jobs, also) ==
        "plan.json:3:57: /workloads/2/queue: queue q has no part on which these jobs may run; expected another queue, or other \"chips\", \"rates\" or \"regions\"\n");
}

TEST_CASE("keys that the policy of a queue does not read are told, and refused if they promise other sizes", "[scenario]") {
  const std::string jobs = R"(, "jobs": [{"at": "2025-01-01", "duration": "1 h"}])";
  CHECK(faults_of(R"("elastic": {"most": 2}, "quota": 8, "weight": 2)" + jobs) ==
        "plan.json:4:12: /workloads/2/elastic: queue q has no use for it: its policy fifo never changes a size; expected \"policy\": \"elastic\" of the queue, or no such key\n"
        "plan.json:4:34: warning: /workloads/2/quota: queue q has no use for it: its policy fifo knows no quotas; expected \"policy\": \"quota\" of the queue, or no such key\n"
        "plan.json:4:47: warning: /workloads/2/weight: queue q has no use for it: its policy fifo knows no weights; expected \"policy\": \"fairshare\" of the queue, or no such key\n");
  CHECK(faults_of(R"("elastic": {"most": 2})" + jobs, R"(, "policy": "elastic")").empty());
  CHECK(faults_of(R"("weight": 2)" + jobs, R"(, "policy": "fairshare")").empty());
}

TEST_CASE("tenants own no more of a queue than it has and lend no more than they own", "[scenario]") {
  const std::string jobs = R"(, "jobs": [{"at": "2025-01-01", "duration": "1 h"}])", quota = R"(, "policy": "quota")";
  CHECK(faults_of(R"("quota": 2048, "may_borrow": 8, "lends": 2048)" + jobs, quota).empty());
  CHECK(faults_of(R"("quota": 2049)" + jobs, quota) ==
        "plan.json:4:10: /workloads/2/quota: the quotas of queue q sum to 2049 of its 2048 accelerators; expected a sum of at most that\n");
  CHECK(faults_of(R"("quota": 8, "lends": 9)" + jobs, quota) == "plan.json:4:22: /workloads/2/lends: lends 9 of a quota of 8; expected at most \"quota\"\n");
}

TEST_CASE("a file without a row of jobs is named with the condition, and a misspelt condition gets the nearest column", "[scenario]") {
  const Files files{{"t.csv", "vc,submit_s,gpus,duration_s\na,0,8,60\n"}, {"header.csv", "submit_s,gpus,duration_s\n"}};
  CHECK(faults_of(R"("trace": {"csv": "t.csv", "where": {"vc": "b"}})", "", files) ==
        "plan.json:4:36: /workloads/2/trace/where: no row of \"t.csv\" with vc=b; expected a condition that some rows meet\n");
  CHECK(faults_of(R"("trace": {"csv": "header.csv"})", "", files) ==
        "plan.json:4:18: /workloads/2/trace/csv: no row of \"header.csv\"; expected at least one row below the header\n");
  CHECK(faults_of(R"("trace": {"csv": "t.csv", "where": {"vcc": "a"}})", "", files) ==
        "plan.json:4:37: /workloads/2/trace/csv/where: the file has no column \"vcc\"; expected a column and the text that it must have; did you mean \"vc\"?\n");
  CHECK(faults_of(R"("trace": {"csv": "t.csv", "where": {"vc": "a"}})", "", files).empty());
  CHECK(faults_of(R"("jobs": [])") == "plan.json:3:15: /workloads/2: there are no jobs; expected \"jobs\", a \"trace\" or \"arrivals\"\n");
}

TEST_CASE("a scenario that is longer than its clock is refused", "[scenario]") {
  CHECK(lines(inspect_text(good_plan(), {}, {}, {R"(end="2076-01-01")"}).issues) ==
        "--set end=\"2076-01-01\":1:5: /end: a scenario of 18627 days; expected at most 13333, which is what the clock holds\n");
}
