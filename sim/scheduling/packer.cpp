#include "sim/scheduling/packer.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <stdexcept>

namespace headroom::scheduling {

namespace {

constexpr double no_fit = -std::numeric_limits<double>::infinity();

/// `count` of the set bits of `mask`, drawn.
std::uint64_t draw_bits(std::uint64_t mask, int count, engine::Stream& chance) {
  std::uint64_t chosen = 0;
  for (int left = count; left > 0; --left) {
    const int available = std::popcount(mask);
    if (available == left) return chosen | mask;
    int skip = static_cast<int>(draw_below(chance, static_cast<std::uint32_t>(available)));
    std::uint64_t rest = mask;
    while (skip-- > 0) rest &= rest - 1;
    const std::uint64_t bit = rest & (~rest + 1);
    chosen |= bit;
    mask ^= bit;
  }
  return chosen;
}

}  // namespace

Packer::Packer(std::vector<NodeShape> nodes, std::unique_ptr<const PackPolicy> policy)
    : shapes_(std::move(nodes)), policy_(std::move(policy)), stamp_(shapes_.size(), 0) {
  for (const NodeShape& shape : shapes_) {
    if (shape.gpus < 0 || shape.gpus > 64 || shape.model < 0 || shape.model > 63) {
      throw std::invalid_argument("a node has 0 to 64 accelerators of a model with index 0 to 63");
    }
    cpu_free_.push_back(shape.cpu_milli);
    memory_free_.push_back(shape.memory_mib);
    gpu_begin_.push_back(gpu_free_.size());
    gpu_free_.insert(gpu_free_.end(), static_cast<std::size_t>(shape.gpus), std::int16_t{whole_gpu});
    capacity_milli_ += std::int64_t{shape.gpus} * whole_gpu;
  }
  gpu_begin_.push_back(gpu_free_.size());
  kinds_.assign(shapes_.size() * pod_kinds, 0);
}

NodeView Packer::node(std::int32_t n) const {
  const auto i = static_cast<std::size_t>(n);
  return {cpu_free_[i], memory_free_[i], shapes_[i].model,
          {gpu_free_.data() + gpu_begin_[i], gpu_begin_[i + 1] - gpu_begin_[i]},
          {kinds_.data() + i * pod_kinds, pod_kinds}};
}

void Packer::refresh(const PodShape& pod, Known& known) {
  const auto look = [&](std::int32_t n) {
    const NodeView view = node(n);
    const auto i = static_cast<std::size_t>(n);
    if (!fits(pod, view)) {
      known.scores[i] = no_fit;
      return;
    }
    const NodeScore s = policy_->score(pod, view);
    known.scores[i] = s.score;
    known.gpus[i] = s.gpus;
  };
  if (known.scores.empty()) {
    known.scores.resize(shapes_.size());
    known.gpus.resize(shapes_.size());
    for (std::int32_t n = 0; n < nodes(); ++n) look(n);
  } else {
    ++refreshes_;
    for (std::size_t c = known.read; c < changes_.size(); ++c) {
      auto& stamp = stamp_[static_cast<std::size_t>(changes_[c])];
      if (stamp == refreshes_) continue;
      stamp = refreshes_;
      look(changes_[c]);
    }
  }
  known.read = changes_.size();
}

void Packer::changed(std::int32_t n) {
  if (changes_.size() > 4096 + 16 * shapes_.size()) {  // shapes that were not asked for since are forgotten, so the log stays short
    std::erase_if(known_, [&](const auto& entry) { return entry.second.read < changes_.size(); });
    for (auto& [shape, known] : known_) known.read = 0;
    changes_.clear();
  }
  changes_.push_back(n);
}

std::optional<Placement> Packer::place(const PodShape& pod, engine::Stream& chance) {
  Known& known = known_[pod];
  refresh(pod, known);
  double best = no_fit;
  ties_.clear();
  for (std::int32_t n = 0; n < nodes(); ++n) {
    const double score = known.scores[static_cast<std::size_t>(n)];
    if (score < best || score == no_fit) continue;
    if (score > best) ties_.clear();
    best = score;
    ties_.push_back(n);
  }
  if (ties_.empty()) return std::nullopt;

  const bool draw = ties_.size() > 1 && policy_->draws_ties();
  const std::int32_t n = ties_[draw ? draw_below(chance, static_cast<std::uint32_t>(ties_.size())) : 0];
  const auto i = static_cast<std::size_t>(n);
  const Placement placed{n, draw_bits(known.gpus[i], pod.gpus, chance)};
  cpu_free_[i] -= pod.cpu_milli;
  memory_free_[i] -= pod.memory_mib;
  for (std::uint64_t m = placed.gpus; m != 0; m &= m - 1) {
    auto& free = gpu_free_[gpu_begin_[i] + static_cast<std::size_t>(std::countr_zero(m))];
    free = static_cast<std::int16_t>(free - pod.gpu_milli);
    if (free < 0) throw std::logic_error("a packing policy offered an accelerator that is too full");
  }
  ++kinds_[i * pod_kinds + static_cast<std::size_t>(kind_of(pod))];
  allocated_milli_ += pod.demand_milli();
  changed(n);
  return placed;
}

void Packer::remove(const PodShape& pod, const Placement& placement) {
  const auto i = static_cast<std::size_t>(placement.node);
  cpu_free_[i] += pod.cpu_milli;
  memory_free_[i] += pod.memory_mib;
  for (std::uint64_t m = placement.gpus; m != 0; m &= m - 1) {
    auto& free = gpu_free_[gpu_begin_[i] + static_cast<std::size_t>(std::countr_zero(m))];
    free = static_cast<std::int16_t>(free + pod.gpu_milli);
    if (free > whole_gpu) throw std::logic_error("a pod was removed from an accelerator that it did not hold");
  }
  --kinds_[i * pod_kinds + static_cast<std::size_t>(kind_of(pod))];
  allocated_milli_ -= pod.demand_milli();
  changed(placement.node);
}

}  // namespace headroom::scheduling
