#pragma once

#include <cstdint>
#include <string>

#include "sim/placement/problem.hpp"

namespace headroom::placement {

/// Small numbers from a seed (a linear congruential generator, Knuth's constants): the same cases everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 2862933555777941757 + 3037000493) {}
  std::int64_t between(std::int64_t low, std::int64_t high) {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return low + static_cast<std::int64_t>((state_ >> 33) % static_cast<std::uint64_t>(high - low + 1));
  }
  bool once_in(std::int64_t n) { return between(1, n) == 1; }

 private:
  std::uint64_t state_;
};

/// A case of up to 4 services, 4 pools and 2 sites; demand about `fill` hundredths of what the pools can serve.
inline Problem random_problem(std::uint64_t seed, std::int64_t fill) {
  Dice dice{seed};
  Problem problem;
  const auto sites = static_cast<std::size_t>(dice.between(1, 2));
  const auto pools = static_cast<std::size_t>(dice.between(2, 4));
  const auto services = static_cast<std::size_t>(dice.between(2, 4));
  for (std::size_t i = 0; i < sites; ++i) problem.sites.push_back({"site " + std::to_string(i), megawatts(1)});
  double accelerators = 0;
  for (std::size_t i = 0; i < pools; ++i) {
    const std::int64_t size = 8 * dice.between(2, 12);
    accelerators += static_cast<double>(size);
    problem.pools.push_back({"pool " + std::to_string(i), size,
                             static_cast<std::size_t>(dice.between(1, static_cast<std::int64_t>(sites)) - 1)});
  }
  for (std::size_t i = 0; i < services; ++i) {
    problem.services.push_back({"service " + std::to_string(i), static_cast<int>(dice.between(1, 2)), 0,
                                dice.once_in(3) ? dice.between(1, 3) : 0, 1});
    double best = 0;
    for (std::size_t p = 0; p < pools; ++p) {
      if (dice.once_in(4)) continue;
      Arc arc;
      arc.service = i;
      arc.pool = p;
      arc.replica_accelerators = std::int64_t{1} << dice.between(0, 3);
      arc.rate_per_accelerator = static_cast<double>(dice.between(20, 200));
      arc.power_per_accelerator = watts(static_cast<double>(dice.between(300, 1200)));
      arc.cost = 0.01 * static_cast<double>(dice.between(20, 300));
      arc.switching = dice.once_in(2) ? 0.01 * static_cast<double>(dice.between(1, 50)) : 0;
      arc.current = dice.once_in(2) ? dice.between(0, 5) : 0;
      best = best < arc.rate_per_accelerator ? arc.rate_per_accelerator : best;
      problem.arcs.push_back(arc);
    }
    const double share = accelerators / static_cast<double>(services);
    problem.services.back().demand = share * (best > 0 ? 0.7 * best : 50) * static_cast<double>(fill) / 100 *
                                     static_cast<double>(dice.between(60, 140)) / 100;
  }
  if (dice.once_in(3)) problem.sites[0].power_limit = watts(static_cast<double>(dice.between(10, 60)) * 1000);
  Dice pairs{seed + 77'777};  // so that the cases without companions stay what they were
  if (pairs.once_in(3)) return problem;
  for (Arc& arc : problem.arcs) {
    if (!pairs.once_in(3)) continue;
    Companion other;
    other.pool = (arc.pool + static_cast<std::size_t>(pairs.between(1, static_cast<std::int64_t>(pools) - 1))) % pools;
    other.replica_accelerators = pairs.between(1, 6);
    other.power_per_accelerator = watts(static_cast<double>(pairs.between(300, 1200)));
    other.cost = 0.01 * static_cast<double>(pairs.between(20, 300));
    other.switching = 0.01 * static_cast<double>(pairs.between(0, 30));
    arc.companion = other;
  }
  return problem;
}

}  // namespace headroom::placement
