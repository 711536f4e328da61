#include "sim/finance/leases.hpp"

#include <catch2/catch.hpp>

using namespace headroom;
using namespace headroom::finance;

namespace {
Money dollars(double amount) { return Money::of(amount, usd); }
struct Desk {
  Fx fx{usd};
  Ledger ledger{fx, date(2025, 1, 1)};
  LeaseBook leases{ledger};
  Money balance(Account a) const { return ledger.balance(a, usd); }
};
LeaseTerms terms(Date start, Date end, double per_month, double rate) {
  return {start, end, monthly_rents(start, end, dollars(per_month)), rate, {}, {}};
}
}  // namespace

TEST_CASE("rents fall on the first day of each month of the term and a part month is cut by days", "[finance]") {
  const auto rents = monthly_rents(date(2025, 1, 15), date(2025, 3, 1), dollars(280));
  REQUIRE(rents.size() == 2);
  REQUIRE(rents[1].date == date(2025, 2, 15));
  REQUIRE(rents[1].amount == dollars(140));  // 14 of 28 days
  REQUIRE_FALSE(is_long(date(2025, 1, 1), date(2026, 1, 1)));
  REQUIRE(is_long(date(2025, 1, 1), date(2026, 1, 2)));
}

TEST_CASE("a right of use is the present value of the rents and the liability ends at zero", "[finance]") {
  // 24 rents of 100 in advance at 1 % a month: 100 x (1 + (1 - 1.01^-23) / 0.01) = 2,145.58 (annuity due).
  const auto schedule = lease_schedule(terms(date(2025, 1, 1), date(2027, 1, 1), 100, 0.12));
  REQUIRE(schedule.right_of_use.amount() == Approx(2145.5821).epsilon(1e-7));
  REQUIRE(schedule.rows.size() == 24);
  REQUIRE(schedule.rows[0].interest.is_zero());
  REQUIRE(schedule.rows[1].interest.amount() == Approx(20.455821).epsilon(1e-6));
  REQUIRE(schedule.rows.back().closing.is_zero());
  REQUIRE(schedule.rows.back().interest.amount() == Approx(100 - 100 / 1.01).epsilon(1e-6));
  Money interest = dollars(0);
  for (const auto& row : schedule.rows) interest += row.interest;
  REQUIRE(interest == dollars(2400) - schedule.right_of_use);
  const auto free = lease_schedule(terms(date(2025, 1, 1), date(2027, 1, 1), 100, 0));
  REQUIRE(free.right_of_use == dollars(2400));
}

TEST_CASE("a long lease costs amortisation and interest, and leaves nothing in the books", "[finance]") {
  Desk desk;
  desk.leases.commence(terms(date(2025, 1, 1), date(2027, 1, 1), 100, 0.12));
  desk.leases.accrue_to(date(2025, 2, 1));
  // 31 of 730 days of 2,145.58; the first rent is paid in advance without interest.
  REQUIRE(desk.balance(Account::lease_amortisation).amount() == Approx(2145.5821 * 31 / 730).epsilon(1e-6));
  REQUIRE(desk.balance(Account::paid_rent) == dollars(100));
  REQUIRE(desk.balance(Account::lease_liability).amount() == Approx(-2045.5821).epsilon(1e-6));
  desk.leases.accrue_to(date(2028, 1, 1));
  REQUIRE(desk.balance(Account::lease_liability).is_zero());
  REQUIRE(desk.balance(Account::lease_right_of_use).is_zero());
  REQUIRE(desk.balance(Account::lease_accumulated_amortisation).is_zero());
  REQUIRE(desk.balance(Account::paid_rent) == dollars(2400));
  REQUIRE(desk.balance(Account::lease_amortisation) + desk.balance(Account::lease_interest) == dollars(2400));
  for (const auto& sum : desk.ledger.sums()) REQUIRE(sum.sum.is_zero());
}

TEST_CASE("a short lease is rent expense by days whenever it is paid", "[finance]") {
  Desk desk;
  const auto id = desk.leases.commence({date(2025, 1, 1), date(2025, 4, 1), {{date(2025, 1, 1), dollars(90)}}, 0.1, {}, {}});
  REQUIRE(desk.leases.rents_from(id, date(2025, 1, 1)) == dollars(90));
  desk.leases.accrue_to(date(2025, 2, 1));
  REQUIRE(desk.balance(Account::rent) == dollars(31));
  REQUIRE(desk.balance(Account::cash) == dollars(-90));
  desk.leases.accrue_to(date(2025, 4, 1));
  REQUIRE(desk.balance(Account::rent) == dollars(90));
  REQUIRE(desk.balance(Account::accounts_payable).is_zero());
  REQUIRE(desk.ledger.total(Account::rent, Months::of(date(2025, 4, 1))).net().is_zero());
}

TEST_CASE("a lease that ends early pays no further rent and clears the books", "[finance]") {
  Desk desk;
  const auto id = desk.leases.commence(terms(date(2025, 1, 1), date(2027, 1, 1), 100, 0.12));
  desk.leases.terminate(id, date(2025, 7, 1), desk.ledger.intern("access closed"));
  desk.leases.accrue_to(date(2028, 1, 1));
  REQUIRE(desk.balance(Account::paid_rent) == dollars(600));
  REQUIRE(desk.balance(Account::lease_liability).is_zero());
  REQUIRE(desk.balance(Account::lease_right_of_use).is_zero());
  REQUIRE(desk.balance(Account::lease_accumulated_amortisation).is_zero());
  REQUIRE(desk.leases.rents_from(id, date(2025, 7, 1)).is_zero());
  Desk other;
  const auto month = other.leases.commence({date(2025, 1, 1), date(2025, 4, 1), {{date(2025, 1, 1), dollars(90)}}, 0.1, {}, {}});
  other.leases.terminate(month, date(2025, 2, 1));
  REQUIRE(other.balance(Account::rent) == dollars(31));
  REQUIRE(other.balance(Account::cancellation_cost) == dollars(59));
  REQUIRE(other.balance(Account::accounts_payable).is_zero());
}

TEST_CASE("a foreign lease's liability follows the exchange rate, its right of use does not, and nothing is left at the end", "[finance]") {
  const Currency cny = Currency::parse("CNY").value();
  Fx fx{cny};
  fx.set(usd, FxSeries{{{date(2026, 1, 1), 7.0}, {date(2026, 7, 1), 6.0}, {date(2027, 7, 1), 8.0}}, FxSeries::Between::step});
  Ledger ledger{fx, date(2026, 1, 1)};
  LeaseBook book{ledger};
  const Date start = date(2026, 1, 1), end = date(2028, 1, 1);
  const LeaseTerms terms{start, end, monthly_rents(start, end, dollars(1000)), 0.06, {}, {}};
  const LeaseSchedule schedule = lease_schedule(terms);
  book.commence(terms);
  const auto balance = [&](Account a) { return ledger.balance(a, cny).amount(); };
  CHECK(balance(Account::lease_right_of_use) == Approx(7 * schedule.right_of_use.amount()).epsilon(1e-9));
  for (int month = 1; month <= 24; ++month) {
    book.accrue_to(start + CalendarSpan{month, 0});
    const double rate = month < 6 ? 7.0 : month == 6 ? 7.0 : month < 18 ? 6.0 : month == 18 ? 6.0 : 8.0;
    const double owed = schedule.rows[static_cast<std::size_t>(month - 1)].closing.amount();
    CAPTURE(month);
    CHECK(-balance(Account::lease_liability) == Approx(rate * owed).margin(1e-4));
  }
  // The right of use was written off at the rate of the start, whatever became of it.
  CHECK(balance(Account::lease_amortisation) == Approx(7 * schedule.right_of_use.amount()).epsilon(1e-9));
  CHECK(balance(Account::lease_right_of_use) + balance(Account::lease_accumulated_amortisation) == Approx(0).margin(1e-4));
  CHECK(balance(Account::lease_liability) == Approx(0).margin(1e-4));
  // All rent in cash = amortisation + interest + the difference of rates.
  CHECK(balance(Account::lease_amortisation) + balance(Account::lease_interest) + balance(Account::fx_difference) == Approx(-balance(Account::cash)).epsilon(1e-9));
  CHECK(balance(Account::fx_difference) != Approx(0).margin(1));
}

TEST_CASE("a short foreign lease leaves no payable behind", "[finance]") {
  const Currency cny = Currency::parse("CNY").value();
  Fx fx{cny};
  fx.set(usd, FxSeries{{{date(2026, 1, 1), 7.0}, {date(2026, 2, 1), 6.5}, {date(2026, 3, 1), 7.5}}, FxSeries::Between::step});
  Ledger ledger{fx, date(2026, 1, 1)};
  LeaseBook book{ledger};
  book.commence({date(2026, 1, 10), date(2026, 4, 10), monthly_rents(date(2026, 1, 10), date(2026, 4, 10), dollars(900)), 0, {}, {}});
  for (int month = 1; month <= 4; ++month) book.accrue_to(date(2026, 1, 1) + CalendarSpan{month, 0});
  CHECK(ledger.balance(Account::accounts_payable, cny).amount() == Approx(0).margin(1e-4));
  CHECK(ledger.balance(Account::rent, cny).amount() + ledger.balance(Account::fx_difference, cny).amount() == Approx(-ledger.balance(Account::cash, cny).amount()));
}
