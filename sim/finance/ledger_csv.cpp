#include <array>
#include <charconv>
#include <ostream>

#include "models/text/csv.hpp"
#include "models/text/number.hpp"
#include "models/text/spreadsheet.hpp"
#include "sim/finance/ledger.hpp"

namespace headroom::finance {

namespace {

/// Exact decimal text of an amount, as to_decimal() gives it; amounts of 64 bits, which is all but every one, take a short way.
std::string decimal(Money amount) {
  const Int128 micros = amount.micros();
  const auto small = static_cast<std::int64_t>(micros);
  if (micros != small || small == INT64_MIN) return to_decimal(amount);
  const std::int64_t size = small < 0 ? -small : small;
  std::array<char, 32> text{};
  char* end = text.data();
  if (small < 0) *end++ = '-';
  end = std::to_chars(end, text.data() + text.size(), size / Money::micros_per_unit).ptr;
  std::int64_t fraction = size % Money::micros_per_unit;
  if (fraction != 0) {
    *end++ = '.';
    for (std::int64_t place = Money::micros_per_unit / 10; fraction != 0; place /= 10) {
      *end++ = static_cast<char>('0' + fraction / place);
      fraction %= place;
    }
  }
  return {text.data(), end};
}

}  // namespace

const std::vector<std::string>& ledger_columns() {
  static const std::vector<std::string> columns{"tx_id", "line_no", "date", "period", "book", "account", "debit", "credit", "currency",
                                                "amount_base", "fx_rate", "budget_line", "budget_year", "cohort", "site", "note"};
  return columns;
}

void write_ledger_csv(const Ledger& ledger, std::ostream& out) {
  text::CsvWriter csv{out, ledger_columns()};
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < ledger.name_count(); ++i) names.push_back(text::disarmed(ledger.text({i})));
  const auto text_of = [&](Name name) -> std::string_view { return names[name.index]; };
  // Days and rates come in runs; their texts are made once a run.
  Date day_known{};
  double rate_known = 1;
  std::string day = headroom::to_string(day_known), rate = "1";
  for (std::size_t i = 0; i < ledger.size(); ++i) {
    const Entry e = ledger.entry(i);
    if (e.date != day_known) {
      day_known = e.date;
      day = headroom::to_string(e.date);
    }
    if (e.fx_rate != rate_known) {
      rate_known = e.fx_rate;
      rate = text::shortest(e.fx_rate);
    }
    const bool is_debit = !(e.amount.micros() < 0);
    const std::string amount = decimal(is_debit ? e.amount : -e.amount);
    csv.add(static_cast<std::int64_t>(e.transaction)).add(static_cast<std::int64_t>(e.line)).add(day).add(std::string_view{day}.substr(0, 7));
    csv.add(name(e.book)).add(name(e.account)).add(is_debit ? std::string_view{amount} : "").add(is_debit ? "" : std::string_view{amount});
    csv.add(e.amount.currency().code()).add(decimal(e.amount_base)).add(rate).add(text_of(e.tags.budget_line)).add(e.tags.budget_year);
    csv.add(text_of(e.tags.cohort)).add(text_of(e.tags.site)).add(text_of(e.note));
    csv.end_row();
  }
}

}  // namespace headroom::finance
