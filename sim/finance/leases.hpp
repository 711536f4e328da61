#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/finance/budget.hpp"
#include "sim/finance/ledger.hpp"

namespace headroom::finance {

/// A rental as a contract: dated rents over [start, end).
struct LeaseTerms {
  Date start, end;
  std::vector<Flow> rents;     ///< in order of date, one currency, within [start, end]
  double annual_rate = 0;      ///< of borrowing, nominal, compounded monthly: a month costs rate / 12; 0 or more
  Name cohort, site;
};

/// Equal monthly rents, due on the first day of each month of the term (in advance). The last may be for a shorter month and is
/// cut by days.
[[nodiscard]] std::vector<Flow> monthly_rents(Date start, Date end, Money per_month);

/// A term above twelve months is capitalised (IFRS 16, 5(a): the exemption is for at most 12 months).
[[nodiscard]] bool is_long(Date start, Date end);

/// Liability of a long lease after each rent. Rents are discounted with whole and part months from the start; months have 1/12
/// year whatever their days, a part month counts by its days.
struct LeaseRow {
  Date date;
  Money interest;  ///< since the row before
  Money payment;
  Money closing;   ///< liability after the payment; zero in the last row
};
struct LeaseSchedule {
  Money right_of_use;  ///< present value of the rents at the start
  std::vector<LeaseRow> rows;
};
[[nodiscard]] LeaseSchedule lease_schedule(const LeaseTerms& terms);

struct LeaseId {
  std::uint32_t index = 0;
};

/// Leases in the cash and accrual books. Long ones: right of use and liability at the start, interest with each rent,
/// straight-line amortisation by days once a month. Short ones: rent expense by days, whenever it is paid. The accrual book is
/// kept in the base currency: the right of use stays at the rate of the start (IAS 21, 23(b): not monetary), the liability is
/// carried at the rate of each month's end and the difference is booked (IAS 21, 23(a) and 28).
class LeaseBook {
 public:
  explicit LeaseBook(Ledger& ledger) : ledger_(&ledger) {}
  LeaseId commence(LeaseTerms terms);
  /// Posts rents due, interest, amortisation and rent expense of every lease up to `day` (exclusive).
  void accrue_to(Date day);
  /// Ends a lease early: rents after the day are not paid, what the books still hold is written off as gain or loss. Accrues first.
  void terminate(LeaseId id, Date day, Name note = {});
  /// Rents that are still to be paid after `day` (inclusive), undiscounted: what the contract binds.
  [[nodiscard]] Money rents_from(LeaseId id, Date day) const;

 private:
  struct Lease {
    LeaseTerms terms;
    bool is_long = false;
    bool ended = false;
    LeaseSchedule schedule;
    std::size_t next_rent = 0;
    Money liability, expensed, total_rent;                        ///< in the contract's currency
    Money liability_base, right_of_use_base, amortised_base;      ///< as the books carry them
    Money payable_base;                                           ///< of a short lease: rent used and not paid, or below 0 paid ahead
  };
  void pay_rents(Lease& lease, Date day);
  void use_up(Lease& lease, Date day);
  void revalue(Lease& lease, Date day);

  Ledger* ledger_;
  std::vector<Lease> leases_;
};

}  // namespace headroom::finance
