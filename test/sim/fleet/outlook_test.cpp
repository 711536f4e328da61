// What the plan says of weeks to come: exhaustion by plan, what binds and what one more unit of it would carry.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "sim/fleet/fleet.hpp"
#include "sim/fleet/state.hpp"
#include "sim/scenario/load.hpp"

using namespace headroom;

namespace {

// 100 accelerators at 100 tokens/s carry 10,000 tokens/s.
std::optional<double> first_month(const fleet::Run& run, results::MetricId id, std::uint16_t workload = 0) {
  return run.state->store->value(id, {std::nullopt, std::nullopt, workload}, run.state->store->calendar().spans(results::Every::month).front());
}

fleet::Run growing(const std::vector<std::string>& more) {
  // 5,000 tokens/s that grow fourfold a year outgrow the fleet after half a year.
  static std::vector<scenario::Scenario> alive;
  alive.reserve(64);
  std::vector<std::string> settings{R"(workloads.chat.tokens_per_day={"start":"5000 tokens/s","factor_per_year":4})", R"(budgets=[{"purpose":"chips","year":2026,"amount":"1e9 USD"}])"};
  settings.insert(settings.end(), more.begin(), more.end());
  alive.push_back(scenario::load("test/features/base.json", {}, settings));
  return fleet::simulate(alive.back(), std::nullopt);
}

std::string order(const char* at, int count) {
  return fmt::format(R"(orders=[{{"id":"more","chip":"h200_sxm","site":"dc","deliveries":[{{"at":"{}","count":{}}}],"price":"30000 USD","budget":"chips"}}])", at, count);
}

constexpr auto weeks = results::metric("weeks_to_exhaustion");

}  // namespace

TEST_CASE("weeks to exhaustion end where the forecast outgrows what is in service by plan", "[fleet]") {
  // 2 July is day 182.6 of the growth; at the end of January it is 21.7 weeks off.
  CHECK(first_month(growing({}), weeks).value() == Approx(21.7).margin(1.1));
}

TEST_CASE("weeks to exhaustion count what is ordered and what leaves, each at its planned day", "[fleet]") {
  // Fifty more in May carry the load until 15,000 tokens/s: day 289.
  CHECK(first_month(growing({order("2026-05-01", 50)}), weeks).value() == Approx((289.4 - 30) / 7).margin(1.1));
  CHECK_FALSE(first_month(growing({order("2026-05-01", 400)}), weeks));
  CHECK(first_month(growing({order("2026-09-01", 400)}), weeks).value() == Approx(21.7).margin(1.1));  // too late
  CHECK(first_month(growing({R"(fleet.old.retire="2026-04-01")"}), weeks).value() == Approx(60.0 / 7).margin(1.1));
  const char* rent = R"(leases=[{"id":"rent","chip":"h100_sxm","site":"dc","count":100,"start":"2026-04-01","end":"2026-10-15","price":"2 USD/h"}])";
  CHECK(first_month(growing({rent}), weeks).value() == Approx((287 - 30) / 7.0).margin(1.1));
}

TEST_CASE("weeks to exhaustion count arrivals at the pace of the crew and within the site's power", "[fleet]") {
  // One a week: 100 + 9 accelerators on 1 July, 10,900 tokens/s, which are outgrown on day 205; by then there are 112.
  const double slow = first_month(growing({order("2026-05-01", 400), "sites.dc.racking_per_week=1"}), weeks).value();
  CHECK(slow > 23);
  CHECK(slow < 28);
  // 187 kW behind a PUE of 1.2 carry the hundred and no more.
  CHECK(first_month(growing({order("2026-05-01", 400), R"(sites.dc.power="187 kW")"}), weeks).value() <= 22.8);
}

TEST_CASE("what binds has a price that a difference confirms", "[fleet]") {
  const auto run = growing({});
  REQUIRE(run.state->bindings.size() == 12);
  const auto& row = run.state->bindings.front();
  CHECK(row.binding == "accelerators");
  CHECK(row.chip == "h100_sxm");
  CHECK_FALSE(row.is_short);
  CHECK(row.price.value() == Approx(100));
  CHECK(row.dual.value() == Approx(100));
  CHECK(row.unit == "tokens/s per accelerator");
  CHECK(run.state->bindings.back().is_short);
  CHECK(run.state->bindings.back().price.value() == Approx(100));
}

TEST_CASE("where power binds, its price is that of a megawatt", "[fleet]") {
  const auto run = growing({R"(sites.dc.power="150 kW")"});
  const auto& row = run.state->bindings.back();
  const auto& pool = run.state->pools.front();
  CHECK(row.binding == "power");
  CHECK(row.site == "dc");
  CHECK(row.price.value() == Approx(100 / (pool.busy - pool.idle).base() * 1e6).epsilon(1e-6));
  CHECK(row.unit == "tokens/s per MW");
}

TEST_CASE("a service's headroom is searched in full while another one is short", "[fleet]") {
  // The second workload runs on chips of its own and asks for twice what they carry.
  const auto plan = scenario::load("test/features/base.json", {}, {
      R"(fleet=[{"id":"old","chip":"h100_sxm","count":100,"site":"dc","in_service":"2025-01-01"},{"id":"other","chip":"a100_sxm_80","count":10,"site":"dc","in_service":"2025-01-01"}])",
      R"(workloads=[{"id":"chat","kind":"serving","tokens_per_day":"5000 tokens/s","output_share":0.5,"model":[{"architecture":"m","rates":[{"chip":"h100_sxm","prefill":"100 tokens/s","decode":"100 tokens/s","replica":1}]}]},
        {"id":"short","kind":"serving","tokens_per_day":"2000 tokens/s","output_share":0.5,"model":[{"architecture":"m","rates":[{"chip":"a100_sxm_80","prefill":"100 tokens/s","decode":"100 tokens/s","replica":1}]}]}])"});
  const auto run = fleet::simulate(plan, std::nullopt);
  CHECK(first_month(run, results::metric("headroom"), 0).value() == Approx(1).margin(2e-3));
  CHECK(first_month(run, results::metric("headroom"), 1).value() == Approx(-0.5).margin(2e-3));
  CHECK_FALSE(first_month(run, weeks, 0));
  CHECK(first_month(run, weeks, 1).value() == 0);
}
