#pragma once

#include "models/catalog/chip.hpp"
#include "models/units/evidence.hpp"
#include "models/units/quantity.hpp"

namespace headroom::serving {

/// A diffusion transformer that makes images or video by denoising latent tokens in steps.
struct DiffusionModel {
  double parameters = 0;            ///< of the denoiser that run per step
  double layers = 0;
  double hidden = 0;
  double tokens_per_second = 0;     ///< latent tokens of one second of video (width x height x frames over the compression)
  double fixed_tokens = 0;          ///< latent tokens of an image, or of the first frame
  int steps = 30;                   ///< denoising steps
  double guidance = 2;              ///< passes per step (2 with classifier-free guidance, 1 when distilled)
};

struct GenerationEstimate {
  Seconds latency;                  ///< of one clip on `devices` chips
  double device_seconds = 0;        ///< chip-seconds of one clip
  double device_seconds_per_clip_second = 0;
  Grade grade = Grade::assumed;
};

/// Work of one clip: steps x guidance x (2 x parameters x tokens + 4 x layers x hidden x tokens^2) operations: linear layers
/// and full attention over all latent tokens (Peebles and Xie, arXiv 2212.09748, section 3); attention dominates long clips.
/// `mfu` is the share of the 16-bit rate (assumed 0.4: published video stacks reach 0.3 to 0.5), `decode_share` what the
/// latent decoder adds. Sequence parallel over `devices` at `scaling` efficiency per doubling.
[[nodiscard]] GenerationEstimate generation_time(const DiffusionModel& model, const catalog::Chip& chip, int devices, Seconds clip,
                                                 double mfu = 0.4, double decode_share = 0.05, double scaling = 0.93);

}  // namespace headroom::serving
