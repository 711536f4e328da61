#include "sim/finance/unit_costs.hpp"

#include <catch2/catch.hpp>

using namespace headroom;
using namespace headroom::finance;

namespace {

Money dollars(double amount) { return Money::of(amount, usd); }

/// Our assumptions inside usual ranges: network 19 % of the cluster (Epoch AI), 8 %, 10 % salvage, 3 % maintenance, shell 11 USD/W over
/// 15 years, PUE 1.3, 0.087 USD/kWh, 80 % load, 95 % availability.
HourInputs cluster(double list_price, double all_in_kw, double years = 5) {
  HourInputs in;
  in.installed = installed_cost({dollars(list_price), 0.19, 0, 0, 0});
  in.rate = 0.08;
  in.life_years = years;
  in.salvage_share = 0.1;
  in.maintenance_share = 0.03;
  in.all_in = watts(all_in_kw * 1000);
  in.shell = {11, usd};
  in.pue = 1.3;
  in.load = 0.8;
  in.tariff = {0.087 / 3.6e6, usd};
  in.availability = 0.95;
  return in;
}
double total(const HourInputs& in) { return per_hour(cost_per_available_hour(in).total()); }

}  // namespace

TEST_CASE("the capital recovery factor repays a loan", "[finance]") {
  // 8 % over 5 years: 0.08 / (1 - 1.08^-5) = 0.250456; 1.08^5 = 1.469328.
  REQUIRE(capital_recovery_factor(0.08, 5) == Approx(0.2504564546).epsilon(1e-9));
  REQUIRE(sinking_fund_factor(0.08, 5) == Approx(0.1704564546).epsilon(1e-9));
  REQUIRE(capital_recovery_factor(0, 4) == 0.25);
  REQUIRE(annual_capital_charge(dollars(1000), dollars(100), 0.08, 5).amount() == Approx(250.456 - 17.046).epsilon(1e-5));
  REQUIRE(annual_book_charge(dollars(1000), dollars(100), 0.08, 5).amount() == Approx(180 + 44));
  REQUIRE(present_value(dollars(1469.328), 0.08, 5).amount() == Approx(1000));
  REQUIRE_THROWS_AS(capital_recovery_factor(0.08, 0), std::domain_error);
}

TEST_CASE("unequal lives compare by their equivalent annual cost", "[finance]") {
  // 1000 over 3 years at 10 %: 402.11; 1500 over 5 years: 395.70 (own arithmetic): the longer one is cheaper.
  REQUIRE(equivalent_annual_cost(dollars(1000), 0.1, 3).amount() == Approx(402.1148).epsilon(1e-5));
  REQUIRE(equivalent_annual_cost(dollars(1500), 0.1, 5).amount() == Approx(395.6962).epsilon(1e-5));
}

TEST_CASE("installed cost adds network, storage, duty and freight to the server", "[finance]") {
  REQUIRE(installed_cost({dollars(31900), 0.19, 0, 0, 0}).amount() == Approx(39382.716).epsilon(1e-7));
  REQUIRE(installed_cost({dollars(100), 0.1, 0.1, 0.25, 0.05}).amount() == Approx(162.5));
  REQUIRE_THROWS_AS(installed_cost({dollars(100), 0.6, 0.4, 0, 0}), std::domain_error);
}

TEST_CASE("hourly costs of five accelerators land at the published table within rounding", "[finance][published]") {
  // List prices per accelerator: Epoch AI prices of hardware (H100 31,900; H200 33,800; B200 47,409; MI300X 25,734) and a GB200 NVL72
  // rack of 3.1 M USD / 72; all-in kW: SemiAnalysis InferenceX. SemiAnalysis' own neocloud figures are 1.69, 1.74, 2.34, 2.75, 1.40.
  struct Row { double price, kw, five_years, six_years; };
  const auto row = GENERATE(values<Row>({{31900, 1.73, 1.68, 1.53}, {33800, 1.73, 1.75, 1.60}, {47409, 2.17, 2.39, 2.18},
                                         {43056, 2.10, 2.21, 2.01}, {25734, 1.79, 1.45, 1.34}}));
  CAPTURE(row.price);
  REQUIRE(total(cluster(row.price, row.kw)) == Approx(row.five_years).margin(0.0055));
  REQUIRE(total(cluster(row.price, row.kw, 6)) == Approx(row.six_years).margin(0.0055));
}

TEST_CASE("the parts of an H100 hour are capital 1.10, maintenance 0.14, shell 0.27, power 0.16", "[finance][published]") {
  const auto cost = cost_per_available_hour(cluster(31900, 1.73));
  REQUIRE(per_hour(cost.capital) == Approx(1.10).margin(0.0055));
  REQUIRE(per_hour(cost.maintenance) == Approx(0.14).margin(0.0055));
  REQUIRE(per_hour(cost.shell) == Approx(0.27).margin(0.0055));
  REQUIRE(per_hour(cost.energy) == Approx(0.16).margin(0.0055));
  REQUIRE(per_hour(cost.staff) == 0);
}

TEST_CASE("one input at a time moves an H100 hour as published", "[finance][published]") {
  const auto with = [](auto change) {
    HourInputs in = cluster(31900, 1.73);
    change(in);
    return total(in);
  };
  REQUIRE(total(cluster(25000, 1.73)) == Approx(1.41).margin(0.0055));
  REQUIRE(total(cluster(41000, 1.73)) == Approx(2.03).margin(0.0055));
  REQUIRE(with([](auto& in) { in.life_years = 3; }) == Approx(2.26).margin(0.0055));
  REQUIRE(with([](auto& in) { in.life_years = 4; }) == Approx(1.90).margin(0.0055));
  REQUIRE(with([](auto& in) { in.salvage_share = 0.3; }) == Approx(1.52).margin(0.0055));
  REQUIRE(with([](auto& in) { in.maintenance_share = 0.05; }) == Approx(1.77).margin(0.0055));
  REQUIRE(with([](auto& in) { in.availability = 0.9; }) == Approx(1.77).margin(0.0055));
  REQUIRE(with([](auto& in) { in.pue = 1.56; }) == Approx(1.71).margin(0.0055));
  REQUIRE(with([](auto& in) { in.shell = {4.1, usd}; }) == Approx(1.51).margin(0.0055));
  REQUIRE(with([](auto& in) { in.tariff = {0.125 / 3.6e6, usd}; }) == Approx(1.75).margin(0.0055));
}

TEST_CASE("DeepSeek's day: 226.75 nodes of 8 at 2 dollars an hour are 87,072 dollars and 0.11 per million tokens", "[finance][published]") {
  // Published: 608 B input and 168 B output tokens a day (DeepSeek open-infra-index, day 6).
  const Price<Seconds> hour{2.0 / 3600, usd};
  const double accelerators = 226.75 * 8;
  REQUIRE((hour * hours(24 * accelerators)).amount() == Approx(87072));
  const auto all = cost_per_token(hour, accelerators, TokensPerSecond{(608e9 + 168e9) / 86400});
  REQUIRE(all.amount_per_base * 1e6 == Approx(0.1122).epsilon(1e-3));
  // All cost on output, which is 168 of 776: 0.52 per million.
  const auto split = split_cost(all, {0, 0, 1}, {608.0 * 0.44 / 776, 608.0 * 0.56 / 776, 168.0 / 776});
  REQUIRE(split.output.amount_per_base * 1e6 == Approx(0.518).epsilon(1e-2));
  REQUIRE(split.input.amount_per_base == 0);
  REQUIRE_THROWS_AS(split_cost(all, {0.5, 0, 0}, {1, 0, 0}), std::domain_error);
}

TEST_CASE("useful hours cost more than available ones, and a training run does not depend on how many share it", "[finance]") {
  const Price<Seconds> hour{1.68 / 3600, usd};
  REQUIRE(per_hour(cost_per_useful_hour(hour, 0.8)) == Approx(2.1));
  REQUIRE(per_hour(cost_per_useful_hour(hour, 0.8, 0.9)) == Approx(2.3333).epsilon(1e-4));
  // 3.8e25 FLOP at 989 TFLOP/s x 0.4 x 0.9: 29.65 M accelerator-hours at 1.68.
  const auto cost = training_run_cost(hour, Flops{3.8e25}, teraflops(989), 0.4, 0.9);
  REQUIRE(cost.amount() == Approx(3.8e25 / (989e12 * 0.4 * 0.9) / 3600 * 1.68));
  REQUIRE(cost.amount() == Approx(49.81e6).epsilon(1e-3));
  REQUIRE_THROWS_AS(cost_per_useful_hour(hour, 0), std::domain_error);
}
