#include "sim/sweep/design.hpp"

#include <boost/random/sobol.hpp>

#include "sim/engine/random.hpp"

namespace headroom::sweep {

std::vector<std::uint64_t> sobol_point(std::size_t dimensions, std::uint64_t index) {
  std::vector<std::uint64_t> point(dimensions, 0);
  if (index == 0) return point;  // Boost's engine begins behind the origin
  boost::random::sobol engine(dimensions);
  engine.seed(index - 1);
  for (auto& coordinate : point) coordinate = engine();
  return point;
}

double random_share(std::uint64_t seed, const std::string& id, std::uint64_t index) {
  return engine::Stream(seed, 0, "sweep/random/" + id).uniform_at(index);
}

std::vector<double> sobol_shares(std::uint64_t seed, const std::vector<std::string>& ids, std::uint64_t index) {
  const auto point = sobol_point(ids.size(), index);
  std::vector<double> shares;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::uint64_t bits = point[i] ^ engine::Stream(seed, 0, "sweep/sobol/" + ids[i]).bits_at(0);
    shares.push_back((static_cast<double>(bits >> 12) + 0.5) * 0x1p-52);
  }
  return shares;
}

}  // namespace headroom::sweep
