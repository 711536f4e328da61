#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

#include "sim/results/directory.hpp"
#include "tools/fit.hpp"

namespace headroom::tools {
namespace {

/// Every kind; a new one is a line here, its declaration in fit.hpp and its file fit_<name>.cpp.
const std::vector<FitKind>& kinds() {
  static const std::vector<FitKind> table{fit_training(), fit_serving()};
  return table;
}

void describe(po::options_description& options) {
  options.add_options()("data", po::value<std::string>()->value_name("DIR"), "folder of the measured rows (default: $HEADROOM_DATA)")(
      "leave-out", po::value<std::string>()->value_name("GROUP"), "group of sources to leave out; prints the errors on it")(
      "write", po::value<std::string>()->value_name("FILE"), "file to write the constants to (default: standard output)")(
      "accuracy", po::value<std::string>()->value_name("FILE"), "file to write the accuracy page to, by leaving every group out in turn")(
      "predictions", po::value<std::string>()->value_name("FILE"), "file to write each row's prediction to, made without its group");
}

int run(const Arguments& arguments) {
  for (const char* written : {"write", "accuracy", "predictions"}) {
    if (arguments.has("leave-out") && arguments.has(written)) throw UsageError(fmt::format("--leave-out prints errors and writes no file, so --{} cannot stand beside it", written));
  }
  for (const FitKind& kind : kinds()) {
    if (kind.name == arguments.positional("KIND")) return kind.run(arguments);
  }
  return Exit::usage;
}

}  // namespace

std::filesystem::path calibration_file(const Arguments& arguments, const std::string& name) {
  if (arguments.has("data")) return std::filesystem::path(arguments.get<std::string>("data")) / name;
  if (const char* set = std::getenv("HEADROOM_DATA")) return std::filesystem::path(set) / name;
  throw UsageError(fmt::format("fit needs --data DIR or HEADROOM_DATA: the folder that holds {}", name));
}

void write_text(const std::string& file, const std::string& text) {
  results::write_file(file, [&](std::ostream& out) { out << text; });
}

void write_constants(const Arguments& arguments, const std::string& text) {
  if (arguments.has("write")) write_text(arguments.get<std::string>("write"), text);
  else std::cout << text;
}

void write_section(const std::string& file, const std::string& name, const std::string& text) {
  const std::string begin = "<!-- " + name + " -->\n", end = "<!-- end of " + name + " -->\n";
  std::string page;
  if (std::ifstream in(file, std::ios::binary); in) {
    std::ostringstream all;
    all << in.rdbuf();
    page = all.str();
  }
  const auto from = page.find(begin), to = page.find(end);
  if (from != std::string::npos && to != std::string::npos && from < to) {
    page = page.substr(0, from) + begin + text + page.substr(to);
  } else {
    page += (page.empty() ? "# Accuracy\n\n" : "\n") + begin + text + end;
  }
  write_text(file, page);
}

Verb verb_fit() {
  return {"fit",
          "refits the model constants from measured rows, with standard errors",
          {{"KIND", "which models", true, false, alternatives(kinds())}},
          describe,
          run,
          {"headroom fit training --data ../shared/data --write models/training/constants/step.json --accuracy models/ACCURACY.md",
           "headroom fit training --data ../shared/data --leave-out mosaicml-llm-foundry",
           "headroom fit serving --data ../shared/data --write models/serving/constants/iteration.json --accuracy models/ACCURACY.md",
           "headroom fit serving --data ../shared/data --leave-out inferencex"}};
}

}  // namespace headroom::tools
