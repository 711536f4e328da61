#include "models/serving/ranking.hpp"

#include "models/serving/analytic.hpp"

namespace headroom::serving {

RankingEstimate ranking_time(const RankingModel& model, const catalog::Chip& chip, int devices, double requests, double candidates,
                             const RankingAssumptions& assumptions) {
  const DeviceRatings r = ratings_of(chip);
  const double n = devices;
  if (model.table_bytes.base() > 0.9 * r.memory * n) throw OutOfMemory(model.table_bytes / n, Bytes{0.9 * r.memory});
  const double rows = requests * candidates;
  const double gathered = rows * model.lookups_per_candidate * model.bytes_per_lookup.base();
  const double gather = gathered / n / (r.memory_bandwidth * assumptions.gather_share);
  const double dense = rows * model.dense_flops_per_candidate.base() / n / (r.flops_16 * assumptions.mfu);
  // Rows on other devices travel: (n - 1)/n of what was gathered, pooled tables first would send less.
  const double exchange = devices > 1 ? gathered / n * (n - 1.0) / n / (r.scaleup * 0.5) : 0.0;
  RankingEstimate e;
  e.latency = assumptions.fixed + Seconds{gather + dense + exchange};
  e.requests_per_second = requests / e.latency;
  e.grade = Grade::assumed;
  return e;
}

}  // namespace headroom::serving
