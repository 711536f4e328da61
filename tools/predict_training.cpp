#include <algorithm>

#include "models/training/predict.hpp"
#include "tools/predict.hpp"

namespace headroom::tools {
namespace {

long long run(const std::string& file, std::ostream& out) {
  const auto answers = training::predict_rows(training::read_rows(file), training::fitted());
  training::write_predictions(out, answers);
  return std::count_if(answers.begin(), answers.end(), [](const training::Prediction& p) { return p.status != "ok"; });
}

}  // namespace

PredictKind predict_training() { return {"training", "step time, tokens/s, TFLOP/s or MFU of training runs", run}; }

}  // namespace headroom::tools
