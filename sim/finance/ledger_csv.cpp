#include <fmt/format.h>

#include <ostream>

#include "sim/finance/ledger.hpp"

namespace headroom::finance {

namespace {

/// RFC 4180 quoting, with a leading apostrophe where a spreadsheet would run the text as a formula.
void append_text(fmt::memory_buffer& out, std::string_view text) {
  const bool formula = !text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos;
  const bool quote = text.find_first_of(",\"\r\n") != std::string_view::npos;
  if (quote) out.push_back('"');
  if (formula) out.push_back('\'');
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  if (quote) out.push_back('"');
}

}  // namespace

void write_ledger_csv(const Ledger& ledger, std::ostream& out) {
  fmt::memory_buffer buffer;
  const auto flush = [&] {
    out.write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    buffer.clear();
  };
  fmt::format_to(std::back_inserter(buffer), "{}\n", ledger_csv_header);
  for (std::size_t i = 0; i < ledger.size(); ++i) {
    const Entry e = ledger.entry(i);
    const std::string day = to_string(e.date);
    const bool is_debit = !(e.amount.micros() < 0);
    const std::string amount = to_decimal(is_debit ? e.amount : -e.amount);
    fmt::format_to(std::back_inserter(buffer), "{},{},{},{},{},{},{},{},{},{},{},", e.transaction, e.line, day, std::string_view{day}.substr(0, 7),
                   name(e.book), name(e.account), is_debit ? amount : "", is_debit ? "" : amount, e.amount.currency().code(),
                   to_decimal(e.amount_base), e.fx_rate);
    append_text(buffer, ledger.text(e.tags.budget_line));
    buffer.push_back(',');
    if (e.tags.budget_year) fmt::format_to(std::back_inserter(buffer), "{}", *e.tags.budget_year);
    buffer.push_back(',');
    append_text(buffer, ledger.text(e.tags.cohort));
    buffer.push_back(',');
    append_text(buffer, ledger.text(e.tags.site));
    buffer.push_back(',');
    append_text(buffer, ledger.text(e.note));
    buffer.push_back('\n');
    if (buffer.size() > 1'000'000) flush();
  }
  flush();
}

}  // namespace headroom::finance
