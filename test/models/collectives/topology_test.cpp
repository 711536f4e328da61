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
