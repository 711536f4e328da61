#include <fmt/format.h>

#include "models/training/predict.hpp"
#include "sim/fleet/strict.hpp"
#include "tools/predict.hpp"

namespace headroom::tools {
namespace {

PredictKind::Answered run(const std::string& file, std::ostream& out) {
  const auto answers = training::predict_rows(training::read_rows(file), training::fitted());
  training::write_predictions(out, answers);
  PredictKind::Answered answered;
  for (const training::Prediction& p : answers) {
    answered.without += p.status != "ok" ? 1 : 0;
    if (p.status == "out_of_range") answered.outside.push_back(fmt::format("row {}: {}", p.id, p.notes));
    else if (p.grade && !fleet::is_validated(*p.grade)) answered.outside.push_back(fmt::format("row {}: the model's answer is \"{}\"", p.id, to_string(*p.grade)));
  }
  return answered;
}

}  // namespace

PredictKind predict_training() { return {"training", "step time, tokens/s, TFLOP/s or MFU of training runs", run}; }

}  // namespace headroom::tools
