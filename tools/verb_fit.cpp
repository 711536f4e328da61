#include <vector>

#include "tools/fit.hpp"

namespace headroom::tools {
namespace {

/// Every kind; a new one is a line here, its declaration in fit.hpp and its file fit_<name>.cpp.
const std::vector<FitKind>& kinds() {
  static const std::vector<FitKind> table{fit_training()};
  return table;
}

void describe(po::options_description& options) {
  options.add_options()("data", po::value<std::string>(), "folder of the measured rows (default: $HEADROOM_DATA)")(
      "leave-out", po::value<std::string>(), "group of sources to leave out; prints the errors on it")(
      "write", po::value<std::string>(), "file to write the constants to (default: standard output)")(
      "accuracy", po::value<std::string>(), "file to write the accuracy page to, by leaving every group out in turn");
}

int run(const Arguments& arguments) {
  std::vector<std::string_view> names;
  for (const FitKind& kind : kinds()) names.push_back(kind.name);
  require_word("fit", arguments.positional("KIND"), names);
  for (const FitKind& kind : kinds()) {
    if (kind.name == arguments.positional("KIND")) return kind.run(arguments);
  }
  return Exit::usage;
}

}  // namespace

Verb verb_fit() {
  return {"fit",
          "refits the model constants from measured rows, with standard errors",
          {{"KIND", "training"}},
          describe,
          run,
          {"headroom fit training --data ../shared/data --write models/training/constants/step.json --accuracy models/ACCURACY.md",
           "headroom fit training --data ../shared/data --leave-out mosaicml-llm-foundry"}};
}

}  // namespace headroom::tools
