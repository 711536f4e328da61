#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "tools/completion.hpp"

namespace headroom::tools {

namespace {

/// Text as roff: a backslash and a hyphen-minus are themselves, and a line cannot begin with a request.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if (c == '\'') out += "\\(aq";
    else if (c == '"') out += "\\(dq";
    else out += c;
  }
  if (!out.empty() && out.front() == '.') out.insert(0, "\\&");
  return out;
}

std::string upper(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

std::string head(std::string_view name, std::string_view what) {
  return fmt::format(".TH {} 1 \"\" \"headroom {}\" \"Headroom\"\n.SH NAME\n{} \\- {}\n", roff(upper(name)), HEADROOM_VERSION, roff(name), roff(what));
}

/// A sentence ends with a full stop even where a table's entry does not.
std::string sentence(std::string_view text) {
  std::string out = roff(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out + (out.empty() || out.back() == '.' ? "\n" : ".\n");
}

std::string option_entry(const po::option_description& option) {
  const std::string shown = option.format_name(), value = value_of(option);
  std::string term = shown[1] != '-' ? fmt::format("\\fB{}\\fR, ", roff(shown.substr(0, 2))) : "";
  term += fmt::format("\\fB{}\\fR", roff("--" + option.long_name()));
  if (!value.empty()) term += fmt::format(" \\fI{}\\fR", roff(value));
  std::string text = option.description();
  const std::string all = option.semantic()->name();
  if (const auto at = all.find(" (="); at != std::string::npos) text += fmt::format(" (default {})", all.substr(at + 3, all.size() - at - 4));
  return fmt::format(".TP\n{}\n{}", term, sentence(text));
}

struct Code { int code; std::string_view meaning; };
constexpr Code codes[] = {
    {Exit::ok, "success; also when a service level is missed and no expectation speaks of it"},
    {Exit::failure, "failure: a broken audit, an impossible request, a failed point of a sweep, a refused merge"},
    {Exit::usage, "usage or input error"},
    {Exit::threshold, "a threshold was breached: an expectation, or a condition of --fail-if"},
    {Exit::out_of_range, "under --strict: a result rests on a model outside its validated range"},
    {Exit::interrupted, "interrupted"},
};

std::string exit_status() {
  std::string text = ".SH EXIT STATUS\n";
  for (const Code& c : codes) text += fmt::format(".TP\n{}\n{}", c.code, sentence(c.meaning));
  return text;
}

}  // namespace

std::string manual_page() {
  std::string text = head("headroom", "capacity planning of AI data centres by simulation");
  text += ".SH SYNOPSIS\n\\fBheadroom\\fR \\fIVERB\\fR ...\n.br\n\\fBheadroom help\\fR [\\fIVERB\\fR]\n.br\n\\fBheadroom \\-\\-version\\fR\n.SH DESCRIPTION\n";
  text += "Will the compute that we can buy carry the load that we expect, what will it cost, and what do we do when a delivery slips?\n"
          "Headroom simulates years of a fleet of accelerators from a scenario in JSON and writes tidy tables.\n.SH VERBS\n";
  for (const Verb& verb : verbs()) text += fmt::format(".TP\n\\fBheadroom\\-{}\\fR(1)\n{}", roff(verb.name), sentence(verb.summary));
  text += exit_status();
  text += ".SH ENVIRONMENT\n.TP\nHEADROOM_DATA\nFolder of the measured rows for \\fBheadroom\\-fit\\fR(1).\n"
          ".TP\nNO_COLOR\nIf set, no colour on a terminal.\n"
          ".TP\nGITHUB_STEP_SUMMARY, GITHUB_WORKSPACE\nRead with \\fB\\-\\-format github\\fR: the file of the job\\(aqs summary and the root of the checkout.\n";
  text += ".SH FILES\n.TP\n/usr/share/headroom/scenarios\nReady scenarios, parts and plans, the schema and the key reference.\n";
  text += ".SH SEE ALSO\n";
  std::string others;
  for (const Verb& verb : verbs()) others += fmt::format("{}\\fBheadroom\\-{}\\fR(1)", others.empty() ? "" : ",\n", roff(verb.name));
  return text + others + "\n";
}

std::string manual_page(const Verb& verb) {
  std::string text = head(fmt::format("headroom-{}", verb.name), verb.summary);
  text += fmt::format(".SH SYNOPSIS\n\\fBheadroom {}\\fR", roff(verb.name));
  for (const Positional& p : verb.positionals) {
    const std::string word = fmt::format("\\fI{}\\fR{}", roff(p.name), p.many ? "..." : "");
    text += p.required ? " " + word : " [" + word + "]";
  }
  text += " [\\fIoptions\\fR]\n.SH DESCRIPTION\n" + sentence(verb.summary);
  for (const Positional& p : verb.positionals) {
    const auto words = words_of(p.value);
    text += fmt::format(".TP\n\\fI{}\\fR\n{}", roff(p.name), sentence(words.empty() ? std::string{p.doc} : fmt::format("{} ({})", p.doc, fmt::join(words, ", "))));
  }
  text += ".SH OPTIONS\n";
  const po::options_description known = visible_options(verb);
  for (const auto& option : known.options()) text += option_entry(*option);
  text += exit_status();
  if (!verb.examples.empty()) {
    text += ".SH EXAMPLES\n.nf\n";
    for (const auto example : verb.examples) text += roff(example) + "\n";
    text += ".fi\n";
  }
  return text + ".SH SEE ALSO\n\\fBheadroom\\fR(1)\n";
}

}  // namespace headroom::tools
