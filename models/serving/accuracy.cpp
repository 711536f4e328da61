#include "models/serving/accuracy.hpp"

#include <algorithm>
#include <cmath>
#include <future>
#include <map>

#include "models/units/math.hpp"

namespace headroom::serving {
namespace {

ConstantSet warm_start(const ConstantSet& full, const std::vector<std::string>& chips) {
  ConstantSet start = ConstantSet::priors(chips);
  for (Constant& c : start.constants) {
    const int i = full.find(c.name);
    if (i >= 0) c.log_value = full.constants[static_cast<std::size_t>(i)].log_value;
  }
  return start;
}

/// Quantile of values with weights (the first value whose cumulated weight reaches q).
double weighted_quantile(std::vector<std::pair<double, double>> values, double q) {
  std::sort(values.begin(), values.end());
  double total = 0;
  for (const auto& [v, w] : values) total += w;
  double sum = 0;
  for (const auto& [v, w] : values) {
    sum += w;
    if (sum >= q * total) return v;
  }
  return values.empty() ? 0 : values.back().first;
}

void add_spreads(const std::vector<Residual>& residuals, std::string_view suffix, bool by_chip, std::vector<ConstantSet::Spread>& out) {
  for (const std::string_view family : {"throughput", "tpot", "ttft", "latency", "tail", "requests"}) {
    std::map<std::string, int> counts;
    const auto key = [&](const Residual& r) { return by_chip ? r.of->configuration.chip->id : r.of->group; };
    for (const Residual& r : residuals) {
      if (r.answered && r.target->family == family) ++counts[key(r)];
    }
    std::vector<std::pair<double, double>> values;
    for (const Residual& r : residuals) {
      if (r.answered && r.target->family == family) values.emplace_back(r.log_ratio, 1.0 / std::max(5, counts[key(r)]));
    }
    if (values.size() < 20) continue;
    out.push_back({std::string(family) + std::string(suffix), weighted_quantile(values, 0.1), weighted_quantile(values, 0.9),
                   static_cast<int>(values.size())});
    ConstantSet::Spread& s = out.back();
    s.low = std::min(s.low, -0.02);  // the prediction itself belongs to its interval
    s.high = std::max(s.high, 0.02);
  }
}

}  // namespace

CrossValidation cross_validate(const std::vector<Case>& cases, const ConstantSet& full, const FitOptions& options) {
  CrossValidation out;
  std::map<std::string, int> groups, chips;
  for (const Case& c : cases) {
    ++groups[c.group];
    ++chips[c.configuration.chip->id];
  }
  // The refits do not touch each other: each runs on its own, and their results are joined in order of name.
  using Job = std::future<std::vector<Residual>>;
  std::vector<Job> group_jobs, chip_jobs;
  for (const auto& [name, n] : groups) {
    group_jobs.push_back(std::async(std::launch::async, [&cases, &full, &options, group = name] {
      FitOptions own = options;
      own.leave_out = group;
      return residuals(cases, fit_constants(cases, warm_start(full, chips_of(cases, group)), own), group);
    }));
  }
  for (const auto& [name, n] : chips) {
    std::vector<std::string> others;
    for (const auto& [other, m] : chips) {
      if (other != name) others.push_back(other);
    }
    chip_jobs.push_back(std::async(std::launch::async, [&cases, &full, &options, chip = name, others] {
      FitOptions own = options;
      own.leave_out_chip = chip;
      return residuals(cases, fit_constants(cases, warm_start(full, others), own), {}, chip);
    }));
  }
  const auto join = [](std::vector<Job>& jobs, std::vector<Residual>& all) {
    for (Job& job : jobs) {
      const std::vector<Residual> own = job.get();
      all.insert(all.end(), own.begin(), own.end());
    }
  };
  join(group_jobs, out.by_group);
  join(chip_jobs, out.by_chip);
  return out;
}

std::vector<ConstantSet::Spread> spreads_of(const CrossValidation& validation) {
  std::vector<ConstantSet::Spread> out;
  add_spreads(validation.by_group, "", false, out);
  std::vector<ConstantSet::Spread> chips;
  add_spreads(validation.by_chip, ".new_chip", true, chips);
  // A new chip is usually met in a new group too: the spread between groups and half of the spread between chips, which holds
  // part of the former, add as independent errors do.
  for (ConstantSet::Spread c : chips) {
    for (const ConstantSet::Spread& g : out) {
      if (c.key != g.key + ".new_chip") continue;
      c.low = -std::sqrt(g.low * g.low + 0.25 * c.low * c.low);
      c.high = std::sqrt(g.high * g.high + 0.25 * c.high * c.high);
      out.push_back(c);
      break;
    }
  }
  return out;
}

std::vector<ErrorRow> error_table(const std::vector<Residual>& residuals, const ConstantSet& constants, bool by_chip) {
  std::vector<ErrorRow> out;
  for (const std::string_view family : {"throughput", "tpot", "ttft"}) {
    std::map<std::string, std::pair<ErrorRow, std::vector<double>>> groups;
    const auto* spread = constants.spread(family, !by_chip);
    for (const Residual& r : residuals) {
      if (!r.target->primary || r.target->family != family) continue;
      auto& [row, errors] = groups[by_chip ? r.of->configuration.chip->id : r.of->group];
      ++row.rows;
      if (!r.answered) continue;
      ++row.answered;
      const double e = math::expm1(-r.log_ratio);
      errors.push_back(std::abs(e));
      row.signed_mean += 100 * e;
      row.within20 += std::abs(e) <= 0.2 ? 100 : 0;
      if (spread != nullptr) row.inside += r.log_ratio >= spread->low && r.log_ratio <= spread->high ? 100 : 0;
    }
    ErrorRow all;
    int used = 0;
    for (auto& [name, entry] : groups) {
      auto& [row, errors] = entry;
      row.family = family;
      row.group = name;
      if (row.answered > 0) {
        std::sort(errors.begin(), errors.end());
        for (const double e : errors) row.mean += 100 * e / row.answered;
        row.median = 100 * errors[errors.size() / 2];
        row.signed_mean /= row.answered;
        row.within20 /= row.answered;
        row.inside /= row.answered;
      }
      if (row.rows >= 5) {
        ++used;
        all.rows += row.rows;
        all.answered += row.answered;
        all.mean += row.mean;
        all.median += row.median;
        all.within20 += row.within20;
        all.signed_mean += row.signed_mean;
        all.inside += row.inside;
      }
      out.push_back(row);
    }
    if (used > 0) {
      all.family = family;
      all.group = "ALL";
      all.mean /= used;
      all.median /= used;
      all.within20 /= used;
      all.signed_mean /= used;
      all.inside /= used;
      out.push_back(all);
    }
  }
  return out;
}

std::vector<OrderRow> order_table(const std::vector<Residual>& residuals) {
  constexpr double apart = 1.10;
  struct Point { double measured, predicted; std::string_view setting; };
  std::vector<OrderRow> out;
  for (const std::string_view family : {"throughput", "tpot", "ttft"}) {
    std::map<std::string, std::vector<Point>> asked;
    for (const Residual& r : residuals) {
      if (!r.target->primary || !r.answered || r.target->family != family) continue;
      asked[r.of->group + "|" + r.of->question + "|" + r.target->metric].push_back({r.target->log_value, r.target->log_value - r.log_ratio, r.of->setting});
    }
    OrderRow row{std::string(family), 0, 0};
    for (const auto& [question, points] : asked) {
      for (std::size_t i = 0; i < points.size(); ++i) {
        for (std::size_t j = i + 1; j < points.size(); ++j) {
          const double measured = points[j].measured - points[i].measured, predicted = points[j].predicted - points[i].predicted;
          if (points[i].setting == points[j].setting || std::abs(measured) < math::log(apart)) continue;
          ++row.pairs;
          row.right += measured * predicted > 0 ? 100 : 0;
        }
      }
    }
    if (row.pairs > 0) row.right /= row.pairs;
    out.push_back(row);
  }
  return out;
}

std::vector<Prediction> left_out_predictions(const CrossValidation& validation, const ConstantSet& constants) {
  std::vector<Prediction> out;
  for (const Residual& r : validation.by_group) {
    Prediction p;
    p.id = r.target->id;
    p.status = r.answered ? "ok" : "unsupported";
    if (r.answered) {
      const double log_value = r.target->log_value - r.log_ratio;
      p.predicted = math::exp(log_value);
      if (const auto* spread = constants.spread(r.target->family, true)) {
        p.low = math::exp(log_value + spread->low);
        p.high = math::exp(log_value + spread->high);
      }
    }
    out.push_back(std::move(p));
  }
  return out;
}

}  // namespace headroom::serving
