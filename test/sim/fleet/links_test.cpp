// Traffic over links: what it takes, costs and delays, over random plans and for replicas whose latencies are known.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "random_plan.hpp"
#include "sim/fleet/fleet.hpp"
#include "sim/fleet/links.hpp"
#include "sim/fleet/state.hpp"
#include "sim/scenario/load.hpp"

using namespace headroom;
using results::metric;

namespace {

double total(const fleet::Run& run, const char* name) {
  const auto& store = *run.state->store;
  return store.value(metric(name), {}, store.calendar().spans(results::Every::run).front()).value_or(0);
}

}  // namespace

TEST_CASE("bytes, load and money of links balance over random plans, and links bind in some of them", "[fleet][links]") {
  int bound = 0, sent = 0;
  for (std::uint64_t number = 1; number <= 40; ++number) {
    INFO("plan " << number);
    auto settings = random_plan(number);
    engine::Stream draw(1, 0, "random links", {number});
    settings.push_back(fmt::format(R"(links.pacific.bandwidth={{"steps":[["2026-01-01","{:.3f} Mb/s"],["2026-08-01","{:.3f} Mb/s"]]}})", 0.2 + 12 * draw.uniform(), 20 * draw.uniform()));
    settings.push_back(fmt::format(R"(links.suez.bandwidth="{:.3f} Mb/s")", 0.1 + 8 * draw.uniform()));
    if (draw.uniform() < 0.5) {  // the run waits for its data, on a part of the plans at the site that keeps them
      settings.push_back(fmt::format(R"(workloads.runs.home="{}")", draw.uniform() < 0.7 ? "sin" : "dc"));
      settings.push_back(fmt::format(R"(workloads.runs.runs.r.dataset_size="{:.1f} GB")", 400 * draw.uniform()));
    }
    const auto plan = scenario::load("test/sim/fleet/with_links.json", {}, settings);
    const auto run = fleet::simulate(plan, number % 3 == 0 ? std::nullopt : std::optional<int>{static_cast<int>(number)});
    bool balanced = false;
    for (const auto& line : run.state->audit) {
      INFO(line.name << " at " << line.at << " by " << line.worst);
      REQUIRE(line.ok);
      balanced = balanced || line.name == "network: bytes sent = bytes received";
    }
    REQUIRE(balanced);
    REQUIRE(total(run, "link_peak") <= 1 + 1e-9);
    for (const auto& event : run.state->happenings) sent += event.kind == "dataset_sent" ? 1 : 0;
    for (const auto& row : run.state->bindings) bound += row.binding.starts_with("link ") ? 1 : 0;
  }
  CHECK(bound > 0);
  CHECK(sent > 0);
}

TEST_CASE("traffic to a site two links away is sent, paid and delayed on both", "[fleet][links]") {
  // Only Europe has users: 1,000 tokens/s; Singapore has nothing, so that all of it goes on to America: 150 ms one way.
  const auto plan = scenario::load("test/sim/fleet/with_links.json", {},
                                   {R"(fx={"CNY":0.15})", R"(workloads.chat.regions={"eu":1})", R"(workloads.chat.tokens_per_day="1000 tokens/s")", "fleet.asia.retire=\"2026-01-02\"",
                                    "workloads.batch.units_per_second=0"});
  const auto run = fleet::simulate(plan, std::nullopt);
  const results::MonthSpan june{5, 5};
  const auto value = [&](const char* name, std::optional<std::uint16_t> site) {
    return run.state->store->value(metric(name), {site, std::nullopt, std::nullopt}, june).value();
  };
  const double seconds = 30 * 86400.0, request = 500 * 5 * seconds, response = 500 * 200 * seconds;
  CHECK(value("network_round_trip", {}) == Approx(0.3));
  CHECK(value("egress", std::uint16_t{0}) == Approx(response / 1e12));              // from America
  CHECK(value("egress", std::uint16_t{1}) == Approx((request + response) / 1e12));  // Singapore passes both on
  CHECK(value("egress", {}) == Approx(2 * (request + response) / 1e12));            // and Europe sends its requests, for nothing
  CHECK(value("egress_cost", std::uint16_t{0}) == Approx(response / 1e9 * 0.6 * 0.15).epsilon(1e-5));
  CHECK(value("egress_cost", std::uint16_t{1}) == Approx(request / 1e9 * 0.05 + response / 1e9 * 0.04).epsilon(1e-5));
}

TEST_CASE("the round trip is part of the time to the first token and taken off its target", "[fleet][links]") {
  sim_serving::CurveCache curves;
  const auto of = [&](const char* delay) {
    const auto plan = scenario::load("test/features/service.json", {}, {"orders=[]", "workloads.chat.tokens_per_day=5e9", R"(sites.dc.serves=["sea"])", R"(workloads.chat.regions={"sea":1})",
        R"(workloads.chat.traffic={"request":"5 B","response":"200 B"})", fmt::format(R"(links=[{{"id":"cable","between":["sea","dc"],"bandwidth":"10 Gb/s","delay":"{}"}}])", delay)});
    return fleet::simulate(plan, std::make_shared<const workloads::Prepared>(workloads::prepare(plan, curves)), std::nullopt);
  };
  const auto near = of("0 ms"), far = of("100 ms");
  const double nearby = total(near, "ttft_p95");
  CHECK(nearby > 0);
  CHECK(total(far, "ttft_p95") == Approx(nearby + 0.2).epsilon(0.08));
  CHECK(total(far, "ttft_p95") > nearby + 0.15);
  // What is left of the target is met at a lower load: the usable rate falls, and never rises.
  CHECK(far.state->arcs.front().units_per_second <= near.state->arcs.front().units_per_second);
  // A way that takes all of the target serves nobody.
  CHECK(of("10 s").state->arcs.empty());
}
