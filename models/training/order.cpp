#include "models/training/order.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include <fmt/format.h>

#include "models/units/math.hpp"

namespace headroom::training {
namespace {

std::vector<double> ranks(const std::vector<double>& x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&x](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  std::vector<double> r(x.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t j = i;
    while (j < order.size() && x[order[j]] == x[order[i]]) ++j;
    for (std::size_t k = i; k < j; ++k) r[order[k]] = 0.5 * static_cast<double>(i + j - 1);
    i = j;
  }
  return r;
}

/// What is swept, and the fields that move with it. Data ranks follow from the rest.
enum class Axis { nothing, tensor, pipeline, micro_batch, heads, hidden };
constexpr std::array<std::pair<Axis, std::string_view>, 5> axes{{{Axis::tensor, "TP"}, {Axis::pipeline, "PP"}, {Axis::micro_batch, "micro-batch"},
                                                                 {Axis::heads, "heads"}, {Axis::hidden, "hidden and layers"}}};

constexpr double batches_alike = 0.05;   ///< a batch that must divide by the data ranks cannot stay the same to the sequence
constexpr double luck = 0.02;            ///< difference of two runs that says nothing, without repeats (facts/training.md 2.4)

/// Value of a row on an axis.
std::string swept(const Sample& s, Axis axis) {
  const Plan& p = *s.c.layout.plan;
  const catalog::Architecture& a = s.c.architecture;
  switch (axis) {
    case Axis::nothing: break;
    case Axis::tensor: return fmt::format("{}", p.tensor);
    case Axis::pipeline: return fmt::format("{}", p.pipeline);
    case Axis::micro_batch: return fmt::format("{}", p.micro_batch);
    case Axis::heads: return fmt::format("{}", a.heads);
    case Axis::hidden: return fmt::format("{}x{}x{}x{}", a.layers, a.hidden, a.ffn_hidden, a.heads);
  }
  return "";
}

/// All that a sweep along `axis` holds fixed, the state of the machine too. Batches are held to 5 %, and times are compared for each sequence.
std::string held(const Sample& s, Axis axis) {
  const Plan& p = *s.c.layout.plan;
  const catalog::Architecture& a = s.c.architecture;
  std::string key = fmt::format("{} {} {} {} {} {:.0f} {}/{}/{} {}/{}/{} {} {} {}", s.c.source, s.c.mended, s.c.devices.chip->id, s.c.devices.accelerators, s.c.layout.sequence,
                                std::round(math::log(s.c.layout.global_batch) / batches_alike), p.virtual_stages, p.context, p.expert,
                                kernels::name(s.c.layout.precision), p.gradient_bytes, p.zero_stage, name(p.recompute.value_or(Recompute::none)), a.experts,
                                s.c.layout.mixing_layers);
  if (axis == Axis::nothing) key += fmt::format(" {}", s.c.layout.global_batch);
  for (const Axis other : {Axis::tensor, Axis::pipeline, Axis::micro_batch}) key += other == axis ? " *" : " " + swept(s, other);
  if (axis == Axis::hidden) return key;
  return key + (axis == Axis::heads ? fmt::format(" {}x{}x{}", a.layers, a.hidden, a.ffn_hidden) : " " + swept(s, Axis::hidden));
}

/// Measurements and predictions of one value of a sweep, ln of the time for each sequence. A value printed twice is one.
struct Place {
  std::set<double> measured;
  double ours = 0, rows = 0;
  [[nodiscard]] SweepPoint point() const {
    return {std::accumulate(measured.begin(), measured.end(), 0.0) / static_cast<double>(measured.size()), static_cast<int>(measured.size())};
  }
};
/// Sweeps by source group and what they hold.
using Sweeps = std::map<std::pair<std::string, std::string>, std::map<std::string, Place>>;

Sweeps sweeps_of(const std::vector<Sample>& all, const LeftOut& left, Axis axis) {
  Sweeps sweeps;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].aside || !all[i].c.plan_given) continue;
    const double each = all[i].log_seconds - math::log(all[i].c.layout.global_batch);
    Place& place = sweeps[{all[i].c.group, held(all[i], axis)}][swept(all[i], axis)];
    place.measured.insert(each);
    place.ours += each + left.log_ratio[i];
    place.rows += 1;
  }
  return sweeps;
}

/// Noise of each source that repeats; empty for the others.
std::map<std::string, std::optional<RepeatNoise>> noise_by_source(const std::vector<Sample>& all, const LeftOut& left) {
  std::map<std::string, std::vector<std::vector<double>>> repeats;
  for (const auto& [key, places] : sweeps_of(all, left, Axis::nothing)) {
    const std::set<double>& times = places.begin()->second.measured;
    repeats[key.first].emplace_back(times.begin(), times.end());
  }
  std::map<std::string, std::optional<RepeatNoise>> noise;
  for (const auto& [source, times] : repeats) noise[source] = repeat_noise(times);
  return noise;
}

/// Sums over the sweeps of one kind in one source.
struct Score {
  double sweeps = 0, points = 0, correlation = 0, ceiling = 0, good = 0, pairs = 0, apart = 0, ordered = 0;
};

void add(Score& s, const std::map<std::string, Place>& places, const std::optional<RepeatNoise>& noise) {
  std::vector<SweepPoint> sweep;
  std::vector<double> ours, theirs;
  for (const auto& [value, place] : places) {
    sweep.push_back(place.point());
    theirs.push_back(sweep.back().log_time);
    ours.push_back(place.ours / place.rows);
  }
  const auto n = static_cast<double>(sweep.size());
  const double rho = spearman(ours, theirs);
  s.sweeps += 1;
  s.points += n;
  s.correlation += n * rho;
  s.good += rho >= 0.9 ? 1 : 0;
  if (noise) s.ceiling += n * order_ceiling(sweep, noise->spread);
  const double alike = noise ? std::sqrt(2.0) * noise->spread : luck;
  for (std::size_t i = 0; i < sweep.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      s.pairs += 1;
      if (std::abs(theirs[i] - theirs[j]) < alike) continue;
      s.apart += 1;
      s.ordered += (ours[i] > ours[j]) == (theirs[i] > theirs[j]) ? 1 : 0;
    }
  }
}

std::string source_table(const std::vector<Sample>& all, const LeftOut& left) {
  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> groups;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].aside) continue;
    groups[all[i].c.group].first.push_back(all[i].log_seconds);
    groups[all[i].c.group].second.push_back(all[i].log_seconds + left.log_ratio[i]);
  }
  std::string page = "\n| source, left out | rows | Spearman's rank correlation of step times |\n|---|---|---|\n";
  for (const auto& [name, x] : groups) {
    if (x.first.size() >= 5) page += fmt::format("| {} | {} | {:.3f} |\n", name, x.first.size(), spearman(x.first, x.second));
  }
  return page;
}

}  // namespace

double spearman(const std::vector<double>& a, const std::vector<double>& b) {
  const std::vector<double> x = ranks(a);
  const std::vector<double> y = ranks(b);
  const auto n = static_cast<double>(x.size());
  const double mx = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double my = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

std::optional<RepeatNoise> repeat_noise(const std::vector<std::vector<double>>& log_times) {
  RepeatNoise noise;
  double squares = 0, freedom = 0;
  for (const std::vector<double>& times : log_times) {
    const std::set<double> distinct(times.begin(), times.end());
    if (distinct.size() < 2) continue;
    const auto n = static_cast<double>(distinct.size());
    const double mean = std::accumulate(distinct.begin(), distinct.end(), 0.0) / n;
    for (const double t : distinct) squares += (t - mean) * (t - mean);
    freedom += n - 1;
    noise.configurations += 1;
    noise.measurements += static_cast<int>(distinct.size());
  }
  if (noise.configurations == 0) return std::nullopt;
  noise.spread = std::sqrt(squares / freedom);
  return noise;
}

double order_ceiling(const std::vector<SweepPoint>& sweep, double spread) {
  constexpr int draws = 2000;
  std::mt19937_64 stream(7);
  std::vector<double> truth, noisy(sweep.size());
  for (const SweepPoint& p : sweep) truth.push_back(p.log_time);
  double sum = 0;
  for (int draw = 0; draw < draws; ++draw) {
    for (std::size_t i = 0; i < sweep.size(); ++i) {
      const double uniform = (static_cast<double>(stream() >> 11U) + 0.5) / 9007199254740992.0;  // 2^53
      noisy[i] = truth[i] + spread / std::sqrt(static_cast<double>(sweep[i].measurements)) * math::normal_quantile(uniform);
    }
    sum += spearman(truth, noisy);
  }
  return sum / draws;
}

std::string order_section(const std::vector<Sample>& all, const LeftOut& left) {
  const auto noise = noise_by_source(all, left);
  std::string rows;
  std::set<std::string> sources;
  auto share = [](double sum, double points) { return sum > 0 ? fmt::format("{:.3f}", sum / points) : std::string("-"); };
  for (const auto& [axis, label] : axes) {
    std::map<std::string, Score> scores;
    for (const auto& [key, places] : sweeps_of(all, left, axis)) {
      if (places.size() >= 3) add(scores[key.first], places, noise.at(key.first));
    }
    for (const auto& [source, s] : scores) {
      sources.insert(source);
      rows += fmt::format("| {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.3f} | {} | {:.0f} % | {:.0f} | {} |\n", source, label, s.sweeps, s.points, s.pairs,
                          s.correlation / s.points, share(s.ceiling, s.points), 100 * s.good / s.sweeps, s.apart,
                          s.apart > 0 ? fmt::format("{:.0f} %", 100 * s.ordered / s.apart) : "-");
    }
  }
  std::string page = "\n## Order inside a source\n" + source_table(all, left);
  page += "\nSweeps: rows that differ in one thing only (batches within 5 %), three values or more; means by points. A machine before and after the\n"
          "day on which its source mended it is two machines (BLOOM's nodes, 4 to 6 % faster since). Noise is the standard deviation of one plan\n"
          "measured again on one machine";
  for (const std::string& source : sources) {
    const auto& n = noise.at(source);
    page += n ? fmt::format("; {}: {:.1f} % ({} plans, {} measurements)", source, 100 * n->spread, n->configurations, n->measurements) : fmt::format("; {}: no plan twice", source);
  }
  page += ".\nCeiling: what a model without error would reach with this noise, by simulation.\n"
          "Pairs apart: measured further apart than two repeats are (root mean square; 2 % where nobody repeated).\n"
          "\n| source, left out | swept | sweeps | points | pairs | correlation | ceiling | sweeps at 0.9 or more | pairs apart | of them in order |\n"
          "|---|---|---|---|---|---|---|---|---|---|\n" + rows;
  return page;
}

}  // namespace headroom::training
