#include "sim/fleet/racking_plan.hpp"

#include <algorithm>
#include <map>

#include "sim/fleet/network_parts.hpp"

namespace headroom::fleet {

namespace {

/// Accelerators of one lot that are to be racked.
struct Coming {
  Date day;
  std::int64_t count;
  std::size_t pool;
  bool needs_crew;
  std::optional<CalendarSpan> stays;   ///< time in service until retirement
};

struct Going { Date day; std::int64_t count; std::size_t pool; };

/// What the plan says of a lot that is not, or not wholly, in service.
void add_arrivals(const State& s, const Lot& lot, std::size_t pool, std::vector<Coming>& coming) {
  const bool rented = lot.is_rented();
  const auto& stays = lot.origin == Lot::Origin::order ? s.plan.orders[lot.source].retire_after : std::optional<CalendarSpan>{};
  if (lot.waiting + lot.racking > 0) coming.push_back({s.today, lot.waiting + lot.racking, pool, !rented, stays});
  if (lot.is_closed || lot.planned <= s.today) return;
  const std::int64_t on_its_way = lot.is_signed ? lot.on_order + lot.in_transit : lot.delivered ? 0 : lot.ordered;
  if (on_its_way > 0) coming.push_back({lot.planned, on_its_way, pool, !rented, stays});
}

/// When what stands, or will stand, leaves.
void add_departures(const State& s, const Lot& lot, std::size_t pool, std::vector<Going>& going) {
  switch (lot.origin) {
    case Lot::Origin::opening: {
      auto day = s.plan.fleet[lot.source].retire;
      if (day && s.retirement_deferred_to[lot.source]) day = std::max(*day, *s.retirement_deferred_to[lot.source]);
      if (day && *day > s.today) going.push_back({*day, lot.in_service, pool});
      break;
    }
    case Lot::Origin::order:
      if (const auto& after = s.plan.orders[lot.source].retire_after; after && lot.in_service > 0 && lot.delivered) {
        going.push_back({std::max(*lot.delivered + *after, s.today), lot.in_service, pool});
      }
      break;
    case Lot::Origin::lease:
    case Lot::Origin::bridge:
      if (lot.returned == 0 && !lot.is_closed) {
        const Date end = lot.origin == Lot::Origin::lease ? s.plan.leases[lot.source].end : lot.planned + s.plan.responses[lot.source].term;
        going.push_back({end, lot.ordered, pool});
      }
      break;
  }
}

/// Weekly steps of one site.
class SitePlan {
 public:
  SitePlan(const State& s, std::size_t site, std::vector<Coming> coming, std::vector<Going> going)
      : s_(s), site_(site), queue_(std::move(coming)), going_(std::move(going)), in_service_(s.pools.size()) {
    std::stable_sort(queue_.begin(), queue_.end(), [](const Coming& a, const Coming& b) { return a.day < b.day; });
    for (std::size_t p = 0; p < s.pools.size(); ++p) in_service_[p] = s.pools[p].site == site ? s.pools[p].in_service : 0;
  }

  void step(Date day, double weeks) {
    for (Going& gone : going_) {
      if (gone.count == 0 || gone.day > day) continue;
      in_service_[gone.pool] = std::max<std::int64_t>(0, in_service_[gone.pool] - gone.count);
      gone.count = 0;
    }
    double crew = s_.site(site_).racking_per_week.at(day) * weeks;
    std::vector<Going> later;
    while (next_ < queue_.size() && queue_[next_].day <= day) {
      Coming& first = queue_[next_];
      std::int64_t n = std::min(first.count, room(first.pool, day));
      if (first.needs_crew) n = std::min(n, static_cast<std::int64_t>(crew));
      first.count -= n;
      in_service_[first.pool] += n;
      if (first.needs_crew) crew -= static_cast<double>(n);
      if (first.stays && n > 0) later.push_back({day + *first.stays, n, first.pool});
      if (first.count > 0) break;
      ++next_;
    }
    going_.insert(going_.end(), later.begin(), later.end());
  }

  [[nodiscard]] std::int64_t in_service(std::size_t pool) const { return in_service_[pool]; }

 private:
  [[nodiscard]] std::int64_t room(std::size_t pool, Date day) const {
    const auto& place = s_.site(site_);
    double watts = place.power.at(day).base() / place.pue.at(day), accelerators = 0;
    for (std::size_t p = 0; p < s_.pools.size(); ++p) {
      if (s_.pools[p].site != site_) continue;
      watts -= static_cast<double>(in_service_[p]) * s_.pools[p].busy.base();
      accelerators += static_cast<double>(in_service_[p]);
    }
    double left = watts / s_.pools[pool].busy.base();
    if (place.space) left = std::min(left, place.space->at(day) - accelerators);
    if (place.ports) left = std::min(left, place.ports->at(day) - accelerators);
    if (const auto connected = connected_room(s_, pool, in_service_, day)) left = std::min(left, static_cast<double>(connected->accelerators));
    return static_cast<std::int64_t>(std::max(0.0, left));
  }

  const State& s_;
  std::size_t site_;
  std::vector<Coming> queue_;
  std::size_t next_ = 0;
  std::vector<Going> going_;
  std::vector<std::int64_t> in_service_;  ///< by pool; of other sites 0
};

/// Share of a pool in service that placement may count on: as today, or as the site's availability says.
double counted_share(const State& s, const Pool& pool) {
  const std::int64_t powered = pool.in_service - pool.unpowered;
  return powered > 0 ? static_cast<double>(pool.counted_on) / static_cast<double>(powered) : s.site(pool.site).availability;
}

}  // namespace

std::vector<Supply> supply_by_plan(const State& s, std::size_t first) {
  std::vector<std::vector<Coming>> coming(s.plan.sites.size());
  std::vector<std::vector<Going>> going(s.plan.sites.size());
  for (const Lot& lot : s.lots) {
    const std::size_t pool = s.pool_index(lot.site, lot.chip);
    add_arrivals(s, lot, pool, coming[lot.site]);
    add_departures(s, lot, pool, going[lot.site]);
  }
  std::vector<SitePlan> sites;
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) sites.emplace_back(s, i, std::move(coming[i]), std::move(going[i]));
  std::vector<Supply> weeks;
  Date before = s.today;
  for (Date day = s.plan.horizon.begin + std::chrono::days{7 * static_cast<int>(first)}; day < s.plan.horizon.end; day += std::chrono::days{7}) {
    Supply supply{day, std::vector<std::int64_t>(s.pools.size()), {}};
    for (std::size_t i = 0; i < sites.size(); ++i) {
      sites[i].step(day, static_cast<double>((day - before).count()) / 7);
      supply.power.push_back(s.site(i).power.at(day) * (1 / s.site(i).pue.at(day)));
    }
    for (std::size_t p = 0; p < s.pools.size(); ++p) {
      const Pool& pool = s.pools[p];
      const std::int64_t n = sites[pool.site].in_service(p);
      const auto held = std::min(n, pool.held_by_gangs + pool.withheld);
      supply.power[pool.site] -= pool.idle * static_cast<double>(n) + (pool.busy - pool.idle) * static_cast<double>(held);
      const auto counted = static_cast<std::int64_t>(static_cast<double>(n) * counted_share(s, pool));
      supply.accelerators[p] = pool.closed ? 0 : std::max<std::int64_t>(0, counted - held);
    }
    for (Watts& watts : supply.power) watts = std::max(Watts{}, watts);
    before = day;
    weeks.push_back(std::move(supply));
  }
  return weeks;
}

}  // namespace headroom::fleet
