#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/finance/accounts.hpp"
#include "sim/finance/fx.hpp"

namespace headroom::finance {

/// A text that the ledger keeps once: a budget line, cohort, site or note. The default is the empty text.
struct Name {
  std::uint32_t index = 0;
  friend auto operator<=>(const Name&, const Name&) = default;
};

/// What an entry belongs to. Anything may be left empty.
struct Tags {
  Name budget_line;
  std::optional<int> budget_year;
  Name cohort;
  Name site;
};

/// One side of a transaction. The amount is positive on the debit side and negative on the credit side.
struct Line {
  Account account;
  Money amount;
  Tags tags;
};
[[nodiscard]] inline Line debit(Account account, Money amount, const Tags& tags = {}) { return {account, amount, tags}; }
[[nodiscard]] inline Line credit(Account account, Money amount, const Tags& tags = {}) { return {account, -amount, tags}; }

/// Sums of one account over some months, in the base currency. Both are sums of amounts >= 0 (a negative debit is a credit).
struct Turnover {
  Money debits;
  Money credits;
  /// Debits less credits: what assets and expenses grew by.
  [[nodiscard]] Money net() const { return debits - credits; }
};

/// Whole calendar months, first to last, both included. The default is all of them.
struct Months {
  std::optional<Date> first;
  std::optional<Date> last;
  [[nodiscard]] static Months of(Date day) { return {day, day}; }
  [[nodiscard]] static Months up_to(Date day) { return {std::nullopt, day}; }
};

struct Entry {
  std::uint32_t transaction;
  std::uint32_t line;  ///< from 1 within the transaction
  Date date;
  Book book;
  Account account;
  Money amount;        ///< debit > 0
  Money amount_base;
  double fx_rate;
  Tags tags;
  Name note;
};

/// Sum over one book and currency, which must be zero.
struct BookSum {
  Book book;
  Currency currency;  ///< of the entries; the base values of all currencies together have `in_base`
  bool in_base = false;
  Money sum;
};

/// Double-entry ledger of three books. A transaction is posted whole or not at all: per currency its debits equal its credits
/// exactly. Where money changes currency, the two legs are joined through an account `fx_clearing` in each currency, and
/// their values in the base currency at the day's rate must agree within a millionth a line plus 1e-12 of the amount. Base values of a transaction sum
/// to zero exactly: what rounding leaves is put on the line with the largest value.
class Ledger {
 public:
  /// `fx` must outlive the ledger. No entry may be dated before the month of `start`.
  Ledger(const Fx& fx, Date start);

  [[nodiscard]] Currency base() const { return fx_->base(); }
  [[nodiscard]] const Fx& fx() const { return *fx_; }
  Name intern(std::string_view text);
  [[nodiscard]] std::string_view text(Name name) const { return names_[name.index]; }
  /// Names have the indices below this.
  [[nodiscard]] std::uint32_t name_count() const { return static_cast<std::uint32_t>(names_.size()); }

  /// Returns the number of the transaction, from 1. Lines of zero are left out; a transaction of only such lines is none (0).
  /// Throws std::logic_error, with the currency and the amount that is left over, if it does not balance or is dated
  /// before the start; UnknownCurrency.
  std::uint32_t post(Date date, Book book, Name note, std::span<const Line> lines);
  std::uint32_t post(Date date, Book book, Name note, std::initializer_list<Line> lines) {
    return post(date, book, note, std::span<const Line>{lines.begin(), lines.size()});
  }

  // Totals in the base currency, kept while posting. Names that nothing was posted to give zero.
  [[nodiscard]] Turnover total(Account account, Months months = {}) const;
  [[nodiscard]] Turnover of_site(Name site, Account account, Months months = {}) const;
  [[nodiscard]] Turnover of_cohort(Name cohort, Account account, Months months = {}) const;
  [[nodiscard]] Turnover of_budget(Name line, int budget_year, Account account, Months months = {}) const;
  /// All accounts of a kind (for instance every expense of the months).
  [[nodiscard]] Turnover total(AccountKind kind, Months months = {}) const;
  [[nodiscard]] Turnover of_site(Name site, AccountKind kind, Months months = {}) const;
  [[nodiscard]] Turnover of_cohort(Name cohort, AccountKind kind, Months months = {}) const;
  /// Balance (debits less credits) of an account in one currency, unconverted.
  [[nodiscard]] Money balance(Account account, Currency currency) const;

  /// Every (book, currency) sum, and every book's sum of base values; all must be zero. Summed again from the entries.
  [[nodiscard]] std::vector<BookSum> sums() const;

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] std::uint32_t transactions() const { return next_transaction_ - 1; }
  [[nodiscard]] Entry entry(std::size_t i) const;

 private:
  struct Row {
    Int128 micros;
    Int128 base_micros;
    double fx_rate;
    std::int32_t day;
    std::uint32_t transaction;
    std::uint32_t note;
    std::uint32_t cohort;
    std::uint32_t site;
    std::uint32_t budget_line;
    std::int16_t budget_year;  ///< no_year if absent
    std::uint16_t line;
    Book book;
    Account account;
    std::uint8_t currency;
  };
  static constexpr std::int16_t no_year = -1;
  struct Flow { Int128 debits = 0, credits = 0; };
  /// Flows of one slice by account and month since the start; grown on use.
  struct Slice { std::array<std::vector<Flow>, account_count> months; };
  /// Slices of the names that have entries.
  struct Slices {
    std::vector<std::uint32_t> slot;  ///< by index of the name: position in `slices` + 1, or 0
    std::vector<Slice> slices;
    Slice& of(std::uint32_t name);
    [[nodiscard]] const Slice* find(Name name) const;
  };

  std::uint8_t currency_index(Currency currency);
  void append(Date date, Book book, Name note, std::vector<Row>& rows);
  void add(Slice& slice, const Row& row, std::size_t month) const;
  [[nodiscard]] Turnover turnover(const Slice* slice, Account account, Months months) const;
  [[nodiscard]] Turnover turnover(const Slice* slice, AccountKind kind, Months months) const;
  [[nodiscard]] int month_index(Date date) const;

  const Fx* fx_;
  int origin_;  ///< month of the start, counted from year 0
  std::vector<std::string> names_{std::string{}};
  std::map<std::string, std::uint32_t, std::less<>> name_index_;
  std::vector<Currency> currencies_;
  std::vector<Row> rows_;
  std::uint32_t next_transaction_ = 1;
  Slice all_;
  Slices by_site_, by_cohort_;
  std::map<std::pair<std::uint32_t, int>, Slice> by_budget_;
  std::vector<std::array<Int128, account_count>> by_currency_;
};

/// Writes `ledger.csv`: a header, then one row a line of every transaction in the order of posting.
void write_ledger_csv(const Ledger& ledger, std::ostream& out);
[[nodiscard]] const std::vector<std::string>& ledger_columns();

}  // namespace headroom::finance
