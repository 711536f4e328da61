#include "models/training/pipeline.hpp"

#include <algorithm>
#include <stdexcept>

namespace headroom::training {
namespace {

struct Operation {
  bool forward = true;
  int chunk = 0, micro_batch = 0;
};

/// Chunk and micro-batch of the n-th forward (or backward) of a stage in Megatron's interleaved order.
Operation nth(const Pipeline& p, int n, bool forward) {
  const int group = p.stages * p.virtual_stages;
  const int inside = n % group;
  const int chunk = inside / p.stages;
  return {forward, forward ? chunk : p.virtual_stages - 1 - chunk, n / group * p.stages + inside % p.stages};
}

/// Order of one stage: forwards of the warm-up, one forward and one backward in turn, backwards of the rest.
std::vector<Operation> order_of(const Pipeline& p, int stage) {
  const int all = p.micro_batches * p.virtual_stages;
  const int ahead = p.virtual_stages == 1 ? p.stages - 1 - stage : 2 * (p.stages - 1 - stage) + (p.virtual_stages - 1) * p.stages;
  const int warm_up = p.virtual_stages > 1 && p.micro_batches <= p.stages ? all : std::min(ahead, all);
  std::vector<Operation> order;
  order.reserve(static_cast<std::size_t>(2 * all));
  for (int n = 0; n < warm_up; ++n) order.push_back(nth(p, n, true));
  for (int n = 0; n < all; ++n) {
    if (n + warm_up < all) order.push_back(nth(p, n + warm_up, true));
    order.push_back(nth(p, n, false));
  }
  return order;
}

/// The stages at work. Times at which passes end are kept by chunk, micro-batch and stage.
class Run {
 public:
  explicit Run(const Pipeline& p)
      : p_(p), split_(splits_backward(p.schedule)), ends_(2 * p.chunks.size() * static_cast<std::size_t>(p.micro_batches), -1.0) {
    for (int i = 0; i < p.stages; ++i) stages_.push_back({order_of(p, i), 0, 0, 0, {}});
  }

  double makespan() {
    bool moved = true;
    while (moved) {
      moved = false;
      for (int i = 0; i < p_.stages; ++i) {
        while (advance(i)) moved = true;
      }
    }
    double last = 0;
    for (Stage& s : stages_) {
      if (s.next < s.order.size()) throw std::logic_error("pipeline: the schedule waits for itself");
      for (const double w : s.put_off) s.now += w;
      last = std::max(last, s.now);
    }
    return last;
  }

 private:
  struct Stage {
    std::vector<Operation> order;
    std::size_t next;
    double now;
    int in_flight;                ///< micro-batches whose activations are held
    std::vector<double> put_off;  ///< weight gradients still to do
  };

  [[nodiscard]] const ChunkTimes& times(int stage, int chunk) const { return p_.chunks[static_cast<std::size_t>(chunk * p_.stages + stage)]; }
  double& end(bool forward, int stage, int chunk, int micro_batch) {
    const std::size_t place = static_cast<std::size_t>(chunk * p_.stages + stage) * static_cast<std::size_t>(p_.micro_batches) + static_cast<std::size_t>(micro_batch);
    return ends_[place * 2 + (forward ? 0 : 1)];
  }

  /// When the input of an operation is there; below zero: not yet known.
  double ready(int stage, const Operation& o) {
    if (o.forward) {
      if (stage > 0) return arrived(end(true, stage - 1, o.chunk, o.micro_batch));
      return o.chunk == 0 ? 0 : arrived(end(true, p_.stages - 1, o.chunk - 1, o.micro_batch));
    }
    if (stage < p_.stages - 1) return arrived(end(false, stage + 1, o.chunk, o.micro_batch));
    if (o.chunk < p_.virtual_stages - 1) return arrived(end(false, 0, o.chunk + 1, o.micro_batch));
    return end(true, stage, o.chunk, o.micro_batch);
  }
  [[nodiscard]] double arrived(double ended) const { return ended < 0 ? ended : ended + p_.send; }

  bool advance(int i) {
    Stage& s = stages_[static_cast<std::size_t>(i)];
    if (s.next == s.order.size()) return false;
    const Operation& o = s.order[s.next];
    const double at = ready(i, o);
    if (at < 0) return false;
    // Idle time and full memory call for the weight gradients that were put off.
    while (!s.put_off.empty() && (s.now < at || (o.forward && s.in_flight + static_cast<int>(s.put_off.size()) >= p_.stages))) {
      s.now += s.put_off.back();
      s.put_off.pop_back();
    }
    const ChunkTimes& t = times(i, o.chunk);
    s.now = std::max(s.now, at) + (o.forward ? t.forward : t.backward - (split_ ? t.weight : 0));
    s.in_flight += o.forward ? 1 : -1;
    if (!o.forward && split_) s.put_off.push_back(t.weight);
    end(o.forward, i, o.chunk, o.micro_batch) = s.now;
    ++s.next;
    return true;
  }

  const Pipeline& p_;
  bool split_;
  std::vector<double> ends_;
  std::vector<Stage> stages_;
};

double followed(const Pipeline& p, int micro_batches) {
  Pipeline part = p;
  part.micro_batches = micro_batches;
  return Run(part).makespan();
}

}  // namespace

Seconds pipeline_time(const Pipeline& p) {
  if (p.stages < 1 || p.virtual_stages < 1 || p.micro_batches < 1 ||
      p.chunks.size() != static_cast<std::size_t>(p.stages) * static_cast<std::size_t>(p.virtual_stages)) {
    throw std::invalid_argument("pipeline: stages, chunks and micro-batches do not belong together");
  }
  // Interleaving needs whole groups of p micro-batches; a short group leaves its slots idle.
  const int all = p.virtual_stages > 1 ? (p.micro_batches + p.stages - 1) / p.stages * p.stages : p.micro_batches;
  // Whole groups are cut out of the middle, the remainder stays.
  const int groups = all / p.stages;
  if (groups <= 4) return Seconds{followed(p, all)};
  const int kept = 3 * p.stages + all % p.stages;
  const double shorter = followed(p, kept), longer = followed(p, kept + p.stages);
  return Seconds{longer + (groups - 4) * (longer - shorter)};
}

Seconds pipeline_bound(const Pipeline& p) {
  double sum = 0, most = 0;
  for (int i = 0; i < p.stages; ++i) {
    double slot = 0;
    for (int c = 0; c < p.virtual_stages; ++c) {
      const ChunkTimes& t = p.chunks[static_cast<std::size_t>(c * p.stages + i)];
      slot += t.forward + t.backward;
    }
    sum += slot;
    most = std::max(most, slot);
  }
  return Seconds{sum + (p.micro_batches - 1) * most + 2 * (p.stages - 1) * p.send};
}

}  // namespace headroom::training
