/// Ten cells of yearly.csv against arithmetic that a reader can redo: test/features/base.json with one order.
#include <catch2/catch.hpp>

#include "sim/fleet/outcome.hpp"
#include "sim/fleet/state.hpp"
#include "sim/scenario/load.hpp"

using namespace headroom;
using results::metric;

namespace {

double cell(const results::Store& store, const char* name) {
  const auto year = store.calendar().spans(results::Every::year).front();
  return store.value(metric(name), {}, year).value();
}

}  // namespace

TEST_CASE("ten cells of a year agree with hand calculations", "[fleet]") {
  // 100 H100 in service, 5,000 tokens/s of load, 100 tokens/s an accelerator: 50 work and 50 idle all year (8,760 h).
  // An H100 draws 1.73 kW at work and 0.35 of that idle; PUE 1.2; 0.1 USD/kWh; 400 g/kWh.
  const auto plan = scenario::load("test/features/base.json", {},
                                   {R"(orders=[{"id":"more","chip":"h200_sxm","site":"dc","deliveries":[{"at":"2026-07-01","count":10}],
                                      "price":"30000 USD","duty":0.1,"budget":"chips","depreciation":{"life":"5 years"},
                                      "payments":[{"at":"delivered","share":1,"lag":"30 days"}]}])",
                                    R"(budgets=[{"purpose":"chips","year":2026,"amount":"1e6 USD"}])"});
  const auto run = fleet::simulate(plan, std::nullopt);
  const auto& store = *run.state->store;

  // From 2 July (183 days) ten H200 stand beside them; placement leaves them idle or swaps them for H100, alike in power.
  const double idle_h200_days = 183;
  const double it_kwh = 8760 * (50 * 1.73 + 50 * 1.73 * 0.35) + idle_h200_days * 24 * 10 * 1.73 * 0.35;
  const double mwh = it_kwh * 1.2 / 1000;
  CHECK(cell(store, "energy") == Approx(mwh).epsilon(1e-12));
  CHECK(cell(store, "energy_cost") == Approx(mwh * 1000 * 0.1).epsilon(1e-9));
  CHECK(cell(store, "carbon") == Approx(mwh * 0.4).epsilon(1e-12));
  CHECK(cell(store, "power_mean") == Approx(mwh / 8760).epsilon(1e-12));
  CHECK(cell(store, "tokens_served") == Approx(5000.0 * 365 * 86400).epsilon(1e-12));
  CHECK(cell(store, "accelerators_in_service") == Approx(100 + 10 * idle_h200_days / 365).epsilon(1e-12));
  // Bought for 30,000 USD and 10 % duty each; the duty is paid on the spot, the chips 30 days after delivery.
  CHECK(cell(store, "capex") == Approx(10 * 33000.0));
  CHECK(cell(store, "committed") == Approx(10 * 33000.0));
  CHECK(cell(store, "cash_out") == Approx(10 * 33000.0 + mwh * 100).epsilon(1e-9));
  // Opening cohort: 36,500 USD over the 1,826 days of 2025-2029. New ones: 33,000 USD over the 1,826 days from 2 July 2026.
  CHECK(cell(store, "depreciation") == Approx(100 * 36500.0 * 365 / 1826 + 10 * 33000.0 * 183 / 1826).epsilon(1e-9));
  // 50 of 100, later 50 of 110 at work.
  CHECK(cell(store, "utilisation") == Approx(50 * 365.0 / (100 * 365 + 10 * idle_h200_days)).epsilon(1e-12));
  for (const auto& line : run.state->audit) CHECK(line.ok);
}
