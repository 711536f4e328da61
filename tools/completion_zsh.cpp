#include <fmt/format.h>

#include <algorithm>

#include "tools/completion.hpp"

namespace headroom::tools {

namespace {

/// Text inside single quotes of an _arguments specification, where a bracket ends a description and a colon a field.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// The action of a specification: what a value takes.
std::string action(std::string_view value) {
  if (const auto names = catalogue_names(value); !names.empty()) return fmt::format("({})", fmt::join(names, " "));
  const auto words = words_of(value);
  if (!words.empty()) return fmt::format("({})", fmt::join(words, " "));
  if (value == "FILE") return "_files";
  if (value == "DIR") return "_files -/";
  if (value.substr(0, 5) == "FILE.") return fmt::format("_files -g \"*{}(-.)\"", value.substr(4));
  return " ";
}

bool repeatable(const po::option_description& option) {
  return dynamic_cast<const po::typed_value<std::vector<std::string>>*>(option.semantic().get()) != nullptr;
}

std::string option_spec(const po::option_description& option) {
  const std::string shown = option.format_name(), name = "--" + option.long_name();
  const std::string letter = shown[1] != '-' ? shown.substr(0, 2) : "";
  const bool flag = option.semantic()->max_tokens() == 0;
  const bool again = repeatable(option);
  std::string what = fmt::format("[{}]", quoted(option.description()));
  if (!flag) {
    const std::string value = value_of(option);
    what += fmt::format(":{}:{}", words_of(value).empty() ? quoted(value) : option.long_name(), action(value));
  }
  const std::string star = again ? "*" : "", equals = flag ? "" : "=", plus = flag ? "" : "+";
  if (letter.empty()) return fmt::format("'{}{}{}{}'", star, name, equals, what);
  const std::string others = again ? "*" : fmt::format("({} {})", letter, name);
  return fmt::format("'{}'{{{}{},{}{}}}'{}'", others, letter, plus, name, equals, what);
}

std::string positional_spec(const Positional& p, std::size_t number) {
  const std::string place = p.many ? "*" : fmt::format("{}{}", number, p.required ? "" : ":");  // "2::NAME" may be absent
  return fmt::format("'{}:{}:{}'", place, quoted(p.name), p.names == nullptr ? action(p.value) : "->" + std::string{p.name});
}

std::string verb_case(const Verb& verb) {
  std::string text = fmt::format("        {})\n          _arguments -s -S", verb.name);
  const po::options_description known = visible_options(verb);
  for (const auto& option : known.options()) text += " \\\n            " + option_spec(*option);
  std::string states;
  for (std::size_t i = 0; i < verb.positionals.size(); ++i) {
    const Positional& p = verb.positionals[i];
    text += " \\\n            " + positional_spec(p, i + 1);
    if (p.names == nullptr) continue;
    const std::vector<std::string_view> anything{"*"};
    states += fmt::format("          if [[ $state == {} ]]; then\n            case $line[{}] in\n", p.name, std::max<std::size_t>(i, 1));
    for (const auto before : i > 0 ? words_of(verb.positionals[i - 1].value) : anything) {
      states += fmt::format("              {}) compadd -- {} ;;\n", before, fmt::join(p.names(before), " "));
    }
    const std::string files = action(p.value);
    states += fmt::format("            esac\n{}          fi\n", files == " " ? "" : fmt::format("            {}\n", files));
  }
  return text + "\n" + states + "          ;;\n";
}

}  // namespace

std::string zsh_completion() {
  std::string names, cases;
  for (const Verb& verb : verbs()) {
    names += fmt::format("    '{}:{}'\n", verb.name, quoted(verb.summary));
    cases += verb_case(verb);
  }
  return fmt::format(R"~(#compdef headroom
# zsh completion for headroom; written by `headroom generate zsh`

_headroom() {{
  local curcontext=$curcontext state line
  local -A opt_args
  local -a verbs=(
{}    'help:explain a verb'
  )
  _arguments -C '(- *)--help[print what there is]' '(- *)--version[print the version]' '1: :->verb' '*:: :->rest'
  case $state in
    verb) _describe -t verbs verb verbs ;;
    rest)
      case $words[1] in
{}        help) _arguments '1: :->verb'; [[ $state != verb ]] || _describe -t verbs verb verbs ;;
      esac
      ;;
  esac
}}

_headroom "$@"
)~",
                     names, cases);
}

}  // namespace headroom::tools
