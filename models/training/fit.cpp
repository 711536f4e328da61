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
constexpr double bench_error = 0.15;     ///< of the level of a bench: an operator alone, at the clocks and power of that bench
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
  const auto elder = static_cast<std::size_t>(elder_of(kernels::family_of(*s.c.devices.chip)));
  if (i >= low) return i == low + family && s.c.layout.precision != Precision::bf16;
  if (i >= first) return i == first + family || i == first + elder;
  const Plan& p = *s.c.layout.plan;
  const bool moe = s.c.architecture.experts > 0;
  switch (static_cast<Constant>(i)) {
    case Constant::fp8_level: return s.c.layout.precision == Precision::fp8;
    case Constant::fp4_level: return s.c.layout.precision == Precision::fp4;
    case Constant::attention_biased: return s.c.layout.biased_attention;
    case Constant::wave_weight: return s.c.devices.software_year >= 2023;
    case Constant::wave_weight_old: return s.c.devices.software_year < 2023;
    case Constant::cast_passes: return s.c.layout.precision != Precision::bf16;
    case Constant::stack_deepspeed: return s.c.devices.stack == Stack::deepspeed;
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
    case Constant::expert_half:
    case Constant::expert_launches:
    case Constant::expert_kernels:
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

namespace {

bool kernel_touches(std::size_t i, const KernelSample& s) {
  const auto first = static_cast<std::size_t>(Constant::family_first);
  if (i >= first) return s.kind == KernelSample::Kind::product && i == first + static_cast<std::size_t>(kernels::family_of(*s.chip));
  switch (static_cast<Constant>(i)) {
    case Constant::reduction_half:
    case Constant::wave_weight:
    case Constant::unaligned:
    case Constant::misaligned: return s.kind == KernelSample::Kind::product;
    case Constant::tp_bandwidth:
    case Constant::link_half:
    case Constant::collective_start: return s.kind == KernelSample::Kind::all_reduce;
    default: return false;
  }
}

/// What the fit compares with a prediction: a run or an operator alone.
struct Observation {
  const Sample* row = nullptr;
  const KernelSample* kernel = nullptr;
  Eigen::Index source = 0;  ///< column of its source's level
  double log_seconds = 0;
  double precision = 0;     ///< of its weight, before the robust part
  [[nodiscard]] double predicted(const Constants& k) const { return row != nullptr ? predicted_log(*row, k) : kernel_log_seconds(*kernel, k); }
  [[nodiscard]] bool moved_by(std::size_t constant) const { return row != nullptr ? touches(constant, *row) : kernel_touches(constant, *kernel); }
};

double precision_of(double spread) { return 1 / (spread * spread); }

/// The penalised problem: x holds ln(value / prior) of every constant, then the level of every source.
class Problem {
 public:
  Problem(const std::vector<Sample>& rows, const std::vector<KernelSample>& kernels, const std::optional<std::string>& without) {
    std::map<std::string, double> count;
    for (const Sample& s : rows) {
      if (without && s.c.group == *without) continue;
      seen_.push_back({&s, nullptr, 0, s.log_seconds, s.aside ? 0.3 : 1.0});
      count[s.c.group] += 1;
    }
    for (const KernelSample& s : kernels) {
      seen_.push_back({nullptr, &s, 0, s.log_seconds, 1.0});
      count[s.group] += 1;
    }
    std::map<std::string, Eigen::Index> source;
    for (const auto& [group, n] : count) source.emplace(group, static_cast<Eigen::Index>(constant_count + source.size()));
    for (Observation& o : seen_) {
      const std::string& group = o.row != nullptr ? o.row->c.group : o.kernel->group;
      const double n = count[group];
      o.source = source[group];
      o.precision *= std::min(n, 6 * std::sqrt(n)) / n / (row_error * row_error);
    }
    prior_ = Eigen::VectorXd(static_cast<Eigen::Index>(constant_count + source.size()));
    for (std::size_t i = 0; i < constant_count; ++i) prior_(static_cast<Eigen::Index>(i)) = precision_of(constant_table()[i].spread);
    for (const Observation& o : seen_) prior_(o.source) = precision_of(o.row != nullptr ? source_error : bench_error);
  }

  [[nodiscard]] Eigen::Index size() const { return prior_.size(); }

  static Constants constants_at(const Eigen::VectorXd& x) {
    Constants k;
    for (std::size_t i = 0; i < constant_count; ++i) k.value[i] = constant_table()[i].prior * math::exp(x(static_cast<Eigen::Index>(i)));
    return k;
  }

  double objective(const Eigen::VectorXd& x, Eigen::VectorXd& error) const {
    const Constants k = constants_at(x);
    double sum = (prior_.array() * x.array().square()).sum();
    error.resize(static_cast<Eigen::Index>(seen_.size()));
    for (std::size_t r = 0; r < seen_.size(); ++r) {
      const Observation& o = seen_[r];
      const double e = o.log_seconds - o.predicted(k) - x(o.source);
      error(static_cast<Eigen::Index>(r)) = e;
      sum += o.precision * row_error * row_error * (freedom + 1) * math::log1p(e * e / (row_error * row_error) / freedom);
    }
    return sum;
  }

  /// Forward differences, one constant at a time, only over the observations that it can move.
  [[nodiscard]] Eigen::MatrixXd jacobian(const Eigen::VectorXd& x) const {
    constexpr double step = 2e-3;
    const Constants base = constants_at(x);
    Eigen::MatrixXd j = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(seen_.size()), size());
    for (std::size_t r = 0; r < seen_.size(); ++r) {
      const auto row = static_cast<Eigen::Index>(r);
      const double here = seen_[r].predicted(base);
      for (std::size_t i = 0; i < constant_count; ++i) {
        if (!seen_[r].moved_by(i)) continue;
        Constants moved = base;
        moved.value[i] *= math::exp(step);
        j(row, static_cast<Eigen::Index>(i)) = (seen_[r].predicted(moved) - here) / step;
      }
      j(row, seen_[r].source) = 1;
    }
    return j;
  }

  /// Normal matrix and descent direction of the reweighted least squares at x.
  void linearise(const Eigen::VectorXd& x, const Eigen::VectorXd& error, Eigen::MatrixXd& normal, Eigen::VectorXd& gradient) const {
    const Eigen::MatrixXd j = jacobian(x);
    Eigen::VectorXd weight(error.size());
    for (Eigen::Index r = 0; r < error.size(); ++r) {
      weight(r) = seen_[static_cast<std::size_t>(r)].precision * (freedom + 1) / (freedom + error(r) * error(r) / (row_error * row_error));
    }
    normal = j.transpose() * weight.asDiagonal() * j;
    normal.diagonal() += prior_;
    gradient = j.transpose() * (weight.asDiagonal() * error) - prior_.asDiagonal() * x;
  }

 private:
  std::vector<Observation> seen_;
  Eigen::VectorXd prior_;  ///< precision of x
};

}  // namespace

FitResult fit_constants(const std::vector<Sample>& rows, const std::vector<KernelSample>& kernels, const std::optional<std::string>& without) {
  const Problem problem(rows, kernels, without);
  Eigen::VectorXd x = Eigen::VectorXd::Zero(problem.size());
  Eigen::VectorXd error, next_error, gradient;
  Eigen::MatrixXd normal;
  FitResult result;
  double damping = 1e-2;
  double current = problem.objective(x, error);
  bool settled = false;
  while (!settled && result.iterations < 25) {
    ++result.iterations;
    problem.linearise(x, error, normal, gradient);
    bool better = false;
    for (int attempt = 0; attempt < 6 && !better; ++attempt) {
      Eigen::MatrixXd damped = normal;
      damped.diagonal() += damping * normal.diagonal();
      const Eigen::VectorXd next = x + damped.ldlt().solve(gradient).cwiseMax(-0.5).cwiseMin(0.5);
      const double value = problem.objective(next, next_error);
      better = value < current;
      if (!better) { damping *= 6; continue; }
      settled = current - value < 5e-5 * std::max(1.0, std::abs(current));
      x = next;
      error = next_error;
      current = value;
      damping = std::max(1e-6, damping / 4);
    }
    settled = settled || !better;
  }
  result.objective = current;
  result.constants = Problem::constants_at(x);
  const Eigen::MatrixXd covariance = normal.ldlt().solve(Eigen::MatrixXd::Identity(problem.size(), problem.size()));
  for (std::size_t i = 0; i < constant_count; ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    result.constants.log_error[i] = std::sqrt(std::max(0.0, covariance(at, at)));
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

LeftOut leave_groups_out(const std::vector<Sample>& all, const std::vector<KernelSample>& kernels, const Spread& spread) {
  LeftOut out;
  std::set<std::string> groups;
  for (const Sample& s : all) groups.insert(s.c.group);
  out.groups.assign(groups.begin(), groups.end());
  out.log_ratio.resize(all.size());
  out.predictions.resize(all.size());
  for (const std::string& group : out.groups) {
    Fitted f;
    f.constants = fit_constants(all, kernels, group).constants;
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

LeftOut with_spread(LeftOut left, const std::vector<Sample>& all, const Spread& spread) {
  for (std::size_t g = 0; g < left.groups.size(); ++g) {
    left.by_sample_group[g].spread = spread;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].c.group == left.groups[g]) left.predictions[i] = predict_case(all[i].c, left.by_sample_group[g]);
    }
  }
  return left;
}

namespace {

/// A left-out row: how far it lay and the standard deviation that was expected, both of the logarithm.
struct Miss { double off, expected; };

/// By group, groups of five rows or more. `left` was made with `spread`.
std::vector<std::vector<Miss>> misses(const std::vector<Sample>& all, const LeftOut& left, const Spread& spread, bool aside) {
  std::map<std::string, std::vector<Miss>> by_group;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].aside != aside || left.predictions[i].status != "ok") continue;
    by_group[all[i].c.group].push_back({std::abs(left.log_ratio[i]), math::log(left.predictions[i].high / left.predictions[i].predicted) / spread.quantile});
  }
  std::vector<std::vector<Miss>> out;
  for (auto& [group, rows] : by_group) {
    if (rows.size() >= 5) out.push_back(std::move(rows));
  }
  return out;
}

/// Shares of rows inside `quantile` standard deviations, with `more` of their own in quadrature.
std::vector<double> shares_inside(const std::vector<std::vector<Miss>>& groups, double quantile, double more) {
  std::vector<double> shares;
  for (const auto& rows : groups) {
    const auto inside = std::count_if(rows.begin(), rows.end(), [&](const Miss& m) { return m.off <= quantile * std::sqrt(m.expected * m.expected + more * more); });
    shares.push_back(static_cast<double>(inside) / static_cast<double>(rows.size()));
  }
  return shares;
}

constexpr double aim = 0.80;  ///< of the interval

/// `made_with`: the spread that the left-out answers carry.
Spread spread_of(const std::vector<Sample>& all, const LeftOut& left, const Spread& made_with) {
  Spread s = made_with;
  const auto rows = misses(all, left, made_with, false);
  auto mean = [&](double quantile) {
    double sum = 0;
    for (const double share : shares_inside(rows, quantile, 0)) sum += share;
    return rows.empty() ? 1.0 : sum / static_cast<double>(rows.size());
  };
  double factor = 0.3;
  while (factor < 5 && mean(factor * made_with.quantile) < aim) factor += 0.01;
  s.quantile *= factor;
  const auto adapters = misses(all, left, made_with, true);
  auto worst = [&](double more) {
    double least = 1;
    for (const double share : shares_inside(adapters, s.quantile, more)) least = std::min(least, share);
    return least;
  };
  while (s.adapter < 0.5 && worst(s.adapter) < aim) s.adapter += 0.005;
  return s;
}

}  // namespace

Fitted fit_all(const std::vector<Sample>& all, const std::vector<KernelSample>& kernels, const LeftOut& left, const Spread& made_with, std::string sha256) {
  Fitted f;
  f.constants = fit_constants(all, kernels, std::nullopt).constants;
  fill_known(f, all, std::nullopt);
  f.input_sha256 = std::move(sha256);
  f.spread = spread_of(all, left, made_with);
  return f;
}

}  // namespace headroom::training
