#include <fmt/format.h>

#include <algorithm>

#include "models/text/escape.hpp"
#include "sim/results/expect.hpp"

namespace headroom::results {

namespace {

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

constexpr std::size_t most_lines = 40;
constexpr std::size_t most_annotations = 9;
constexpr std::size_t longest_reason = 600;  ///< bytes in a Markdown cell

/// All of a few outcomes, the first failures of many.
std::vector<const Outcome*> shown(std::span<const Outcome> outcomes) {
  std::vector<const Outcome*> some;
  for (const auto& o : outcomes) {
    if (outcomes.size() <= most_lines || (!o.ok && some.size() < most_lines)) some.push_back(&o);
  }
  return some;
}

std::string rest_text(std::span<const Outcome> outcomes) {
  const std::size_t failed = failures(outcomes), listed = std::min(failed, most_lines);
  std::string text = fmt::format("{} more held", outcomes.size() - failed);
  if (failed > listed) text = fmt::format("{} more failed, ", failed - listed) + text;
  return text;
}

/// At most `longest_reason` bytes, cut between characters.
std::string shortened(std::string_view text) {
  if (text.size() <= longest_reason) return std::string{text};
  std::size_t end = longest_reason;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string{text.substr(0, end)} + "…";
}

}  // namespace

std::string to_line(const Outcome& o, bool colour) {
  const char* mark = o.ok ? "✓" : "✗";
  if (!colour) return fmt::format("{} {}: {}", mark, o.text, o.reason);
  return fmt::format("\x1b[{}m{}\x1b[0m {}: {}", o.ok ? "32" : "31", mark, o.text, o.reason);
}

std::string to_lines(std::span<const Outcome> outcomes, bool colour) {
  std::string out;
  for (const Outcome* o : shown(outcomes)) out += to_line(*o, colour) + "\n";
  if (outcomes.size() > most_lines) out += "  " + rest_text(outcomes) + "\n";
  return out;
}

std::string to_junit(std::string_view suite, std::span<const Outcome> outcomes) {
  const auto errors = static_cast<std::size_t>(std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome& o) { return o.broken; }));
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  const std::string counts = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", outcomes.size(), failures(outcomes) - errors, errors);
  out += fmt::format("<testsuites {0}>\n  <testsuite name=\"{1}\" {0} skipped=\"0\">\n", counts, text::xml_escaped(suite));
  for (const auto& o : outcomes) {
    out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", text::xml_escaped(suite), text::xml_escaped(o.text));
    out += o.ok ? "/>\n" : fmt::format(">\n      <{2} message=\"{0}\">{1}: {0}</{2}>\n    </testcase>\n", text::xml_escaped(o.reason), text::xml_escaped(o.text), o.broken ? "error" : "failure");
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

std::string to_github(std::span<const Outcome> outcomes, std::span<const FilePlace> places) {
  std::string out;
  std::size_t found = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& o = outcomes[i];
    if (o.ok || ++found > most_annotations) continue;
    std::string at;
    if (i < places.size() && !places[i].file.empty()) {
      at = fmt::format("file={},", text::workflow_property(places[i].file));
      if (places[i].line > 0) at += fmt::format("line={},", places[i].line);
      if (places[i].column > 0) at += fmt::format("col={},", places[i].column);
    }
    out += fmt::format("::error {}title={}::{}\n", at, o.broken ? "simulation failed" : "expectation not met", text::workflow_message(o.text + ": " + o.reason));
  }
  if (found > most_annotations) out += fmt::format("::error title=expectation not met::{} more\n", found - most_annotations);
  return out;
}

std::string to_markdown(std::string_view title, std::span<const Outcome> outcomes) {
  const std::size_t failed = failures(outcomes);
  if (outcomes.empty()) return fmt::format("### {}: no expectations\n", markdown(title));
  std::string out = fmt::format("### {} {}: {} of {} expectations met\n\n| | expectation | found |\n|---|---|---|\n", failed == 0 ? "✅" : "❌", markdown(title),
                                outcomes.size() - failed, outcomes.size());
  for (const Outcome* o : shown(outcomes)) out += fmt::format("| {} | {} | {} |\n", o->ok ? "✓" : "✗", markdown(shortened(o->text)), markdown(shortened(o->reason)));
  if (outcomes.size() > most_lines) out += fmt::format("| | | {} |\n", rest_text(outcomes));
  return out;
}

}  // namespace headroom::results
