#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/kernels/gemm.hpp"
#include "models/training/constants.hpp"

namespace headroom::training {

/// One operator measured alone: a matrix product or an all-reduce inside one node.
struct KernelSample {
  enum class Kind { product, all_reduce };
  Kind kind = Kind::product;
  std::string group;              ///< "product a100_sxm_80": one intercept of the fit each
  const catalog::Chip* chip = nullptr;
  kernels::GemmShape shape;       ///< of a product
  Bytes bytes{};                  ///< held by each rank of an all-reduce
  int ranks = 1;                  ///< of an all-reduce
  double log_seconds = 0;         ///< ln of the median time
};

/// Operators of FOLDER/compute/{a100,h100}/*/*/mlp.csv (projections, 512 to 4,096 tokens: below, weights
/// stream from memory, which training steps do not do) and of
/// FOLDER/network/{a100_dgx,h100_dgx}/all_reduce.csv (one node), thinned to a few sizes for each shape, in a fixed order.
/// Pairwise-NVLink boxes and the A40 stay out: the catalogue has no such chip or link. Throws text::CsvError.
[[nodiscard]] std::vector<KernelSample> read_profiles(const std::filesystem::path& folder);

/// SHA-256 of the lines "path sha256" of the files that `read_profiles` reads, in order; empty if there are none.
[[nodiscard]] std::string profiles_sha256(const std::filesystem::path& folder);

/// ln of the time that the constants give for the operator alone (no level of a whole step).
[[nodiscard]] double kernel_log_seconds(const KernelSample&, const Constants&);

}  // namespace headroom::training
