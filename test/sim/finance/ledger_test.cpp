#include "sim/finance/ledger.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <sstream>

using namespace headroom;
using namespace headroom::finance;

namespace {

Fx fx_in_cny() {
  Fx fx{cny};
  fx.set(usd, FxSeries{{{date(2025, 1, 1), 7.2}, {date(2026, 1, 1), 6.8}}, FxSeries::Between::step});
  return fx;
}
Money yuan(double amount) { return Money::of(amount, cny); }
Money dollars(double amount) { return Money::of(amount, usd); }

}  // namespace

TEST_CASE("every account of the chart stands at its own place, with a name of its own and a sentence", "[finance]") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < account_count; ++i) {
    const auto& entry = chart_of_accounts()[i];
    REQUIRE(static_cast<std::size_t>(entry.account) == i);
    REQUIRE(names.insert(entry.name).second);
    REQUIRE(entry.meaning.size() > 10);
    REQUIRE(entry.meaning.back() == '.');
  }
}

TEST_CASE("a transaction that does not balance is refused with what is left over and leaves nothing behind", "[finance]") {
  const Fx fx = fx_in_cny();
  Ledger ledger{fx, date(2025, 1, 1)};
  REQUIRE_THROWS_WITH(ledger.post(date(2025, 3, 1), Book::cash, ledger.intern("energy of February"),
                                  {debit(Account::paid_energy, yuan(100)), credit(Account::bank, yuan(99.5))}),
                      Catch::Contains("0.5 CNY") && Catch::Contains("energy of February"));
  REQUIRE(ledger.size() == 0);
  REQUIRE(ledger.total(Account::paid_energy).net().is_zero());
  REQUIRE_THROWS_AS(ledger.post(date(2024, 12, 31), Book::cash, {}, {debit(Account::paid_energy, yuan(1)), credit(Account::bank, yuan(1))}),
                    std::logic_error);
}

TEST_CASE("a currency without a rate is named and nothing is posted", "[finance]") {
  const Fx fx = fx_in_cny();
  Ledger ledger{fx, date(2025, 1, 1)};
  const Currency euro{"EUR"};
  REQUIRE_THROWS_WITH(ledger.post(date(2025, 3, 1), Book::cash, {}, {debit(Account::paid_other, Money::of(1, euro)), credit(Account::bank, Money::of(1, euro))}),
                      Catch::Contains("EUR") && Catch::Contains("CNY"));
  REQUIRE(ledger.size() == 0);
}

TEST_CASE("a bill in dollars paid in yuan passes through clearing and both currencies sum to zero", "[finance]") {
  const Fx fx = fx_in_cny();
  Ledger ledger{fx, date(2025, 1, 1)};
  // 1000 USD at 7.2 = 7200 CNY.
  ledger.post(date(2025, 6, 1), Book::accrual, {}, {debit(Account::accounts_payable, dollars(1000)), credit(Account::cash, yuan(7200))});
  REQUIRE(ledger.size() == 4);
  REQUIRE(ledger.balance(Account::fx_clearing, usd) == dollars(-1000));
  REQUIRE(ledger.balance(Account::fx_clearing, cny) == yuan(7200));
  REQUIRE(ledger.total(Account::fx_clearing).net().is_zero());
  for (const auto& sum : ledger.sums()) REQUIRE(sum.sum.is_zero());
  // At another rate than the day's the two legs are not worth the same.
  REQUIRE_THROWS_AS(ledger.post(date(2025, 6, 1), Book::accrual, {}, {debit(Account::accounts_payable, dollars(1000)), credit(Account::cash, yuan(6800))}),
                    std::logic_error);
}

TEST_CASE("base values of a transaction sum to zero although each line is rounded", "[finance]") {
  Fx fx{cny};
  fx.set(usd, FxSeries{{{date(2025, 1, 1), 7.1234567891}}, FxSeries::Between::step});
  Ledger ledger{fx, date(2025, 1, 1)};
  ledger.post(date(2025, 2, 1), Book::cash, {},
              {debit(Account::paid_energy, dollars(0.333333)), debit(Account::paid_staff, dollars(0.333333)),
               debit(Account::paid_other, dollars(0.333334)), credit(Account::bank, dollars(1))});
  Int128 base_sum = 0;
  for (std::size_t i = 0; i < ledger.size(); ++i) base_sum += ledger.entry(i).amount_base.micros();
  REQUIRE((base_sum == 0));
  // 0.333333 x 7.1234567891 = 2.374483...; the residue of the three sits on the line of one dollar.
  REQUIRE(to_decimal(ledger.entry(0).amount_base) == "2.374483");
}

TEST_CASE("totals by month, site, cohort and budget are there without a second pass", "[finance]") {
  const Fx fx = fx_in_cny();
  Ledger ledger{fx, date(2025, 1, 1)};
  const Name datong = ledger.intern("datong"), johor = ledger.intern("johor"), h20 = ledger.intern("h20-1"), chips = ledger.intern("chips");
  const auto energy = [&](Date d, Money m, Name site, Name cohort) {
    ledger.post(d, Book::accrual, {}, {debit(Account::energy, m, {{}, {}, cohort, site}), credit(Account::accounts_payable, m, {{}, {}, cohort, site})});
  };
  energy(date(2025, 1, 31), yuan(10), datong, h20);
  energy(date(2025, 2, 28), yuan(20), datong, h20);
  energy(date(2026, 2, 28), dollars(5), johor, {});  // at 6.8
  ledger.post(date(2025, 2, 3), Book::commitment, {}, {debit(Account::budget_committed, yuan(7), {chips, 2026, {}, {}}),
                                                       credit(Account::budget_available, yuan(7), {chips, 2026, {}, {}})});
  REQUIRE(ledger.total(Account::energy).net() == yuan(64));
  REQUIRE(ledger.total(Account::energy, Months::of(date(2025, 2, 1))).net() == yuan(20));
  REQUIRE(ledger.of_site(datong, Account::energy).net() == yuan(30));
  REQUIRE(ledger.of_site(johor, Account::energy, Months{date(2026, 1, 1), date(2026, 12, 1)}).net() == yuan(34));
  REQUIRE(ledger.of_cohort(h20, Account::energy, Months::up_to(date(2025, 1, 1))).net() == yuan(10));
  REQUIRE(ledger.of_budget(chips, 2026, Account::budget_committed).debits == yuan(7));
  REQUIRE(ledger.of_budget(chips, 2025, Account::budget_committed).debits.is_zero());
  REQUIRE(ledger.total(AccountKind::expense).net() == yuan(64));
  REQUIRE(ledger.of_site(ledger.intern("nowhere"), Account::energy).net().is_zero());
}

TEST_CASE("ledger.csv quotes what needs it and disarms formulas", "[finance]") {
  const Fx fx = fx_in_cny();
  Ledger ledger{fx, date(2025, 1, 1)};
  const Tags tags{ledger.intern("chips"), 2025, ledger.intern("=cmd()"), ledger.intern("Datong, \"west\"")};
  ledger.post(date(2025, 1, 5), Book::cash, ledger.intern("deposit"), {debit(Account::paid_equipment, dollars(1234.5), tags), credit(Account::bank, dollars(1234.5))});
  std::ostringstream out;
  write_ledger_csv(ledger, out);
  REQUIRE(out.str() ==
          "tx_id,line_no,date,period,book,account,debit,credit,currency,amount_base,fx_rate,budget_line,budget_year,cohort,site,note\n"
          "1,1,2025-01-05,2025-01,cash,paid_equipment,1234.5,,USD,8888.4,7.2,chips,2025,'=cmd(),\"Datong, \"\"west\"\"\",deposit\n"
          "1,2,2025-01-05,2025-01,cash,bank,,1234.5,USD,-8888.4,7.2,,,,,deposit\n");
}

TEST_CASE("ledger.csv writes amounts of any size exactly as the decimal text of money", "[finance]") {
  const Fx fx = fx_in_cny();
  Ledger ledger{fx, date(2025, 1, 1)};
  Money vast{0, cny};
  for (int i = 0; i < 4000; ++i) vast += Money::of(9e12, cny);  // beyond 64 bits of millionths
  vast += Money{1, cny};
  std::string expected;
  for (const Money m : {Money{1, cny}, Money{100'000, cny}, Money{123'456'789, cny}, yuan(85e9), Money{1'000'001, cny}, vast}) {
    ledger.post(date(2025, 1, 5), Book::cash, {}, {debit(Account::paid_other, m), credit(Account::bank, m)});
    expected += to_decimal(m) + ",,CNY," + to_decimal(m) + "\n," + to_decimal(m) + ",CNY," + to_decimal(-m) + "\n";
  }
  std::ostringstream out;
  write_ledger_csv(ledger, out);
  std::string found;
  std::istringstream lines{out.str()};
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    // Columns debit to amount_base are the seventh to the tenth.
    std::size_t begin = 0;
    for (int i = 0; i < 6; ++i) begin = line.find(',', begin) + 1;
    std::size_t end = begin;
    for (int i = 0; i < 4; ++i) end = line.find(',', end) + 1;
    found += line.substr(begin, end - 1 - begin) + "\n";
  }
  REQUIRE(found == expected);
  REQUIRE(to_decimal(vast) == "36000000000000000.000001");
}
