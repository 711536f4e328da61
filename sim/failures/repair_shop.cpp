#include "sim/failures/repair_shop.hpp"

#include <deque>
#include <stdexcept>
#include <vector>

#include "sim/engine/distributions.hpp"
#include "sim/engine/queue.hpp"
#include "sim/engine/statistics.hpp"

namespace headroom::failures {

using engine::Phase;
using engine::to_sim_time;

namespace {

enum class Kind : std::uint8_t { fails, detected, mended, delivered, warm };
struct Payload {
  Kind kind;
  std::int32_t unit;
};

class Shop {
 public:
  Shop(const RepairSpec& spec, const FailureWorld& world, std::uint64_t site);
  RepairResult run();

 private:
  struct Unit {
    std::uint32_t failures = 0;
    std::uint32_t renewals = 0;
    SimTime born{0};
    bool works = true;
    bool dead = false;
  };

  void handle(const Payload& event);
  void draw(std::int32_t u);
  void set_working(std::int32_t u, bool works);
  void call_crew();
  void fetch_spare(std::int32_t u);
  [[nodiscard]] SlotKey key(std::int32_t u) const {
    return {site_, 0, static_cast<std::uint64_t>(u), at(u).renewals};
  }
  Unit& at(std::int32_t u) { return units_[static_cast<std::size_t>(u)]; }
  [[nodiscard]] const Unit& at(std::int32_t u) const { return units_[static_cast<std::size_t>(u)]; }
  [[nodiscard]] SimTime time_of(const Spread& spread, std::string_view what, std::int32_t u) const {
    const Seconds t = spread.quantile(world_.draw(what, key(u), at(u).failures));
    return t.base() > 0 ? to_sim_time(t) : SimTime{0};
  }
  [[nodiscard]] SimTime repair_time(std::int32_t u) const;
  void record();

  const RepairSpec& spec_;
  const FailureWorld& world_;
  std::uint64_t site_;
  engine::EventQueue<Payload> queue_;
  std::vector<Unit> units_;
  std::vector<std::int32_t> domain_up_;
  std::deque<std::int32_t> for_crew_, for_spare_;
  std::int64_t busy_ = 0, working_ = 0, undetected_ = 0, outstanding_ = 0, spares_ = 0, domains_working_ = 0;
  engine::TimeWeighted down_, in_repair_, backorders_, on_order_, domains_;
  RepairResult result_;
};

Shop::Shop(const RepairSpec& spec, const FailureWorld& world, std::uint64_t site)
    : spec_(spec), world_(world), site_(site), units_(static_cast<std::size_t>(spec.units)), spares_(spec.spares) {
  if (spec.units < 1 || spec.domain < 1 || spec.units % spec.domain != 0 || spec.domain_needs < 1) {
    throw std::invalid_argument("units must be at least one and fill whole domains");
  }
  domain_up_.assign(static_cast<std::size_t>(spec.units / spec.domain), spec.domain);
  domains_working_ = spec.domain_needs <= spec.domain ? spec.units / spec.domain : 0;
  working_ = spec.units;
  for (std::int32_t u = 0; u < spec.units; ++u) draw(u);
  queue_.schedule(spec.warm_up.base() > 0 ? to_sim_time(spec.warm_up) : SimTime{0}, Phase::observation, {Kind::warm, 0});
  record();
}

void Shop::draw(std::int32_t u) {
  const reliability::Hazard hazard = spec_.hazard.scaled(world_.lemon_factor(spec_.lemons, key(u)));
  const Seconds age = engine::to_seconds(queue_.now() - at(u).born);
  const Seconds next = world_.next_failure(hazard, key(u), at(u).failures, age) + engine::to_seconds(at(u).born);
  if (next < spec_.span) queue_.schedule(std::max(queue_.now(), to_sim_time(next)), Phase::failure, {Kind::fails, u});
}

void Shop::set_working(std::int32_t u, bool works) {
  at(u).works = works;
  working_ += works ? 1 : -1;
  auto& up = domain_up_[static_cast<std::size_t>(u / spec_.domain)];
  const bool before = up >= spec_.domain_needs;
  up += works ? 1 : -1;
  domains_working_ += static_cast<std::int64_t>(up >= spec_.domain_needs) - static_cast<std::int64_t>(before);
}

SimTime Shop::repair_time(std::int32_t u) const {
  if (!spec_.repair_exponential) return time_of(spec_.repair, "repair", u);
  const double draw = world_.draw("repair", key(u), at(u).failures);
  return to_sim_time(Seconds{engine::Exponential(spec_.repair.mean.base()).quantile(draw)});
}

void Shop::call_crew() {
  while (!for_crew_.empty() && (spec_.crew == 0 || busy_ < spec_.crew)) {
    const std::int32_t u = for_crew_.front();
    for_crew_.pop_front();
    ++busy_;
    queue_.schedule_after(repair_time(u), Phase::release, {Kind::mended, u});
  }
}

/// A dead unit goes to the crew together with its spare; its replacement is ordered at once.
void Shop::fetch_spare(std::int32_t u) {
  if (spares_ == 0) {
    for_spare_.push_back(u);
    return;
  }
  --spares_;
  for_crew_.push_back(u);
}

void Shop::handle(const Payload& event) {
  const std::int32_t u = event.unit;
  switch (event.kind) {
    case Kind::fails:
      ++result_.failures;
      set_working(u, false);
      at(u).dead = world_.draw("dead", key(u), at(u).failures) < spec_.replaced;
      ++undetected_;
      queue_.schedule_after(time_of(spec_.detection, "detection", u), Phase::arrival, {Kind::detected, u});
      break;
    case Kind::detected:
      --undetected_;
      if (at(u).dead) {
        ++result_.replaced;
        if (spec_.rma) {
          ++outstanding_;
          queue_.schedule_after(time_of(spec_.replenishment, "replenishment", u), Phase::release, {Kind::delivered, u});
        }
        fetch_spare(u);
      } else {
        for_crew_.push_back(u);
      }
      break;
    case Kind::mended:
      --busy_;
      ++at(u).failures;
      if (at(u).dead) {
        ++at(u).renewals;
        at(u).failures = 0;
        at(u).born = queue_.now();
        at(u).dead = false;
      }
      set_working(u, true);
      draw(u);
      break;
    case Kind::delivered:
      --outstanding_;
      ++spares_;
      if (!for_spare_.empty()) {
        const std::int32_t first = for_spare_.front();
        for_spare_.pop_front();
        fetch_spare(first);
      }
      break;
    case Kind::warm:
      for (auto* t : {&down_, &in_repair_, &backorders_, &on_order_, &domains_}) t->restart(queue_.now());
      return;
  }
  call_crew();
  record();
}

void Shop::record() {
  const auto waiting = static_cast<std::int64_t>(for_spare_.size());
  const auto repairing = busy_ + static_cast<std::int64_t>(for_crew_.size());
  if (working_ + undetected_ + repairing + waiting != spec_.units) throw std::logic_error("units are not conserved in the repair shop");
  const SimTime now = queue_.now();
  down_.set(now, static_cast<double>(spec_.units - working_));
  in_repair_.set(now, static_cast<double>(busy_));
  backorders_.set(now, static_cast<double>(waiting));
  on_order_.set(now, static_cast<double>(outstanding_));
  domains_.set(now, static_cast<double>(domains_working_));
}

RepairResult Shop::run() {
  const SimTime end = to_sim_time(spec_.span);
  engine::run_until(queue_, end, [this](const engine::Event<Payload>& event) { handle(event.payload); });
  result_.down = down_.mean(end);
  result_.in_repair = in_repair_.mean(end);
  result_.waiting_for_spare = backorders_.mean(end);
  result_.outstanding = on_order_.mean(end);
  result_.domains_working = domains_.mean(end);
  result_.outstanding_at_end = outstanding_;
  result_.spares_at_end = spares_;
  result_.domains_working_at_end = domains_working_;
  result_.working_at_end = working_;
  result_.in_repair_at_end = busy_ + static_cast<std::int64_t>(for_crew_.size());
  result_.without_spare_at_end = static_cast<std::int64_t>(for_spare_.size());
  return result_;
}

}  // namespace

RepairResult simulate_repair(const RepairSpec& spec, const FailureWorld& world, std::uint64_t site) {
  return Shop(spec, world, site).run();
}

}  // namespace headroom::failures
