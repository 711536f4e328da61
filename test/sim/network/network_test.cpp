#include <catch2/catch.hpp>

#include "sim/network/fabric.hpp"
#include "sim/network/wide_area.hpp"

using namespace headroom;
using namespace headroom::network;

namespace {

FabricSpec boxes() {
  FabricSpec spec;
  spec.scale_up = gigabytes_per_second(450);
  spec.nic = gigabytes_per_second(50);
  spec.domains_per_group = 4;
  spec.groups_per_pod = 4;
  spec.pods = 2;
  return spec;
}

std::vector<DomainShare> whole_domains(std::int32_t first, std::int32_t count, std::int32_t accelerators = 8) {
  std::vector<DomainShare> gang;
  for (std::int32_t d = first; d < first + count; ++d) gang.push_back({d, accelerators});
  return gang;
}

}  // namespace

TEST_CASE("a gang inside its scale-up domain sees the scale-up link, across domains the NIC", "[network]") {
  const Fabric fabric(boxes());
  const GangBandwidth one = fabric.bandwidth(whole_domains(3, 1), Pattern::all_to_all);
  CHECK(one.per_accelerator.base() == Approx(450e9));
  CHECK(one.domains == 1);
  const GangBandwidth two = fabric.bandwidth(whole_domains(0, 2), Pattern::ring);
  CHECK(two.per_accelerator.base() == Approx(50e9));
  CHECK(two.groups == 1);
}

TEST_CASE("oversubscription slows an all-to-all over groups by what the border lets through, by hand", "[network]") {
  FabricSpec spec = boxes();
  const std::vector<DomainShare> gang = whole_domains(0, 8);  // 64 accelerators, two whole groups
  CHECK(Fabric(spec).bandwidth(gang, Pattern::all_to_all).per_accelerator.base() == Approx(50e9));
  spec.leaf_oversubscription = 4;
  // A group's uplink: 32 x 50 / 4 = 400 GB/s; 32 members send 32 / 63 of their traffic out: 400 / (32 x 32 / 63) = 24.6 GB/s.
  const GangBandwidth slow = Fabric(spec).bandwidth(gang, Pattern::all_to_all);
  CHECK(slow.per_accelerator.base() == Approx(400e9 * 63 / (32.0 * 32)));
  CHECK(slow.bottleneck == Level::group);
  // Rings pass the border eight times, once a rail: 400 / 8 = 50 GB/s, the NIC's own speed.
  CHECK(Fabric(spec).bandwidth(gang, Pattern::ring).per_accelerator.base() == Approx(50e9));
}

TEST_CASE("placement decides the bandwidth: the same gang inside one group is faster than spread over pods", "[network]") {
  FabricSpec spec = boxes();
  spec.leaf_oversubscription = 2;
  spec.spine_oversubscription = 4;
  const Fabric fabric(spec);
  const double inside = fabric.bandwidth(whole_domains(0, 4), Pattern::all_to_all).per_accelerator.base();
  const std::vector<DomainShare> groups{{0, 8}, {1, 8}, {4, 8}, {5, 8}};
  const double over_groups = fabric.bandwidth(groups, Pattern::all_to_all).per_accelerator.base();
  const std::vector<DomainShare> pods{{0, 8}, {4, 8}, {16, 8}, {20, 8}};
  const GangBandwidth over_pods = fabric.bandwidth(pods, Pattern::all_to_all);
  CHECK(inside > over_groups);
  CHECK(over_groups > over_pods.per_accelerator.base());
  CHECK(over_pods.pods == 2);
  CHECK(over_pods.bottleneck == Level::pod);
  // Alone on the fabric it is never slower than beside others.
  CHECK(fabric.bandwidth(pods, Pattern::all_to_all, false).per_accelerator.base() >= over_pods.per_accelerator.base());
}

TEST_CASE("groups of a gang that stay under one group of leaves do not see its uplinks", "[network]") {
  FabricSpec spec = boxes();
  spec.leaf_oversubscription = 4;
  const Fabric fabric(spec);
  const auto widths = [&](std::int32_t first, std::int32_t count) {
    std::vector<std::int64_t> found;
    for (const Reach& reach : reaches(fabric, whole_domains(first, count))) found.push_back(reach.accelerators);
    return found;
  };
  const auto even = reaches(fabric, whole_domains(0, 8));
  REQUIRE(even.size() == 2);
  CHECK(even[0].accelerators == 32);
  CHECK(even[0].all_to_all.base() == Approx(50e9));
  CHECK(even[1].accelerators == 64);
  CHECK(even[1].all_to_all.base() == Approx(400e9 * 63 / (32.0 * 32)));  // as the whole gang above
  CHECK(widths(1, 7) == std::vector<std::int64_t>{24, 56});   // three boxes and four: groups of 24 stay inside
  CHECK(widths(3, 6) == std::vector<std::int64_t>{48});       // one, four, one: only single boxes do
  CHECK(widths(0, 4) == std::vector<std::int64_t>{32});
  CHECK(widths(8, 24) == std::vector<std::int64_t>{32, 64, 192});  // two groups of a pod, then a pod of four
}

TEST_CASE("a failed spine slows what passes it and nothing else", "[network]") {
  Fabric fabric(boxes());
  fabric.degrade(Level::group, 0, 0.5);
  CHECK(fabric.bandwidth(whole_domains(0, 8), Pattern::all_to_all).per_accelerator.base() < 50e9);
  CHECK(fabric.bandwidth(whole_domains(4, 8), Pattern::all_to_all).per_accelerator.base() == Approx(50e9));
  CHECK(fabric.bandwidth(whole_domains(0, 4), Pattern::all_to_all).per_accelerator.base() == Approx(50e9));
}

TEST_CASE("parts of a fabric are counted by hand, and ports bind before accelerators", "[network]") {
  FabricSpec spec = boxes();
  spec.rails = 1;
  // 256 accelerators, 8 groups of 32, two pods, no oversubscription, 64 ports a switch: a leaf a group, 32 up; a pod's spines
  // take 4 x 32 down and 128 up = 4 switches; the core takes 256 = 4.
  const FabricParts p = parts_for(spec, 256);
  CHECK(p.leaves == 8);
  CHECK(p.spines == 8);
  CHECK(p.cores == 4);
  CHECK(p.ports == 256 + 2 * 256 + 2 * 256);
  CHECK(p.optics == 2 * (256 + 256 + 256));
  CHECK(connectable(spec, 256, {20, 100000}).accelerators == 256);
  CHECK(connectable(spec, 256, {20, 100000}).binding == "accelerators");
  const Connectable ports = connectable(spec, 256, {19, 100000});
  CHECK(ports.accelerators < 256);
  CHECK(ports.binding == "switches");
  CHECK(connectable(spec, 256, {20, 1000}).binding == "optics");
  // More stock never connects fewer.
  std::int64_t last = 0;
  for (std::int64_t switches = 0; switches < 25; ++switches) {
    const std::int64_t n = connectable(spec, 256, {switches, 100000}).accelerators;
    CHECK(n >= last);
    last = n;
  }
}

TEST_CASE("a torus box that wraps around has twice the bisection of one that does not", "[network]") {
  const TorusSpec torus{8, 8, 8, gigabytes_per_second(50)};
  // A line of four: two members on each side, one link between: 50 x 3 / (2 x 2).
  CHECK(torus_all_to_all(torus, {4, 1, 1}).base() == Approx(50e9 * 3 / 4));
  CHECK(torus_all_to_all(torus, {8, 1, 1}).base() == Approx(2 * 50e9 * 7 / 16));
  CHECK(torus_all_to_all(torus, {8, 8, 8}) > torus_all_to_all(torus, {8, 8, 7}));
  REQUIRE_THROWS_AS(torus_all_to_all(torus, {9, 1, 1}), std::invalid_argument);
}

TEST_CASE("fragmentation counts what a gang cannot use without leaving a group", "[network]") {
  const FabricSpec spec = boxes();
  std::vector<std::int32_t> free(32, 0);
  free[0] = 8;
  free[1] = 8;   // 16 in group 0
  free[4] = 8;   // 8 in group 1
  free[31] = 4;  // 4 in the last
  const Fragmentation f = fragmentation(spec, free, Level::group, 16);
  CHECK(f.free == 28);
  CHECK(f.usable == 16);
  CHECK(f.largest == 16);
  CHECK(fragmentation(spec, free, Level::core, 28).usable == 28);
}

TEST_CASE("a way between sites has the least delay, names its links with their direction, and stays inside a residency class", "[network]") {
  WideArea net;
  for (const char* name : {"beijing", "guiyang", "singapore", "johor"}) net.add_place(name);
  net.add_link("beijing", "guiyang", milliseconds(30));
  net.add_link("singapore", "beijing", milliseconds(40));
  net.add_link("guiyang", "singapore", milliseconds(35));
  net.add_link("singapore", "johor", milliseconds(2));
  net.add_link("singapore", "johor", milliseconds(9));  // a slower one beside it

  const auto fast = net.fastest("beijing", "johor");
  REQUIRE(fast);
  CHECK(fast->places == std::vector<std::string>{"beijing", "singapore", "johor"});
  CHECK(fast->delay.base() == Approx(0.042));
  REQUIRE(fast->hops.size() == 2);
  CHECK(fast->hops[0].link == 1);
  CHECK_FALSE(fast->hops[0].forward);
  CHECK(fast->hops[1].link == 3);
  CHECK(fast->hops[1].forward);
  // Data that may not pass through Singapore has no way to Johor, and still one to Guiyang.
  const auto at_home = [](const std::string& place) { return place != "singapore"; };
  CHECK_FALSE(net.fastest("beijing", "johor", at_home));
  CHECK(net.fastest("beijing", "guiyang", at_home)->hops.size() == 1);
  CHECK(net.fastest("johor", "johor")->delay.base() == 0);
  REQUIRE_THROWS_AS(net.fastest("beijing", "tokyo"), std::invalid_argument);
}
