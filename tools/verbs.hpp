#pragma once

#include <boost/program_options.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/units/error.hpp"

namespace headroom::tools {

namespace po = boost::program_options;

/// A command line that cannot be read. Exit code 2.
struct UsageError : InputError {
  using InputError::InputError;
};

/// Exit codes of the command (0 success, 1 failure, 2 usage or input, 3 threshold, 4 outside validated range, 130 interrupted).
enum Exit : int { ok = 0, failure = 1, usage = 2, threshold = 3, out_of_range = 4, interrupted = 130 };

/// A whole number within bounds, as an option's type: the library alone turns -3 into an unsigned giant.
template <std::int64_t Low, std::int64_t High>
struct Whole {
  std::int64_t value = Low;
};

/// A finite number within bounds, as an option's type: the library alone reads nan and inf.
enum class Least { included, excluded };
template <std::int64_t Low, std::int64_t High, Least = Least::included>
struct Number {
  double value = Low;
};

/// One positional argument of a verb, in order. `many`: it takes all that follow.
struct Positional {
  std::string_view name;  ///< as in the synopsis and as the key in Arguments: "SCENARIO"
  std::string_view doc;
  bool required = true;
  bool many = false;
  std::string value{};    ///< what it takes, in the words of an option's value (below); empty: any text
  /// Names that it may be, after the positional before it; for completion.
  std::vector<std::string> (*names)(std::string_view before) = nullptr;
};

/// The name of an option's value (po::value<T>()->value_name(...)) says what it takes: alternatives, all of them small words, as in
/// "text|json", and then nothing else is accepted; "FILE", "FILE.json" or "DIR" for paths; "CHIP" or "ARCHITECTURE" for one of the catalogue; any other name for any text.
/// Help, manual pages and completions show it.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view value);  ///< the small words among alternatives
[[nodiscard]] bool takes_only_words(std::string_view value);
[[nodiscard]] std::string value_of(const po::option_description& option);      ///< empty for a flag
/// "a|b|c" from the `name` members of a table.
template <class Table>
std::string alternatives(const Table& table) {
  std::string text;
  for (const auto& entry : table) text += (text.empty() ? "" : "|") + std::string{entry.name};
  return text;
}

/// Parsed command line of a verb.
struct Arguments {
  po::variables_map options;
  [[nodiscard]] bool has(const std::string& name) const { return options.count(name) != 0; }
  template <class T>
  [[nodiscard]] const T& get(const std::string& name) const { return options[name].as<T>(); }
  /// Positional of that name; the empty string if it was optional and absent.
  [[nodiscard]] std::string positional(const std::string& name) const;
  /// A positional with `many`, or a repeatable option.
  [[nodiscard]] std::vector<std::string> list(const std::string& name) const;
};

/// One verb of the command. Help, suggestions, completions and man pages are made from this table.
struct Verb {
  std::string_view name;
  std::string_view summary;                   ///< one line
  std::vector<Positional> positionals;
  void (*describe)(po::options_description&); ///< adds the options
  int (*run)(const Arguments&);               ///< returns an exit code; throws for errors
  std::vector<std::string_view> examples;     ///< complete command lines
};

/// Every verb, in the order of `headroom --help`.
[[nodiscard]] std::span<const Verb> verbs();

/// Reads argv behind the verb's name. Throws UsageError with the nearest option or word for a misspelt one.
[[nodiscard]] Arguments parse(const Verb& verb, const std::vector<std::string>& words);
[[nodiscard]] std::string help(const Verb& verb);
/// The verb's options with --help.
[[nodiscard]] po::options_description visible_options(const Verb& verb);
/// "headroom run SCENARIO [options]".
[[nodiscard]] std::string synopsis(const Verb& verb);

namespace detail {
std::int64_t read_whole(const std::string& text, std::int64_t low, std::int64_t high);
double read_number(const std::string& text, std::int64_t low, std::int64_t high, Least least);
}
template <std::int64_t Low, std::int64_t High>
void validate(boost::any& out, const std::vector<std::string>& words, Whole<Low, High>*, int) {
  po::validators::check_first_occurrence(out);
  out = Whole<Low, High>{detail::read_whole(words.front(), Low, High)};
}
template <std::int64_t Low, std::int64_t High, Least L>
void validate(boost::any& out, const std::vector<std::string>& words, Number<Low, High, L>*, int) {
  po::validators::check_first_occurrence(out);
  out = Number<Low, High, L>{detail::read_number(words.front(), Low, High, L)};
}

// Each is defined in verb_<name>.cpp.
Verb verb_run();
Verb verb_sweep();
Verb verb_merge();
Verb verb_catalog();
Verb verb_compare();
Verb verb_explain();
Verb verb_fit();
Verb verb_generate();
Verb verb_new();
Verb verb_predict();
Verb verb_replay();
Verb verb_serve();
Verb verb_show();
Verb verb_train();
Verb verb_validate();

}  // namespace headroom::tools
