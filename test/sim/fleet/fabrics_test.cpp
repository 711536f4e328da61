// Where training runs stand in a site's fabric, what bandwidth they see there, and switches that are bought apart.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "random_plan.hpp"
#include "sim/fleet/fabrics.hpp"
#include "sim/fleet/fleet.hpp"
#include "sim/fleet/state.hpp"
#include "sim/scenario/load.hpp"

using namespace headroom;

TEST_CASE("free boxes under different leaves are of no use to a gang that would fill one group of leaves", "[fleet][fabric]") {
  scheduling::GangCluster cluster(8, 8, 2);
  network::FabricSpec spec;
  spec.accelerators_per_domain = 8;
  spec.domains_per_group = 2;
  spec.groups_per_pod = 2;
  CHECK(fleet::fragmented(cluster, spec, 16) == 0);
  cluster.take({{0, 1, 8}, {2, 1, 8}, {4, 1, 8}, {6, 1, 4}});
  // Free: box 1, 3, 5, half of 6, and 7.
  CHECK(fleet::fragmented(cluster, spec, 4) == 0);
  CHECK(fleet::fragmented(cluster, spec, 8) == 4);        // the half box
  CHECK(fleet::fragmented(cluster, spec, 16) == 36);      // no group of leaves has two whole boxes
  CHECK(fleet::fragmented(cluster, spec, 32) == 36);      // no pod has four
  CHECK(fleet::fragmented(cluster, spec, 36) == 36);      // too few whole boxes
  CHECK(fleet::fragmented(cluster, spec, 40) == 0);       // too few in all is a shortage
  cluster.give({{6, 1, 4}});
  CHECK(fleet::fragmented(cluster, spec, 16) == 24);      // boxes 6 and 7 are of use
}

TEST_CASE("runs on a fabric and parts bought for it hold every law over random plans", "[fleet][fabric]") {
  int slowed = 0, stopped = 0, limited = 0;
  for (std::uint64_t number = 1; number <= 40; ++number) {
    INFO("plan " << number);
    auto settings = random_plan(number);
    engine::Stream draw(1, 0, "random fabrics", {number});
    const auto whole = [&](int low, int high) { return low + static_cast<int>(draw.uniform() * (high - low + 1)); };
    settings.push_back(fmt::format(
        R"(sites.dc.fabric=[{{"id":"f","chips":["h100_sxm"],"domains_per_leaf":{},"leaves_per_pod":{},"leaf_oversubscription":{},"spine_oversubscription":{},"rails":1,"switch_ports":{},
           "placement":"{}","parts":[{{"id":"a","ordered":"2025-12-01","lead":"{} days","switches":{},"optics":{},"switch_price":"20000 USD"}},
           {{"id":"b","ordered":"2026-03-01","lead":"90 days","switches":{},"optics":500,"optic_price":"3000 CNY"{}}}]}}])",
        whole(1, 3), whole(1, 3), whole(1, 8), whole(1, 4), 8 * whole(2, 8), whole(0, 1) ? "topology" : "packed", whole(0, 60), whole(0, 30), whole(0, 800), whole(0, 20), number % 2 == 0 ? R"(,"budget":"chips")" : ""));
    std::string runs;
    for (int i = 0; i < 6; ++i) {
      runs += fmt::format(R"({}{{"id":"r{}","start":"2026-{:02}-{:02}","accelerators":{},"chips":["h100_sxm"],"ideal_duration":"{} days","communication_share":{:.2f},"interruptions_per_day":0.3,"restart":"1 h"}})",
                          i ? "," : "", i, whole(1, 9), whole(1, 28), whole(1, 24), whole(3, 60), 0.5 * draw.uniform());
    }
    settings.push_back(fmt::format("workloads.runs.tier={}", whole(1, 4)));
    settings.push_back("workloads.runs.runs=[" + runs + "]");
    const auto plan = scenario::load("test/sim/fleet/two_workloads.json", {}, settings);
    const auto run = fleet::simulate(plan, number % 3 == 0 ? std::nullopt : std::optional<int>{static_cast<int>(number)});
    for (const auto& line : run.state->audit) {
      INFO(line.name << " at " << line.at << " by " << line.worst);
      REQUIRE(line.ok);
    }
    for (const auto& event : run.state->happenings) {
      limited += event.kind == "network_cut" || event.kind == "network_deferred" ? 1 : 0;
      stopped += event.kind == "racking_stopped" && (event.note == "switches" || event.note == "optics") ? 1 : 0;
      slowed += event.kind == "run_started" && event.note.find("see 1.000") == std::string::npos ? 1 : 0;
    }
    for (const auto& gang : run.state->gangs) {
      for (const auto& part : gang.parts) REQUIRE((part.network > 0 && part.network <= 1));
    }
  }
  CHECK(slowed > 0);
  CHECK(stopped > 0);
  CHECK(limited > 0);
}
