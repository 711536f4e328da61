// Orders, leases and bridges read prices of the world: chips, memory and rents, as a series or as a process.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "sim/fleet/fleet.hpp"
#include "sim/fleet/state.hpp"
#include "sim/scenario/load.hpp"

using namespace headroom;

namespace {

double total(const fleet::Run& run, results::MetricId id) {
  return run.state->store->value(id, {}, run.state->store->calendar().spans(results::Every::run).front()).value_or(0);
}

const std::string line = R"(budgets=[{"purpose":"chips","year":2026,"amount":"1e9 USD"}])";

std::string order(const std::string& id, int count) {
  return fmt::format(R"({{"id":"{}","chip":"h200_sxm","site":"dc","deliveries":[{{"at":"2026-07-05","count":{}}}],"ordered":"2026-06-01","price":{{"process":"chip"}},
      "bundle":{{"host":"1000 USD","memory":{{"amount":"200 GB","price":{{"process":"dram"}}}},"network_share":0.2}},"budget":"chips"}})", id, count);
}

const std::string market = R"(processes=[{"id":"chip","kind":"price","mean":"30000 USD","reversion_per_year":1,"volatility":0.4},
    {"id":"dram","kind":"price","mean":{"steps":[["2026-01-01","5 USD/GB"],["2026-05-01","10 USD/GB"]]},"reversion_per_year":1,"volatility":0.6}])";

}  // namespace

TEST_CASE("an order pays the price of chip and memory on the day it is signed", "[fleet]") {
  const auto plan = scenario::load("test/features/base.json", {}, {line, "orders=[" + order("a", 10) + "]", market});
  // (30,000 + 1,000 + 200 GB x 10 USD/GB) / 0.8 = 41,250 USD an accelerator; ten of them.
  CHECK(total(fleet::simulate(plan, std::nullopt), results::metric("capex")) == Approx(412500));
}

TEST_CASE("splitting or renaming an order changes neither its price nor any other draw", "[fleet]") {
  const auto one = scenario::load("test/features/base.json", {}, {line, "orders=[" + order("a", 40) + "]", market});
  const auto four = scenario::load("test/features/base.json", {}, {line, "orders=[" + order("w", 10) + "," + order("x", 10) + "," + order("y", 10) + "," + order("z", 10) + "]", market});
  double before = 0;
  for (int replication = 1; replication <= 4; ++replication) {
    const double whole = total(fleet::simulate(one, replication), results::metric("capex"));
    CHECK(total(fleet::simulate(four, replication), results::metric("capex")) == Approx(whole).epsilon(1e-9));
    CHECK(whole != before);
    before = whole;
  }
}

TEST_CASE("a rent that is read from the market is that of the day of signature for the whole term", "[fleet]") {
  const auto plan = scenario::load("test/features/base.json", {}, {
      R"(leases=[{"id":"rent","chip":"h100_sxm","site":"dc","count":10,"start":"2026-03-01","end":"2026-05-01","price":{"process":"rent"}}])",
      R"(processes=[{"id":"rent","kind":"price","mean":{"steps":[["2026-01-01","2 USD/h"],["2026-04-01","3 USD/h"]]}}])"});
  const auto run = fleet::simulate(plan, std::nullopt);
  CHECK(total(run, results::metric("committed")) == Approx(10 * 61 * 24 * 2.0));
}

TEST_CASE("leases and bridges share the depth of their market", "[fleet]") {
  const auto plan = scenario::load("test/features/base.json", {}, {
      R"(leases=[{"id":"first","chip":"h100_sxm","site":"dc","count":60,"start":"2026-02-01","end":"2026-10-01","price":{"process":"rent"}},
                 {"id":"second","chip":"h100_sxm","site":"dc","count":60,"start":"2026-03-01","end":"2026-09-01","price":{"process":"rent"}}])",
      R"(responses=[{"id":"bridge","when":{"date":"2026-11-01"},"do":"bridge","chip":"h100_sxm","site":"dc","count":500,"price":{"process":"rent"},"term":"1 month","lag":"0 days"}])",
      R"(processes=[{"id":"rent","kind":"price","mean":"2 USD/h","market_depth":{"steps":[["2026-01-01",100],["2026-06-01",150]]}}])"});
  const auto run = fleet::simulate(plan, std::nullopt);
  std::vector<double> missing;
  for (const auto& event : run.state->happenings) {
    if (event.kind == "market_depth_reached") missing.push_back(event.quantity.value());
  }
  // 60 + 40 of the 100 there are in spring; in November all 150 are free again.
  CHECK(missing == std::vector<double>{20, 350});
  CHECK(total(run, results::metric("accelerators_delivered")) == 60 + 40 + 150);
}
