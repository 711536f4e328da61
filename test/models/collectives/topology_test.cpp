#include <catch2/catch.hpp>

#include "models/collectives/topology.hpp"

using namespace headroom;
using namespace headroom::collectives;

TEST_CASE("a full leaf-spine network is not oversubscribed", "[collectives]") {
  // 64 ports of 50 GB/s on 8 leaves of 8: each leaf goes up with 400 GB/s
  const Topology t = leaf_spine(64, 8, gigabytes_per_second(50), gigabytes_per_second(400));
  CHECK(t.bisection() / gigabytes_per_second(1600) == Approx(1));
  CHECK(t.oversubscription() == Approx(1));
}

TEST_CASE("half the uplinks are an oversubscription of two", "[collectives]") {
  CHECK(leaf_spine(64, 8, gigabytes_per_second(50), gigabytes_per_second(200)).oversubscription() == Approx(2));
}

TEST_CASE("a slow cable is the cut, whatever the other links carry", "[collectives]") {
  Topology t;
  const auto a = t.add_device();
  const auto b = t.add_device();
  const auto left = t.add_switch();
  const auto right = t.add_switch();
  t.connect(a, left, gigabytes_per_second(400));
  t.connect(b, right, gigabytes_per_second(400));
  t.connect(left, right, gigabytes_per_second(25));
  CHECK(t.maximum_flow({a}, {b}) / gigabytes_per_second(25) == Approx(1));
  t.connect(left, right, gigabytes_per_second(50));
  CHECK(t.maximum_flow({a}, {b}) / gigabytes_per_second(75) == Approx(1));
}

TEST_CASE("halves that are not joined are an error", "[collectives]") {
  Topology t;
  t.add_device();
  t.add_device();
  CHECK_THROWS_AS(t.oversubscription(), std::domain_error);
  CHECK_THROWS_AS(t.connect(0, 7, gigabytes_per_second(1)), std::out_of_range);
}

TEST_CASE("maximum flow meets the closed forms of a fat-tree, a rail-optimised fabric and tori", "[collectives]") {
  const auto port = gigabytes_per_second(50);
  SECTION("a fat-tree of k-port switches has k^3 / 4 hosts and full bisection (Al-Fares et al., SIGCOMM 2008)") {
    constexpr std::size_t k = 4;
    Topology t;
    std::vector<Topology::Node> cores;
    for (std::size_t c = 0; c < k * k / 4; ++c) cores.push_back(t.add_switch());
    for (std::size_t pod = 0; pod < k; ++pod) {
      std::vector<Topology::Node> middle;
      for (std::size_t m = 0; m < k / 2; ++m) {
        middle.push_back(t.add_switch());
        for (std::size_t c = 0; c < k / 2; ++c) t.connect(middle[m], cores[m * k / 2 + c], port);
      }
      for (std::size_t e = 0; e < k / 2; ++e) {
        const auto edge = t.add_switch();
        for (const auto m : middle) t.connect(edge, m, port);
        for (std::size_t h = 0; h < k / 2; ++h) t.connect(t.add_device(), edge, port);
      }
    }
    CHECK(t.devices() == k * k * k / 4);
    CHECK(t.bisection() / port == Approx(k * k * k / 8.0));
    CHECK(t.oversubscription() == Approx(1));
  }
  SECTION("rails of a group without spines carry half of its ports, as each domain reaches every rail") {
    constexpr std::size_t rails = 8, domains = 4;
    Topology t;
    std::vector<Topology::Node> leaves;
    for (std::size_t r = 0; r < rails; ++r) leaves.push_back(t.add_switch());
    for (std::size_t d = 0; d < domains; ++d) {
      const auto inside = t.add_switch();
      for (std::size_t r = 0; r < rails; ++r) {
        const auto device = t.add_device();
        t.connect(device, inside, gigabytes_per_second(450));
        t.connect(device, leaves[r], port);
      }
    }
    CHECK(t.bisection() / port == Approx(rails * domains / 2.0));
  }
  SECTION("a torus n x m is cut twice across its longer side: 2 m links each way; a mesh once") {
    constexpr std::size_t n = 8, m = 4;
    for (const bool wraps : {true, false}) {
      Topology t;
      std::vector<Topology::Node> grid;
      for (std::size_t i = 0; i < n * m; ++i) grid.push_back(t.add_device());
      for (std::size_t x = 0; x < n; ++x) {
        for (std::size_t y = 0; y < m; ++y) {
          if (wraps || x + 1 < n) t.connect(grid[x * m + y], grid[(x + 1) % n * m + y], port);
          if (wraps || y + 1 < m) t.connect(grid[x * m + y], grid[x * m + (y + 1) % m], port);
        }
      }
      CHECK(t.bisection() / port == Approx(wraps ? 2.0 * m : 1.0 * m));
    }
  }
}
