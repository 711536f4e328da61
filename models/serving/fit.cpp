#include "models/serving/fit.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>

#include "models/units/math.hpp"

namespace headroom::serving {
namespace {

/// Typical unexplained spread of ln(measured / predicted) by family; sets the scale of the robust weights.
double noise(std::string_view family) { return family == "ttft" ? 0.30 : family == "latency" ? 0.3 : 0.20; }

struct Observation {
  const Case* of = nullptr;
  std::vector<const Target*> targets;
  std::vector<double> weights;
  std::vector<int> offsets;  ///< of each target: its group's common error in that family
  Prepared prepared;
  std::vector<int> columns;  ///< constants that this case can depend on
};

constexpr Effort fit_effort{250, 1200, 250};

/// The constants, and what the fit may say about a whole group of measurements (its set-up, its client) and then forgets:
/// without it, the constants of a chip would take over the habits of the one group that measured it.
struct State {
  ConstantSet constants;
  std::vector<double> offsets;
  std::vector<double> offset_widths;
};

/// Servers with defaults differ by hosts, flags and state of the port; what one of them shows says less about the next.
double offset_width(std::string_view family, Setup setup) {
  if (setup == Setup::stock) return 0.3;
  return family == "ttft" ? 0.35 : 0.15;
}

std::vector<const Case*> chosen(const std::vector<Case>& cases, const FitOptions& options) {
  std::map<std::string, std::vector<const Case*>> groups;
  for (const Case& c : cases) {
    const bool any = std::any_of(c.targets.begin(), c.targets.end(), [](const Target& t) { return t.primary; });
    if (c.group != options.leave_out && c.configuration.chip->id != options.leave_out_chip && any) groups[c.group].push_back(&c);
  }
  std::vector<const Case*> out;
  for (const auto& [name, all] : groups) {
    const auto n = static_cast<double>(all.size());
    const double take = std::min<double>(n, options.runs_per_group);
    for (int i = 0; i < static_cast<int>(take); ++i) out.push_back(all[static_cast<std::size_t>((i + 0.5) * n / take)]);
  }
  return out;
}

std::vector<Observation> observations(const std::vector<const Case*>& cases, const ConstantSet& constants, State& state) {
  std::map<std::pair<std::string, std::string_view>, int> counts;
  std::map<std::pair<std::string, std::string_view>, int> indices;
  std::vector<Observation> out;
  for (const Case* c : cases) {
    Observation o;
    o.of = c;
    try {
      o.prepared = prepare(c->configuration, constants);
    } catch (const UnsupportedPlan&) {
      continue;
    }
    for (const Target& t : c->targets) {
      if (t.primary) {
        o.targets.push_back(&t);
        ++counts[{c->group, t.family}];
      }
    }
    for (int i = 0; i < rates; ++i) o.columns.push_back(i);
    for (std::size_t k = 0; k < aspects; ++k) {
      for (const int i : {o.prepared.binding.family[k], o.prepared.binding.chip[k], o.prepared.binding.engine[k]}) {
        if (i >= 0) o.columns.push_back(i);
      }
    }
    out.push_back(std::move(o));
  }
  // A group with many runs says more than one with few, but not in proportion: its rows share their errors.
  for (Observation& o : out) {
    for (const Target* t : o.targets) {
      const double n = counts[{o.of->group, t->family}];
      o.weights.push_back(std::min(1.0, 5.0 / std::sqrt(n)));
      const auto [at, fresh] = indices.try_emplace({o.of->group, t->family}, static_cast<int>(state.offsets.size()));
      if (fresh) {
        state.offsets.push_back(0.0);
        state.offset_widths.push_back(offset_width(t->family, o.of->configuration.plan.setup));
      }
      o.offsets.push_back(at->second);
    }
  }
  return out;
}

/// ln(predicted) of the targets; empty when the case cannot run.
std::vector<double> predict_logs(const Observation& o, const ConstantSet& constants) {
  std::vector<double> logs;
  try {
    const Outcome outcome = estimate(o.prepared, constants, fit_effort);
    for (const Target* t : o.targets) {
      const auto v = value_of(outcome, o.prepared.configuration, t->metric);
      logs.push_back(v && *v > 0 ? math::log(*v) : t->log_value);
    }
  } catch (const std::runtime_error&) {
    logs.clear();
  }
  return logs;
}

double robust_weight(double residual, double scale) {
  const double u = residual / scale;
  return 1.0 / (1.0 + u * u);
}

/// Sum of pseudo-Huber losses and of the priors' squares.
double loss(const std::vector<Observation>& all, const State& state) {
  const ConstantSet& constants = state.constants;
  double sum = 0;
  for (const Observation& o : all) {
    const std::vector<double> logs = predict_logs(o, constants);
    for (std::size_t i = 0; i < logs.size(); ++i) {
      const double s = noise(o.targets[i]->family);
      const double u = (o.targets[i]->log_value - logs[i] - state.offsets[static_cast<std::size_t>(o.offsets[i])]) / s;
      sum += o.weights[i] * math::log1p(u * u);
    }
  }
  for (const Constant& c : constants.constants) {
    const double u = (c.log_value - c.prior) / c.prior_width;
    sum += u * u;
  }
  for (std::size_t i = 0; i < state.offsets.size(); ++i) {
    const double u = state.offsets[i] / state.offset_widths[i];
    sum += 2.0 * math::log1p(u * u);  // a group may be far off for reasons of its own
  }
  return sum;
}

struct Normal {
  Eigen::MatrixXd matrix;
  Eigen::VectorXd gradient;
  std::vector<double> rows;
};

/// Whether moving a constant can change the case at all: two probing passes are far cheaper than a simulation.
double probe(const Observation& o, const ConstantSet& constants) {
  const Rates r = constants.resolve(o.prepared.binding);
  const AnalyticModel model(o.prepared.shape, o.prepared.ratings, o.prepared.plans.front(), r, 1e9);
  Batch decode, prompt;
  decode.decode_sequences = 24;
  decode.decode_context = 24 * 3000.0;
  prompt.add_prefill(0, 97);
  Batch large = decode;
  large.add_prefill(0, 4000);
  return model.time(decode).base() + model.time(prompt).base() * 3.1 + model.time(large).base() * 1.7 + r[Rate::prompt_time] * 1.3 +
         r[Rate::prompt_token_time] * 900 + r[Rate::admission_time] * 7.7 +
         (o.prepared.configuration.times_content_only ? r[Rate::content_share] : 0.0) +
         (o.prepared.configuration.plan.engine == Engine::vllm     ? r[Rate::wait_vllm]
          : o.prepared.configuration.plan.engine == Engine::sglang ? r[Rate::wait_sglang]
          : o.prepared.configuration.plan.engine == Engine::trtllm ? r[Rate::wait_trtllm] + r[Rate::wait_attention_dp] * 0.3
                                                                   : r[Rate::wait_other]) *
             1e-3;
}

Normal normal_equations(const std::vector<Observation>& all, const State& state) {
  const ConstantSet& constants = state.constants;
  const auto own = static_cast<Eigen::Index>(constants.constants.size());
  const auto n = own + static_cast<Eigen::Index>(state.offsets.size());
  Normal out{Eigen::MatrixXd::Zero(n, n), Eigen::VectorXd::Zero(n), std::vector<double>(constants.constants.size(), 0.0)};
  constexpr double h = 0.02;
  ConstantSet moved = constants;
  for (const Observation& o : all) {
    const std::vector<double> base = predict_logs(o, constants);
    if (base.empty()) continue;
    const double still = probe(o, constants);
    std::vector<int> columns;
    std::vector<std::vector<double>> slopes;
    for (const int column : o.columns) {
      double& value = moved.constants[static_cast<std::size_t>(column)].log_value;
      const double kept = value;
      value = kept + h;
      if (probe(o, moved) != still || o.prepared.configuration.prefill) {
        std::vector<double> up = predict_logs(o, moved);
        if (up.size() == base.size()) {
          for (std::size_t i = 0; i < up.size(); ++i) up[i] = std::clamp((up[i] - base[i]) / h, -3.0, 3.0);
          columns.push_back(column);
          slopes.push_back(std::move(up));
        }
      }
      value = kept;
    }
    for (std::size_t i = 0; i < base.size(); ++i) {
      const double s = noise(o.targets[i]->family);
      const auto offset = static_cast<std::size_t>(o.offsets[i]);
      const double residual = o.targets[i]->log_value - base[i] - state.offsets[offset];
      const double w = o.weights[i] * robust_weight(residual, s) / (s * s);
      for (std::size_t a = 0; a < columns.size(); ++a) {
        const double ja = slopes[a][i];
        if (ja == 0) continue;
        out.gradient[columns[a]] += w * ja * residual;
        out.rows[static_cast<std::size_t>(columns[a])] += 1;
        for (std::size_t b = 0; b < columns.size(); ++b) out.matrix(columns[a], columns[b]) += w * ja * slopes[b][i];
        out.matrix(columns[a], own + o.offsets[i]) += w * ja;
        out.matrix(own + o.offsets[i], columns[a]) += w * ja;
      }
      out.matrix(own + o.offsets[i], own + o.offsets[i]) += w;
      out.gradient[own + o.offsets[i]] += w * residual;
    }
  }
  for (std::size_t i = 0; i < state.offsets.size(); ++i) {
    const auto k = own + static_cast<Eigen::Index>(i);
    const double u = state.offsets[i] / state.offset_widths[i];
    const double p = 2.0 / (state.offset_widths[i] * state.offset_widths[i]) / (1.0 + u * u);
    out.matrix(k, k) += p;
    out.gradient[k] -= p * state.offsets[i];
  }
  for (Eigen::Index i = 0; i < own; ++i) {
    const Constant& c = constants.constants[static_cast<std::size_t>(i)];
    const double p = 1.0 / (c.prior_width * c.prior_width);
    out.matrix(i, i) += p;
    out.gradient[i] += p * (c.prior - c.log_value);
  }
  return out;
}

}  // namespace

ConstantSet fit_constants(const std::vector<Case>& cases, const ConstantSet& start, const FitOptions& options) {
  State at{start, {}, {}};
  const std::vector<Observation> all = observations(chosen(cases, options), start, at);
  double best = loss(all, at);
  double damping = 1e-3;
  for (int iteration = 0; iteration < options.iterations; ++iteration) {
    const Normal normal = normal_equations(all, at);
    bool better = false;
    for (int attempt = 0; attempt < 4 && !better; ++attempt) {
      Eigen::MatrixXd damped = normal.matrix;
      damped.diagonal() *= 1.0 + damping;
      const Eigen::VectorXd move = damped.ldlt().solve(normal.gradient);
      State next = at;
      Eigen::Index k = 0;
      for (Constant& c : next.constants.constants) c.log_value += std::clamp(move[k++], -0.4, 0.4);
      for (double& offset : next.offsets) offset += std::clamp(move[k++], -0.4, 0.4);
      const double value = loss(all, next);
      if (value < best) {
        better = true;
        const double gain = (best - value) / best;
        best = value;
        at = std::move(next);
        damping = std::max(1e-4, damping * 0.2);
        if (gain < 2e-4) iteration = options.iterations;
      } else {
        damping *= 8.0;
      }
    }
    const Eigen::MatrixXd covariance = normal.matrix.ldlt().solve(Eigen::MatrixXd::Identity(normal.matrix.rows(), normal.matrix.cols()));
    for (std::size_t i = 0; i < at.constants.constants.size(); ++i) {
      Constant& c = at.constants.constants[i];
      const auto k = static_cast<Eigen::Index>(i);
      c.standard_error = std::sqrt(std::max(0.0, covariance(k, k)));
      c.rows = normal.rows[i];
    }
    if (!better) break;
  }
  return at.constants;
}

std::vector<Residual> residuals(const std::vector<Case>& cases, const ConstantSet& constants, std::string_view only_group,
                                std::string_view only_chip) {
  std::vector<Residual> out;
  for (const Case& c : cases) {
    if (!only_group.empty() && c.group != only_group) continue;
    if (!only_chip.empty() && c.configuration.chip->id != only_chip) continue;
    std::optional<Outcome> outcome;
    try {
      outcome = estimate(prepare(c.configuration, constants), constants, Effort{});
    } catch (const std::runtime_error&) {
    }
    for (const Target& t : c.targets) {
      Residual r{&c, &t, 0, false};
      if (outcome) {
        const auto v = value_of(*outcome, c.configuration, t.metric);
        if (v && *v > 0) {
          r.answered = true;
          r.log_ratio = t.log_value - math::log(*v);
        }
      }
      out.push_back(r);
    }
  }
  return out;
}

}  // namespace headroom::serving
