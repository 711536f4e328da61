// Services whose replicas an iteration model tells: what the fleet says of an hour is what the requests of that hour meet.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/fleet/fleet.hpp"
#include "sim/fleet/state.hpp"
#include "sim/scenario/load.hpp"
#include "sim/serving/simulation.hpp"
#include "sim/workloads/replica_curve.hpp"
#include "sim/workloads/request_mix.hpp"

using namespace headroom;
using results::metric;

namespace {

const char* const plan_file = "test/features/service.json";

double year(const fleet::Run& run, const char* name) {
  const auto& store = *run.state->store;
  return store.value(metric(name), {}, store.calendar().spans(results::Every::year).front()).value();
}

/// Curves are computed once for all tests.
fleet::Run simulated(const scenario::Scenario& plan) {
  static sim_serving::CurveCache curves;
  return fleet::simulate(plan, std::make_shared<const workloads::Prepared>(workloads::prepare(plan, curves)), std::nullopt);
}

scenario::Scenario plan_with(std::vector<std::string> sets) {
  sets.push_back("orders=[]");
  return scenario::load(plan_file, {}, sets);
}

}  // namespace

TEST_CASE("the latencies of a steady fleet are those of its replicas simulated request by request", "[fleet][curves]") {
  const auto plan = plan_with({"workloads.chat.tokens_per_day=5e9", "workloads.chat.within_hour_variation=0"});
  const auto run = simulated(plan);
  // Sixteen replicas of four H100 carry it; one of them, alone behind its router, with its share of the load:
  const auto& workload = plan.workloads.front();
  const auto& service = run.state->services.front();
  REQUIRE(service.capabilities.size() == 1);
  const auto& able = service.capabilities.front();
  const double replicas = static_cast<double>(run.state->arcs.front().accelerators) / static_cast<double>(able.replica);
  serving::ReplicaPlan layout = workload.layout.plan;
  layout.tp = static_cast<int>(able.replica);
  const auto model = serving::find_iteration_model("analytic").make(*catalog::find_architecture("llama-3.1-70b"), plan.chips.front(), layout, {});
  sim_serving::ServiceSpec spec;
  sim_serving::PoolSpec pool;
  pool.model = model.get();
  pool.policy = sim_serving::engine_policy(layout.engine, layout.released);
  pool.replicas = 4;
  spec.pools.push_back(pool);
  sim_serving::RunSpec span;
  span.end = 7'200'000'000'000;
  span.warm_up = 600'000'000'000;
  const double per_second = 5e9 / 86400 / service.tokens_per_request / replicas * 4;
  sim_serving::OpenArrivals source({3'600'000'000'000, {per_second}}, 1, workloads::mix_of(*workload.lengths, 16), span.end, 7);
  const auto report = sim_serving::Simulation(spec, span, source).run();
  CHECK(year(run, "ttft_p95") == Approx(report.ttft.quantile(0.95)).epsilon(0.1));
  CHECK(year(run, "tpot_p95") == Approx(report.tpot.quantile(0.95)).epsilon(0.05));
}

TEST_CASE("requests are on time, late, turned away or waiting, and nothing else", "[fleet][curves]") {
  for (const char* load : {"8e9", "40e9"}) {
    for (const char* patience : {"10 s", "6 h"}) {
      const auto plan = plan_with({fmt::format("workloads.chat.tokens_per_day={}", load), fmt::format("workloads.chat.slo.patience=\"{}\"", patience)});
      const auto run = simulated(plan);
      INFO(load << " tokens a day, patience " << patience);
      for (const auto& line : run.state->audit) CHECK(line.ok);
      CHECK(year(run, "tokens_demanded") == Approx(year(run, "tokens_served") + year(run, "tokens_late") + year(run, "tokens_shed") + year(run, "backlog_end")).epsilon(1e-9));
      CHECK(year(run, "tokens_late") >= 0);
    }
  }
}

TEST_CASE("an hour waits no longer than the patience of its users", "[fleet][curves]") {
  const auto plan = plan_with({"workloads.chat.tokens_per_day=40e9", "workloads.chat.slo.patience=\"30 s\""});
  const auto run = simulated(plan);
  CHECK(year(run, "ttft_p95") < 30 + 5);
  CHECK(year(run, "ttft_p95") > 20);
}

TEST_CASE("load times one plus the headroom meets the target, and five per cent more does not", "[fleet][curves]") {
  const auto measure = [](double tokens_per_day) {
    const auto plan = plan_with({fmt::format("workloads.chat.tokens_per_day={:.0f}", tokens_per_day), "end=2026-02-01"});
    const auto run = simulated(plan);
    return std::pair(year(run, "headroom"), year(run, "hours_below_target"));
  };
  const auto [headroom, missed] = measure(4e9);
  CHECK(missed == 0);
  CHECK(measure(4e9 * (1 + headroom) * 0.999).second == 0);
  CHECK(measure(4e9 * (1 + headroom) * 1.05).second > 0);
}

TEST_CASE("a chip that cannot hold the model or its targets is named with the reason", "[fleet][curves]") {
  sim_serving::CurveCache curves;
  const auto small = plan_with({R"(fleet=[{"id":"l40s","chip":"l40s","count":64,"site":"dc","in_service":"2025-01-01"},
                                           {"id":"old","chip":"h100_sxm","count":64,"site":"dc","in_service":"2025-01-01"}])",
                                "workloads.chat.rates=null", "workloads.chat.slo.held_by_rates=false", "workloads.chat.model=deepseek-v3"});
  try {
    const auto services = workloads::services_of(small, {}, curves);
    FAIL("the model needs more memory than eight H100 have");
  } catch (const Infeasible& e) {
    CHECK_THAT(e.what(), Catch::Contains("l40s:") && Catch::Contains("h100_sxm:") && Catch::Contains("memory"));
  }
}

TEST_CASE("a service is the same in every world and its curve is computed once", "[fleet][curves]") {
  sim_serving::CurveCache curves;
  const auto plan = plan_with({});
  (void)workloads::services_of(plan, {}, curves);
  const std::size_t first = curves.computed();
  CHECK(first > 0);
  (void)workloads::services_of(plan, {}, curves);
  CHECK(curves.computed() == first);
}

namespace {

/// Prompts and decodes on either of two chips at one site, a layout of four accelerators a group.
scenario::Scenario split_plan(std::vector<std::string> sets) {
  sets.insert(sets.begin(), {R"(workloads.chat.chips=["h20_96","h800_sxm"])", R"(workloads.chat.plan={"tp":4})", R"(workloads.chat.prefill={"plan":{"tp":4}})",
                             R"(workloads.chat.transfer_latency="2 ms")", "fleet.old.chip=h800_sxm", "fleet.old.count=128", "policies.reference_chip=h20_96",
                             R"(leases=[{"id":"slow","chip":"h20_96","site":"dc","count":256,"start":"2026-01-01","end":"2027-01-01","price":"1 USD/h"}])"});
  return plan_with(std::move(sets));
}

}  // namespace

TEST_CASE("prompts and decodes in pools of their own keep the books", "[fleet][curves]") {
  for (const char* load : {"6e9", "60e9"}) {  // carried, and far too much
    for (const char* availability : {"1", "0.93"}) {
      const auto plan = split_plan({fmt::format("workloads.chat.tokens_per_day={}", load), fmt::format("sites.dc.availability={}", availability), R"(policies.replica_load_time="20 min")",
                                    R"(policies.lending_recall="10 min")", R"(sites.dc.power="300 kW")"});
      const auto run = simulated(plan);
      INFO(load << " tokens a day");
      for (const auto& line : run.state->audit) {
        INFO(line.name << ": " << line.at);
        CHECK(line.ok);
      }
      CHECK(year(run, "tokens_demanded") == Approx(year(run, "tokens_served") + year(run, "tokens_late") + year(run, "tokens_shed") + year(run, "backlog_end")).epsilon(1e-9));
      // Whole replicas of both sides, side by side.
      for (const auto& arc : run.state->arcs) {
        if (!arc.prefill) continue;
        const auto& prompts = run.state->arcs[*arc.prefill];
        CHECK(arc.accelerators / arc.replica == prompts.accelerators / prompts.replica);
        CHECK(run.state->pools[arc.pool].site == run.state->pools[prompts.pool].site);
      }
    }
  }
}

TEST_CASE("first tokens of a split service wait for the cache to cross", "[fleet][curves]") {
  const auto near = simulated(split_plan({"workloads.chat.tokens_per_day=4e9"}));
  const auto far = simulated(split_plan({"workloads.chat.tokens_per_day=4e9", R"(workloads.chat.transfer_latency="302 ms")"}));
  CHECK(year(far, "ttft_p95") == Approx(year(near, "ttft_p95") + 0.3).epsilon(0.05));
  CHECK(year(far, "tpot_p95") == Approx(year(near, "tpot_p95")).epsilon(0.03));
}
