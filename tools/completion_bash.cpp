#include <fmt/format.h>

#include "models/catalog/architecture.hpp"
#include "models/catalog/chip.hpp"
#include "tools/completion.hpp"

namespace headroom::tools {

namespace {

/// The parts of the script that are the same for every table. A value may stand behind a blank or behind "=", which readline
/// makes a word of its own.
constexpr std::string_view frame = R"~(# bash completion for headroom; written by `headroom generate bash`

_headroom_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }

# _headroom_paths PATTERN: files that match, and folders on the way to them; DIR: folders only
_headroom_paths() {
  compopt -o filenames 2>/dev/null
  if [[ $1 == DIR ]]; then mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return; fi
  [[ $1 != FILE ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return; }
  mapfile -t COMPREPLY < <({ compgen -d -- "$cur"; compgen -f -X "!$1" -- "$cur"; } | sort -u)
}

_headroom() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]} taking options i word before= position=1
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _headroom_words "@VERBS@ help --help --version"
    return
  fi
  if [[ $cur == "=" ]]; then
    cur=
  elif [[ $prev == "=" ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $verb in
@TABLES@    help) ((COMP_CWORD != 2)) || _headroom_words "@VERBS@"; return ;;
    *) return ;;
  esac

  # the value of an option
  if [[ $prev == -* && " $taking " == *" $prev "* ]]; then
    case $verb,$prev in
@VALUES@    esac
    return
  fi
  if [[ $cur == -* ]]; then
    _headroom_words "$options"
    return
  fi

  # a positional: the how manieth, and which came before
  for ((i = 2; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ $word == -* ]]; then
      [[ ${COMP_WORDS[i+1]} != "=" ]] || { ((i += 2)); continue; }
      [[ " $taking " != *" $word "* ]] || ((i += 1))
      continue
    fi
    before=$word
    ((position += 1))
  done
  case $verb,$position,$before in
@POSITIONALS@  esac
}

complete -F _headroom headroom
)~";

std::string filled(std::string text, std::string_view mark, const std::string& with) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size())) text.replace(at, mark.size(), with);
  return text;
}

/// The command that proposes what a value takes; empty if nobody can know.
std::string proposal(std::string_view value) {
  if (const auto names = catalogue_names(value); !names.empty()) return fmt::format("_headroom_words \"{}\"", fmt::join(names, " "));
  const auto words = words_of(value);
  if (!words.empty()) return fmt::format("_headroom_words \"{}\"", fmt::join(words, " "));
  if (value == "FILE" || value == "DIR") return fmt::format("_headroom_paths {}", value);
  if (value.substr(0, 5) == "FILE.") return fmt::format("_headroom_paths '*{}'", value.substr(4));
  return {};
}

/// "--format" and "-f", as they are typed.
std::vector<std::string> spellings(const po::option_description& option) {
  std::vector<std::string> all{"--" + option.long_name()};
  const std::string shown = option.format_name();  // "-f [ --overlay ]" or "--set"
  if (shown.size() > 2 && shown[0] == '-' && shown[1] != '-') all.push_back(shown.substr(0, 2));
  return all;
}

void add_options(const Verb& verb, std::string& tables, std::string& values) {
  std::string options, taking;
  const po::options_description known = visible_options(verb);
  for (const auto& option : known.options()) {
    const auto names = spellings(*option);
    for (const auto& name : names) options += (options.empty() ? "" : " ") + name;
    if (option->semantic()->max_tokens() == 0) continue;
    std::string cases;
    for (const auto& name : names) {
      taking += (taking.empty() ? "" : " ") + name;
      cases += fmt::format("{}{},{}", cases.empty() ? "" : "|", verb.name, name);
    }
    const std::string command = proposal(value_of(*option));
    if (!command.empty()) values += fmt::format("      {}) {} ;;\n", cases, command);
  }
  tables += fmt::format("    {}) options=\"{}\" taking=\"{}\" ;;\n", verb.name, options, taking);
}

void add_positionals(const Verb& verb, std::string& out) {
  for (std::size_t i = 0; i < verb.positionals.size(); ++i) {
    const Positional& p = verb.positionals[i];
    const std::string position = p.many ? "*" : std::to_string(i + 1);
    const std::string command = proposal(p.value);
    if (p.names != nullptr) {
      const std::vector<std::string_view> anything{"*"};
      for (const auto before : i > 0 ? words_of(verb.positionals[i - 1].value) : anything) {
        out += fmt::format("    {},{},{})\n      {}\n      mapfile -t -O ${{#COMPREPLY[@]}} COMPREPLY < <(compgen -W \"{}\" -- \"$cur\") ;;\n", verb.name, position,
                           before, command.empty() ? ":" : command, fmt::join(p.names(before), " "));
      }
    } else if (!command.empty()) {
      out += fmt::format("    {},{},*) {} ;;\n", verb.name, position, command);
    }
  }
}

}  // namespace

std::vector<std::string> catalogue_names(std::string_view value) {
  std::vector<std::string> names;
  if (value == "CHIP") for (const auto& chip : catalog::chips()) names.push_back(chip.id);
  if (value == "ARCHITECTURE") for (const auto& architecture : catalog::architectures()) names.push_back(architecture.id);
  return names;
}

std::string bash_completion() {
  std::string names, tables, values, positionals;
  for (const Verb& verb : verbs()) {
    names += (names.empty() ? "" : " ") + std::string{verb.name};
    add_options(verb, tables, values);
    add_positionals(verb, positionals);
  }
  std::string text = filled(std::string{frame}, "@VERBS@", names);
  text = filled(text, "@TABLES@", tables);
  text = filled(text, "@VALUES@", values);
  return filled(text, "@POSITIONALS@", positionals);
}

}  // namespace headroom::tools
