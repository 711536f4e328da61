#include "tools/verbs.hpp"

#include <vector>

namespace headroom::tools {

std::span<const Verb> verbs() {
  // A new verb is a line here, its declaration in verbs.hpp and its file verb_<name>.cpp.
  static const std::vector<Verb> table{
    verb_run(),
    verb_sweep(),
    verb_merge(),
    verb_compare(),
    verb_explain(),
    verb_validate(),
    verb_show(),
    verb_new(),
    verb_catalog(),
    verb_predict(),
    verb_fit(),
    verb_replay(),
    verb_serve(),
    verb_train(),
    verb_generate(),
  };
  return table;
}

}  // namespace headroom::tools
