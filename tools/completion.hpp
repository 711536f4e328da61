#pragma once

#include <string>

#include "tools/verbs.hpp"

namespace headroom::tools {

/// Completion scripts, made from the table of verbs: verbs, options, what options and positionals take, names of the catalogue.
/// They stand alone: neither asks the program while completing.
[[nodiscard]] std::string bash_completion();  ///< for bash 4.4 and later; does not need the package bash-completion
[[nodiscard]] std::string zsh_completion();   ///< an autoloaded function `_headroom`

/// Names of the catalogue that a value takes, by the name of the value; empty if it takes no such name.
[[nodiscard]] std::vector<std::string> catalogue_names(std::string_view value);

/// Manual pages in the macros of man(7); no date, so that equal programs have equal pages.
[[nodiscard]] std::string manual_page();                  ///< headroom(1)
[[nodiscard]] std::string manual_page(const Verb& verb);  ///< headroom-VERB(1)

}  // namespace headroom::tools
