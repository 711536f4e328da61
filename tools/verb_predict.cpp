#include <fmt/format.h>

#include <iostream>
#include <vector>

#include "sim/results/directory.hpp"
#include "tools/predict.hpp"
#include "tools/strict.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {
namespace {

/// Every kind; a new one is a line here, its declaration in predict.hpp and its file predict_<name>.cpp.
const std::vector<PredictKind>& kinds() {
  static const std::vector<PredictKind> table{predict_training(), predict_serving()};
  return table;
}

void describe(po::options_description& options) {
  options.add_options()("output,o", po::value<std::string>()->value_name("FILE"), "file to write, replaced by whole answers only (default: standard output)");
  describe_strict(options);
}

int run(const Arguments& arguments) {
  for (const PredictKind& kind : kinds()) {
    if (kind.name != arguments.positional("KIND")) continue;
    PredictKind::Answered answered;
    if (arguments.has("output")) {
      results::write_file(arguments.get<std::string>("output"), [&](std::ostream& out) { answered = kind.run(arguments.positional("ROWS"), out); });
    } else {
      answered = kind.run(arguments.positional("ROWS"), std::cout);
    }
    if (answered.without > 0) fmt::print(stderr, "{} rows without an answer; column status says why\n", answered.without);
    return strict_code(arguments, answered.outside, Exit::ok);
  }
  return Exit::usage;
}

}  // namespace

Verb verb_predict() {
  return {"predict",
          "the performance models on a table of configurations",
          {{"KIND", "columns of training_calibration.csv or inference_calibration.csv", true, false, alternatives(kinds())},
           {"ROWS", "the table (CSV)", true, false, "FILE.csv"}},
          describe,
          run,
          {"headroom predict training rows.csv -o predictions.csv", "headroom predict serving rows.csv -o predictions.csv"}};
}

}  // namespace headroom::tools
