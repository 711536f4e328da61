#include "sim/fleet/outlook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "sim/fleet/links.hpp"
#include "sim/fleet/placement.hpp"
#include "sim/fleet/planner.hpp"
#include "sim/fleet/racking_plan.hpp"
#include "sim/workloads/unit.hpp"

namespace headroom::fleet {

namespace {

/// What the world has shown of a workload's load against the plan by yesterday.
double seen_error(const State& s, const workloads::Service& service) {
  if (s.today <= s.plan.horizon.begin) return 1;
  return s.world.demand_factor(s.plan.workloads[service.workload].id, s.today - std::chrono::days{1});
}

double planned_load(const State& s, const workloads::Service& service, Date day) {
  const auto& workload = s.plan.workloads[service.workload];
  const double mean = workloads::daily_mean(workload, day) * service.share;
  return service.interactive ? mean * workloads::peak_factor(workload.shape, day) : mean;
}

/// To nine digits: what is finer is the solver's.
double rounded(double x) {
  const std::string text = fmt::format("{:.8e}", x);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

/// Fills in the binding resource and its prices, a watt's as those of a megawatt.
void describe(const State& s, const placement::Problem& problem, const placement::Headroom& h, const std::string& load, Stop& stop) {
  const auto& resource = *h.binding;
  const bool power = resource.kind == placement::Resource::Kind::site_power;
  const bool link = resource.kind == placement::Resource::Kind::link;
  const double size = power ? 1e6 : link ? 1e9 / 8 : 1;
  stop.row.binding = power ? "power" : "accelerators";
  stop.row.price = rounded(h.confirmed_price * size);
  stop.row.dual = rounded(h.price * size);
  stop.row.step = rounded(h.step / size);
  stop.row.unit = load + (power ? " per MW" : " per accelerator");
  stop.row.step_unit = power ? "MW" : "accelerators";
  if (link) {
    stop.row.binding = stop.text = "link " + link_name(s, resource.index);
    stop.row.unit = load + " per Gb/s";
    stop.row.step_unit = "Gb/s";
    return;
  }
  if (power) {
    stop.row.site = problem.sites[resource.index].id;
    stop.text = "power at " + stop.row.site;
    return;
  }
  const Pool& pool = s.pools[resource.index];
  stop.row.site = s.site(pool.site).id;
  stop.row.chip = s.chip(pool.chip).id;
  stop.text = stop.row.chip + " at " + stop.row.site;
}

}  // namespace

double forecast(const State& s, const workloads::Service& service, Date day) { return planned_load(s, service, day) * seen_error(s, service); }

Stop what_stops(State& s, std::size_t i, placement::Replicas replicas) {
  Planner& planner = *s.planner;
  const auto& service = s.services[i];
  Stop stop;
  stop.row.workload = s.plan.workloads[service.workload].id;
  stop.row.service = service.id;
  stop.row.is_short = planner.is_short[i];
  if (planner.problem.services[i].demand <= 0) return stop;
  const auto h = planner.solver.max_multiplier(planner.problem, i, service.interactive ? replicas : placement::Replicas::divisible);
  // The problem's demand already holds the headroom that the policy asks for. What batch load could bear is not a question of one placement.
  const double kept = planner.kept[i];
  if (service.interactive) {
    stop.row.headroom = rounded(h.multiplier * kept - 1);
    stop.row.is_short = h.multiplier * kept < 1;
  }
  if (stop.row.is_short && h.divisible * kept >= 1) {
    stop.row.binding = "rounding";
    stop.text = "whole replicas do not fit";
  } else if (h.binding) {
    describe(s, planner.problem, h, workloads::unit_of(s.plan.workloads[service.workload]), stop);
  } else {
    stop.row.binding = "eligibility";
    stop.text = "no eligible accelerators";
  }
  return stop;
}

namespace {

/// The weeks to come, in one programme whose bounds change.
class Ahead {
 public:
  Ahead(State& s, std::size_t first_week, std::vector<bool> asked)
      : s_(s),
        first_(first_week),
        supply_(supply_by_plan(s, first_week)),
        problem_(s.planner->problem),
        asked_(std::move(asked)),
        held_(s.services.size()),
        weeks_(s.services.size()) {
    for (const auto& service : s.services) errors_.push_back(seen_error(s, service));
    for (auto& arc : problem_.arcs) arc.current = 0;
  }

  std::vector<std::optional<double>> run() {
    constexpr std::size_t most = 16;  // one programme answers for a span of weeks that holds as a whole, as most do
    const std::vector<std::size_t> last = std::exchange(s_.planner->span_begins, {});
    auto next = last.begin();
    for (std::size_t from = 0; from < supply_.size() && is_asking();) {
      next = std::upper_bound(next, last.end(), first_ + from);
      const std::size_t to = std::min({supply_.size(), from + most, next == last.end() ? supply_.size() : *next - first_});
      look(from, to);
      from = to;
    }
    return weeks_;
  }

 private:
  [[nodiscard]] bool is_asking() const { return std::find(asked_.begin(), asked_.end(), true) != asked_.end(); }

  /// The last tier that a service still asked about is of: what comes after it takes nothing from that service.
  [[nodiscard]] int last_tier() const {
    int last = std::numeric_limits<int>::min();
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      if (asked_[i]) last = std::max(last, s_.services[i].tier);
    }
    return last;
  }

  [[nodiscard]] double load(std::size_t i, std::size_t week) const {
    const double wanted = s_.planner->planned_load[first_ + week][i] * errors_[i];
    return held_[i] ? std::min(*held_[i], wanted) : wanted;
  }

  /// The least supply and the largest load of weeks [from, to).
  void set(std::size_t from, std::size_t to) {
    const int last = last_tier();
    for (std::size_t i = 0; i < problem_.services.size(); ++i) {
      double& demand = problem_.services[i].demand = 0;
      for (std::size_t w = from; w < to && s_.services[i].tier <= last; ++w) demand = std::max(demand, load(i, w));
      problem_.services[i].minimum_replicas = demand > 0 ? s_.plan.policies.min_replicas : 0;
    }
    for (std::size_t p = 0; p < problem_.pools.size(); ++p) {
      auto least = supply_[from].accelerators[p];
      for (std::size_t w = from + 1; w < to; ++w) least = std::min(least, supply_[w].accelerators[p]);
      problem_.pools[p].accelerators = least;
    }
    for (std::size_t i = 0; i < problem_.sites.size(); ++i) {
      Watts least = supply_[from].power[i];
      for (std::size_t w = from + 1; w < to; ++w) least = std::min(least, supply_[w].power[i]);
      problem_.sites[i].power_limit = least;
    }
    set_link_rows(s_, problem_, supply_[from].day, supply_[to - 1].day);
    for (std::size_t a = 0; a < problem_.arcs.size(); ++a) {
      problem_.arcs[a].rate_per_accelerator = rate_of_row(s_, problem_, a, supply_[from].day);
    }
  }

  /// Which spans are asked about changes no answer: one that holds as a whole holds in each week, and others are halved.
  void look(std::size_t from, std::size_t to) {
    set(from, to);
    const bool holds = s_.planner->ahead.servable(problem_);
    if (holds || to - from == 1) s_.planner->span_begins.push_back(first_ + from);
    if (holds) return;
    if (to - from > 1) {
      const std::size_t middle = from + (to - from) / 2;
      look(from, middle);
      if (is_asking()) look(middle, to);
      return;
    }
    const std::vector<double> unserved = s_.planner->ahead.unserved(problem_);
    for (std::size_t i = 0; i < unserved.size(); ++i) {
      if (unserved[i] <= 0) continue;
      if (asked_[i]) weeks_[i] = static_cast<double>((supply_[from].day - s_.today).count()) / 7;
      asked_[i] = false;
      // What it gets from now on; a little less, so that the next question does not hang on the last bit.
      held_[i] = std::max(0.0, problem_.services[i].demand - unserved[i]) * (1 - 1e-6);
    }
  }

  State& s_;
  std::size_t first_;
  std::vector<Supply> supply_;
  placement::Problem problem_;
  std::vector<bool> asked_;                   ///< by service: whether its week is still looked for
  std::vector<std::optional<double>> held_;   ///< by service: load at which it is held since it ran out
  std::vector<std::optional<double>> weeks_;
  std::vector<double> errors_;
};

}  // namespace

std::vector<std::optional<double>> weeks_to_exhaustion(State& s, std::vector<bool> asked) {
  auto& planned = s.planner->planned_load;
  if (planned.empty()) {
    for (Date day = s.plan.horizon.begin; day < s.plan.horizon.end; day += std::chrono::days{7}) {
      planned.emplace_back();
      for (const auto& service : s.services) {
        double most = 0;
        for (Date d = day; d < std::min(day + std::chrono::days{7}, s.plan.horizon.end); d += std::chrono::days{1}) most = std::max(most, planned_load(s, service, d));
        planned.back().push_back(most);
      }
    }
  }
  const auto since = static_cast<std::size_t>(s.days_passed());
  return Ahead(s, (since + 6) / 7, std::move(asked)).run();
}

}  // namespace headroom::fleet
