#include "models/collectives/collectives.hpp"

#include <algorithm>
#include <limits>

#include "models/units/math.hpp"

namespace headroom::collectives {
namespace {

/// Time for `bytes` in messages of `message` bytes over `ports` links at once.
double moved(const Link& link, double bytes, double message, double ports, double oversubscription = 1) {
  if (bytes <= 0) return 0;
  const double rate = link.bandwidth.base() * ports / oversubscription * message / (message + link.half.base());
  return bytes / rate;
}

int domains(Group g) { return (g.ranks + g.local - 1) / g.local; }

/// The narrowest tier that holds the group, else the widest there is.
Tier tier_of(const Fabric& f, int span) {
  Tier seen{0, f.oversubscription, f.oversubscription};
  for (const Tier& t : f.tiers) {
    if (t.ranks == 0) break;
    seen = t;
    if (span <= t.ranks) break;
  }
  return seen;
}
Tier tier_of(const Fabric& f, Group g) { return tier_of(f, std::max(g.span, g.ranks)); }

/// Steps of a tree over n ranks.
int log2_up(int n) {
  int steps = 0;
  while ((1 << steps) < n) ++steps;
  return steps;
}

/// One pass of a ring (all-gather or reduce-scatter): (n-1)/n S at the slower of the local link and the ports of the domain.
double ring_pass(const Fabric& f, Group g, double bytes) {
  if (g.ranks <= 1 || bytes <= 0) return 0;
  const double share = (g.ranks - 1.0) / g.ranks * bytes;
  const bool crosses = g.ranks > g.local;
  const double local = g.local > 1 ? moved(f.local, share, bytes, 1) : 0;
  const double remote = crosses ? moved(f.remote, share, bytes, g.local, tier_of(f, g).ring) : 0;
  // Latency of a hierarchical ring: local hops, then hops between domains; large rings are cut to trees of rings.
  const double hops = (g.local - 1.0) * f.local.latency.base() +
                      (crosses ? std::min(domains(g) - 1.0, 4.0 * log2_up(domains(g))) * f.remote.latency.base() : 0.0);
  return std::max(local, remote) + hops;
}

Seconds begun(const Fabric& f, double time) { return Seconds{time > 0 ? time + f.start.base() : 0}; }

}  // namespace

Fabric fabric_of(const catalog::Chip& chip, int per_node, int ranks) {
  Fabric f;
  const double part = 1.0 / std::max(1, ranks);
  const int domain = chip.scaleup_domain.value_or(per_node);
  const bool torus = chip.generation.rfind("TPU", 0) == 0;
  const int generation = chip.pcie_generation.value_or(4);
  const double pcie = generation >= 6 ? 128e9 : generation == 5 ? 64e9 : 32e9;
  const double up = chip.scaleup_bandwidth.known() ? chip.scaleup_bandwidth.value().base() : pcie;
  const double out = chip.scaleout_bandwidth.known() ? chip.scaleout_bandwidth.value().base() : 50e9 / 8;
  f.local = {BytesPerSecond{part * up * scaleup_share}, Seconds{2.5e-6}, Bytes{2e6}};
  f.remote = {BytesPerSecond{part * out * scaleout_share}, Seconds{8e-6}, Bytes{4e6}};
  f.domain = std::max(1, domain) * ranks;
  if (torus) f.local.latency = Seconds{1.5e-6};
  if (chip.vendor == "NVIDIA" && chip.year_available.value_or(0) >= 2022 && up > 100e9) f.reduces_in_switch = true;
  return f;
}

Seconds all_gather(const Fabric& f, Group g, Bytes bytes) { return begun(f, ring_pass(f, g, bytes.base())); }
Seconds reduce_scatter(const Fabric& f, Group g, Bytes bytes) { return begun(f, ring_pass(f, g, bytes.base())); }

Seconds all_reduce(const Fabric& f, Group g, Bytes bytes) {
  if (g.ranks <= 1 || bytes.base() <= 0) return Seconds{0};
  const double s = bytes.base();
  const double ring = 2 * ring_pass(f, g, s);
  const bool crosses = g.ranks > g.local;
  const Link& slow = crosses ? f.remote : f.local;
  const double tree = moved(slow, 2 * s, s, crosses ? g.local : 1, crosses ? tier_of(f, g).ring : 1) +
                      2 * log2_up(g.ranks) * slow.latency.base();
  double best = std::min(ring, tree);
  if (!crosses && f.reduces_in_switch) {
    best = std::min(best, moved(f.local, s * (g.ranks + 1.0) / g.ranks, s, 1) + 2 * f.local.latency.base());
  }
  return begun(f, best);
}

Seconds all_to_all(const Fabric& f, Group g, Bytes bytes) {
  if (g.ranks <= 1 || bytes.base() <= 0) return Seconds{0};
  const double s = bytes.base();
  return exchange(f, g, Bytes{s * (g.local - 1.0) / g.ranks}, Bytes{s * static_cast<double>(g.ranks - g.local) / g.ranks});
}

Seconds exchange(const Fabric& f, Group g, Bytes inside, Bytes outside) {
  if (g.ranks <= 1) return Seconds{0};
  const double all = inside.base() + outside.base();
  const double local = moved(f.local, inside.base(), all, 1);
  const double remote = moved(f.remote, outside.base(), all, 1, tier_of(f, g).all_to_all);
  const double hops = log2_up(g.ranks) * (g.ranks > g.local ? f.remote.latency.base() : f.local.latency.base());
  return begun(f, std::max(local, remote) + hops);
}

Seconds send(const Fabric& f, bool remote, Bytes bytes) {
  const Link& link = remote ? f.remote : f.local;
  return Seconds{moved(link, bytes.base(), bytes.base(), 1, remote ? tier_of(f, std::numeric_limits<int>::max()).ring : 1) + link.latency.base()};
}

}  // namespace headroom::collectives
