#include "sim/finance/budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace headroom::finance {

namespace {

YearState empty_year(Currency c) {
  const Money zero{0, c};
  return {zero, zero, zero, zero, zero, zero, zero, zero, false, false};
}

/// The share of `whole` that `part` is of `total`, exact at the ends so that a fully used part leaves nothing behind.
Money share_of(Money whole, Money part, Money total) {
  if (part == total) return whole;
  return Money::of(whole.amount() * (part.amount() / total.amount()), whole.currency());
}

}  // namespace

Budgets::Budgets(std::vector<BudgetLine> lines, int fiscal_year_start, Ledger& ledger) : start_month_(fiscal_year_start), ledger_(&ledger) {
  for (auto& line : lines) {
    const auto bad = [&](std::string_view why) { throw std::invalid_argument(fmt::format("budget {} {}: {}", line.purpose, line.year, why)); };
    if (line.amount.micros() < 0) bad("a negative amount");
    if (!(line.carry_over_share >= 0 && line.carry_over_share <= 1)) bad("a carry-over share outside 0 to 1");
    auto found = std::find_if(purposes_.begin(), purposes_.end(), [&](const Purpose& p) { return p.id == line.purpose; });
    if (found == purposes_.end()) {
      purposes_.push_back({line.purpose, ledger.intern(line.purpose), line, {}});
      found = purposes_.end() - 1;
    }
    const auto& r = found->rules;
    if (r.amount.currency() != line.amount.currency()) bad("another currency than its other years");
    if (r.basis != line.basis || r.on_exceed != line.on_exceed || r.carry_over != line.carry_over || r.fx != line.fx) {
      bad("other rules than its other years");
    }
    if (found->years.count(line.year) != 0) bad("stands twice");
    auto state = empty_year(line.amount.currency());
    state.granted = line.amount;
    state.limited = true;
    found->years.emplace(line.year, state);
  }
}

std::size_t Budgets::index_of(std::string_view purpose) {
  for (std::size_t i = 0; i < purposes_.size(); ++i) {
    if (purposes_[i].id == purpose) return i;
  }
  // Spending without any line is counted like the rest, in the base currency, and nothing binds.
  BudgetLine rules;
  rules.purpose = purpose;
  rules.amount = Money{0, ledger_->base()};
  rules.on_exceed = OnExceed::warn;
  purposes_.push_back({std::string{purpose}, ledger_->intern(purpose), rules, {}});
  return purposes_.size() - 1;
}

const Budgets::Purpose& Budgets::find(std::string_view purpose) const {
  for (const auto& p : purposes_) {
    if (p.id == purpose) return p;
  }
  throw std::out_of_range(fmt::format("no budget for the purpose \"{}\"", purpose));
}

YearState& Budgets::year(Purpose& purpose, int year) {
  return purpose.years.try_emplace(year, empty_year(purpose.rules.amount.currency())).first->second;
}

Money Budgets::in_line_currency(const Purpose& purpose, int year, Money amount, Date day) const {
  const Currency to = purpose.rules.amount.currency();
  if (amount.currency() == to) return amount;
  const auto& fx = ledger_->fx();
  if (purpose.rules.fx == FxRule::at_flow) return fx.exchange(amount, to, day);
  const Date first = fiscal_period(year, start_month_).begin;
  return convert(amount, fx.plan_rate(amount.currency(), year, first) / fx.plan_rate(to, year, first), to);
}

void Budgets::post(Date day, const Purpose& purpose, int year, Account to, Account from, Money amount, Name note, Name cohort, Name site) {
  if (amount.micros() < 0) {
    std::swap(to, from);
    amount = -amount;
  }
  const Tags tags{purpose.name, year, cohort, site};
  ledger_->post(day, Book::commitment, note, {debit(to, amount, tags), credit(from, amount, tags)});
}

// ---- years

void Budgets::advance_to(Date day) {
  const int now = fiscal_year(day, start_month_);
  if (!open_until_) {
    // Lines of years that ended before the first day are history and are not opened.
    open_year(now, day);
    open_until_ = now;
  }
  while (*open_until_ < now) {
    const int ending = *open_until_;
    const Date turn = fiscal_period(ending, start_month_).end;
    open_until_ = ending + 1;
    open_year(ending + 1, turn);
    close_year(ending, turn);
  }
}

void Budgets::open_year(int y, Date day) {
  for (const auto& purpose : purposes_) {
    const auto found = purpose.years.find(y);
    if (found == purpose.years.end() || !found->second.limited) continue;
    post(day, purpose, y, Account::budget_available, Account::budget_granted, found->second.granted, ledger_->intern("grant"));
  }
}

void Budgets::close_year(int y, Date day) {
  for (std::size_t i = 0; i < purposes_.size(); ++i) {
    Purpose& purpose = purposes_[i];
    if (purpose.rules.basis != Basis::commitment) {
      for (auto& r : reservations_) {
        if (r.purpose != i) continue;
        for (auto& part : r.open) {
          if (part.year != y || part.contract.is_zero()) continue;
          year(purpose, y).committed -= part.line;
          post(day, purpose, y, Account::budget_available, Account::budget_committed, part.line, ledger_->intern("unpaid at year end"), r.cohort, r.site);
          part.year = y + 1;
          auto& next = year(purpose, y + 1);
          next.committed += part.line;
          post(day, purpose, y + 1, Account::budget_committed, Account::budget_available, part.line, ledger_->intern("unpaid at year end"), r.cohort, r.site);
        }
      }
    }
    const auto found = purpose.years.find(y);
    if (found == purpose.years.end()) continue;
    found->second.closed = true;
    if (found->second.limited && found->second.available().micros() > 0) carry(purpose, y, found->second.available(), day);
    // A contract that slipped into the new year and finds no money there is a fact, not a decision: it cannot be undone.
    const auto next = purpose.years.find(y + 1);
    if (next != purpose.years.end()) excuse(next->second);
  }
}

void Budgets::carry(Purpose& purpose, int y, Money left, Date day) {
  // The first open year after y takes it: at the turn of the year that is y + 1.
  const int to = std::max(y + 1, open_until_.value_or(y + 1));
  Money carried{0, left.currency()};
  const auto next = purpose.years.find(to);
  if (next != purpose.years.end() && next->second.limited) {
    if (purpose.rules.carry_over == CarryOver::all) carried = left;
    if (purpose.rules.carry_over == CarryOver::share) carried = left * purpose.rules.carry_over_share;
  }
  YearState& from = year(purpose, y);
  if (!carried.is_zero()) {
    const Tags out{purpose.name, y, {}, {}}, in{purpose.name, to, {}, {}};
    ledger_->post(day, Book::commitment, ledger_->intern("carry-over"),
                  {debit(Account::budget_available, carried, in), credit(Account::budget_available, carried, out)});
    from.carried_out += carried;
    next->second.carried_in += carried;
  }
  const Money rest = left - carried;
  if (!rest.is_zero()) {
    post(day, purpose, y, Account::budget_lapsed, Account::budget_available, rest, ledger_->intern("lapsed"));
    from.lapsed += rest;
  }
}

void Budgets::release(Purpose& purpose, int y, Money amount, Date day) {
  auto& state = year(purpose, y);
  const bool over = state.available().micros() <= 0;
  if (state.closed && state.limited && !over) carry(purpose, y, std::min(amount, state.available(), [](Money a, Money b) { return a < b; }), day);
}

void Budgets::excuse(YearState& state) {
  if (state.limited && state.available().micros() < 0 && state.excused < -state.available()) state.excused = -state.available();
}

// ---- contracts

std::vector<YearAmount> Budgets::by_year(std::string_view purpose, Date signed_on, std::span<const Flow> flows, bool each_year) const {
  Basis basis = Basis::commitment;
  for (const auto& p : purposes_) {
    if (p.id == purpose) basis = p.rules.basis;
  }
  std::vector<YearAmount> parts;
  for (const auto& flow : flows) {
    const int y = fiscal_year(basis == Basis::commitment && !each_year ? signed_on : std::max(flow.date, signed_on), start_month_);
    auto at = std::lower_bound(parts.begin(), parts.end(), y, [](const YearAmount& a, int b) { return a.year < b; });
    if (at != parts.end() && at->year == y) {
      at->amount += flow.amount;
    } else {
      parts.insert(at, {y, flow.amount});
    }
  }
  return parts;
}

Fit Budgets::fit(Date day, std::string_view purpose_id, std::span<const YearAmount> per_package, std::int64_t packages) {
  advance_to(day);
  Purpose& purpose = purposes_[index_of(purpose_id)];
  Fit result;
  std::int64_t held = packages;
  for (const auto& part : per_package) {
    const auto found = purpose.years.find(part.year);
    if (found == purpose.years.end() || !found->second.limited || part.amount.micros() <= 0) continue;
    const Money left = found->second.available();
    const Money one = in_line_currency(purpose, part.year, part.amount, day);
    std::int64_t n = 0;
    if (left.micros() > 0) n = one.is_zero() ? packages : static_cast<std::int64_t>(std::min<Int128>(packages, left.micros() / one.micros()));
    // Converting the whole may round up by a millionth where converting one package rounded down.
    while (n > 0 && in_line_currency(purpose, part.year, times(part.amount, n), day) > left) --n;
    if (n < held) {
      held = n;
      result.binding_year = part.year;
    }
  }
  if (purpose.rules.on_exceed == OnExceed::warn) held = packages;
  result.now = held;
  (purpose.rules.on_exceed == OnExceed::defer ? result.deferred : result.refused) = packages - held;
  return result;
}

ReservationId Budgets::reserve(Date day, std::string_view purpose_id, std::span<const YearAmount> parts, Name note, Name cohort, Name site) {
  advance_to(day);
  const std::size_t index = index_of(purpose_id);
  Purpose& purpose = purposes_[index];
  Reservation r{index, {}, {}, cohort, site};
  for (const auto& part : parts) {
    const Money in_line = in_line_currency(purpose, part.year, part.amount, day);
    auto& state = year(purpose, part.year);
    Money in_year = in_line;
    for (const auto& earlier : r.open) {
      if (earlier.year == part.year) in_year += earlier.line;
    }
    if (state.limited && purpose.rules.on_exceed != OnExceed::warn && in_year > state.available()) {
      throw std::logic_error(fmt::format("budget {} {}: {} does not fit into {}", purpose.id, part.year, to_string(in_year), to_string(state.available())));
    }
    r.open.push_back({part.year, part.amount, in_line});
  }
  for (const auto& part : r.open) {
    auto& state = year(purpose, part.year);
    state.committed += part.line;
    excuse(state);
    post(day, purpose, part.year, Account::budget_committed, Account::budget_available, part.line, note, cohort, site);
  }
  reservations_.push_back(std::move(r));
  return {static_cast<std::uint32_t>(reservations_.size() - 1)};
}

void Budgets::charge(Reservation& r, Part& part, Money amount, Date day, Name note) {
  Purpose& purpose = purposes_[r.purpose];
  const Money released = share_of(part.line, amount, part.contract);
  part.contract -= amount;
  part.line -= released;
  const Money used = purpose.rules.fx == FxRule::plan_rate ? released : in_line_currency(purpose, part.year, amount, day);
  // A commitment is paid out of the year that signed it; cash and use count where they fall, and so does what an exchange
  // rate adds to a year that is already closed.
  const int now = fiscal_year(day, start_month_);
  const int spend_year = purpose.rules.basis == Basis::commitment ? part.year : now;
  year(purpose, part.year).committed -= released;
  post(day, purpose, part.year, Account::budget_available, Account::budget_committed, released, note, r.cohort, r.site);
  const auto spend_in = [&](int y, Money m) {
    auto& state = year(purpose, y);
    state.spent += m;
    excuse(state);
    post(day, purpose, y, Account::budget_spent, Account::budget_available, m, note, r.cohort, r.site);
    const auto same = std::find_if(r.paid.begin(), r.paid.end(), [&](const Part& p) { return p.year == y; });
    if (same == r.paid.end()) {
      r.paid.push_back({y, Money{0, amount.currency()}, m});
    } else {
      same->line += m;
    }
  };
  const bool split = spend_year == part.year && year(purpose, spend_year).closed && used > released;
  spend_in(spend_year, split ? released : used);
  if (split) spend_in(now, used - released);
  std::find_if(r.paid.begin(), r.paid.end(), [&](const Part& p) { return p.year == spend_year; })->contract += amount;
  if (spend_year != part.year) release(purpose, part.year, released, day);
  if (spend_year == part.year && used < released) release(purpose, part.year, released - used, day);
}

void Budgets::pay(ReservationId id, Date day, Money amount, Name note) {
  advance_to(day);
  Reservation& r = reservations_.at(id.index);
  Purpose& purpose = purposes_[r.purpose];
  const int now = fiscal_year(day, start_month_);
  const auto take_from = [&](Part& part) {
    if (part.contract.is_zero() || amount.is_zero()) return;
    const Money taken = part.contract < amount ? part.contract : amount;
    amount -= taken;
    charge(r, part, taken, day, note);
  };
  if (purpose.rules.basis != Basis::commitment) {
    for (auto& part : r.open) {
      if (part.year == now) take_from(part);
    }
  }
  for (auto& part : r.open) take_from(part);
  if (!amount.is_zero()) {
    r.open.push_back({now, amount, Money{0, purpose.rules.amount.currency()}});
    charge(r, r.open.back(), amount, day, note);
  }
}

Money Budgets::cancel(ReservationId id, Date day, Name note) {
  const Money open = open_amount(id);
  cancel_part(id, day, open, note);
  return open;
}

void Budgets::cancel_part(ReservationId id, Date day, Money amount, Name note) {
  advance_to(day);
  Reservation& r = reservations_.at(id.index);
  Purpose& purpose = purposes_[r.purpose];
  for (auto part = r.open.rbegin(); part != r.open.rend(); ++part) {
    if (amount.is_zero() || part->contract.is_zero()) continue;
    const Money taken = part->contract < amount ? part->contract : amount;
    const Money in_line = share_of(part->line, taken, part->contract);
    amount -= taken;
    part->contract -= taken;
    part->line -= in_line;
    year(purpose, part->year).committed -= in_line;
    post(day, purpose, part->year, Account::budget_available, Account::budget_committed, in_line, note, r.cohort, r.site);
    release(purpose, part->year, in_line, day);
  }
  if (!amount.is_zero()) throw std::logic_error(fmt::format("budget {}: {} cancelled that was not open", purpose.id, to_string(amount)));
}

namespace {

/// Takes an amount of a contract out of its paid parts, first paid first; `book` is called with each part and what that is in its line.
/// Returns what they did not have.
template <class Parts, class Book>
Money take_paid(Parts& parts, Money amount, Book&& book) {
  for (auto& part : parts) {
    if (amount.is_zero() || part.contract.is_zero()) continue;
    const Money taken = part.contract < amount ? part.contract : amount;
    const Money in_line = share_of(part.line, taken, part.contract);
    amount -= taken;
    part.contract -= taken;
    part.line -= in_line;
    book(part, in_line);
  }
  return amount;
}

}  // namespace

void Budgets::forfeit(ReservationId id, Date day, Money amount, Name note) {
  advance_to(day);
  Reservation& r = reservations_.at(id.index);
  Purpose& purpose = purposes_[r.purpose];
  const Money missing = take_paid(r.paid, amount, [&](const auto& part, Money in_line) {
    auto& state = year(purpose, part.year);
    state.spent -= in_line;
    state.forfeited += in_line;
    post(day, purpose, part.year, Account::budget_forfeited, Account::budget_spent, in_line, note, r.cohort, r.site);
  });
  if (!missing.is_zero()) throw std::logic_error(fmt::format("budget {}: {} forfeited that was never paid", purpose.id, to_string(missing)));
}

void Budgets::refund(ReservationId id, Date day, Money amount, Name note) {
  advance_to(day);
  Reservation& r = reservations_.at(id.index);
  Purpose& purpose = purposes_[r.purpose];
  const Money missing = take_paid(r.paid, amount, [&](const auto& part, Money in_line) {
    year(purpose, part.year).spent -= in_line;
    post(day, purpose, part.year, Account::budget_available, Account::budget_spent, in_line, note, r.cohort, r.site);
    release(purpose, part.year, in_line, day);
  });
  if (!missing.is_zero()) throw std::logic_error(fmt::format("budget {}: {} refunded that was never paid", purpose.id, to_string(missing)));
}

Money Budgets::spend(Date day, std::string_view purpose_id, Money amount, Name note, Name site) {
  advance_to(day);
  Purpose& purpose = purposes_[index_of(purpose_id)];
  const int now = fiscal_year(day, start_month_);
  const Money in_line = in_line_currency(purpose, now, amount, day);
  auto& state = year(purpose, now);
  const Money before = state.available();
  state.spent += in_line;
  excuse(state);
  post(day, purpose, now, Account::budget_spent, Account::budget_available, in_line, note, {}, site);
  const Money zero{0, in_line.currency()};
  if (!state.limited || in_line <= before) return zero;
  return before < zero ? in_line : in_line - before;
}

// ---- questions

Money Budgets::open_amount(ReservationId id) const {
  const Reservation& r = reservations_.at(id.index);
  if (r.open.empty()) return Money{0, purposes_[r.purpose].rules.amount.currency()};
  Money sum{0, r.open.front().contract.currency()};
  for (const auto& part : r.open) sum += part.contract;
  return sum;
}

bool Budgets::has_line(std::string_view purpose, int y) const {
  for (const auto& p : purposes_) {
    if (p.id != purpose) continue;
    const auto found = p.years.find(y);
    return found != p.years.end() && found->second.limited;
  }
  return false;
}

YearState Budgets::state(std::string_view purpose, int y) const {
  const Purpose& p = find(purpose);
  const auto found = p.years.find(y);
  return found == p.years.end() ? empty_year(p.rules.amount.currency()) : found->second;
}

std::vector<std::string> Budgets::purposes() const {
  std::vector<std::string> ids;
  for (const auto& p : purposes_) ids.push_back(p.id);
  return ids;
}

std::vector<int> Budgets::years(std::string_view purpose) const {
  std::vector<int> result;
  for (const auto& [y, state] : find(purpose).years) result.push_back(y);
  return result;
}

std::vector<Budgets::Violation> Budgets::violations() const {
  std::vector<Violation> result;
  for (const auto& p : purposes_) {
    for (const auto& [y, state] : p.years) {
      if (state.limited && -state.available() > state.excused) result.push_back({p.id, y, -state.available() - state.excused});
    }
  }
  return result;
}

}  // namespace headroom::finance
