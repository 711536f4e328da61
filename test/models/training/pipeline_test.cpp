#include <catch2/catch.hpp>

#include "models/training/pipeline.hpp"

using namespace headroom;
using namespace headroom::training;

namespace {
Pipeline even(int stages, int chunks, int micro_batches, double forward, double backward) {
  Pipeline p;
  p.stages = stages;
  p.virtual_stages = chunks;
  p.micro_batches = micro_batches;
  p.chunks.assign(static_cast<std::size_t>(stages * chunks), ChunkTimes{forward / chunks, backward / chunks, 0});
  return p;
}
}  // namespace

TEST_CASE("1F1B of equal stages takes (m + p - 1) slots, also with fewer micro-batches than stages", "[training][pipeline]") {
  for (const int stages : {1, 2, 4, 7, 12}) {
    for (const int m : {1, 3, 8, 37, 200}) {
      CAPTURE(stages, m);
      const Pipeline p = even(stages, 1, m, 1, 2);
      CHECK(pipeline_time(p).base() == Approx(3.0 * (m + stages - 1)));
      CHECK(pipeline_bound(p).base() == Approx(3.0 * (m + stages - 1)));
    }
  }
}

TEST_CASE("interleaving divides the idle slots by the chunks of a stage", "[training][pipeline]") {
  // Narayanan 2021 (SC'21): idle time (p - 1)(tf + tb)/v when m is a multiple of p.
  for (const int chunks : {2, 3, 4}) {
    for (const int m : {8, 16, 64}) {
      CAPTURE(chunks, m);
      CHECK(pipeline_time(even(4, chunks, m, 1, 2)).base() == Approx(3.0 * (m + 3.0 / chunks)));
    }
  }
}

TEST_CASE("a slow last stage is paid once for each micro-batch, not for the idle slots", "[training][pipeline]") {
  // Hand-computed: 3 stages of f = 1, b = 2, the last with a head of 0.5 + 1. m = 6: the first pass through all stages takes
  // 3 + 3 + 4.5, the other five micro-batches wait for the last stage: 10.5 + 5 x 4.5 = 33.
  Pipeline p = even(3, 1, 6, 1, 2);
  p.chunks[2] = {1.5, 3, 0};
  CHECK(pipeline_time(p).base() == Approx(33));
  CHECK(pipeline_bound(p).base() == Approx(33));
}

TEST_CASE("zero-bubble leaves about a third of the idle slots", "[training][pipeline]") {
  // Qi and others, arXiv 2401.10241: ZB-H1 idles (p - 1)(tf + tb - tw) where 1F1B idles (p - 1)(tf + tb + tw); equal parts: a third.
  Pipeline p = even(4, 1, 32, 1, 2);
  for (ChunkTimes& t : p.chunks) t.weight = 1;
  const double with_bubble = pipeline_time(p).base() - 32 * 3;
  p.schedule = Schedule::zero_bubble;
  const double without = pipeline_time(p).base() - 32 * 3;
  CHECK(with_bubble == Approx(9));
  CHECK(without >= 3);
  CHECK(without <= 0.5 * with_bubble);
}

TEST_CASE("cutting out the steady state changes nothing", "[training][pipeline]") {
  // 3 p + r micro-batches are followed one by one, more by the slope: linear from there on, remainder included.
  Pipeline p = even(5, 2, 0, 1, 2);
  for (std::size_t i = 0; i < p.chunks.size(); ++i) p.chunks[i].forward += 0.01 * static_cast<double>(i * i % 7);
  p.send = 0.05;
  auto time = [&p](int m) {
    p.micro_batches = m;
    return pipeline_time(p).base();
  };
  for (const int r : {0, 1, 3}) {
    CAPTURE(r);
    const double group = time(20 + r) - time(15 + r);
    CHECK(time(25 + r) - time(20 + r) == Approx(group).epsilon(1e-9));
    CHECK(time(105 + r) - time(20 + r) == Approx(17 * group).epsilon(1e-9));
  }
}

TEST_CASE("no schedule beats its busiest stage", "[training][pipeline]") {
  for (const Schedule s : {Schedule::one_forward_one_backward, Schedule::zero_bubble}) {
    Pipeline p = even(6, 1, 17, 1.3, 2.1);
    p.schedule = s;
    for (std::size_t i = 0; i < p.chunks.size(); ++i) p.chunks[i] = {1 + 0.1 * static_cast<double>(i % 3), 2 + 0.2 * static_cast<double>(i % 2), 0.8};
    double busiest = 0;
    for (const ChunkTimes& t : p.chunks) busiest = std::max(busiest, 17 * (t.forward + t.backward));
    CHECK(pipeline_time(p).base() >= busiest);
    if (s == Schedule::one_forward_one_backward) CHECK(pipeline_time(p).base() >= pipeline_bound(p).base() * (1 - 1e-12));
  }
}
