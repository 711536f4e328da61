#include "sim/jobs/node_blocks.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "sim/engine/random.hpp"

using namespace headroom;
using namespace headroom::jobs;

namespace {

std::vector<std::int32_t> nodes_of(const NodeBlocks& blocks, std::int32_t holder, std::int32_t nodes) {
  std::vector<std::int32_t> result;
  for (std::int32_t n = 0; n < nodes; ++n) {
    if (blocks.holder_of(n) == holder) result.push_back(n);
  }
  return result;
}

}  // namespace

TEST_CASE("a gang lies in the first block with enough idle nodes, a service on the first idle nodes", "[jobs]") {
  NodeBlocks blocks(192, 8);
  NodeBlocks::Chain service = NodeBlocks::nothing, gang = NodeBlocks::nothing, large = NodeBlocks::nothing;
  blocks.take_first(-2, 3, service);
  CHECK(nodes_of(blocks, -2, 192) == std::vector<std::int32_t>{0, 1, 2});
  blocks.take_neighbours(7, 62, gang);  // the first block has 61 left
  CHECK(nodes_of(blocks, 7, 192).front() == 64);
  CHECK(nodes_of(blocks, 7, 192).size() == 62);
  blocks.take_neighbours(8, 100, large);  // a whole block, then the first that has 36
  const auto held = nodes_of(blocks, 8, 192);
  CHECK(held.size() == 100);
  CHECK(held.front() == 3);
  CHECK(held[35] == 38);
  CHECK(held[36] == 128);
  blocks.give(service, 1);  // the last of the latest block
  CHECK(nodes_of(blocks, -2, 192) == std::vector<std::int32_t>{0, 1});
  CHECK(blocks.free_nodes() == 192 - 2 - 62 - 100);
}

TEST_CASE("where no block has enough the one with the most gives first", "[jobs]") {
  NodeBlocks blocks(128, 8);
  NodeBlocks::Chain low = NodeBlocks::nothing, gang = NodeBlocks::nothing;
  blocks.take_first(1, 40, low);
  for (std::int32_t n = 64; n < 74; ++n) blocks.take_down(n);
  blocks.take_neighbours(2, 60, gang);  // 24 idle in the first block, 54 in the second
  const auto held = nodes_of(blocks, 2, 128);
  CHECK(held.size() == 60);
  CHECK(held[5] == 45);
  CHECK(held[6] == 74);
}

TEST_CASE("parts go to the node with the fewest free that has enough", "[jobs]") {
  NodeBlocks blocks(70, 8);
  CHECK(blocks.take_part(5) == 0);
  CHECK(blocks.take_part(4) == 1);  // three are free on node 0
  CHECK(blocks.take_part(3) == 0);
  CHECK(blocks.take_part(4) == 1);
  CHECK(blocks.free_gpus() == 68 * 8);
  CHECK(blocks.fits(68 * 8));
  CHECK(!blocks.fits(68 * 8 + 1));
  blocks.give_part(0, 5);
  CHECK(blocks.fits(68 * 8 + 5));
  CHECK(!blocks.fits(68 * 8 + 6));
  blocks.give_part(0, 3);
  CHECK(blocks.free_nodes() == 69);
}

TEST_CASE("nobody holds a node twice and every node is idle, held or down, over random changes", "[jobs]") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    engine::Stream chance(seed, 0, "blocks");
    const auto pick = [&](std::int32_t n) { return static_cast<std::int32_t>(chance.uniform() * n); };
    const std::int32_t nodes = 1 + pick(400);
    NodeBlocks blocks(nodes, 8);
    std::map<std::int32_t, NodeBlocks::Chain> chains;
    std::map<std::int32_t, std::int32_t> held;       // by holder, as it should be
    std::map<std::int32_t, std::int32_t> parts;      // by node: accelerators in use
    for (int step = 0; step < 300; ++step) {
      const double what = chance.uniform();
      const std::int32_t holder = pick(12);
      auto& chain = chains.try_emplace(holder, NodeBlocks::nothing).first->second;
      const std::int32_t node = pick(nodes);
      if (what < 0.3 && held[holder] == 0) {
        const std::int32_t n = pick(blocks.free_nodes() + 1);
        blocks.take_neighbours(holder, n, chain);
        held[holder] = n;
      } else if (what < 0.45) {
        const std::int32_t n = pick(std::min(blocks.free_nodes(), 5) + 1);
        blocks.take_first(holder, n, chain);
        held[holder] += n;
      } else if (what < 0.55) {
        blocks.give(chain);
        held[holder] = 0;
      } else if (what < 0.65) {
        const std::int32_t n = pick(held[holder] + 1);
        blocks.give(chain, n);
        held[holder] -= n;
      } else if (what < 0.75 && blocks.fits(3)) {
        parts[blocks.take_part(3)] += 3;
      } else if (what < 0.85 && !parts.empty()) {
        const std::int32_t on = parts.begin()->first;
        blocks.give_part(on, 3);
        if ((parts[on] -= 3) == 0) parts.erase(on);
      } else if (blocks.up(node) && !parts.contains(node)) {
        if (const std::int32_t owner = blocks.holder_of(node); owner != NodeBlocks::nobody) --held[owner];
        blocks.take_down(node);
        CHECK(blocks.holder_of(node) == NodeBlocks::nobody);
      } else if (!blocks.up(node)) {
        blocks.bring_up(node);
      }
      std::int32_t busy = 0, down = 0, in_parts = 0;
      std::map<std::int32_t, std::int32_t> found;
      for (std::int32_t n = 0; n < nodes; ++n) {
        if (!blocks.up(n)) ++down;
        if (const std::int32_t owner = blocks.holder_of(n); owner != NodeBlocks::nobody) ++found[owner];
      }
      for (const auto& [who, n] : held) {
        REQUIRE(found[who] == n);
        busy += n;
      }
      for (const auto& [n, gpus] : parts) in_parts += gpus;
      REQUIRE(blocks.free_nodes() == nodes - busy - down - static_cast<std::int32_t>(parts.size()));
      REQUIRE(blocks.free_gpus() == std::int64_t{nodes - busy - down} * 8 - in_parts);
    }
  }
}
