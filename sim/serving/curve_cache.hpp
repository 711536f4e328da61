#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "sim/serving/capacity_curve.hpp"
#include "sim/serving/hour_table.hpp"

namespace headroom::sim_serving {

/// All that a curve depends on, as text. `model_key` must name whatever makes the model's times what they are.
[[nodiscard]] std::string key_of(const CurveSpec& spec);

/// A curve as text and back; decode throws std::invalid_argument for anything that encode did not write.
[[nodiscard]] std::string encode(const CapacityCurve& curve);
[[nodiscard]] CapacityCurve decode_curve(std::string_view text);

/// Curves that were computed before, in memory and, with a folder, on disk under the hash of their key. Safe from many
/// threads; a curve asked for twice at once may be computed twice, with the same result. A file that is missing, cut or
/// of another version is computed anew and replaced.
class CurveCache {
 public:
  explicit CurveCache(std::optional<std::filesystem::path> folder = {}) : folder_(std::move(folder)) {}
  [[nodiscard]] std::shared_ptr<const CapacityCurve> get(const CurveSpec& spec);
  /// The curve read over an hour whose minutes vary so (`LoadVariation::lognormal`); kept in memory only.
  [[nodiscard]] std::shared_ptr<const HourTable> hours(const CurveSpec& spec, double variation, double persistence, Seconds patience);
  [[nodiscard]] std::size_t computed() const { return computed_; }

 private:
  std::optional<std::filesystem::path> folder_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const CapacityCurve>> known_;  ///< by hash
  std::map<std::string, std::shared_ptr<const HourTable>> hours_;
  std::size_t computed_ = 0;
};

}  // namespace headroom::sim_serving
