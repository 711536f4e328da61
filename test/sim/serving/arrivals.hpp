#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/serving/arrivals.hpp"

/// Requests of a test, as a list.
namespace headroom::sim_serving {

class Listed : public ArrivalSource {
 public:
  explicit Listed(std::vector<Arrival> arrivals) : arrivals_(std::move(arrivals)) {}
  std::optional<Arrival> next() override {
    if (at_ == arrivals_.size()) return std::nullopt;
    return arrivals_[at_++];
  }

 private:
  std::vector<Arrival> arrivals_;
  std::size_t at_ = 0;
};

inline Arrival request(Nanos at, std::uint32_t input, std::uint32_t output) {
  Arrival a;
  a.at = at;
  a.input = input;
  a.output = output;
  return a;
}

}  // namespace headroom::sim_serving
