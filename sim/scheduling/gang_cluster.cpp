#include "sim/scheduling/gang_cluster.hpp"

#include <algorithm>
#include <stdexcept>

namespace headroom::scheduling {

namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
}  // namespace

GangCluster::GangCluster(std::int32_t nodes, std::int32_t gpus_per_node, std::int32_t nodes_per_group)
    : width_(gpus_per_node), group_size_(nodes_per_group == 0 ? nodes : nodes_per_group) {
  if (nodes < 1 || gpus_per_node < 1 || group_size_ < 1) {
    throw std::invalid_argument("a cluster has at least one node, one accelerator a node and one node a group");
  }
  free_.assign(at(nodes), width_);
  down_.assign(at(nodes), 1);
  groups_.resize(at((nodes + group_size_ - 1) / group_size_));
  for (std::int32_t begin = 0; Group& g : groups_) {
    g.begin = begin;
    g.by_free.assign(at(width_) + 1, NodeSet(std::min(group_size_, nodes - begin)));
    begin += group_size_;
  }
  count_by_free_.assign(at(width_) + 1, 0);
  for (std::int32_t n = 0; n < nodes; ++n) set_up(n, true);
}

void GangCluster::join(std::int32_t node) {
  Group& g = groups_[at(group_of(node))];
  g.by_free[at(free_[at(node)])].insert(node - g.begin);
  g.free += free_[at(node)];
  free_total_ += free_[at(node)];
  ++count_by_free_[at(free_[at(node)])];
}

void GangCluster::leave(std::int32_t node) {
  Group& g = groups_[at(group_of(node))];
  g.by_free[at(free_[at(node)])].erase(node - g.begin);
  g.free -= free_[at(node)];
  free_total_ -= free_[at(node)];
  --count_by_free_[at(free_[at(node)])];
}

void GangCluster::move(std::int32_t node, std::int32_t free) {
  if (free < 0 || free > width_) throw std::logic_error("a node would hold more accelerators than it has");
  if (down_[at(node)]) {
    free_[at(node)] = free;
    return;
  }
  leave(node);
  free_[at(node)] = free;
  join(node);
}

void GangCluster::set_up(std::int32_t node, bool up) {
  if (up == this->up(node)) return;
  if (up) {
    down_[at(node)] = 0;
    join(node);
    up_total_ += width_;
  } else {
    leave(node);
    down_[at(node)] = 1;
    up_total_ -= width_;
  }
}

bool GangCluster::ever_fits(std::int32_t gpus) const {
  return gpus >= 1 && (std::int64_t{gpus} + width_ - 1) / width_ <= nodes();
}

std::int64_t GangCluster::fragmented(std::int32_t gpus) const {
  const std::int32_t needed = std::min(gpus, width_);
  std::int64_t sum = 0;
  for (std::int32_t f = 1; f < needed; ++f) sum += f * count_by_free_[at(f)];
  return sum;
}

std::int64_t GangCluster::whole_nodes() const { return count_by_free_[at(width_)]; }

bool GangCluster::fits(std::int32_t gpus, GangRule rule) const {
  if (gpus > free_total_) return false;
  if (rule == GangRule::spread) return true;
  const std::int32_t whole = gpus / width_;
  const std::int32_t rest = gpus % width_;
  if (whole_nodes() < whole) return false;
  if (rest == 0) return true;
  for (std::int32_t f = rest; f < width_; ++f) {
    if (count_by_free_[at(f)] > 0) return true;
  }
  return whole_nodes() > whole;
}

bool GangCluster::fits_in(const Group& g, std::int32_t gpus) const {
  if (gpus > g.free) return false;
  const std::int32_t whole = gpus / width_;
  const std::int32_t rest = gpus % width_;
  const std::int32_t idle = g.by_free[at(width_)].size();
  if (idle < whole) return false;
  if (rest == 0 || idle > whole) return true;
  const std::int32_t f = fewest_free(g, rest);
  return f > 0 && f < width_;
}

/// The least number free, at least `at_least`, that some node of the group has; 0 if none has.
std::int32_t GangCluster::fewest_free(const Group& g, std::int32_t at_least) const {
  for (std::int32_t f = at_least; f <= width_; ++f) {
    if (!g.by_free[at(f)].empty()) return f;
  }
  return 0;
}

std::int32_t GangCluster::first(const Group& g, std::int32_t free) { return g.begin + g.by_free[at(free)].first(); }

void GangCluster::take_from(std::int32_t node, std::int32_t gpus, GangPlacement& out) {
  move(node, free_[at(node)] - gpus);
  out.push_back({node, gpus});
}

/// The group is known to hold the gang.
void GangCluster::take_in(Group& g, std::int32_t gpus, GangPlacement& out) {
  for (std::int32_t whole = gpus / width_; whole > 0; --whole) take_from(first(g, width_), width_, out);
  const std::int32_t rest = gpus % width_;
  if (rest > 0) take_from(first(g, fewest_free(g, rest)), rest, out);
}

/// Over all groups in order, as if they were one.
bool GangCluster::take_tightest(std::int32_t gpus, GangPlacement& out) {
  std::int32_t whole = gpus / width_;
  for (Group& g : groups_) {
    const auto& idle = g.by_free[at(width_)];
    for (; whole > 0 && !idle.empty(); --whole) take_from(first(g, width_), width_, out);
    if (whole == 0) break;
  }
  const std::int32_t rest = gpus % width_;
  if (rest == 0) return true;
  std::int32_t f = rest;
  while (count_by_free_[at(f)] == 0) ++f;
  for (Group& g : groups_) {
    if (g.by_free[at(f)].empty()) continue;
    take_from(first(g, f), rest, out);
    break;
  }
  return true;
}

bool GangCluster::take_topology(std::int32_t gpus, GangPlacement& out) {
  Group* best = nullptr;
  for (Group& g : groups_) {
    if (fits_in(g, gpus) && (best == nullptr || g.free < best->free)) best = &g;
  }
  if (best != nullptr) {
    take_in(*best, gpus, out);
    return true;
  }
  // Over the fewest groups: those with the most idle nodes first, equal ones in order.
  std::vector<Group*> order;
  for (Group& g : groups_) order.push_back(&g);
  std::stable_sort(order.begin(), order.end(), [&](const Group* a, const Group* b) {
    return a->by_free[at(width_)].size() > b->by_free[at(width_)].size();
  });
  std::int32_t whole = gpus / width_;
  const std::int32_t rest = gpus % width_;
  Group* last = order.front();
  for (Group* g : order) {
    const auto& idle = g->by_free[at(width_)];
    if (whole == 0) break;
    last = g;
    for (; whole > 0 && !idle.empty(); --whole) take_from(first(*g, width_), width_, out);
  }
  if (rest == 0) return true;
  if (fewest_free(*last, rest) > 0) {
    take_from(first(*last, fewest_free(*last, rest)), rest, out);
    return true;
  }
  return take_tightest(rest, out);
}

std::optional<GangPlacement> GangCluster::take(std::int32_t gpus, GangRule rule) {
  if (gpus < 1 || !fits(gpus, rule)) return std::nullopt;
  GangPlacement out;
  switch (rule) {
    case GangRule::tightest: take_tightest(gpus, out); break;
    case GangRule::topology: take_topology(gpus, out); break;
    case GangRule::spread:
      for (std::int32_t left = gpus; left > 0;) {
        std::int32_t f = std::min(left, width_);
        while (f <= width_ && count_by_free_[at(f)] == 0) ++f;
        if (f > width_) {
          f = std::min(left, width_);
          while (count_by_free_[at(f)] == 0) --f;
        }
        for (Group& g : groups_) {
          if (g.by_free[at(f)].empty()) continue;
          const std::int32_t part = std::min(left, f);
          take_from(first(g, f), part, out);
          left -= part;
          break;
        }
      }
      break;
  }
  return out;
}

void GangCluster::take(const GangPlacement& placement) {
  for (const NodeShare& s : placement) move(s.node, free_[at(s.node)] - s.gpus);
}

void GangCluster::give(const GangPlacement& placement) {
  for (const NodeShare& s : placement) move(s.node, free_[at(s.node)] + s.gpus);
}

}  // namespace headroom::scheduling
