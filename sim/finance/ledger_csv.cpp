#include <ostream>

#include "models/text/csv.hpp"
#include "models/text/spreadsheet.hpp"
#include "sim/finance/ledger.hpp"

namespace headroom::finance {

const std::vector<std::string>& ledger_columns() {
  static const std::vector<std::string> columns{"tx_id", "line_no", "date", "period", "book", "account", "debit", "credit", "currency",
                                                "amount_base", "fx_rate", "budget_line", "budget_year", "cohort", "site", "note"};
  return columns;
}

void write_ledger_csv(const Ledger& ledger, std::ostream& out) {
  text::CsvWriter csv{out, ledger_columns()};
  for (std::size_t i = 0; i < ledger.size(); ++i) {
    const Entry e = ledger.entry(i);
    const std::string day = to_string(e.date);
    const bool is_debit = !(e.amount.micros() < 0);
    const std::string amount = to_decimal(is_debit ? e.amount : -e.amount);
    csv.add(static_cast<std::int64_t>(e.transaction)).add(static_cast<std::int64_t>(e.line)).add(day).add(std::string_view{day}.substr(0, 7));
    csv.add(name(e.book)).add(name(e.account)).add(is_debit ? amount : "").add(is_debit ? "" : amount).add(e.amount.currency().code());
    csv.add(to_decimal(e.amount_base)).add(e.fx_rate).add(text::disarmed(ledger.text(e.tags.budget_line))).add(e.tags.budget_year);
    csv.add(text::disarmed(ledger.text(e.tags.cohort))).add(text::disarmed(ledger.text(e.tags.site))).add(text::disarmed(ledger.text(e.note)));
    csv.end_row();
  }
}

}  // namespace headroom::finance
