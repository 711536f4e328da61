#pragma once

#include "models/training/plan.hpp"

namespace headroom::training {

/// Where the time of one step of a ranking model goes, for the batch of one accelerator.
struct RankingStep {
  Seconds lookup;    ///< embedding rows by memory bandwidth
  Seconds dense;     ///< towers and cross layers
  Seconds exchange;  ///< embeddings and their gradients between ranks
  Seconds fixed;     ///< launches, data, synchronisation of a step
  [[nodiscard]] Seconds total() const { return lookup + dense + exchange + fixed; }
};

/// One step of DLRM-DCNv2 (MLPerf: 26 tables of width 128 with 214 look-ups a sample, 16 million dense weights), tables spread over
/// all ranks. Look-up and update pass each row twice in 32 bit; dense work is 6 FLOPs a weight; every sample's 26 vectors cross to
/// its rank in 16 bit, and their gradients back: over the scale-up link, the port to other nodes, or PCIe through the host.
/// Three numbers are from MLPerf v3.0 to v4.0 (H100, A100, H200, L40S; 4 to 128 accelerators): 1.4 ms a step, 1.8 times the ideal
/// of look-up and dense work, 18 % of PCIe in an all-to-all.
[[nodiscard]] RankingStep ranking_step(const DeviceGroup&, double global_batch);

}  // namespace headroom::training
