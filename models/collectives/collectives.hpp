#pragma once

#include <array>

#include "models/catalog/chip.hpp"
#include "models/units/quantity.hpp"

namespace headroom::collectives {

/// One kind of link as a rank sees it, one direction. Achieved rate at a message of S bytes: bandwidth x S / (S + half).
struct Link {
  BytesPerSecond bandwidth{};
  Seconds latency{};   ///< of one hop, software included
  Bytes half{};        ///< message size that reaches half the bandwidth
};

/// What a group that spans at most `ranks` ranks sees of the switches: its ports over the rate that gets through when all of it
/// sends, 1 or more. Rings cross a border with few links, an all-to-all with all of them.
struct Tier {
  int ranks = 0;
  double ring = 1, all_to_all = 1;
};

/// Two-level network of equal ranks: `domain` ranks share the scale-up link, each rank has its own port to the scale-out fabric.
struct Fabric {
  Link local;
  Link remote;
  int domain = 8;
  Seconds start{};                 ///< of every collective, whatever its size: its kernel and the rendezvous of the ranks
  double oversubscription = 1;     ///< of the scale-out fabric, >= 1, where no tier says it
  std::array<Tier, 3> tiers{};     ///< narrowest first, unused ones without ranks; wider groups see the widest
  bool reduces_in_switch = false;  ///< NVLink SHARP and the like: all-reduce moves the data once
};

/// Where the ranks of a group sit: `ranks` in all, `local` of them in each domain (1 <= local <= domain), `span` ranks of the job
/// from the first to the last (0: the group's own).
struct Group {
  int ranks = 1;
  int local = 1;
  int span = 0;
};

/// Achieved shares of data-sheet rates: NVLink rings reach 75-85 % of the link, InfiniBand and RoCE about 85-90 % of the port.
inline constexpr double scaleup_share = 0.78, scaleout_share = 0.85;

/// Data-sheet link rates with the achieved share and latency of their kind. `ranks` per chip as in kernels::device_of.
/// A missing scale-up rate is put at PCIe of the chip's generation, a missing scale-out rate at 50 Gb/s for each accelerator.
[[nodiscard]] Fabric fabric_of(const catalog::Chip&, int per_node, int ranks = 1);

/// Cheapest of ring, tree, hierarchical and (where present) in-switch reduction of `bytes` held by every rank.
/// Ring: 2 (n-1)/n S/beta + 2 (n-1) alpha; tree: 2 S/beta + 2 log2(n) alpha; hierarchical: local reduce-scatter, remote
/// all-reduce of S/local over all ports at once, local all-gather (facts/training.md 5.4, NCCL's choice of the minimum).
[[nodiscard]] Seconds all_reduce(const Fabric&, Group, Bytes bytes);
/// `bytes` is the size of the whole gathered (scattered) tensor; each costs half of a ring all-reduce.
[[nodiscard]] Seconds all_gather(const Fabric&, Group, Bytes bytes);
[[nodiscard]] Seconds reduce_scatter(const Fabric&, Group, Bytes bytes);
/// `bytes` leave each rank, spread evenly over the group; the part for other domains crosses the rank's own port.
[[nodiscard]] Seconds all_to_all(const Fabric&, Group, Bytes bytes);
/// The same with the two parts given: `inside` stays in the sender's domain, `outside` crosses its port. Dispatchers that send
/// a token once to each domain that needs it move fewer bytes outside than a plain all-to-all.
[[nodiscard]] Seconds exchange(const Fabric&, Group, Bytes inside, Bytes outside);
/// One message between neighbours, `remote` if they sit in different domains.
[[nodiscard]] Seconds send(const Fabric&, bool remote, Bytes bytes);

}  // namespace headroom::collectives
