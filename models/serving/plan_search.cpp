#include "models/serving/plan_search.hpp"

#include <algorithm>

#include "models/units/error.hpp"

namespace headroom::serving {
namespace {

std::vector<ReplicaPlan> candidates(const PlanRequest& request, const ModelShape& shape, const DeviceRatings& ratings) {
  std::vector<ReplicaPlan> plans;
  const int widest = std::min(request.max_devices, std::max(1, ratings.domain));
  for (int devices = 1; devices <= widest; devices *= 2) {
    ReplicaPlan p = request.base;
    p.pp = 1;
    p.tp = devices;
    p.attention_dp = 1;
    p.ep = 1;
    plans.push_back(p);
    if (shape.experts > 0 && devices > 1 && shape.experts % devices == 0) {
      p.ep = devices;
      plans.push_back(p);
      p.tp = 1;
      p.attention_dp = devices;
      plans.push_back(p);
    }
  }
  return plans;
}

struct Trial {
  const AnalyticModel& model;
  const PlanRequest& request;
  SchedulerDefaults scheduler;
  FrontEnd front;

  [[nodiscard]] LoadResult at(int concurrency) const {
    Load l;
    l.kind = Load::Kind::closed_loop;
    l.input = request.input;
    l.output = request.output;
    l.spread = request.spread;
    l.concurrency = concurrency;
    l.requests = 10 * concurrency;
    l.simulate_at_most = 100;
    return run_load(model, scheduler, front, l);
  }
  [[nodiscard]] bool meets(const LoadResult& r) const {
    return (!request.ttft || r.ttft.mean <= request.ttft->base()) && (!request.tpot || r.tpot.mean <= request.tpot->base());
  }
};

std::optional<PlanChoice> tried(const Trial& trial) {
  const double most = trial.model.kv_capacity().base() / (trial.request.input + trial.request.output);
  const double slots = static_cast<double>(trial.scheduler.max_sequences) * trial.model.plan().attention_dp;
  const int limit = std::max(1, static_cast<int>(std::min({most, slots, 4096.0})));
  int low = 0;
  std::optional<LoadResult> best;
  for (int n = 1;; n = std::min(2 * n, limit)) {
    LoadResult r = trial.at(n);
    if (!trial.meets(r)) break;
    low = n;
    best = r;
    if (n == limit) break;
  }
  if (!best) return std::nullopt;
  int high = std::min(2 * low, limit + 1);
  while (high - low > std::max(1, low / 16)) {
    const int middle = low + (high - low) / 2;
    LoadResult r = trial.at(middle);
    if (trial.meets(r)) {
      low = middle;
      best = r;
    } else {
      high = middle;
    }
  }
  PlanChoice c;
  c.plan = trial.model.plan();
  c.concurrency = low;
  c.output = TokensPerSecond{best->output_per_second};
  c.output_per_device = c.output / c.plan.devices();
  c.ttft = Seconds{best->ttft.mean};
  c.tpot = Seconds{best->tpot.mean};
  return c;
}

struct Search {
  std::vector<PlanChoice> choices;
  bool fits = false;  ///< some plan fitted the memory
};

Search search(const catalog::Architecture& architecture, const catalog::Chip& chip, const PlanRequest& request) {
  const ConstantSet& constants = ConstantSet::fitted();
  const ModelShape shape = shape_of(architecture);
  const DeviceRatings ratings = ratings_of(chip);
  const Rates rates = constants.resolve(constants.bind(chip, request.base));
  Search out;
  for (const ReplicaPlan& plan : candidates(request, shape, ratings)) {
    try {
      const AnalyticModel model(shape, ratings, plan, rates);
      out.fits = true;
      const Trial trial{model, request, scheduler_defaults(plan.engine, plan.released, chip),
                        {rates[Rate::prompt_time], rates[Rate::prompt_token_time], rates[Rate::admission_time]}};
      if (auto choice = tried(trial)) out.choices.push_back(*choice);
    } catch (const OutOfMemory&) {
    }
  }
  std::stable_sort(out.choices.begin(), out.choices.end(),
                   [](const PlanChoice& a, const PlanChoice& b) { return a.output_per_device > b.output_per_device; });
  return out;
}

}  // namespace

std::vector<PlanChoice> search_plans(const catalog::Architecture& architecture, const catalog::Chip& chip, const PlanRequest& request) {
  return search(architecture, chip, request).choices;
}

std::optional<ReplicaPlan> smallest_layout(const ModelShape& shape, const DeviceRatings& ratings, const ReplicaPlan& base,
                                           const Rates& rates) {
  ReplicaPlan p = base;
  for (p.tp = 1; p.devices() <= std::max(8, ratings.domain); p.tp *= 2) {
    try {
      (void)AnalyticModel(shape, ratings, p, rates);
      return p;
    } catch (const OutOfMemory&) {
    }
  }
  return std::nullopt;
}

std::optional<ReplicaPlan> smallest_layout(const catalog::Architecture& architecture, const catalog::Chip& chip, const ReplicaPlan& base) {
  const ConstantSet& constants = ConstantSet::fitted();
  return smallest_layout(shape_of(architecture), ratings_of(chip), base, constants.resolve(constants.bind(chip, base)));
}

PlanChoice best_plan(const catalog::Architecture& architecture, const catalog::Chip& chip, const PlanRequest& request) {
  const Search found = search(architecture, chip, request);
  if (found.choices.empty()) {
    const std::string what = architecture.id + " on " + chip.id + " with up to " + std::to_string(request.max_devices) + " devices";
    throw Infeasible(found.fits ? what + ": no plan meets the latency limits" : what + ": the weights do not fit the memory");
  }
  return found.choices.front();
}

}  // namespace headroom::serving
