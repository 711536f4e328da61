#include <catch2/catch.hpp>

#include "models/collectives/collectives.hpp"

using namespace headroom;
using namespace headroom::collectives;

namespace {
Fabric ideal() {
  Fabric f;
  f.local = {gigabytes_per_second(400), Seconds{0}, Bytes{0}};
  f.remote = {gigabytes_per_second(50), Seconds{0}, Bytes{0}};
  f.domain = 8;
  return f;
}
}  // namespace

TEST_CASE("a ring all-reduce moves 2 (n-1)/n of the data", "[collectives]") {
  // 8 ranks, 800 MB at 400 GB/s: 2 x 7/8 x 2 ms = 3.5 ms
  CHECK(all_reduce(ideal(), {8, 8}, bytes(800e6)).base() == Approx(3.5e-3));
  CHECK(all_gather(ideal(), {8, 8}, bytes(800e6)).base() == Approx(1.75e-3));
}

TEST_CASE("reduction in the switch moves the data about once", "[collectives]") {
  Fabric f = ideal();
  f.reduces_in_switch = true;
  CHECK(all_reduce(f, {8, 8}, bytes(800e6)).base() == Approx(2e-3 * 9 / 8));
}

TEST_CASE("a group with eight ranks in each node uses eight ports", "[collectives]") {
  const double eight = all_gather(ideal(), {64, 8}, bytes(800e6)).base();
  const double one = all_gather(ideal(), {64, 1}, bytes(800e6)).base();
  CHECK(one == Approx(63.0 / 64 * 800e6 / 50e9));
  CHECK(eight == Approx(63.0 / 64 * 800e6 / 400e9));
}

TEST_CASE("all-to-all pays for the part that leaves the domain", "[collectives]") {
  const double inside = all_to_all(ideal(), {8, 8}, bytes(100e6)).base();
  const double across = all_to_all(ideal(), {64, 8}, bytes(100e6)).base();
  CHECK(inside == Approx(7.0 / 8 * 100e6 / 400e9));
  CHECK(across == Approx(56.0 / 64 * 100e6 / 50e9));
}

TEST_CASE("small messages are ruled by latency and half size", "[collectives]") {
  Fabric f = ideal();
  f.local.latency = microseconds(3);
  f.local.half = bytes(2e6);
  CHECK(all_reduce(f, {8, 8}, bytes(8)).base() > 6 * 2.9e-6);
  CHECK(send(f, false, bytes(2e6)).base() == Approx(2 * 2e6 / 400e9 + 3e-6));
}

TEST_CASE("oversubscription and more ranks never speed a collective up", "[collectives]") {
  Fabric f = ideal();
  const Seconds before = all_reduce(f, {64, 8}, bytes(1e9));
  f.oversubscription = 2;
  CHECK(all_reduce(f, {64, 8}, bytes(1e9)) >= before);
  CHECK(all_reduce(f, {128, 8}, bytes(1e9)) >= all_reduce(f, {64, 8}, bytes(1e9)));
}

TEST_CASE("a group sees the narrowest tier of switches that holds it, rings and exchanges each their own", "[collectives]") {
  Fabric f = ideal();
  f.tiers[0] = {64, 1, 1};
  f.tiers[1] = {512, 1.5, 4};
  const Bytes size = bytes(800e6);
  const Group leaf{64, 8, 64}, spine{64, 8, 256}, beyond{1024, 8};
  CHECK(all_gather(f, leaf, size) == all_gather(ideal(), leaf, size));
  CHECK(all_gather(f, spine, size).base() == Approx(1.5 * 63.0 / 64 * 800e6 / 400e9));
  CHECK(exchange(f, spine, Bytes{0}, size).base() == Approx(4 * 800e6 / 50e9));
  CHECK(exchange(f, leaf, Bytes{0}, size).base() == Approx(800e6 / 50e9));
  CHECK(exchange(f, beyond, Bytes{0}, size) == exchange(f, spine, Bytes{0}, size));  // the widest that is drawn
  f.tiers = {};
  f.oversubscription = 2;
  CHECK(exchange(f, spine, Bytes{0}, size).base() == Approx(2 * 800e6 / 50e9));
}

TEST_CASE("one rank alone communicates in no time", "[collectives]") {
  CHECK(all_reduce(ideal(), {1, 1}, bytes(1e9)).base() == 0);
  CHECK(all_to_all(ideal(), {1, 1}, bytes(1e9)).base() == 0);
}
