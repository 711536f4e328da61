#include "models/training/ranking.hpp"

#include <algorithm>

#include "models/collectives/collectives.hpp"

namespace headroom::training {
namespace {

constexpr double lookups = 214, tables = 26, width = 128, dense_weights = 16.0e6;
constexpr double step_overhead = 1.4e-3, over_ideal = 1.8, pcie_share = 0.18;

/// Rate of an all-to-all inside one node.
double local_rate(const catalog::Chip& chip, const collectives::Fabric& fabric) {
  const bool joined = chip.scaleup_bandwidth.value_or(BytesPerSecond{}) > gigabytes_per_second(100) && chip.scaleup_domain.value_or(8) > 2;
  if (joined) return fabric.local.bandwidth.base();
  const int generation = chip.pcie_generation.value_or(4);
  return pcie_share * (generation >= 6 ? 128e9 : generation == 5 ? 64e9 : 32e9);
}

}  // namespace

RankingStep ranking_step(const DeviceGroup& g, double global_batch) {
  const kernels::Device d = kernels::device_of(*g.chip, 1);
  collectives::Fabric fabric = collectives::fabric_of(*g.chip, g.per_node, 1);
  const double remote = (g.scaleout ? 0.85 * g.scaleout->base() : fabric.remote.bandwidth.base()) / g.oversubscription;
  const double n = std::max(1, g.accelerators);
  const double inside = std::clamp<double>(std::max(g.scaleup_domain.value_or(fabric.domain), g.per_node), 1, n);
  const double samples = global_batch / n;
  const double crossing = samples * tables * width * 2 * 2;
  RankingStep s;
  s.lookup = over_ideal * kernels::stream_time(d, Bytes{samples * lookups * width * 4 * 2});
  s.dense = Seconds{over_ideal * samples * 6 * dense_weights / (d.peak[0].base() * d.share[0])};
  s.exchange = Seconds{std::max(crossing * (inside - 1) / n / local_rate(*g.chip, fabric), crossing * (n - inside) / n / remote)};
  s.fixed = Seconds{step_overhead};
  return s;
}

}  // namespace headroom::training
