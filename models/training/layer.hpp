#pragma once

#include "models/training/shape.hpp"
#include "models/training/step.hpp"

namespace headroom::training {

/// Work of one layer for one micro-batch on one rank, seconds.
struct Pass {
  double linear = 0, experts = 0, attention = 0, memory = 0, tensor_comm = 0, expert_comm = 0, launches = 0;
  [[nodiscard]] double gpu() const { return linear + experts + attention + memory + tensor_comm + expert_comm; }
  Pass& operator+=(const Pass& o) {
    linear += o.linear; experts += o.experts; attention += o.attention; memory += o.memory;
    tensor_comm += o.tensor_comm; expert_comm += o.expert_comm; launches += o.launches;
    return *this;
  }
  friend Pass operator*(double k, Pass p) {
    p.linear *= k; p.experts *= k; p.attention *= k; p.memory *= k; p.tensor_comm *= k; p.expert_comm *= k; p.launches *= k;
    return p;
  }
};
struct Layer { Pass forward, backward; };

/// All that the layers of one configuration share.
struct LayerContext {
  const catalog::Architecture& a;
  const Layout& layout;
  const Plan& p;
  const DeviceGroup& g;
  const kernels::Device& d;
  const Constants& k;
  collectives::Fabric fabric;
  collectives::Fabric inner;  ///< the same for groups inside one node, where PCIe joins what the fast link does not
  double tokens = 0;   ///< of a micro-batch on one rank
  int data = 1;
  bool accumulates = false;  ///< gradients of micro-batches, by a kernel of their own
  bool modern = true;  ///< fused attention, overlapped communication
  HeadWidths widths;
  Precision precision = Precision::bf16;
  bool graphed = false;  ///< the whole step is one graph: the host launches nothing, experts' casts live in their GEMMs
};

/// A group of `ranks` with `inner` ranks of other dimensions between neighbours, in domains of `domain` ranks.
[[nodiscard]] collectives::Group group_of(int ranks, int inner, int domain);

/// Whether the software captures the whole step of this configuration as one graph.
[[nodiscard]] bool whole_step_graph(const LayerContext&);
/// Mean layer of the model: sums over its layers divided by their number.
[[nodiscard]] Layer mean_layer(const LayerContext&, const ParameterCounts&);
/// Output head and loss.
[[nodiscard]] Layer head_layer(const LayerContext&);
/// Time of a pass where the host issues kernels one by one: the larger of device and host, rounded at the corner; their sum where the
/// host waits for each. Checkpointing of Megatron-DeepSpeed makes the host wait at every layer (saved random states, nested graphs), so
/// a share of its time comes on top.
[[nodiscard]] double paced(const LayerContext&, const Pass&);

}  // namespace headroom::training
