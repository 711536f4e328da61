#pragma once

#include <cstdint>

#include "models/reliability/hazard.hpp"
#include "models/units/quantity.hpp"
#include "sim/engine/random.hpp"

namespace headroom::failures {

/// Which thing fails: the place and how many things stood there before it. Never the plan's names, so that an order more or
/// less changes no failure elsewhere.
struct SlotKey {
  std::uint64_t site = 0;
  std::uint64_t chip = 0;
  std::uint64_t slot = 0;
  std::uint64_t renewal = 0;
};

/// The failures of the world: a pure function of (seed, replication, slot, number of the failure).
class FailureWorld {
 public:
  FailureWorld(std::uint64_t seed, std::uint64_t replication) : seed_(seed), replication_(replication) {}

  /// Age at failure number `n` (from 0) of the thing in that slot, which works at `age`.
  [[nodiscard]] Seconds next_failure(const reliability::Hazard& hazard, const SlotKey& key, std::uint64_t n, Seconds age) const {
    return hazard.next_failure(age, stream("failure", key).uniform_at(n));
  }
  /// Factor of the thing's hazard: a lemon or not, for its whole life.
  [[nodiscard]] double lemon_factor(const reliability::Mixture& mixture, const SlotKey& key) const {
    return mixture.factor(stream("lemon", key).uniform_at(0));
  }
  /// A draw about failure number `n` (its kind, its detection, its repair), independent for each `what`.
  [[nodiscard]] double draw(std::string_view what, const SlotKey& key, std::uint64_t n) const { return stream(what, key).uniform_at(n); }
  /// What the draws about all slots of a site and chip have in common: `.part(slot).part(renewal).uniform_at(n)` is the draw.
  [[nodiscard]] engine::Stream slots(std::string_view what, std::uint64_t site, std::uint64_t chip) const {
    return engine::Stream(seed_, replication_, what, {site, chip});
  }

 private:
  [[nodiscard]] engine::Stream stream(std::string_view what, const SlotKey& key) const {
    return engine::Stream(seed_, replication_, what, {key.site, key.chip, key.slot, key.renewal});
  }
  std::uint64_t seed_;
  std::uint64_t replication_;
};

}  // namespace headroom::failures
