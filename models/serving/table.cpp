#include "models/serving/table.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "models/serving/shape.hpp"

namespace headroom::serving {
namespace {

void require_rising(const std::vector<double>& axis, const char* name) {
  if (axis.empty()) throw std::invalid_argument(std::string("table: ") + name + " is empty");
  for (std::size_t i = 1; i < axis.size(); ++i) {
    if (!(axis[i] > axis[i - 1])) throw std::invalid_argument(std::string("table: ") + name + " must rise strictly");
  }
}

/// Index of the cell that holds x and the position inside it; throws when x lies outside the axis.
std::pair<std::size_t, double> locate(const std::vector<double>& axis, double x, const char* name) {
  if (x < axis.front() || x > axis.back()) {
    throw std::out_of_range(std::string("table: ") + name + " " + std::to_string(x) + " is outside the measured range [" +
                            std::to_string(axis.front()) + ", " + std::to_string(axis.back()) + "]");
  }
  if (axis.size() == 1) return {0, 0.0};
  auto i = static_cast<std::size_t>(std::upper_bound(axis.begin(), axis.end(), x) - axis.begin());
  i = std::clamp<std::size_t>(i, 1, axis.size() - 1) - 1;
  return {i, (x - axis[i]) / (axis[i + 1] - axis[i])};
}

double between(const std::vector<double>& values, std::size_t i, double share) {
  return share > 0 ? values[i] + share * (values[i + 1] - values[i]) : values[i];
}

}  // namespace

TableModel::TableModel(Points points, const catalog::Architecture& architecture, const ReplicaPlan& plan)
    : points_(std::move(points)), plan_(plan) {
  require_rising(points_.sequences, "decode.sequences");
  require_rising(points_.mean_context, "decode.mean_context");
  require_rising(points_.tokens, "prefill.tokens");
  bool fits = points_.decode.size() == points_.sequences.size() && points_.prefill.size() == points_.tokens.size();
  for (const auto& row : points_.decode) {
    fits = fits && row.size() == points_.mean_context.size() && std::all_of(row.begin(), row.end(), [](double t) { return t > 0; });
  }
  fits = fits && std::all_of(points_.prefill.begin(), points_.prefill.end(), [](double t) { return t > 0; });
  if (!fits) throw std::invalid_argument("table: times must be positive, one for each point of the axes");
  const ModelShape shape = shape_of(architecture);
  weights_ = shape.total_params() * bytes_per_value(plan.weights);
  kv_per_token_ = shape.full_layers * shape.cached_per_layer * bytes_per_value(plan.kv);
}

double TableModel::prefill_time(double tokens) const {
  const auto [i, share] = locate(points_.tokens, tokens, "prompt tokens");
  return between(points_.prefill, i, share);
}

Seconds TableModel::time(const Batch& batch) const {
  double seconds = 0;
  if (batch.decode_sequences > 0) {
    seconds = decode_line(batch.decode_sequences, batch.decode_context).at(batch.decode_context).base();
  }
  if (batch.prefill_tokens > 0) {
    const double prompts = prefill_time(batch.prefill_tokens);
    const double empty = points_.decode.front().front();  // what a pass costs before its decodes add anything
    seconds = seconds > 0 ? prompts + std::max(0.0, seconds - empty) : prompts;
  }
  return Seconds{seconds};
}

IterationEstimate TableModel::iteration(const Batch& batch) const {
  IterationEstimate e;
  e.total = time(batch);
  e.overhead = e.total;  // a measured pass is not split
  e.low = 0.95 * e.total;  // repeated runs of one configuration differ by 5 % in the median (facts on serving, noise floor)
  e.high = 1.05 * e.total;
  e.grade = Grade::interpolated;
  return e;
}

DecodeLine TableModel::decode_line(int sequences, double decode_context) const {
  const auto [s, share] = locate(points_.sequences, sequences, "sequences");
  const double mean = decode_context / sequences;
  const auto [c, unused] = locate(points_.mean_context, mean, "mean context");
  static_cast<void>(unused);
  const auto at = [&, s = s, share = share](std::size_t context) {
    const double low = points_.decode[s][context];
    return share > 0 ? low + share * (points_.decode[s + 1][context] - low) : low;
  };
  DecodeLine line;
  line.from = points_.mean_context[c] * sequences;
  if (points_.mean_context.size() == 1) {
    line.fixed = Seconds{at(0)};
    line.until = line.from;
    return line;
  }
  line.until = points_.mean_context[c + 1] * sequences;
  const double slope = (at(c + 1) - at(c)) / (line.until - line.from);
  line.per_context_token = Seconds{slope};
  line.fixed = Seconds{at(c) - slope * line.from};
  return line;
}

std::unique_ptr<IterationModel> make_table(const catalog::Architecture& architecture, const catalog::Chip&, const ReplicaPlan& plan,
                                           const nlohmann::json& options) {
  for (const auto& [key, value] : options.items()) {
    static_cast<void>(value);
    if (key != "decode" && key != "prefill" && key != "kv_capacity_tokens" && key != "source") {
      throw std::invalid_argument("serving model \"table\" has no option \"" + key + "\"; it has decode, prefill, kv_capacity_tokens, source");
    }
  }
  const auto seconds = [](std::vector<double> ms) {
    for (double& t : ms) t *= 1e-3;
    return ms;
  };
  TableModel::Points p;
  try {
    const auto& decode = options.at("decode");
    p.sequences = decode.at("sequences").get<std::vector<double>>();
    p.mean_context = decode.at("mean_context").get<std::vector<double>>();
    for (const auto& row : decode.at("time_ms")) p.decode.push_back(seconds(row.get<std::vector<double>>()));
    p.tokens = options.at("prefill").at("tokens").get<std::vector<double>>();
    p.prefill = seconds(options.at("prefill").at("time_ms").get<std::vector<double>>());
    p.kv_capacity = options.at("kv_capacity_tokens").get<double>();
  } catch (const nlohmann::json::exception& e) {
    throw std::invalid_argument(std::string("serving model \"table\": ") + e.what());
  }
  return std::make_unique<TableModel>(std::move(p), architecture, plan);
}

}  // namespace headroom::serving
