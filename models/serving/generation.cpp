#include "models/serving/generation.hpp"

#include <stdexcept>

#include "models/serving/analytic.hpp"
#include "models/units/math.hpp"

namespace headroom::serving {

GenerationEstimate generation_time(const DiffusionModel& model, const catalog::Chip& chip, int devices, Seconds clip, double mfu,
                                   double decode_share, double scaling) {
  if (devices < 1 || !(mfu > 0) || !(scaling > 0)) throw std::invalid_argument("generation: devices, mfu and scaling must be positive");
  const DeviceRatings r = ratings_of(chip);
  const double tokens = model.fixed_tokens + model.tokens_per_second * clip.base();
  const double pass = 2.0 * model.parameters * tokens + 4.0 * model.layers * model.hidden * tokens * tokens;
  const double work = model.steps * model.guidance * pass * (1.0 + decode_share);
  const double efficiency = math::pow(scaling, math::log2(static_cast<double>(devices)));
  GenerationEstimate e;
  e.latency = Seconds{work / (r.flops_16 * mfu * devices * efficiency)};
  e.device_seconds = e.latency.base() * devices;
  e.device_seconds_per_clip_second = clip.base() > 0 ? e.device_seconds / clip.base() : 0.0;
  e.grade = Grade::assumed;
  return e;
}

}  // namespace headroom::serving
