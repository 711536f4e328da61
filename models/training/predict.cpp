#include "models/training/predict.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>

#include <fmt/format.h>

#include "models/text/csv.hpp"
#include "models/training/estimate.hpp"
#include "models/training/ranking.hpp"
#include "models/training/shape.hpp"
#include "models/units/math.hpp"

namespace headroom::training {
namespace {

std::string joined(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& n : notes) {
    if (!text.empty()) text += "; ";
    text += n;
  }
  return text;
}

/// Accelerators as the source counts them.
double counted(const Case& c) { return static_cast<double>(c.devices.accelerators) * c.dies_counted; }

/// FLOPs that a source's TFLOP/s or MFU counts for a token.
double counted_flops(const Case& c) {
  double flops = model_flops_per_token(c.architecture, c.layout.sequence);
  if (c.counts_hardware_flops && c.layout.plan && c.layout.plan->recompute == std::optional{Recompute::full}) flops *= 4.0 / 3;
  return flops;
}

double peak_of(const Case& c) {
  if (c.peak_tflops) return *c.peak_tflops * 1e12;
  const kernels::Device d = kernels::device_of(*c.devices.chip, 1);
  return d.peak[static_cast<std::size_t>(c.layout.precision)].base();
}

/// Error of the logarithm where a source tells neither tensor nor pipeline ranks: what a team ran is not the fastest that a search
/// finds (assumed: too few rows are without a plan to measure it).
constexpr double unstated_plan = 0.15;

/// Why the states of a plan cannot be where it says; nothing if they may. Rows were mostly run by somebody, and offload, 16 bit
/// states and the like hold up to 1.4 times our count's memory (largest: 70B on 32 TPU v6e), so only half as much again refuses.
std::optional<std::string> misfit(const Case& c) {
  const Plan& p = *c.layout.plan;
  const int data = std::max(1, data_ranks(p, c.devices));
  const MemoryUse use = memory_use(c.architecture, c.layout, p, data, Recompute::full);
  const Bytes memory = kernels::device_of(*c.devices.chip, c.devices.ranks_per_accelerator).memory;
  if (use.weights + use.gradients + use.optimizer <= 1.5 * memory) return std::nullopt;
  return describe(p, data) + " " + memory_table(use, usable_memory * memory);
}

}  // namespace

std::optional<double> seconds_of(const Case& c, double value) {
  if (value <= 0) return std::nullopt;
  const double tokens = static_cast<double>(c.layout.global_batch) * c.layout.sequence;
  if (c.metric == "step_time_s") return value;
  if (c.metric == "tokens_per_s_per_gpu") return tokens / (value * counted(c));
  if (c.metric == "tokens_per_s") return tokens / value;
  return std::nullopt;
}

Prediction predict_case(const Case& c, const Fitted& f) {
  Prediction out;
  out.id = c.id;
  std::vector<std::string> notes = c.notes;
  auto refuse = [&](std::string status, std::string why) {
    out.status = std::move(status);
    notes.push_back(std::move(why));
    out.notes = joined(notes);
    return out;
  };
  if (c.unsupported) return refuse("unsupported", *c.unsupported);
  try {
    double sigma = 0;
    if (c.kind == Kind::ranking) {
      const RankingStep step = ranking_step(c.devices, c.layout.global_batch);
      const double rate = c.layout.global_batch / step.total().base();
      sigma = 0.25;
      out.limit = step.exchange > std::max(step.lookup, step.dense) ? "embedding exchange" : step.lookup > step.dense ? "embedding" : "dense";
      if (c.metric == "tokens_per_s") out.predicted = rate;
      else if (c.metric == "tokens_per_s_per_gpu") out.predicted = rate / counted(c);
      else if (c.metric == "step_time_s") out.predicted = c.layout.global_batch / rate;
      else if (c.metric == "hours_total") {
        out.predicted = 3.2e9 / rate / 3600;  // MLPerf reaches its target after about three quarters of the 4.2e9 samples
        notes.push_back("3.2e9 samples to the target");
      } else return refuse("unsupported", "no rule for metric '" + c.metric + "' of a ranking model");
    } else {
      if (c.devices.accelerators > 500'000 || c.layout.sequence > 10'000'000) {
        return refuse("out_of_range", "more than 500,000 accelerators or tokens in a sequence beyond 10 million: nothing near was measured");
      }
      out.grade = grade_of(*c.devices.chip, f);
      if (!c.architecture.has_dimensions) out.grade = weakest(*out.grade, Grade::assumed);
      if (const auto why = misfit(c)) return refuse("does_not_fit", *why);
      const kernels::Device device = tuned_device(c.devices, f.constants);
      const StepParts parts = step_parts(c.architecture, c.layout, *c.layout.plan, c.devices, device, f.constants);
      const double time = parts.total().base();
      const double tokens = static_cast<double>(c.layout.global_batch) * c.layout.sequence;
      sigma = expected_error(c.architecture, c.devices, f, c.layout.tuning, c.assumed_shape, (parts.launch + parts.overhead).base() / time);
      if (!c.bounds.tensor && !c.bounds.pipeline) sigma = std::sqrt(sigma * sigma + unstated_plan * unstated_plan);
      out.limit = largest_part(parts);
      if (c.metric == "step_time_s") out.predicted = time;
      else if (c.metric == "tokens_per_s_per_gpu") out.predicted = tokens / time / counted(c);
      else if (c.metric == "tokens_per_s") out.predicted = tokens / time;
      else if (c.metric == "tflops_per_gpu") out.predicted = counted_flops(c) * tokens / time / counted(c) / 1e12;
      else if (c.metric == "mfu_pct" || c.metric == "mfu") {
        out.predicted = counted_flops(c) * tokens / time / c.devices.accelerators / peak_of(c) * (c.metric == "mfu" ? 1 : 100);
      } else if (c.metric == "samples_per_s" || c.metric == "sequences_per_s") out.predicted = c.layout.global_batch / time;
      else return refuse("unsupported", "metric '" + c.metric + "' needs the tokens of the whole run, which the row does not state");
    }
    const double factor = math::exp(f.spread.quantile * sigma);
    out.low = out.predicted / factor;
    out.high = out.predicted * factor;
    if (!(out.predicted > 0) || !std::isfinite(out.predicted)) return refuse("out_of_range", "no finite answer");
  } catch (const catalog::UnknownFact& e) {
    return refuse("unsupported", e.what());
  }
  out.notes = joined(notes);
  return out;
}

std::vector<Prediction> predict_rows(const std::vector<Row>& rows, const Fitted& f) {
  std::vector<Prediction> out;
  out.reserve(rows.size());
  for (const Row& row : rows) {
    Case c = read_case(row);
    try {
      settle(c, f.constants);
    } catch (const catalog::UnknownFact& e) {
      c.unsupported = e.what();
    }
    out.push_back(predict_case(c, f));
  }
  return out;
}

void write_predictions(std::ostream& out, const std::vector<Prediction>& predictions) {
  text::CsvWriter csv(out, {"id", "predicted", "low", "high", "status", "limit", "notes"});
  for (const Prediction& p : predictions) {
    csv.add(p.id);
    if (p.status == "ok") csv.add(p.predicted).add(p.low).add(p.high);
    else csv.add(std::nullopt).add(std::nullopt).add(std::nullopt);
    csv.add(p.status).add(p.limit).add(p.notes);
    csv.end_row();
  }
}

}  // namespace headroom::training
