#include "sim/finance/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace headroom::finance {

namespace {

Int128 size_of(Int128 n) { return n < 0 ? -n : n; }

int month_number(Date date) { return year_of(date) * 12 + month_of(date) - 1; }

}  // namespace

Ledger::Ledger(const Fx& fx, Date start) : fx_(&fx), origin_(month_number(start)) { name_index_[""] = 0; }

Name Ledger::intern(std::string_view text) {
  const auto found = name_index_.find(text);
  if (found != name_index_.end()) return {found->second};
  const auto index = static_cast<std::uint32_t>(names_.size());
  names_.emplace_back(text);
  name_index_.emplace(names_.back(), index);
  return {index};
}

std::uint8_t Ledger::currency_index(Currency currency) {
  const auto found = std::find(currencies_.begin(), currencies_.end(), currency);
  if (found != currencies_.end()) return static_cast<std::uint8_t>(found - currencies_.begin());
  if (currencies_.size() == 255) throw std::length_error("ledger: over 255 currencies");
  currencies_.push_back(currency);
  by_currency_.emplace_back();
  return static_cast<std::uint8_t>(currencies_.size() - 1);
}

int Ledger::month_index(Date date) const { return month_number(date) - origin_; }

std::uint32_t Ledger::post(Date date, Book book, Name note, std::span<const Line> lines) {
  if (month_index(date) < 0) {
    throw std::logic_error(fmt::format("ledger: an entry of {} before the first month ({})", to_string(date), text(note)));
  }
  struct Leg { Currency currency; double rate; Int128 left; std::uint8_t index; };
  std::vector<Leg> legs;
  std::vector<Row> rows;
  rows.reserve(lines.size() + 2);
  Int128 base_left = 0;
  const auto leg_of = [&](Currency currency) -> Leg& {
    for (auto& leg : legs) {
      if (leg.currency == currency) return leg;
    }
    const double rate = fx_->rate(currency, date);  // throws for an unknown currency before anything is stored
    legs.push_back({currency, rate, 0, currency_index(currency)});
    return legs.back();
  };
  const auto make = [&](Account account, Int128 micros, const Leg& leg, const Tags& tags) {
    const Money base_value = convert(Money{micros, leg.currency}, leg.rate, base());
    base_left += base_value.micros();
    rows.push_back({micros, base_value.micros(), leg.rate, 0, 0, 0, tags.cohort.index, tags.site.index, tags.budget_line.index,
                    tags.budget_year ? static_cast<std::int16_t>(*tags.budget_year) : no_year, 0, book, account, leg.index});
  };
  for (const auto& line : lines) {
    if (line.amount.is_zero()) continue;
    Leg& leg = leg_of(line.amount.currency());
    leg.left += line.amount.micros();
    make(line.account, line.amount.micros(), leg, line.tags);
  }
  if (rows.empty()) return 0;

  const auto open = std::count_if(legs.begin(), legs.end(), [](const Leg& leg) { return leg.left != 0; });
  Int128 largest_value = 0;
  for (const auto& row : rows) largest_value = std::max(largest_value, size_of(row.base_micros));
  const Int128 tolerance = static_cast<Int128>(rows.size()) + largest_value / 1'000'000'000'000;
  if (open == 1 || (open > 1 && size_of(base_left) > tolerance)) {
    std::string what;
    for (const auto& leg : legs) {
      if (leg.left != 0) what += fmt::format(" {} {}", to_decimal(Money{leg.left, leg.currency}), leg.currency.code());
    }
    throw std::logic_error(fmt::format("ledger: {} {} \"{}\" does not balance, left over:{} (worth {} {})", to_string(date), name(book),
                                       text(note), what, to_decimal(Money{base_left, base()}), base().code()));
  }
  if (open > 1) {
    for (std::size_t i = 0; i < legs.size(); ++i) {
      if (legs[i].left != 0) make(Account::fx_clearing, -legs[i].left, legs[i], {});
    }
  }
  if (base_left != 0) {
    auto largest = std::max_element(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return size_of(a.base_micros) < size_of(b.base_micros);
    });
    largest->base_micros -= base_left;
  }
  append(date, book, note, rows);
  return next_transaction_ - 1;
}

void Ledger::append(Date date, Book, Name note, std::vector<Row>& rows) {
  const auto month = static_cast<std::size_t>(month_index(date));
  std::uint16_t number = 0;
  for (auto& row : rows) {
    row.day = static_cast<std::int32_t>(date.time_since_epoch().count());
    row.transaction = next_transaction_;
    row.note = note.index;
    row.line = ++number;
    rows_.push_back(row);
    by_currency_[row.currency][static_cast<std::size_t>(row.account)] += row.micros;
    add(all_, row, month);
    if (row.site != 0) add(by_site_.of(row.site), row, month);
    if (row.cohort != 0) add(by_cohort_.of(row.cohort), row, month);
    if (row.budget_line != 0) add(by_budget_[{row.budget_line, row.budget_year}], row, month);
  }
  ++next_transaction_;
}

void Ledger::add(Slice& slice, const Row& row, std::size_t month) const {
  auto& months = slice.months[static_cast<std::size_t>(row.account)];
  if (months.size() <= month) months.resize(month + 1);
  (row.base_micros > 0 ? months[month].debits : months[month].credits) += size_of(row.base_micros);
}

Turnover Ledger::turnover(const Slice* slice, Account account, Months months) const {
  Turnover sum{Money{0, base()}, Money{0, base()}};
  if (slice == nullptr) return sum;
  const auto& flows = slice->months[static_cast<std::size_t>(account)];
  const int first = months.first ? std::max(0, month_index(*months.first)) : 0;
  int last = static_cast<int>(flows.size()) - 1;
  if (months.last) last = std::min(last, month_index(*months.last));
  for (int m = first; m <= last; ++m) {
    sum.debits += Money{flows[static_cast<std::size_t>(m)].debits, base()};
    sum.credits += Money{flows[static_cast<std::size_t>(m)].credits, base()};
  }
  return sum;
}

Turnover Ledger::turnover(const Slice* slice, AccountKind kind, Months months) const {
  Turnover sum{Money{0, base()}, Money{0, base()}};
  for (const auto& entry : chart_of_accounts()) {
    if (entry.kind != kind) continue;
    const auto part = turnover(slice, entry.account, months);
    sum.debits += part.debits;
    sum.credits += part.credits;
  }
  return sum;
}

Ledger::Slice& Ledger::Slices::of(std::uint32_t name) {
  if (slot.size() <= name) slot.resize(name + std::size_t{1}, 0);
  if (slot[name] == 0) {
    slices.emplace_back();
    slot[name] = static_cast<std::uint32_t>(slices.size());
  }
  return slices[slot[name] - 1];
}

const Ledger::Slice* Ledger::Slices::find(Name name) const {
  return name.index < slot.size() && slot[name.index] != 0 ? &slices[slot[name.index] - 1] : nullptr;
}

Turnover Ledger::total(Account account, Months months) const { return turnover(&all_, account, months); }
Turnover Ledger::total(AccountKind kind, Months months) const { return turnover(&all_, kind, months); }
Turnover Ledger::of_site(Name site, Account account, Months months) const { return turnover(by_site_.find(site), account, months); }
Turnover Ledger::of_site(Name site, AccountKind kind, Months months) const { return turnover(by_site_.find(site), kind, months); }
Turnover Ledger::of_cohort(Name cohort, Account account, Months months) const { return turnover(by_cohort_.find(cohort), account, months); }
Turnover Ledger::of_cohort(Name cohort, AccountKind kind, Months months) const { return turnover(by_cohort_.find(cohort), kind, months); }
Turnover Ledger::of_budget(Name line, int budget_year, Account account, Months months) const {
  const auto found = by_budget_.find({line.index, budget_year});
  return turnover(found == by_budget_.end() ? nullptr : &found->second, account, months);
}

Money Ledger::balance(Account account, Currency currency) const {
  const auto found = std::find(currencies_.begin(), currencies_.end(), currency);
  if (found == currencies_.end()) return {0, currency};
  return {by_currency_[static_cast<std::size_t>(found - currencies_.begin())][static_cast<std::size_t>(account)], currency};
}

std::vector<BookSum> Ledger::sums() const {
  std::vector<BookSum> result;
  for (std::size_t b = 0; b < book_count; ++b) {
    const auto book = static_cast<Book>(b);
    std::vector<Int128> by_currency(currencies_.size(), 0);
    Int128 in_base = 0;
    for (const auto& row : rows_) {
      if (row.book != book) continue;
      by_currency[row.currency] += row.micros;
      in_base += row.base_micros;
    }
    for (std::size_t c = 0; c < currencies_.size(); ++c) {
      result.push_back({book, currencies_[c], false, Money{by_currency[c], currencies_[c]}});
    }
    result.push_back({book, base(), true, Money{in_base, base()}});
  }
  return result;
}

Entry Ledger::entry(std::size_t i) const {
  const auto& r = rows_.at(i);
  Tags tags{{r.budget_line}, std::nullopt, {r.cohort}, {r.site}};
  if (r.budget_year != no_year) tags.budget_year = r.budget_year;
  return {r.transaction, r.line,   Date{std::chrono::days{r.day}}, r.book, r.account, Money{r.micros, currencies_[r.currency]},
          Money{r.base_micros, base()}, r.fx_rate, tags, {r.note}};
}

}  // namespace headroom::finance
