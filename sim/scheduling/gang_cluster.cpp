#include "sim/scheduling/gang_cluster.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace headroom::scheduling {

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// The lowest `n` of the bits that are set; all if there are no more.
std::uint64_t lowest_ones(std::uint64_t bits, std::int32_t n) {
  constexpr std::uint64_t each_byte = 0x0101010101010101;
  const std::uint64_t up_to = ones_by_byte(bits) * each_byte;  // in each byte: ones in it and in those below it
  if (static_cast<std::int32_t>(up_to >> 56) <= n) return bits;
  // The first byte that goes beyond n sets the top bit of this, as no sum exceeds 64.
  const int begin = std::countr_zero((up_to + static_cast<std::uint64_t>(127 - n) * each_byte) & 0x80 * each_byte) / 8 * 8;
  std::uint64_t rest = bits >> begin;
  for (auto left = n - static_cast<std::int32_t>(up_to << 8 >> begin & 0xff); left > 0; --left) rest &= rest - 1;
  return bits & ~(rest << begin);
}

}  // namespace

GangCluster::GangCluster(std::int32_t nodes, std::int32_t gpus_per_node, std::int32_t nodes_per_group)
    : GangCluster(nodes, gpus_per_node, nodes_per_group, false) {}

GangCluster::GangCluster(std::int32_t nodes, std::int32_t gpus_per_node, std::int32_t nodes_per_group, bool counted)
    : nodes_(nodes), width_(gpus_per_node), group_size_(nodes_per_group == 0 ? nodes : nodes_per_group), counted_(counted) {
  if (nodes < 1 || gpus_per_node < 1 || gpus_per_node > 1024 || group_size_ < 1) {
    throw std::invalid_argument("a cluster has at least one node, 1 to 1024 accelerators a node and one node a group");
  }
  groups_.resize(at((nodes + group_size_ - 1) / group_size_));
  if (!counted) free_.assign(at(nodes), static_cast<std::int16_t>(width_));
  for (std::int32_t begin = 0; Group& g : groups_) {
    if (counted) break;
    g.begin = begin;
    const std::int32_t size = std::min(group_size_, nodes - begin);
    g.by_free.assign(at(width_) + 1, NodeSet(size));
    g.full = g.down = NodeBits(size);
    g.by_free[at(width_)].insert(0, size);
    g.free = std::int64_t{size} * width_;
    begin += group_size_;
  }
  count_by_free_.assign(at(width_) + 1, 0);
  count_by_free_[at(width_)] = nodes;
  free_total_ = up_total_ = gpus();
}

void GangCluster::join(std::int32_t node) {
  Group& g = groups_[at(group_of(node))];
  const std::int32_t free = free_on(node);
  if (free > 0) g.by_free[at(free)].insert(node - g.begin);
  g.free += free;
  free_total_ += free;
  ++count_by_free_[at(free)];
}

void GangCluster::leave(std::int32_t node) {
  Group& g = groups_[at(group_of(node))];
  const std::int32_t free = free_on(node);
  if (free > 0) g.by_free[at(free)].erase(node - g.begin);
  g.free -= free;
  free_total_ -= free;
  --count_by_free_[at(free)];
}

void GangCluster::move(std::int32_t node, std::int32_t free) {
  if (free < 0 || free > width_) throw std::logic_error("a node would hold more accelerators than it has");
  const bool up = this->up(node);
  if (up) leave(node);
  Group& g = groups_[at(group_of(node))];
  free == 0 ? g.full.insert(node - g.begin) : g.full.erase(node - g.begin);
  free_[at(node)] = static_cast<std::int16_t>(free > 0 ? free : width_);
  if (up) join(node);
}

/// So many more nodes of a group are idle.
void GangCluster::count_idle(Group& g, std::int64_t more) {
  count_by_free_[at(width_)] += more;
  g.free += more * width_;
  free_total_ += more * width_;
}

/// So many idle nodes of a group are held from now on, or so many held ones idle if negative.
void GangCluster::count_held(Group& g, std::int32_t more) {
  count_idle(g, -more);
  count_by_free_[0] += more;
}

void GangCluster::count_up(std::int32_t more) {
  if (free_nodes() + more < 0) throw std::logic_error("more nodes go than are idle");
  count_idle(groups_.front(), more);
  up_total_ += std::int64_t{more} * width_;
}

void GangCluster::set_up(std::int32_t node, bool up) {
  if (up == this->up(node)) return;
  Group& g = groups_[at(group_of(node))];
  if (up) {
    g.down.erase(node - g.begin);
    join(node);
    up_total_ += width_;
  } else {
    leave(node);
    g.down.insert(node - g.begin);
    up_total_ -= width_;
  }
}

void GangCluster::set_idle_up(std::int32_t node, std::int32_t nodes, bool up) {
  need_places();
  Group& g = groups_[at(group_of(node))];
  NodeSet& idle = g.by_free[at(width_)];
  const NodeBits& from = up ? g.down : idle.bits();
  const auto first_free = free_.begin() + node;
  const bool in_part = std::any_of(first_free, first_free + nodes, [&](std::int16_t free) { return free != width_; });
  if (in_part) throw std::logic_error("nodes go or come that gangs hold in part");
  for_words(node - g.begin, nodes, [&](std::size_t word, std::uint64_t mask) {
    if ((mask & (~from.words()[word] | g.full.words()[word])) != 0) throw std::logic_error("nodes go or come that are not all idle, or not all away");
    if (up) {
      g.down.erase_bits(word, mask);
      idle.insert_bits(word, mask, ones_in(mask));
    } else {
      idle.erase_bits(word, mask, ones_in(mask));
      g.down.insert_bits(word, mask);
    }
  });
  const std::int64_t more = up ? nodes : -nodes;
  count_idle(g, more);
  up_total_ += more * width_;
}

std::int32_t GangCluster::last_idle(std::int32_t end) const {
  need_places();
  if (free_nodes() == 0) return -1;
  for (std::int32_t at_most = end; at_most > 0;) {
    const Group& g = groups_[at(group_of(at_most - 1))];
    const std::int32_t last = g.by_free[at(width_)].last_below(at_most - g.begin);
    if (last >= 0) return g.begin + last;
    at_most = g.begin;
  }
  return -1;
}

std::int32_t GangCluster::idle_run_to(std::int32_t last, std::int32_t most) const {
  need_places();
  const Group& g = groups_[at(group_of(last))];
  return g.by_free[at(width_)].bits().run_to(last - g.begin, most);
}

bool GangCluster::ever_fits(std::int32_t gpus) const {
  if (counted_ && gpus % width_ != 0) return false;
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
  move(node, free_on(node) - gpus);
  out.push_back({node, 1, gpus});
}

/// `n` idle nodes, given as bits of a word of the group's set of them, are held from now on.
void GangCluster::hold_idle(Group& g, std::size_t word, std::uint64_t nodes, std::int32_t n) {
  g.by_free[at(width_)].erase_bits(word, nodes, n);
  g.full.insert_bits(word, nodes);
  count_held(g, n);
}

/// Takes up to `most` idle nodes of a word of the group's set of them, the first ones. How many.
std::int32_t GangCluster::take_idle(Group& g, std::size_t word, std::int32_t most, GangPlacement& out) {
  const std::uint64_t nodes = lowest_ones(g.by_free[at(width_)].words()[word], most);
  const std::int32_t taken = ones_in(nodes);
  hold_idle(g, word, nodes, taken);
  const std::int32_t base = g.begin + static_cast<std::int32_t>(word * 64);
  for (std::uint64_t left = nodes; left != 0;) {
    const int from = std::countr_zero(left), n = std::countr_one(left >> from);
    const bool goes_on = from == 0 && !out.empty() && out.back().gpus == width_ && out.back().node + out.back().nodes == base && base != g.begin;
    if (goes_on) out.back().nodes += n;
    else out.push_back({base + from, n, width_});
    if (from + n == 64) break;
    left &= ~std::uint64_t{0} << (from + n);
  }
  return taken;
}

/// Takes up to `nodes` idle nodes of the group, the first ones, and counts them down.
void GangCluster::take_whole(Group& g, std::int32_t& nodes, GangPlacement& out) {
  const NodeSet& idle = g.by_free[at(width_)];
  while (nodes > 0 && !idle.empty()) nodes -= take_idle(g, static_cast<std::size_t>(idle.first()) / 64, nodes, out);
}

/// The same from the first block of 64 neighbours that has as many idle nodes as are left to take (64 at most), else from the
/// one with the most: holes that failures leave are not strung together to gangs of many runs.
void GangCluster::take_neighbours(Group& g, std::int32_t& nodes, GangPlacement& out) {
  const NodeSet& idle = g.by_free[at(width_)];
  std::size_t from = 0;  // no block before it has as many as are wanted
  while (nodes > 0 && !idle.empty()) {
    std::size_t block = idle.word_with(std::min<std::int32_t>(nodes, 64), from);
    from = block;
    if (block == idle.words().size()) block = idle.fullest_word();
    nodes -= take_idle(g, block, nodes, out);
    if (nodes < 64) from = 0;
  }
}

/// The group is known to hold the gang.
void GangCluster::take_in(Group& g, std::int32_t gpus, GangPlacement& out) {
  std::int32_t whole = gpus / width_;
  take_whole(g, whole, out);
  const std::int32_t rest = gpus % width_;
  if (rest > 0) take_from(first(g, fewest_free(g, rest)), rest, out);
}

/// Over all groups in order, as if they were one.
bool GangCluster::take_tightest(std::int32_t gpus, bool neighbours, GangPlacement& out) {
  std::int32_t whole = gpus / width_;
  for (Group& g : groups_) {
    if (whole == 0) break;
    neighbours ? take_neighbours(g, whole, out) : take_whole(g, whole, out);
  }
  const std::int32_t rest = gpus % width_;
  if (rest == 0) return true;
  std::int32_t f = rest;
  while (count_by_free_[at(f)] == 0) ++f;
  take_rest(f, rest, out);
  return true;
}

/// `rest` accelerators of the first node that has `free` of them.
void GangCluster::take_rest(std::int32_t free, std::int32_t rest, GangPlacement& out) {
  for (Group& g : groups_) {
    if (g.by_free[at(free)].empty()) continue;
    take_from(first(g, free), rest, out);
    return;
  }
}

bool GangCluster::take(std::int32_t gpus, std::span<const std::int16_t> order, GangPlacement& out) {
  if (counted_) return take(gpus, GangRule::tightest, out);
  if (gpus < 1 || !fits(gpus)) return false;
  out.clear();
  const std::int32_t rest = gpus % width_;
  if (gpus > rest) take_tightest(gpus - rest, false, out);
  if (rest == 0) return true;
  for (const std::int16_t free : order) {
    if (count_by_free_[at(free)] == 0) continue;
    take_rest(free, rest, out);
    return true;
  }
  throw std::logic_error("an order of nodes leaves out one that the gang fits");
}

std::int64_t GangCluster::largest(GangRule rule) const {
  if (rule == GangRule::spread) return free_total_;
  std::int32_t part = width_ - 1;
  while (part > 0 && count_by_free_[at(part)] == 0) --part;
  return whole_nodes() * width_ + part;
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
    if (whole == 0) break;
    last = g;
    take_whole(*g, whole, out);
  }
  if (rest == 0) return true;
  if (fewest_free(*last, rest) > 0) {
    take_from(first(*last, fewest_free(*last, rest)), rest, out);
    return true;
  }
  return take_tightest(rest, false, out);
}

std::optional<GangPlacement> GangCluster::take(std::int32_t gpus, GangRule rule) {
  GangPlacement out;
  if (!take(gpus, rule, out)) return std::nullopt;
  return out;
}

std::optional<std::int32_t> GangCluster::take_node() {
  need_places();
  for (Group& g : groups_) {
    if (g.by_free[at(width_)].empty()) continue;
    const std::int32_t node = first(g, width_);
    move(node, 0);
    return node;
  }
  return std::nullopt;
}

bool GangCluster::take(std::int32_t gpus, GangRule rule, GangPlacement& out) {
  if (gpus < 1 || !fits(gpus, rule)) return false;
  if (counted_) {
    if (gpus % width_ != 0) throw std::logic_error("only whole nodes are counted");
    out.assign(1, {0, gpus / width_, width_});
    count_held(groups_.front(), gpus / width_);
    return true;
  }
  out.clear();
  switch (rule) {
    case GangRule::tightest: take_tightest(gpus, false, out); break;
    case GangRule::neighbours: take_tightest(gpus, true, out); break;
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
  return true;
}

void GangCluster::take(const NodeRun& run) {
  Group& g = groups_[at(group_of(run.node))];
  if (counted_) {
    if (run.gpus != width_ || run.nodes > free_nodes()) throw std::logic_error("a gang takes more than whole idle nodes");
    return count_held(g, run.nodes);
  }
  const std::int32_t begin = run.node - g.begin;
  if (run.gpus != width_ || g.by_free[at(width_)].bits().run_from(begin, run.nodes) < run.nodes) {
    for (std::int32_t n = run.node; n < run.node + run.nodes; ++n) move(n, free_on(n) - run.gpus);
    return;
  }
  for_words(begin, run.nodes, [&](std::size_t word, std::uint64_t nodes) { hold_idle(g, word, nodes, ones_in(nodes)); });
}

void GangCluster::take(const GangPlacement& placement) {
  for (const NodeRun& run : placement) take(run);
}

void GangCluster::give(const NodeRun& run) {
  if (counted_) {
    if (run.gpus != width_ || run.nodes > count_by_free_[0]) throw std::logic_error("nodes are given back that nobody holds");
    return count_held(groups_.front(), -run.nodes);
  }
  if (run.gpus != width_) {
    for (std::int32_t n = run.node; n < run.node + run.nodes; ++n) move(n, free_on(n) + run.gpus);
    return;
  }
  Group& g = groups_[at(group_of(run.node))];
  NodeSet& idle = g.by_free[at(width_)];
  for_words(run.node - g.begin, run.nodes, [&](std::size_t word, std::uint64_t nodes) {
    if ((nodes & ~g.full.words()[word]) != 0) throw std::logic_error("nodes are given back that nobody holds");
    const std::uint64_t up = nodes & ~g.down.words()[word];
    const std::int32_t n = ones_in(up);
    g.full.erase_bits(word, nodes);
    idle.insert_bits(word, up, n);
    count_held(g, -n);
  });
}

void GangCluster::give(const GangPlacement& placement) {
  for (const NodeRun& run : placement) give(run);
}

}  // namespace headroom::scheduling
