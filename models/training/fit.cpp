#include "models/training/fit.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <Eigen/Dense>

#include "models/training/row_words.hpp"
#include "models/units/math.hpp"

namespace headroom::training {
namespace {

constexpr double row_error = 0.10;       ///< of one row inside its source
constexpr double source_error = 0.06;    ///< of a source's level
constexpr double freedom = 4;            ///< of Student's t

std::string run_of(std::string id) {
  for (const std::string_view tail : {"-tok", "-tflops", "-tfl", "-mfu", "-step", "-ttt", "-sps"}) {
    if (id.size() > tail.size() && id.compare(id.size() - tail.size(), tail.size(), tail) == 0) {
      id.resize(id.size() - tail.size());
      return id;
    }
  }
  return id;
}

int rank_of(const std::string& metric) {
  if (metric == "tokens_per_s_per_gpu") return 0;
  if (metric == "tokens_per_s") return 1;
  if (metric == "step_time_s") return 2;
  return 9;
}

double predicted_log(const Sample& s, const Constants& k) {
  const kernels::Device d = tuned_device(s.c.devices, k);
  return math::log(step_parts(s.c.architecture, s.c.layout, *s.c.layout.plan, s.c.devices, d, k).total().base());
}

/// Whether a constant can move the prediction of a sample; saves most of the Jacobian.
bool touches(std::size_t i, const Sample& s) {
  const auto first = static_cast<std::size_t>(Constant::family_first);
  const auto low = static_cast<std::size_t>(Constant::family_low_first);
  const auto family = static_cast<std::size_t>(kernels::family_of(*s.c.devices.chip));
  if (i >= low) return i == low + family && s.c.layout.precision != Precision::bf16;
  if (i >= first) return i == first + family;
  const Plan& p = *s.c.layout.plan;
  const bool moe = s.c.architecture.experts > 0;
  switch (static_cast<Constant>(i)) {
    case Constant::fp8_level: return s.c.layout.precision == Precision::fp8;
    case Constant::fp4_level: return s.c.layout.precision == Precision::fp4;
    case Constant::attention_biased: return s.c.layout.biased_attention;
    case Constant::cast_passes: return s.c.layout.precision != Precision::bf16;
    case Constant::host_launch_deepspeed:
    case Constant::stack_deepspeed: return s.c.devices.stack == Stack::deepspeed;
    case Constant::host_launch: return s.c.devices.stack != Stack::deepspeed;
    case Constant::stack_fsdp: return s.c.devices.stack == Stack::fsdp;
    case Constant::stack_jax: return s.c.devices.stack == Stack::jax;
    case Constant::stack_unknown: return s.c.devices.stack == Stack::unknown;
    case Constant::tp_exposed:
    case Constant::tp_exposed_modern:
    case Constant::tp_bandwidth: return p.tensor > 1 || p.context > 1 || moe || p.zero_stage >= 0;
    case Constant::cp_exposed: return p.context > 1;
    case Constant::pp_exposed:
    case Constant::bubble: return p.pipeline > 1;
    case Constant::fsdp_exposed:
    case Constant::fsdp_window: return p.zero_stage >= 3;
    case Constant::dp_exposed:
    case Constant::dp_window: return p.zero_stage < 3;
    case Constant::ep_exposed:
    case Constant::dispatch_passes:
    case Constant::expert_level:
    case Constant::expert_launches:
    case Constant::moe_drift:
    case Constant::expert_launch_drift: return moe;
    case Constant::lora_level: return s.c.layout.tuning == Tuning::lora;
    default: return true;
  }
}

}  // namespace

std::vector<Sample> samples_of(const std::vector<Row>& rows) {
  std::map<std::string, std::size_t> best;  // run -> row
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int rank = rank_of(rows[i].text("metric"));
    const std::optional<double> value = rows[i].number("value");
    if (rank > 2 || !value || *value <= 0) continue;
    const auto [at, fresh] = best.emplace(run_of(rows[i].text("id")), i);
    if (!fresh && rank < rank_of(rows[at->second].text("metric"))) at->second = i;
  }
  std::vector<std::size_t> order;
  for (const auto& [run, i] : best) order.push_back(i);
  std::sort(order.begin(), order.end());
  const Constants prior = prior_constants();
  std::vector<Sample> out;
  for (const std::size_t i : order) {
    Sample s;
    s.c = read_case(rows[i]);
    if (s.c.unsupported || s.c.kind == Kind::ranking) continue;
    settle(s.c, prior);
    s.value = *rows[i].number("value");
    const std::optional<double> time = seconds_of(s.c, s.value);
    if (!time) continue;
    s.log_seconds = math::log(*time);
    s.aside = s.c.layout.tuning == Tuning::lora;
    out.push_back(std::move(s));
  }
  return out;
}

FitResult fit_constants(const std::vector<Sample>& all, const std::optional<std::string>& without) {
  std::vector<const Sample*> used;
  std::map<std::string, double> count;
  for (const Sample& s : all) {
    if (without && s.c.group == *without) continue;
    used.push_back(&s);
    count[s.c.group] += 1;
  }
  std::map<std::string, Eigen::Index> source;
  for (const auto& [group, n] : count) source.emplace(group, static_cast<Eigen::Index>(constant_count + source.size()));
  const auto n = static_cast<Eigen::Index>(constant_count + source.size());
  const std::array<ConstantInfo, constant_count>& table = constant_table();

  Eigen::VectorXd x = Eigen::VectorXd::Zero(n);  // ln(value / prior), then source levels
  Eigen::VectorXd precision(n);                  // of the prior
  for (Eigen::Index i = 0; i < n; ++i) {
    const double sd = i < static_cast<Eigen::Index>(constant_count) ? table[static_cast<std::size_t>(i)].spread : source_error;
    precision(i) = 1 / (sd * sd);
  }
  auto constants_at = [&](const Eigen::VectorXd& at) {
    Constants k;
    for (std::size_t i = 0; i < constant_count; ++i) k.value[i] = table[i].prior * math::exp(at(static_cast<Eigen::Index>(i)));
    return k;
  };
  std::vector<double> row_precision(used.size());
  for (std::size_t r = 0; r < used.size(); ++r) {
    const double rows = count[used[r]->c.group];
    const double effective = std::min(rows, 6 * std::sqrt(rows));
    row_precision[r] = effective / rows / (row_error * row_error) * (used[r]->aside ? 0.3 : 1.0);
  }
  auto objective = [&](const Eigen::VectorXd& at, std::vector<double>* residuals) {
    const Constants k = constants_at(at);
    double sum = 0;
    for (Eigen::Index i = 0; i < n; ++i) sum += precision(i) * at(i) * at(i);
    for (std::size_t r = 0; r < used.size(); ++r) {
      const double e = used[r]->log_seconds - predicted_log(*used[r], k) - at(source[used[r]->c.group]);
      if (residuals != nullptr) (*residuals)[r] = e;
      const double scaled = e * e / (row_error * row_error);
      sum += row_precision[r] * row_error * row_error * (freedom + 1) * math::log1p(scaled / freedom);
    }
    return sum;
  };

  FitResult result;
  double damping = 1e-2;
  std::vector<double> residuals(used.size());
  double current = objective(x, &residuals);
  Eigen::MatrixXd normal(n, n);
  for (int iteration = 0; iteration < 25; ++iteration) {
    normal.setZero();
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(n);
    const Constants base = constants_at(x);
    std::vector<double> at_base(used.size());
    for (std::size_t r = 0; r < used.size(); ++r) at_base[r] = predicted_log(*used[r], base);
    // Forward differences, one constant at a time, only over the samples that it can move.
    Eigen::MatrixXd jacobian = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(used.size()), n);
    constexpr double step = 2e-3;
    for (std::size_t i = 0; i < constant_count; ++i) {
      Constants moved = base;
      moved.value[i] *= math::exp(step);
      for (std::size_t r = 0; r < used.size(); ++r) {
        if (!touches(i, *used[r])) continue;
        jacobian(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(i)) = (predicted_log(*used[r], moved) - at_base[r]) / step;
      }
    }
    for (std::size_t r = 0; r < used.size(); ++r) jacobian(static_cast<Eigen::Index>(r), source[used[r]->c.group]) = 1;
    Eigen::VectorXd weight(static_cast<Eigen::Index>(used.size()));
    Eigen::VectorXd error(static_cast<Eigen::Index>(used.size()));
    for (std::size_t r = 0; r < used.size(); ++r) {
      const double scaled = residuals[r] * residuals[r] / (row_error * row_error);
      weight(static_cast<Eigen::Index>(r)) = row_precision[r] * (freedom + 1) / (freedom + scaled);
      error(static_cast<Eigen::Index>(r)) = residuals[r];
    }
    normal = jacobian.transpose() * weight.asDiagonal() * jacobian;
    gradient = jacobian.transpose() * (weight.asDiagonal() * error) - precision.asDiagonal() * x;
    normal.diagonal() += precision;
    bool better = false;
    for (int attempt = 0; attempt < 6 && !better; ++attempt) {
      Eigen::MatrixXd damped = normal;
      damped.diagonal() += damping * normal.diagonal();
      Eigen::VectorXd step_taken = damped.ldlt().solve(gradient);
      for (Eigen::Index i = 0; i < n; ++i) step_taken(i) = std::clamp(step_taken(i), -0.5, 0.5);
      const Eigen::VectorXd next = x + step_taken;
      std::vector<double> next_residuals(used.size());
      const double value = objective(next, &next_residuals);
      if (value < current) {
        better = true;
        const double gain = current - value;
        x = next;
        residuals = std::move(next_residuals);
        current = value;
        damping = std::max(1e-6, damping / 4);
        if (gain < 1e-3 * std::max(1.0, std::abs(current)) * 0.05) iteration = 1000;
      } else {
        damping *= 6;
      }
    }
    ++result.iterations;
    if (!better) break;
  }
  result.objective = current;
  result.constants = constants_at(x);
  const Eigen::MatrixXd covariance = normal.ldlt().solve(Eigen::MatrixXd::Identity(n, n));
  for (std::size_t i = 0; i < constant_count; ++i) {
    result.constants.log_error[i] = std::sqrt(std::max(0.0, covariance(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(i))));
  }
  return result;
}

namespace {

void fill_known(Fitted& f, const std::vector<Sample>& all, const std::optional<std::string>& without) {
  std::set<std::string> chips;
  std::set<std::string> families;
  for (const Sample& s : all) {
    if (without && s.c.group == *without) continue;
    chips.insert(s.c.devices.chip->id);
    families.insert(std::string(kernels::name(kernels::family_of(*s.c.devices.chip))));
  }
  f.chips.assign(chips.begin(), chips.end());
  f.families.assign(families.begin(), families.end());
}

}  // namespace

LeftOut leave_groups_out(const std::vector<Sample>& all, const Spread& spread) {
  LeftOut out;
  std::set<std::string> groups;
  for (const Sample& s : all) groups.insert(s.c.group);
  out.groups.assign(groups.begin(), groups.end());
  out.log_ratio.resize(all.size());
  out.predictions.resize(all.size());
  for (const std::string& group : out.groups) {
    Fitted f;
    f.constants = fit_constants(all, group).constants;
    f.spread = spread;
    fill_known(f, all, group);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].c.group != group) continue;
      out.log_ratio[i] = predicted_log(all[i], f.constants) - all[i].log_seconds;
      out.predictions[i] = predict_case(all[i].c, f);
    }
    out.by_sample_group.push_back(std::move(f));
  }
  return out;
}

Fitted fit_all(const std::vector<Sample>& all, const LeftOut& left, std::string sha256) {
  Fitted f;
  f.constants = fit_constants(all, std::nullopt).constants;
  fill_known(f, all, std::nullopt);
  f.input_sha256 = std::move(sha256);
  // One multiplier makes the left-out intervals hold 80 % with every source of five rows or more counting the same.
  std::map<std::string, std::vector<double>> by_group;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].aside || left.predictions[i].status != "ok") continue;
    const double half = math::log(left.predictions[i].high / left.predictions[i].predicted);
    by_group[all[i].c.group].push_back(std::abs(left.log_ratio[i]) / half);
  }
  auto covered = [&](double factor) {
    double sum = 0;
    double groups = 0;
    for (const auto& [group, ratios] : by_group) {
      if (ratios.size() < 5) continue;
      const auto inside = std::count_if(ratios.begin(), ratios.end(), [&](double r) { return r <= factor; });
      sum += static_cast<double>(inside) / static_cast<double>(ratios.size());
      groups += 1;
    }
    return groups > 0 ? sum / groups : 1.0;
  };
  double factor = 0.3;
  while (factor < 5 && covered(factor) < 0.80) factor += 0.01;
  f.spread.quantile *= factor;
  return f;
}

}  // namespace headroom::training
