#include "sim/finance/assets.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace headroom;
using namespace headroom::finance;

namespace {

Money yuan(double amount) { return Money::of(amount, cny); }

struct Desk {
  Fx fx{cny};
  Ledger ledger{fx, date(2025, 1, 1)};
  AssetRegister assets{ledger};
  Money balance(Account a) const { return ledger.balance(a, cny); }
  AssetId open(std::vector<PartLife> parts = {{"bundle", 1, {60, 0}, 0}}) {
    return assets.open(ledger.intern("h200-1"), ledger.intern("datong"), cny, std::move(parts));
  }
  void arrive(AssetId id, Date day, std::int64_t units, Money cost) {
    assets.arrive(id, day, units, {cost, yuan(0), yuan(0), yuan(0)}, yuan(0));
  }
  void require_balanced() const {
    for (const auto& sum : ledger.sums()) REQUIRE(sum.sum.is_zero());
  }
};

}  // namespace

TEST_CASE("duty is cost and recoverable tax is not", "[finance]") {
  // Chip 200,000 and host 40,000, duty 25 % of the chip: 50,000; tax 13 % of 290,000: 37,700.
  const auto landed = landed_cost(yuan(240e3), yuan(200e3), 0.25, 0.13);
  REQUIRE(landed.duty == yuan(50e3));
  REQUIRE(landed.vat_recoverable == yuan(37.7e3));
  REQUIRE(landed.cost() == yuan(290e3));
  REQUIRE(landed.payable() == yuan(327.7e3));
  const auto lost = landed_cost(yuan(240e3), yuan(200e3), 0.25, 0.13, 0);
  REQUIRE(lost.cost() == yuan(327.7e3));
}

TEST_CASE("chips in crates are not depreciated; depreciation runs by days from the day of readiness", "[finance]") {
  // 1,826 CNY over five years from 11 January 2026 (1,826 days): one yuan a day.
  Desk desk;
  const auto id = desk.open();
  desk.arrive(id, date(2025, 10, 5), 2, yuan(3652));
  desk.assets.accrue_to(date(2026, 1, 1));
  REQUIRE(desk.balance(Account::construction_in_progress) == yuan(3652));
  REQUIRE(desk.balance(Account::depreciation).is_zero());
  desk.assets.ready(id, date(2026, 1, 11), 1);
  desk.assets.accrue_to(date(2026, 2, 1));
  REQUIRE(desk.balance(Account::depreciation) == yuan(21));
  desk.assets.accrue_to(date(2026, 3, 1));
  REQUIRE(desk.ledger.total(Account::depreciation, Months::of(date(2026, 2, 1))).net() == yuan(28));
  REQUIRE(desk.balance(Account::construction_in_progress) == yuan(1826));
  REQUIRE(desk.assets.book_value(id) == yuan(1826 - 49));
  desk.assets.accrue_to(date(2035, 1, 1));
  REQUIRE(desk.assets.book_value(id).is_zero());
  desk.require_balanced();
}

TEST_CASE("chip, host and network have lives of their own and a residual that stays", "[finance]") {
  Desk desk;
  const auto id = desk.open({{"chip", 0.7, {48, 0}, 0.1}, {"host", 0.2, {60, 0}, 0}, {"network", 0.1, {72, 0}, 0}});
  desk.arrive(id, date(2025, 1, 1), 1, yuan(1000));
  desk.assets.ready(id, date(2025, 1, 1), 1);
  // After four years: chip 700 down to 70; host 1,461 of 1,826 days; network 1,461 of 2,191 days.
  desk.assets.accrue_to(date(2029, 1, 1));
  REQUIRE(desk.assets.book_value(id).amount() == Approx(70 + 200 * (1 - 1461.0 / 1826) + 100 * (1 - 1461.0 / 2191)));
  desk.assets.accrue_to(date(2040, 1, 1));
  REQUIRE(desk.assets.book_value(id) == yuan(70));
  REQUIRE_THROWS_AS(desk.open({{"chip", 0.7, {48, 0}, 0}}), std::invalid_argument);
}

TEST_CASE("selling below book value is a loss, above it a gain, and the oldest units go first", "[finance]") {
  Desk desk;
  const auto id = desk.open();
  desk.arrive(id, date(2025, 1, 1), 3, yuan(3 * 1826));
  desk.assets.ready(id, date(2025, 1, 1), 2);
  desk.assets.ready(id, date(2025, 1, 31), 1);
  // On 1 March 2025 the first two have served 59 days: book value 1,767 each.
  const auto sale = desk.assets.retire(id, date(2025, 3, 1), 1, yuan(1000));
  REQUIRE(sale.book_value == yuan(1767));
  REQUIRE(sale.gain() == yuan(-767));
  const auto next = desk.assets.retire(id, date(2025, 3, 1), 2, yuan(4000));
  REQUIRE(next.book_value == yuan(1767 + 1826 - 29));
  REQUIRE(desk.balance(Account::disposal_loss) == yuan(767));
  REQUIRE(desk.balance(Account::disposal_gain) == -next.gain());
  REQUIRE(desk.balance(Account::equipment).is_zero());
  REQUIRE(desk.balance(Account::accumulated_depreciation).is_zero());
  REQUIRE(desk.balance(Account::received_resale) == yuan(-5000));
  REQUIRE_THROWS_AS(desk.assets.retire(id, date(2025, 4, 1), 1, yuan(0)), std::logic_error);
  desk.require_balanced();
}

TEST_CASE("an opening fleet comes with its age and its past depreciation is no expense", "[finance]") {
  Desk desk;
  const auto id = desk.open();
  desk.assets.open_in_service(id, date(2025, 1, 1), 10, yuan(18270), date(2023, 1, 1));  // 1,827 days would be a leap year more
  // Life 2023-01-01 to 2028-01-01: 1,826 days; 731 gone.
  REQUIRE(desk.assets.book_value(id).amount() == Approx(18270 * (1 - 731.0 / 1826)));
  REQUIRE(desk.balance(Account::depreciation).is_zero());
  desk.assets.accrue_to(date(2025, 2, 1));
  REQUIRE(desk.balance(Account::depreciation).amount() == Approx(18270 * 31.0 / 1826));
  desk.require_balanced();
}

TEST_CASE("what was prepaid is used up on arrival and a lost crate is a loss", "[finance]") {
  Desk desk;
  const auto id = desk.open();
  const auto landed = landed_cost(yuan(1000), yuan(1000), 0.1, 0.1);
  desk.assets.arrive(id, date(2025, 2, 1), 4, landed, yuan(300));
  REQUIRE(desk.balance(Account::supplier_prepayments) == yuan(-300));
  REQUIRE(desk.balance(Account::accounts_payable) == yuan(-(1100 + 110 - 300)));
  REQUIRE(desk.balance(Account::vat_receivable) == yuan(110));
  desk.assets.add_cost(id, date(2025, 2, 2), yuan(100));
  const auto lost = desk.assets.write_off_waiting(id, date(2025, 2, 3), 1, yuan(0));
  REQUIRE(lost.book_value == yuan(300));
  REQUIRE(desk.balance(Account::disposal_loss) == yuan(300));
  desk.require_balanced();
}

TEST_CASE("tax comes back at the end of its month plus the lag", "[finance]") {
  Desk desk;
  VatReceivables vat{desk.ledger};
  vat.expect(date(2025, 3, 10), yuan(100), {1, 0});
  vat.expect(date(2025, 1, 31), yuan(50), {1, 0});
  REQUIRE(vat.collect(date(2025, 2, 27)) == 0);
  REQUIRE(vat.collect(date(2025, 2, 28)) == 1);
  REQUIRE(vat.outstanding() == std::vector<Money>{yuan(100)});
  REQUIRE(vat.collect(date(2026, 1, 1)) == 1);
  REQUIRE(desk.ledger.total(Account::received_vat, Months::of(date(2025, 4, 1))).credits == yuan(100));
  desk.require_balanced();
}

TEST_CASE("cost in = depreciation + disposals + book value, to the millionth, whatever happens to the units", "[finance]") {
  const auto seed = GENERATE(range(1U, 31U));
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto pick = [&](std::uint32_t n) { return static_cast<std::int64_t>(random() % n); };
  Desk desk;
  const auto id = desk.open({{"chip", 0.61, {36, 0}, 0.07}, {"host", 0.29, {60, 0}, 0}, {"network", 0.1, {72, 0}, 0.5}});
  Money cost_in = yuan(0), cost_out = yuan(0);
  for (Date day = date(2025, 1, 1); day < date(2031, 1, 1); day += std::chrono::days{1 + pick(40)}) {
    const auto action = pick(4);
    if (action == 0) {
      const Money cost{1 + pick(1'000'000'007), cny};
      desk.arrive(id, day, 1 + pick(97), cost);
      cost_in += cost;
    } else if (action == 1 && desk.assets.waiting_units(id) > 0) {
      desk.assets.ready(id, day, 1 + pick(static_cast<std::uint32_t>(desk.assets.waiting_units(id))));
    } else if (action == 2 && desk.assets.units_in_service(id) > 0) {
      cost_out += desk.assets.retire(id, day, 1 + pick(static_cast<std::uint32_t>(desk.assets.units_in_service(id))), Money{pick(1'000'000), cny}).cost;
    } else {
      desk.assets.accrue_to(day);
    }
  }
  REQUIRE(cost_in == cost_out + desk.assets.cost_in_service(id) + desk.assets.waiting_cost(id));
  REQUIRE(desk.balance(Account::equipment) == desk.assets.cost_in_service(id));
  REQUIRE(desk.balance(Account::equipment) + desk.balance(Account::accumulated_depreciation) == desk.assets.book_value(id));
  REQUIRE(desk.balance(Account::construction_in_progress) == desk.assets.waiting_cost(id));
  REQUIRE(desk.assets.book_value(id) >= yuan(0));
  desk.require_balanced();
}
