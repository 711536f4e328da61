#include "sim/scheduling/packer.hpp"

#include <bit>
#include <catch2/catch.hpp>

#include "sim/scheduling/fragmentation.hpp"
#include "sim/scheduling/pack_policies.hpp"

using namespace headroom::scheduling;
namespace engine = headroom::engine;

namespace {

constexpr PodShape share(int milli, int cpu = 1000) { return {cpu, 1024, 1, milli, 0}; }
constexpr PodShape whole(int gpus, int cpu = 1000) { return {cpu, 1024, gpus, 1000, 0}; }

std::unique_ptr<const PackPolicy> make(std::string_view name, const PodMix& mix = {}) {
  for (const auto& entry : pack_policies()) {
    if (entry.name == name) return entry.make(mix);
  }
  FAIL("no such policy");
  return nullptr;
}

PodShape random_pod(engine::Stream& chance) {
  const std::uint32_t kind = draw_below(chance, 4);
  const int cpu = static_cast<int>(draw_below(chance, 16)) * 1000;
  if (kind == 0) return {cpu, 2048, 0, 0, 0};
  if (kind == 1) return share(100 * static_cast<int>(1 + draw_below(chance, 9)), cpu);
  return {cpu, 4096, static_cast<int>(1 + draw_below(chance, 8)), 1000, draw_below(chance, 3) == 0 ? 2u : 0u};
}

}  // namespace

TEST_CASE("the fragmentation of a node is the expectation over the mix, computed by hand", "[scheduling]") {
  // Mix: 1/2 want 0.6 of one accelerator and 2 cores, 1/4 two whole ones and 2 cores, 1/4 no accelerator.
  const std::vector<PodShape> pods{share(600, 2000), share(600, 2000), whole(2, 2000), {1000, 1024, 0, 0, 0}};
  const PodMix mix = PodMix::of(pods, 1.0);
  REQUIRE(mix.classes().size() == 3);
  const std::vector<std::int16_t> free{1000, 500, 300};
  const std::vector<std::int32_t> kinds(pod_kinds, 0);
  // 0.6 fits the first only: 800 useless. Two whole ones do not fit: 1800. No accelerator wanted: 1800.
  const NodeView node{4000, 1 << 20, 0, free, kinds};
  CHECK(mix.fragmentation(node) == Approx(0.5 * 800 + 0.25 * 1800 + 0.25 * 1800));
  // With one core left nobody who wants an accelerator fits.
  CHECK(mix.fragmentation({1000, 1 << 20, 0, free, kinds}) == Approx(1800));
  // Taking the first wholly: 800 left, useless to all; the growth is 800 - 1300, times the four pods of the sample.
  CHECK(mix.growth(node, 0, 0b001, 1000) == 4 * (800 - 1300));
}

TEST_CASE("a share goes to the fullest accelerator that fits, a pod that fits nowhere changes nothing", "[scheduling]") {
  Packer packer({{8000, 8192, 2, 0}}, make("bestfit"));
  engine::Stream chance(1, 0, "test");
  const auto first = packer.place(share(600), chance);
  REQUIRE(first);
  const auto second = packer.place(share(400), chance);
  REQUIRE(second);
  CHECK(second->gpus == first->gpus);
  CHECK(packer.allocated_milli() == 1000);
  CHECK_FALSE(packer.place(whole(2), chance));
  CHECK_FALSE(packer.place(share(100, 9000), chance));  // cores
  CHECK(packer.allocated_milli() == 1000);
  packer.remove(share(600), *first);
  packer.remove(share(400), *second);
  CHECK(packer.place(whole(2), chance));
}

TEST_CASE("a pod goes only to a model that it allows", "[scheduling]") {
  Packer packer({{8000, 8192, 1, 0}, {8000, 8192, 1, 1}}, make("random"));
  engine::Stream chance(1, 0, "test");
  const PodShape picky{1000, 1024, 1, 1000, 0b10};
  const auto placed = packer.place(picky, chance);
  REQUIRE(placed);
  CHECK(placed->node == 1);
  CHECK_FALSE(packer.place(picky, chance));
}

TEST_CASE("no policy ever overfills a node, and removal restores it, over random arrivals and departures", "[scheduling]") {
  for (const auto& entry : pack_policies()) {
    const std::string policy{entry.name};
    CAPTURE(policy);
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      CAPTURE(seed);
      engine::Stream chance(seed, 0, "test/packer");
      std::vector<PodShape> sample;
      for (int i = 0; i < 50; ++i) sample.push_back(random_pod(chance));
      std::vector<NodeShape> nodes;
      for (int n = 0; n < 12; ++n) nodes.push_back({64000, 65536, static_cast<int>(draw_below(chance, 9)), static_cast<int>(draw_below(chance, 2))});
      Packer packer(nodes, make(policy, PodMix::of(sample)));
      std::vector<std::pair<PodShape, Placement>> inside;
      std::int64_t demand = 0;
      for (int step = 0; step < 400; ++step) {
        if (!inside.empty() && draw_below(chance, 3) == 0) {
          const std::size_t i = draw_below(chance, static_cast<std::uint32_t>(inside.size()));
          packer.remove(inside[i].first, inside[i].second);
          demand -= inside[i].first.demand_milli();
          inside.erase(inside.begin() + static_cast<std::ptrdiff_t>(i));
        } else if (const PodShape pod = random_pod(chance); const auto placed = packer.place(pod, chance)) {
          REQUIRE(std::popcount(placed->gpus) == pod.gpus);
          inside.emplace_back(pod, *placed);
          demand += pod.demand_milli();
        }
        REQUIRE(packer.allocated_milli() == demand);
        for (std::int32_t n = 0; n < packer.nodes(); ++n) {
          const NodeView v = packer.node(n);
          REQUIRE(v.cpu_free >= 0);
          REQUIRE(v.memory_free >= 0);
          for (const auto free : v.gpu_free) REQUIRE((free >= 0 && free <= whole_gpu));
        }
      }
      for (const auto& [pod, placement] : inside) packer.remove(pod, placement);
      CHECK(packer.allocated_milli() == 0);
    }
  }
}

TEST_CASE("kept scores choose as scores computed afresh would", "[scheduling]") {
  // A second packer that meets each pod shape for the first time has nothing kept; both must choose the same node.
  engine::Stream chance(7, 0, "test/kept");
  std::vector<NodeShape> nodes(6, NodeShape{64000, 65536, 8, 0});
  std::vector<PodShape> sample;
  for (int i = 0; i < 40; ++i) sample.push_back(random_pod(chance));
  const PodMix mix = PodMix::of(sample);
  Packer kept(nodes, make("fgd", mix));
  std::vector<std::pair<PodShape, Placement>> history;
  for (int step = 0; step < 60; ++step) {
    const PodShape pod = sample[draw_below(chance, 40)];
    const FragmentationGradient policy(mix);
    double best = -1;
    std::int32_t expected = -1;
    for (std::int32_t n = 0; n < kept.nodes(); ++n) {
      if (!fits(pod, kept.node(n))) continue;
      const double s = policy.score(pod, kept.node(n)).score;
      if (s > best) {
        best = s;
        expected = n;
      }
    }
    const auto placed = kept.place(pod, chance);
    REQUIRE(placed.has_value() == (expected >= 0));
    if (placed) CHECK(placed->node == expected);
  }
}
