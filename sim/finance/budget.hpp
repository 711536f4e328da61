#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/finance/ledger.hpp"

namespace headroom::finance {

/// What uses a budget up: signing, paying, or using.
enum class Basis : std::uint8_t { commitment, cash, accrual };
enum class OnExceed : std::uint8_t { cut, defer, warn };
enum class CarryOver : std::uint8_t { none, share, all };
/// At which exchange rate a contract in another currency uses the line up.
enum class FxRule : std::uint8_t { plan_rate, at_flow };

/// What may be spent for a purpose in one fiscal year.
struct BudgetLine {
  std::string purpose;
  int year = 0;  ///< named by the calendar year in which the fiscal year begins
  Money amount;
  Basis basis = Basis::commitment;
  OnExceed on_exceed = OnExceed::cut;
  CarryOver carry_over = CarryOver::none;
  double carry_over_share = 0;  ///< 0 to 1, with CarryOver::share
  FxRule fx = FxRule::at_flow;
};

/// Part of a contract that falls on a fiscal year, in the contract's currency.
struct YearAmount {
  int year;
  Money amount;
};

/// A dated payment (or use) of a contract, in its currency.
struct Flow {
  Date date;
  Money amount;
};

struct ReservationId {
  std::uint32_t index = 0;
};

/// State of one line, in its currency. `available` = granted + carried in - carried out - lapsed - committed - spent - forfeited.
struct YearState {
  Money granted, carried_in, carried_out, lapsed, committed, spent, forfeited;
  Money excused;        ///< used beyond the line by an exchange rate that moved, or under OnExceed::warn
  bool limited = false; ///< false: no line for the year, nothing binds and everything is counted
  bool closed = false;
  [[nodiscard]] Money consumed() const { return committed + spent + forfeited; }
  [[nodiscard]] Money available() const { return granted + carried_in - carried_out - lapsed - consumed(); }
};

/// How much of an order a budget takes: packages now, later (OnExceed::defer), never (OnExceed::cut).
struct Fit {
  std::int64_t now = 0;
  std::int64_t deferred = 0;
  std::int64_t refused = 0;
  std::optional<int> binding_year;  ///< the year whose line took fewer than asked
};

/// Budget lines as a constraint. Contracts are reserved when signed and relieved when paid; what is forfeited stays consumed; a
/// cancellation returns the unpaid part only; a lease reserves all its years. Years open and close as days pass: at the
/// end of a fiscal year reserved and unpaid parts of cash and accrual lines move to the next year, then the rest is carried
/// over or lapses. Every movement is posted in the ledger's commitment book in the line's currency.
///
/// Law: `consumed()` of a limited year is never above granted + carried in - carried out - lapsed, except by `excused`.
class Budgets {
 public:
  /// Throws std::invalid_argument for two lines of one purpose and year, a purpose whose years differ in currency or rules, a
  /// negative amount or a share outside 0 to 1. `ledger` must outlive this.
  Budgets(std::vector<BudgetLine> lines, int fiscal_year_start, Ledger& ledger);

  /// Opens and closes years up to a day. Every other call does it first for its own day; days never go back.
  void advance_to(Date day);

  /// Spreads the flows of a contract over fiscal years after the basis of the purpose's line: all on the year of signing for
  /// a commitment line, unless `each_year` (leases); by the year of the flow for cash and accrual lines.
  [[nodiscard]] std::vector<YearAmount> by_year(std::string_view purpose, Date signed_on, std::span<const Flow> flows, bool each_year = false) const;

  /// How many packages fit now. `per_package` is the cost of one package (bundle price x package size) by year.
  [[nodiscard]] Fit fit(Date day, std::string_view purpose, std::span<const YearAmount> per_package, std::int64_t packages);

  /// Reserves a signed contract. Throws std::logic_error if a line with OnExceed::cut or ::defer does not hold it: ask `fit` first.
  ReservationId reserve(Date day, std::string_view purpose, std::span<const YearAmount> parts, Name note = {}, Name cohort = {}, Name site = {});
  /// Relieves a payment (on an accrual line: a use). More than is reserved is spent directly.
  void pay(ReservationId id, Date day, Money amount, Name note = {});
  /// Gives the unpaid part back and closes the reservation. Returns it in the contract's currency.
  Money cancel(ReservationId id, Date day, Name note = {});
  /// Gives only that much of the unpaid part back, of the latest year first. Requires that much to be open.
  void cancel_part(ReservationId id, Date day, Money amount, Name note = {});
  /// Part of what was paid is lost: it stays consumed and is told apart. Requires that much to have been paid.
  void forfeit(ReservationId id, Date day, Money amount, Name note = {});
  /// Part of what was paid comes back and may be spent again.
  void refund(ReservationId id, Date day, Money amount, Name note = {});
  /// Spends without a reservation (energy, staff). Returns what the line could not hold, in its currency; it is spent all the
  /// same and counted as excused, because a running fleet cannot refuse its power bill.
  Money spend(Date day, std::string_view purpose, Money amount, Name note = {}, Name site = {});

  /// Unpaid part of a reservation in the contract's currency.
  [[nodiscard]] Money open_amount(ReservationId id) const;
  [[nodiscard]] bool has_line(std::string_view purpose, int year) const;
  /// Zeros without a limit for a year that has no line and no movement. Throws std::out_of_range for an unknown purpose.
  [[nodiscard]] YearState state(std::string_view purpose, int year) const;
  [[nodiscard]] std::vector<std::string> purposes() const;
  [[nodiscard]] std::vector<int> years(std::string_view purpose) const;

  struct Violation { std::string purpose; int year; Money over; };
  /// Years above their line beyond what is excused; empty when the law holds.
  [[nodiscard]] std::vector<Violation> violations() const;

 private:
  struct Purpose {
    std::string id;
    Name name;
    BudgetLine rules;              ///< of the first line; amounts are by year
    std::map<int, YearState> years;
  };
  struct Part { int year; Money contract; Money line; };
  struct Reservation {
    std::size_t purpose;
    std::vector<Part> open, paid;
    Name cohort, site;
  };

  [[nodiscard]] std::size_t index_of(std::string_view purpose);
  [[nodiscard]] const Purpose& find(std::string_view purpose) const;
  YearState& year(Purpose& purpose, int year);
  [[nodiscard]] Money in_line_currency(const Purpose& purpose, int year, Money amount, Date day) const;
  void open_year(int year, Date day);
  void close_year(int year, Date day);
  void carry(Purpose& purpose, int year, Money left, Date day);
  /// Money that a year needs no more: available again, or carried or lapsed if the year is closed.
  void release(Purpose& purpose, int year, Money amount, Date day);
  void excuse(YearState& state);
  void charge(Reservation& r, Part& part, Money amount, Date day, Name note);
  void post(Date day, const Purpose& purpose, int year, Account to, Account from, Money amount, Name note, Name cohort = {}, Name site = {});

  int start_month_;
  Ledger* ledger_;
  std::vector<Purpose> purposes_;
  std::vector<Reservation> reservations_;
  std::optional<int> open_until_;  ///< last fiscal year opened
};

}  // namespace headroom::finance
