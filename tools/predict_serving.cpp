#include <algorithm>

#include "models/serving/predict.hpp"
#include "tools/predict.hpp"

namespace headroom::tools {
namespace {

long long run(const std::string& file, std::ostream& out) {
  const auto answers = serving::predict_rows(serving::read_rows(file), serving::ConstantSet::fitted());
  serving::write_predictions(out, answers);
  return std::count_if(answers.begin(), answers.end(), [](const serving::Prediction& p) { return p.status != "ok"; });
}

}  // namespace

PredictKind predict_serving() { return {"serving", "latency and throughput of LLM inference", run}; }

}  // namespace headroom::tools
