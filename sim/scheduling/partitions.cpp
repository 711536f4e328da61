#include "sim/scheduling/partitions.hpp"

#include <stdexcept>

namespace headroom::scheduling {

void Partitions::add(GangCluster cluster, Laying laying) {
  const std::int32_t nodes = cluster.nodes();
  parts_.push_back({std::move(cluster), std::move(laying), nodes_});
  nodes_ += nodes;
}

std::int64_t Partitions::gpus() const {
  std::int64_t sum = 0;
  for (const Part& part : parts_) sum += part.cluster.gpus();
  return sum;
}

std::int64_t Partitions::free_gpus() const {
  std::int64_t sum = 0;
  for (const Part& part : parts_) sum += part.cluster.free_gpus();
  return sum;
}

std::int64_t Partitions::up_gpus() const {
  std::int64_t sum = 0;
  for (const Part& part : parts_) sum += part.cluster.up_gpus();
  return sum;
}

std::int32_t Partitions::free_on(std::int32_t node) const {
  const Part& part = at(part_of(node));
  return part.cluster.free_on(node - part.first);
}

bool Partitions::up(std::int32_t node) const {
  const Part& part = at(part_of(node));
  return part.cluster.up(node - part.first);
}

void Partitions::set_up(std::int32_t node, bool up) {
  Part& part = parts_[static_cast<std::size_t>(part_of(node))];
  part.cluster.set_up(node - part.first, up);
}

void Partitions::set_idle_up(std::int32_t node, std::int32_t nodes, bool up) {
  Part& part = parts_[static_cast<std::size_t>(part_of(node))];
  part.cluster.set_idle_up(node - part.first, nodes, up);
}

bool Partitions::ever_fits(const Ask& ask) const {
  for (const Way& way : ask.ways) {
    const bool second = way.second_gpus == 0 || part(way.second_part).ever_fits(way.second_gpus);
    if (second && part(way.part).ever_fits(ask.gpus)) return true;
  }
  return false;
}

bool Partitions::fits(const Way& way, std::int32_t gpus) const {
  const Part& first = at(way.part);
  if (!first.cluster.fits(gpus, first.laying.rule())) return false;
  if (way.second_gpus == 0) return true;
  if (way.second_part != way.part) return at(way.second_part).cluster.fits(way.second_gpus, at(way.second_part).laying.rule());
  GangCluster after = first.cluster;
  GangPlacement out;
  return first.laying.take(after, gpus, out) && after.fits(way.second_gpus, first.laying.rule());
}

bool Partitions::fits(const Ask& ask) const {
  for (const Way& way : ask.ways) {
    if (fits(way, ask.gpus)) return true;
  }
  return false;
}

/// Takes a gang of a part; if there is no room `out` is as it was.
bool Partitions::lay(std::int32_t p, std::int32_t gpus, GangPlacement& out) {
  Part& part = parts_[static_cast<std::size_t>(p)];
  if (!part.laying.take(part.cluster, gpus, out)) return false;
  if (part.first > 0) {
    for (NodeRun& run : out) run.node += part.first;
  }
  return true;
}

std::optional<std::int32_t> Partitions::take(const Ask& ask, GangPlacement& out) {
  for (std::int32_t w = 0; const Way& way : ask.ways) {
    const bool second = way.second_gpus > 0;
    if ((!second || fits(way, ask.gpus)) && lay(way.part, ask.gpus, out)) {
      if (second && !lay(way.second_part, way.second_gpus, second_)) throw std::logic_error("a gang that fits finds no place");
      if (second) out.insert(out.end(), second_.begin(), second_.end());
      return w;
    }
    ++w;
  }
  return std::nullopt;
}

std::optional<Stand> Partitions::take(const Ask& ask) {
  Stand stand;
  const auto way = take(ask, stand.nodes);
  if (!way) return std::nullopt;
  stand.way = *way;
  return stand;
}

void Partitions::take(const GangPlacement& nodes) {
  for (const NodeRun& run : nodes) {
    Part& part = parts_[static_cast<std::size_t>(part_of(run.node))];
    part.cluster.take(NodeRun{run.node - part.first, run.nodes, run.gpus});
  }
}

void Partitions::meet(const Partitions& other) {
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    GangCluster& cluster = parts_[p].cluster;
    const GangCluster& there = other.parts_[p].cluster;
    if (cluster.is_counted()) {
      const std::int32_t excess = cluster.free_nodes() - there.free_nodes();
      if (excess > 0) cluster.take(NodeRun{0, excess, cluster.gpus_per_node()});
      continue;
    }
    for (std::int32_t n = 0; n < cluster.nodes(); ++n) {
      const std::int32_t excess = cluster.free_on(n) - there.free_on(n);
      if (excess > 0) cluster.take(NodeRun{n, 1, excess});
    }
  }
}

void Partitions::give(const GangPlacement& nodes) {
  for (const NodeRun& run : nodes) {
    Part& part = parts_[static_cast<std::size_t>(part_of(run.node))];
    part.cluster.give(NodeRun{run.node - part.first, run.nodes, run.gpus});
  }
}

}  // namespace headroom::scheduling
