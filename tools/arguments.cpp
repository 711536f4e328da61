#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "models/text/nearest.hpp"
#include "models/text/number.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {

namespace {

/// No guessing: `--se` is not `--seed`.
constexpr int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

std::string suggest_option(const po::options_description& options, const std::string& word) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) names.push_back("--" + option->long_name());
  return did_you_mean(word, names);
}

/// Throws UsageError that lists the words unless `word` is one of them.
void require_word(std::string_view what, std::string_view word, const std::vector<std::string_view>& words) {
  if (std::find(words.begin(), words.end(), word) != words.end()) return;
  throw UsageError(fmt::format("{} {}: expected one of {}{}", what, word, fmt::join(words, ", "), did_you_mean(word, words)));
}

/// What takes only certain words was given one of them.
void require_words(const Verb& verb, const po::options_description& options, const Arguments& arguments) {
  for (const auto& option : options.options()) {
    const std::string value = value_of(*option);
    if (!takes_only_words(value) || !arguments.has(option->long_name())) continue;
    require_word("--" + option->long_name(), arguments.get<std::string>(option->long_name()), words_of(value));
  }
  for (const Positional& p : verb.positionals) {
    if (!takes_only_words(p.value)) continue;
    for (const std::string& word : arguments.list(std::string{p.name})) require_word(verb.name, word, words_of(p.value));
  }
}

bool small_word(std::string_view text) {
  const auto small = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), small);
}

std::vector<std::string_view> alternatives_in(std::string_view value) {
  std::vector<std::string_view> found;
  while (true) {
    const std::size_t end = value.find('|');
    found.push_back(value.substr(0, end));
    if (end == std::string_view::npos) return found;
    value.remove_prefix(end + 1);
  }
}

}  // namespace

po::options_description visible_options(const Verb& verb) {
  po::options_description options{"Options", 110, 70};
  verb.describe(options);
  options.add_options()("help,h", "print this help");
  return options;
}

std::vector<std::string_view> words_of(std::string_view value) {
  std::vector<std::string_view> words;
  if (value.find('|') == std::string_view::npos) return words;
  for (const auto one : alternatives_in(value)) {
    if (small_word(one)) words.push_back(one);
  }
  return words;
}

bool takes_only_words(std::string_view value) {
  const auto words = words_of(value);
  return !words.empty() && words.size() == alternatives_in(value).size();
}

std::string value_of(const po::option_description& option) {
  if (option.semantic()->max_tokens() == 0) return {};
  const std::string name = option.semantic()->name();
  return name.substr(0, name.find(" (="));  // the library appends the default
}

std::string Arguments::positional(const std::string& name) const {
  return has(name) ? options[name].as<std::vector<std::string>>().front() : std::string{};
}

std::vector<std::string> Arguments::list(const std::string& name) const {
  return has(name) ? options[name].as<std::vector<std::string>>() : std::vector<std::string>{};
}

Arguments parse(const Verb& verb, const std::vector<std::string>& words) {
  const po::options_description visible = visible_options(verb);
  po::options_description all;
  all.add(visible);
  po::positional_options_description positions;
  po::options_description hidden;
  for (const Positional& p : verb.positionals) {
    hidden.add_options()(std::string{p.name}.c_str(), po::value<std::vector<std::string>>());
    positions.add(std::string{p.name}.c_str(), p.many ? -1 : 1);
  }
  all.add(hidden);
  Arguments arguments;
  try {
    po::store(po::command_line_parser(words).options(all).positional(positions).style(style).run(), arguments.options);
  } catch (const po::unknown_option& e) {
    throw UsageError(fmt::format("{}: unknown option {}{}", verb.name, e.get_option_name(), suggest_option(visible, e.get_option_name())));
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(fmt::format("{}: too many arguments; see 'headroom {} --help'", verb.name, verb.name));
  } catch (const po::error& e) {
    throw UsageError(fmt::format("{}: {}", verb.name, e.what()));
  }
  if (arguments.has("help")) return arguments;
  for (const Positional& p : verb.positionals) {
    if (p.required && !arguments.has(std::string{p.name})) {
      throw UsageError(fmt::format("{}: {} is missing; see 'headroom {} --help'", verb.name, p.name, verb.name));
    }
  }
  require_words(verb, visible, arguments);
  return arguments;
}

std::string synopsis(const Verb& verb) {
  std::string text = fmt::format("headroom {}", verb.name);
  for (const Positional& p : verb.positionals) {
    const std::string word = fmt::format("{}{}", p.name, p.many ? "..." : "");
    text += p.required ? " " + word : " [" + word + "]";
  }
  return text + " [options]";
}

std::string help(const Verb& verb) {
  std::string text = fmt::format("{}\n\n{}\n\n", synopsis(verb), verb.summary);
  for (const Positional& p : verb.positionals) text += fmt::format("  {:<16} {}\n", p.name, p.doc);
  if (!verb.positionals.empty()) text += "\n";
  std::ostringstream options;
  options << visible_options(verb);
  text += options.str();
  if (!verb.examples.empty()) text += "\nExamples:\n";
  for (const auto example : verb.examples) text += fmt::format("  {}\n", example);
  return text;
}

namespace detail {
namespace {
/// The library puts the option's name in.
[[noreturn]] void refuse(const std::string& text, const std::string& expected) {
  po::error_with_option_name error("%canonical_option%: \"%value%\" is not " + expected);
  error.set_substitute("value", text);
  throw error;
}
}  // namespace

std::int64_t read_whole(const std::string& text, std::int64_t low, std::int64_t high) {
  const auto value = text::parse_int(text);
  if (!value || *value < low || *value > high) refuse(text, fmt::format("a whole number from {} to {}", low, high));
  return *value;
}

double read_number(const std::string& text, std::int64_t low, std::int64_t high, Least least) {
  const auto value = text::parse_double(text);
  const auto lowest = static_cast<double>(low), highest = static_cast<double>(high);
  const bool included = least == Least::included;
  if (!value || *value > highest || !(included ? *value >= lowest : *value > lowest)) {
    refuse(text, fmt::format(fmt::runtime(included ? "a number from {} to {}" : "a number above {}, up to {}"), low, high));
  }
  return *value;
}
}  // namespace detail

}  // namespace headroom::tools
