#pragma once

#include "models/catalog/chip.hpp"
#include "models/units/evidence.hpp"
#include "models/units/quantity.hpp"

namespace headroom::serving {

/// A recommendation ranking model: embedding rows gathered from memory, then dense layers.
struct RankingModel {
  double lookups_per_candidate = 0;        ///< embedding rows gathered for one candidate
  Bytes bytes_per_lookup{256};             ///< one row (128 values of 16 bit)
  Flops dense_flops_per_candidate{0};
  Bytes table_bytes{0};                    ///< all embedding tables of the replica
};

struct RankingEstimate {
  Seconds latency;                         ///< one batch of requests
  PerSecond requests_per_second;           ///< of one replica
  Grade grade = Grade::assumed;
};

/// Time of `requests` requests with `candidates` candidates each on a replica of `devices` chips that hold the tables
/// between them: gather at `gather_share` of the memory bandwidth (random rows of a few hundred bytes), dense part at
/// `mfu` of the 16-bit rate, and a fixed time for feature assembly and launch; the pooled rows cross the link once.
/// The shares are assumptions: published ranking systems state end-to-end numbers only (MLPerf DLRM). Throws
/// UnsupportedPlan when the chip's bandwidth or arithmetic is not public, OutOfMemory when the tables do not fit.
struct RankingAssumptions {
  double gather_share = 0.25;
  double mfu = 0.25;
  Seconds fixed{2e-3};
};
[[nodiscard]] RankingEstimate ranking_time(const RankingModel& model, const catalog::Chip& chip, int devices, double requests,
                                           double candidates, const RankingAssumptions& assumptions = {});

}  // namespace headroom::serving
