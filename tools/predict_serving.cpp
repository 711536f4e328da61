#include <fmt/format.h>

#include "models/serving/predict.hpp"
#include "sim/fleet/strict.hpp"
#include "tools/predict.hpp"

namespace headroom::tools {
namespace {

PredictKind::Answered run(const std::string& file, std::ostream& out) {
  const auto answers = serving::predict_rows(serving::read_rows(file), serving::ConstantSet::fitted());
  serving::write_predictions(out, answers);
  PredictKind::Answered answered;
  for (const serving::Prediction& p : answers) {
    answered.without += p.status != "ok" ? 1 : 0;
    if (p.grade && !fleet::is_validated(*p.grade)) answered.outside.push_back(fmt::format("row {}: the model's answer is \"{}\"", p.id, to_string(*p.grade)));
  }
  return answered;
}

}  // namespace

PredictKind predict_serving() { return {"serving", "latency and throughput of LLM inference", run}; }

}  // namespace headroom::tools
