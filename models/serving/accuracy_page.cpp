#include "models/serving/accuracy_page.hpp"

#include <fmt/format.h>

#include "models/units/math.hpp"

namespace headroom::serving {
namespace {

std::string table(const std::vector<Residual>& residuals, const ConstantSet& constants, bool by_chip) {
  std::string out = fmt::format("| family | {} | rows | answered | mean error % | median % | within 20 % | signed % | inside 80 % interval |\n"
                                "|---|---|---:|---:|---:|---:|---:|---:|---:|\n",
                                by_chip ? "chip" : "source");
  for (const ErrorRow& e : error_table(residuals, constants, by_chip)) {
    const std::string name = e.group == "ALL" ? std::string("**each the same weight**") : e.group;
    out += fmt::format("| {} | {} | {} | {} | {:.1f} | {:.1f} | {:.0f} | {:+.1f} | {:.0f} |\n", e.family, name, e.rows, e.answered, e.mean,
                       e.median, e.within20, e.signed_mean, e.inside);
  }
  return out;
}

std::string order_lines(const FitReport& report) {
  std::string out = "| family | pairs | in order, left out % | in order, with all groups in the fit % |\n|---|---:|---:|---:|\n";
  const auto left = order_table(report.validation.by_group), fitted = order_table(report.in_sample);
  for (std::size_t i = 0; i < left.size(); ++i) out += fmt::format("| {} | {} | {:.1f} | {:.1f} |\n", left[i].family, left[i].pairs, left[i].right, fitted[i].right);
  return out;
}

std::string constants_table(const ConstantSet& set) {
  std::string out = "| constant | value | standard error | prior | rows |\n|---|---:|---:|---:|---:|\n";
  for (const Constant& c : set.constants) {
    if (c.rows < 1) continue;
    const double value = math::exp(c.log_value);
    out += fmt::format("| {} | {:.3g} | {:.0f} % | {:.3g} | {:.0f} |\n", c.name, value, 100 * c.standard_error, math::exp(c.prior), c.rows);
  }
  return out;
}

}  // namespace

FitReport fit_report(const std::vector<Case>& cases, const std::string& sha256, const FitOptions& options) {
  FitReport r;
  r.constants = fit_constants(cases, ConstantSet::priors(chips_of(cases, "")), options);
  r.in_sample = residuals(cases, r.constants);
  FitOptions shorter = options;
  shorter.iterations = 4;  // from the full fit it is not far
  r.validation = cross_validate(cases, r.constants, shorter);
  r.constants.spreads = spreads_of(r.validation);
  r.constants.inputs = {{"inference_calibration.csv", sha256}};
  r.constants.note =
      "Fitted by `headroom fit serving`. Values are factors or seconds (models/serving/constants.hpp); standard errors and prior widths "
      "are of the logarithm. No constant belongs to a source of measurements.";
  return r;
}

std::string accuracy_text(const FitReport& report) {
  std::string out = "## Serving\n\n";
  out += "Written by `headroom fit serving --data DIR --accuracy models/ACCURACY.md`. Input: ";
  for (const auto& i : report.constants.inputs) out += fmt::format("`{}` (sha256 {})", i.file, i.sha256);
  out +=
      ".\nErrors are |predicted / measured - 1|, one row per run and family, groups as in the scorer (releases of one product belong "
      "together).\n\n### Every group predicted without it\n\n";
  out += table(report.validation.by_group, report.constants, false);
  out += "\n### Every chip predicted without any of its rows (datasheet only)\n\n";
  out += table(report.validation.by_chip, report.constants, true);
  out += "\n### With all groups in the fit\n\n";
  out += table(report.in_sample, report.constants, false);
  out +=
      "\n### Order of two settings\n\nPairs of rows of one source with the same model, lengths and load on another chip, engine, precision or parallel size, measured at "
      "least 10 % apart.\n\n";
  out += order_lines(report);
  out +=
      "\nServers whose measurements do not tell the engine's release are taken as started with its defaults (constants `stock_*`, a 16-bit "
      "cache): two sources here are such, each predicted with what the other and the priors say. inferencex-experimental (vLLM on 8 H200) puts "
      "nearly half of its points into the mean of seven sources, and they come from two of its three models. GLM-5 there, left out, errs by about 11 %: "
      "a rank pays for a whole tile of 64 query heads in sparse attention, as the rows of GLM-5 in SGLang show too. MiniMax-M2.5 takes some 0.4 s "
      "and Qwen3.5-397B some 0.8 to 1.5 s for a pass with prompt tokens whether it holds 1,000 or 8,000 of them (four clients wait 0.9 s for their first "
      "tokens at 2,048 as at 6,144 tokens), at 2 to 5 % of the rated arithmetic; InferenceX' own MiniMax-M2.5 on that chip and engine answers 8,192 tokens in 0.2 s. "
      "Requests x latency agrees with the clients (Little's law), so the rows are not misread; what held those servers up is in no column, "
      "and neither bytes, arithmetic nor links explain it. The prediction stays at what the hardware does.\n\n"
      "What stays outside besides: gpustack (single H100s that gain 1.0 to 1.3 on an A100 where others gain 2, gpt-oss in SGLang and TensorRT-LLM "
      "of its first weeks, GLM-4.5-Air rows printed alike for A100 and H100, front ends that hold all of 1,000 requests for 15 s), gap-analysis' "
      "first tokens (they wait for a slot a 1/concurrency of the answer), DeepSeek-R1 rows of InferenceX that seem to draft tokens without "
      "saying so, argonne on MI300X (vLLM of mid-2024), whose large batches err most, and first tokens of models near 7 billion parameters, which come "
      "15 to 30 % late at 2,048 tokens.\n\n";
  out += "### Constants\n\n" + constants_table(report.constants);
  return out;
}

std::string left_out_text(const std::vector<Case>& cases, const std::string& group, const FitOptions& options) {
  FitOptions own = options;
  own.leave_out = group;
  const ConstantSet fitted = fit_constants(cases, ConstantSet::priors(chips_of(cases, group)), own);
  std::string out;
  for (const ErrorRow& e : error_table(residuals(cases, fitted, group), fitted, false)) {
    if (e.group == "ALL") continue;
    out += fmt::format("{} {}: {} rows, mean error {:.1f} %, median {:.1f} %, within 20 %: {:.0f} %, signed {:+.1f} %\n", e.group, e.family,
                       e.rows, e.mean, e.median, e.within20, e.signed_mean);
  }
  return out;
}

}  // namespace headroom::serving
