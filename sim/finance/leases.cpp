#include "sim/finance/leases.hpp"

#include <algorithm>
#include <stdexcept>

#include "models/units/math.hpp"
#include "sim/finance/assets.hpp"

namespace headroom::finance {

namespace {

/// Months from one day to another: whole ones, and the rest as a share of the month it falls in.
double months_between(Date from, Date to) {
  int whole = (year_of(to) - year_of(from)) * 12 + month_of(to) - month_of(from);
  if (from + CalendarSpan{whole, 0} > to) --whole;
  const Date begin = from + CalendarSpan{whole, 0};
  const Date end = from + CalendarSpan{whole + 1, 0};
  return whole + static_cast<double>((to - begin).count()) / static_cast<double>((end - begin).count());
}

}  // namespace

std::vector<Flow> monthly_rents(Date start, Date end, Money per_month) {
  std::vector<Flow> rents;
  for (int m = 0; start + CalendarSpan{m, 0} < end; ++m) {
    const Date from = start + CalendarSpan{m, 0};
    const Date to = start + CalendarSpan{m + 1, 0};
    rents.push_back({from, to <= end ? per_month : part_of(per_month, (end - from).count(), (to - from).count())});
  }
  return rents;
}

bool is_long(Date start, Date end) { return end > start + CalendarSpan{12, 0}; }

LeaseSchedule lease_schedule(const LeaseTerms& terms) {
  if (terms.rents.empty()) throw std::invalid_argument("a lease without rents");
  if (!(terms.annual_rate >= 0)) throw std::invalid_argument("a negative rate of a lease");
  const Currency currency = terms.rents.front().amount.currency();
  const double log_month = math::log1p(terms.annual_rate / 12);
  LeaseSchedule schedule{Money{0, currency}, {}};
  for (const auto& rent : terms.rents) {
    schedule.right_of_use += rent.amount * math::exp(-log_month * months_between(terms.start, rent.date));
  }
  Money liability = schedule.right_of_use;
  double before = 0;
  for (std::size_t i = 0; i < terms.rents.size(); ++i) {
    const auto& rent = terms.rents[i];
    const double now = months_between(terms.start, rent.date);
    Money interest = liability * math::expm1(log_month * (now - before));
    // The last row takes what rounding left, so that the liability ends at zero exactly.
    if (i + 1 == terms.rents.size()) interest = rent.amount - liability;
    liability += interest;
    liability -= rent.amount;
    schedule.rows.push_back({rent.date, interest, rent.amount, liability});
    before = now;
  }
  return schedule;
}

LeaseId LeaseBook::commence(LeaseTerms terms) {
  Lease lease;
  lease.terms = std::move(terms);
  const auto& t = lease.terms;
  if (t.rents.empty()) throw std::invalid_argument("a lease without rents");
  const Money zero{0, t.rents.front().amount.currency()};
  const Money none{0, ledger_->fx().base()};
  lease.is_long = finance::is_long(t.start, t.end);
  lease.liability = lease.expensed = lease.total_rent = zero;
  lease.liability_base = lease.right_of_use_base = lease.amortised_base = lease.payable_base = none;
  for (const auto& rent : t.rents) lease.total_rent += rent.amount;
  if (lease.is_long) {
    lease.schedule = lease_schedule(t);
    lease.liability = lease.schedule.right_of_use;
    lease.liability_base = lease.right_of_use_base = ledger_->fx().to_base(lease.liability, t.start);
    const Tags tags{{}, std::nullopt, t.cohort, t.site};
    ledger_->post(t.start, Book::accrual, ledger_->intern("lease begins"),
                  {debit(Account::lease_right_of_use, lease.right_of_use_base, tags), credit(Account::lease_liability, lease.liability_base, tags)});
  }
  leases_.push_back(std::move(lease));
  return {static_cast<std::uint32_t>(leases_.size() - 1)};
}

void LeaseBook::pay_rents(Lease& lease, Date day) {
  const auto& t = lease.terms;
  const Tags tags{{}, std::nullopt, t.cohort, t.site};
  const Name note = ledger_->intern("rent");
  for (; lease.next_rent < t.rents.size() && t.rents[lease.next_rent].date < day; ++lease.next_rent) {
    const auto& rent = t.rents[lease.next_rent];
    const Money paid = ledger_->fx().to_base(rent.amount, rent.date);
    ledger_->post(rent.date, Book::cash, note, {debit(Account::paid_rent, rent.amount, tags), credit(Account::bank, rent.amount, tags)});
    if (!lease.is_long) {
      lease.payable_base -= paid;
      ledger_->post(rent.date, Book::accrual, note, {debit(Account::accounts_payable, paid, tags), credit(Account::cash, paid, tags)});
      continue;
    }
    const auto& row = lease.schedule.rows[lease.next_rent];
    const Money interest = ledger_->fx().to_base(row.interest, rent.date);
    ledger_->post(rent.date, Book::accrual, note,
                  {debit(Account::lease_interest, interest, tags), debit(Account::lease_liability, paid - interest, tags), credit(Account::cash, paid, tags)});
    lease.liability = row.closing;
    lease.liability_base -= paid - interest;
  }
}

void LeaseBook::use_up(Lease& lease, Date day) {
  const auto& t = lease.terms;
  const Tags tags{{}, std::nullopt, t.cohort, t.site};
  const Date dated = std::min(day, t.end) - std::chrono::days{1};
  if (lease.is_long) {
    const Money none{0, ledger_->fx().base()};
    const Money step = straight_line(lease.right_of_use_base, none, t.start, t.end, day) - lease.amortised_base;
    if (step.is_zero()) return;
    lease.amortised_base += step;
    ledger_->post(dated, Book::accrual, ledger_->intern("lease amortisation"),
                  {debit(Account::lease_amortisation, step, tags), credit(Account::lease_accumulated_amortisation, step, tags)});
    if (day >= t.end) {
      ledger_->post(dated, Book::accrual, ledger_->intern("lease ends"),
                    {debit(Account::lease_accumulated_amortisation, lease.right_of_use_base, tags), credit(Account::lease_right_of_use, lease.right_of_use_base, tags)});
    }
    return;
  }
  const Money step = straight_line(lease.total_rent, Money{0, lease.total_rent.currency()}, t.start, t.end, day) - lease.expensed;
  if (step.is_zero()) return;
  lease.expensed += step;
  const Money base = ledger_->fx().to_base(step, dated);
  lease.payable_base += base;
  ledger_->post(dated, Book::accrual, ledger_->intern("rent of the month"), {debit(Account::rent, base, tags), credit(Account::accounts_payable, base, tags)});
}

void LeaseBook::revalue(Lease& lease, Date day) {
  const auto& t = lease.terms;
  const Date dated = day - std::chrono::days{1};
  const Tags tags{{}, std::nullopt, t.cohort, t.site};
  const Name note = ledger_->intern("exchange rate");
  if (lease.is_long) {
    const Money rise = ledger_->fx().to_base(lease.liability, dated) - lease.liability_base;
    if (rise.is_zero()) return;
    lease.liability_base += rise;
    ledger_->post(dated, Book::accrual, note, {debit(Account::fx_difference, rise, tags), credit(Account::lease_liability, rise, tags)});
    return;
  }
  // What a short lease owes or has paid ahead turns round within weeks; what rates leave of it is booked when it is over.
  if (day < t.end || lease.next_rent < t.rents.size() || lease.payable_base.is_zero()) return;
  ledger_->post(dated, Book::accrual, note, {debit(Account::accounts_payable, lease.payable_base, tags), credit(Account::fx_difference, lease.payable_base, tags)});
  lease.payable_base -= lease.payable_base;
}

void LeaseBook::accrue_to(Date day) {
  for (auto& lease : leases_) {
    if (lease.ended || day <= lease.terms.start) continue;
    pay_rents(lease, day);
    use_up(lease, day);
    revalue(lease, day);
  }
}

void LeaseBook::terminate(LeaseId id, Date day, Name note) {
  Lease& lease = leases_.at(id.index);
  if (lease.ended || day >= lease.terms.end) return;
  pay_rents(lease, day);
  if (day > lease.terms.start) {
    use_up(lease, day);
    revalue(lease, day);
  }
  lease.ended = true;
  const auto& t = lease.terms;
  const Tags tags{{}, std::nullopt, t.cohort, t.site};
  if (lease.is_long) {
    const Money gain = lease.liability_base - (lease.right_of_use_base - lease.amortised_base);
    ledger_->post(day, Book::accrual, note,
                  {debit(Account::lease_liability, lease.liability_base, tags), debit(Account::lease_accumulated_amortisation, lease.amortised_base, tags),
                   credit(Account::lease_right_of_use, lease.right_of_use_base, tags),
                   gain.micros() < 0 ? debit(Account::disposal_loss, -gain, tags) : credit(Account::disposal_gain, gain, tags)});
    return;
  }
  // Rent paid in advance for days that are given up is lost; rent used and not yet due is still owed.
  const Money advance = -lease.payable_base;
  if (advance.micros() > 0) {
    ledger_->post(day, Book::accrual, note, {debit(Account::cancellation_cost, advance, tags), credit(Account::accounts_payable, advance, tags)});
  }
}

Money LeaseBook::rents_from(LeaseId id, Date day) const {
  const Lease& lease = leases_.at(id.index);
  Money sum{0, lease.total_rent.currency()};
  if (lease.ended) return sum;
  for (const auto& rent : lease.terms.rents) {
    if (rent.date >= day) sum += rent.amount;
  }
  return sum;
}

}  // namespace headroom::finance
