#include <fmt/format.h>

#include <algorithm>

#include "sim/results/expect.hpp"

namespace headroom::results {

namespace {

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      case '\t': out += "&#9;"; break;
      // XML 1.0 has no place for the other control characters.
      default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

/// Escapes of workflow commands (actions/toolkit, command.ts): data and, with more of them, properties.
std::string github(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') out += "%25";
    else if (c == '\r') out += "%0D";
    else if (c == '\n') out += "%0A";
    else if (property && c == ':') out += "%3A";
    else if (property && c == ',') out += "%2C";
    else out += c;
  }
  return out;
}

std::string markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '`' || c == '*' || c == '_' || c == '<') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::size_t failures(std::span<const Outcome> outcomes) {
  return static_cast<std::size_t>(std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome& o) { return !o.ok; }));
}

}  // namespace

std::string to_line(const Outcome& o, bool colour) {
  const char* mark = o.ok ? "✓" : "✗";
  if (!colour) return fmt::format("{} {}: {}", mark, o.text, o.reason);
  return fmt::format("\x1b[{}m{}\x1b[0m {}: {}", o.ok ? "32" : "31", mark, o.text, o.reason);
}

std::string to_junit(std::string_view suite, std::span<const Outcome> outcomes) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites tests=\"{0}\" failures=\"{1}\">\n  <testsuite name=\"{2}\" tests=\"{0}\" failures=\"{1}\" errors=\"0\" skipped=\"0\">\n",
                     outcomes.size(), failures(outcomes), xml(suite));
  for (const auto& o : outcomes) {
    out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", xml(suite), xml(o.text));
    out += o.ok ? "/>\n" : fmt::format(">\n      <failure message=\"{0}\">{1}: {0}</failure>\n    </testcase>\n", xml(o.reason), xml(o.text));
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

std::string to_github(std::span<const Outcome> outcomes, std::span<const FilePlace> places) {
  std::string out;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& o = outcomes[i];
    if (o.ok) continue;
    std::string at;
    if (i < places.size() && !places[i].file.empty()) {
      at = fmt::format("file={},", github(places[i].file, true));
      if (places[i].line > 0) at += fmt::format("line={},", places[i].line);
      if (places[i].column > 0) at += fmt::format("col={},", places[i].column);
    }
    out += fmt::format("::error {}title={}::{}\n", at, github("expectation not met", true), github(o.text + ": " + o.reason, false));
  }
  return out;
}

std::string to_markdown(std::string_view title, std::span<const Outcome> outcomes) {
  const std::size_t failed = failures(outcomes);
  std::string out = fmt::format("### {} {}: {} of {} expectations met\n\n", failed == 0 ? "✅" : "❌", markdown(title), outcomes.size() - failed, outcomes.size());
  if (outcomes.empty()) return out;
  out += "| | expectation | found |\n|---|---|---|\n";
  for (const auto& o : outcomes) out += fmt::format("| {} | {} | {} |\n", o.ok ? "✓" : "✗", markdown(o.text), markdown(o.reason));
  return out;
}

}  // namespace headroom::results
