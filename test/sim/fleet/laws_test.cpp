/// Laws that hold in every run, over random scenarios: the audit, monotone service, the same bytes for any number of threads.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "sim/engine/random.hpp"
#include "sim/fleet/outcome.hpp"
#include "sim/fleet/state.hpp"
#include "sim/scenario/load.hpp"

using namespace headroom;

namespace {

/// A random plan of two sites, two chips, a lease, an order and two workloads, from the number of the case alone.
std::vector<std::string> random_plan(std::uint64_t number) {
  engine::Stream draw(1, 0, "random plan", {number});
  const auto whole = [&](int low, int high) { return low + static_cast<int>(draw.uniform() * (high - low + 1)); };
  const char* closed[] = {"delay", "refuse", "forfeit"};
  // Two of three plans have failures as events instead of a flat availability.
  const std::string broken = number % 3 == 1
      ? fmt::format("sites.dc.availability={:.3f}", 0.8 + 0.2 * draw.uniform())
      : fmt::format(R"(sites.dc.failures=[{{"id":"f","interruptions_per_million_accelerator_hours":{},"takes_down":{},"common_share":{:.2f},"common_group":{},"repair":"{} h","repair_variation":{:.1f},
          "crew":{},"replaced_per_year":{:.2f},"infant_excess":{:.1f},"spare_share":{:.2f},"rma":{},"rma_time":"{} days"}}])",
                    whole(0, 2000), whole(1, 16), 0.5 * draw.uniform(), whole(1, 60), whole(1, 60), 2 * draw.uniform(), whole(1, 5), 0.9 * draw.uniform(),
                    3 * draw.uniform(), 0.3 * draw.uniform(), draw.uniform() < 0.5, whole(1, 90));
  return {
      fmt::format(R"(sites.dc.power="{} kW")", whole(150, 900)),
      fmt::format("sites.dc.racking_per_week={}", whole(5, 400)),
      "sites.dc.availability=null",
      broken,
      fmt::format("fleet.old.count={}", whole(1, 150)),
      fmt::format(R"(fleet.old.retire="2026-{:02}-15")", whole(2, 12)),
      fmt::format("fleet.old.resale_share={:.2f}", draw.uniform()),
      R"(fx={"CNY":{"points":[["2026-01-01",0.138],["2026-12-31",0.149]],"interpolation":"linear","after":"hold"}})",
      fmt::format(R"(orders=[{{"id":"more","chip":"h200_sxm","site":"dc","lane":"l","on_closed":"{}","refundable_share":{:.2f},"deliveries":[{{"at":"2026-{:02}-10","count":{}}},{{"at":"2026-11-03","count":{}}}],
        "stages":{{"production":{},"transit":10,"customs":5}},"price":"{} CNY","duty":0.1,"vat":0.13,"budget":"chips","maintenance_share":0.03,
        "payments":[{{"at":"ordered","share":0.3}},{{"at":"shipped","share":0.3,"lag":"10 days"}},{{"at":"delivered","share":0.4,"lag":"1 month"}}]}}])",
                  closed[whole(0, 2)], draw.uniform(), whole(1, 9), whole(1, 120), whole(1, 120), whole(0, 60), whole(100000, 250000)),
      fmt::format(R"(processes=[{{"id":"g","kind":"gate","lane":"l","regime":"import_clearance","steps":[{{"from":"2026-01-01","open":{}}},{{"from":"2026-{:02}-01","open":{}}}]}}])",
                  draw.uniform() < 0.7, whole(2, 12), draw.uniform() < 0.5),
      fmt::format(R"(leases=[{{"id":"rent","chip":"h100_sxm","site":"dc","count":{},"start":"2026-{:02}-05","end":"2026-12-{:02}","price":"2.5 USD/h","power_included":{}}}])",
                  whole(1, 80), whole(1, 11), whole(6, 30), draw.uniform() < 0.5),
      fmt::format(R"(budgets=[{{"purpose":"chips","year":2026,"amount":"{} USD","on_exceed":"{}"}}])", whole(100, 5000) * 1000, draw.uniform() < 0.5 ? "cut" : "defer"),
      fmt::format(R"(workloads.chat.tokens_per_day="{} tokens/s")", whole(100, 20000)),
      fmt::format("workloads.chat.within_hour_variation={:.2f}", 0.3 * draw.uniform()),
      R"(workloads.chat.shape={"hourly":[1,1,1,1,1,1,2,3,4,4,4,4,4,4,4,4,4,4,3,3,2,2,1,1]})",
  };
}

}  // namespace

TEST_CASE("the audit holds over random scenarios", "[fleet]") {
  for (std::uint64_t number = 0; number < 150; ++number) {
    INFO("random plan " << number);
    const auto plan = scenario::load("test/sim/fleet/two_workloads.json", {}, random_plan(number));
    const auto run = fleet::simulate(plan, number % 3 == 0 ? std::nullopt : std::optional<int>{static_cast<int>(number)});
    for (const auto& line : run.state->audit) {
      INFO(line.name << " at " << line.at << " by " << line.worst);
      REQUIRE(line.ok);
    }
  }
}

TEST_CASE("more accelerators never lower the service of tier 1", "[fleet]") {
  double before = -1;
  for (int count = 10; count <= 130; count += 20) {
    const auto plan = scenario::load("test/sim/fleet/two_workloads.json", {}, {fmt::format("fleet.old.count={}", count), R"(workloads.chat.tokens_per_day="9000 tokens/s")"});
    const auto run = fleet::simulate(plan, std::nullopt);
    const auto& store = *run.state->store;
    const double served = store.value(results::metric("tokens_served"), {{}, {}, 0}, store.calendar().spans(results::Every::run).front()).value();
    REQUIRE(served >= before);
    before = served;
  }
}

TEST_CASE("an outcome does not depend on the number of threads", "[fleet]") {
  const auto plan = scenario::load("test/sim/fleet/two_workloads.json", {}, {R"(processes=[{"id":"d","kind":"demand_error","target":"chat","sd":0.4,"reversion_per_year":1}])"});
  const auto one = fleet::run(plan, {6, 1});
  const auto three = fleet::run(plan, {6, 3});
  REQUIRE(one.yearly.blocks.size() == 8);
  for (std::size_t b = 0; b < one.yearly.blocks.size(); ++b) {
    REQUIRE(one.yearly.blocks[b].replication == three.yearly.blocks[b].replication);
    for (std::size_t r = 0; r < one.yearly.blocks[b].rows.size(); ++r) {
      REQUIRE(one.yearly.blocks[b].rows[r].value == three.yearly.blocks[b].rows[r].value);
      REQUIRE(one.yearly.blocks[b].rows[r].mc_error == three.yearly.blocks[b].rows[r].mc_error);
    }
  }
}

TEST_CASE("a supplier's volume cap cuts what is signed in its year", "[fleet]") {
  const auto plan = scenario::load("test/features/base.json", {},
                                   {R"(orders=[{"id":"a","chip":"h200_sxm","site":"dc","supplier":"s","deliveries":[{"at":"2026-03-01","count":64}],"package":8,"price":"1 USD","budget":"chips"},
                                               {"id":"b","chip":"h200_sxm","site":"dc","supplier":"other","deliveries":[{"at":"2026-03-01","count":40}],"package":8,"price":"1 USD","budget":"chips"}])",
                                    R"(orders.a.deliveries=[{"at":"2026-03-01","count":64},{"at":"2026-05-01","count":64}])",
                                    R"(budgets=[{"purpose":"chips","year":2026,"amount":"1e6 USD"}])",
                                    R"(policies.volume_caps=[{"supplier":"s","year":2026,"count":100}])"});
  const auto run = fleet::simulate(plan, std::nullopt);
  const auto year = run.state->store->calendar().spans(results::Every::year).front();
  // 64 of the first delivery, 32 of the second (36 are left, in packages of 8), and the 40 of another supplier.
  REQUIRE(run.state->store->value(results::metric("accelerators_delivered"), {}, year).value() == 64 + 32 + 40);
}

TEST_CASE("a rule on rented accelerators takes them out of service and leaves the owned ones", "[fleet]") {
  const std::string lease = R"(leases=[{"id":"rent","chip":"h100_sxm","site":"dc","count":50,"start":"2026-01-01","end":"2027-01-01","price":"2 USD/h"}])";
  const std::string rule = R"(policies.location_rules=[{"id":"law","from":"2026-07-01","location":"us","chip_origin":"us","leased_only":true}])";
  const auto plan = scenario::load("test/features/base.json", {}, {lease, rule});
  const auto run = fleet::simulate(plan, std::nullopt);
  const auto year = run.state->store->calendar().spans(results::Every::year).front();
  // 100 owned all year, 50 rented until 30 June (181 days); the rent goes on.
  CHECK(run.state->store->value(results::metric("accelerators_in_service"), {}, year).value() == Approx(100 + 50 * 181.0 / 365));
  CHECK(run.state->store->value(results::metric("cash_out"), {}, year).value() > 50 * 8760 * 2.0);
}

TEST_CASE("a rate that includes failures is not derated by them twice", "[fleet]") {
  const auto served = [](const char* includes) {
    const auto plan = scenario::load("test/features/base.json", {}, {"sites.dc.availability=0.8", R"(workloads.chat.tokens_per_day="20000 tokens/s")",
        fmt::format(R"(workloads.chat.model=[{{"architecture":"m","rates":[{{"chip":"h100_sxm","prefill":"100 tokens/s","decode":"100 tokens/s","replica":1,"includes":[{}]}}]}}])", includes)});
    const auto run = fleet::simulate(plan, std::nullopt);
    return run.state->store->value(results::metric("tokens_served"), {}, run.state->store->calendar().spans(results::Every::year).front()).value();
  };
  CHECK(served("") == Approx(80 * 100.0 * 365 * 86400));
  CHECK(served(R"("failures")") == Approx(100 * 100.0 * 365 * 86400));
  CHECK_THROWS_WITH(served(R"("idle")"), Catch::Contains("includes idle"));
}
