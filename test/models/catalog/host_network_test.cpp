#include <catch2/catch.hpp>

#include "models/catalog/chip.hpp"
#include "models/catalog/host.hpp"
#include "models/catalog/network.hpp"
#include "models/catalog/sources.hpp"

using namespace headroom;
using namespace headroom::catalog;

TEST_CASE("hosts name chips and networks that the catalogue has", "[catalog]") {
  REQUIRE(hosts().size() >= 25);
  for (const Host& host : hosts()) {
    CAPTURE(host.id);
    for (const std::string& chip : host.chips) {
      CAPTURE(chip);
      REQUIRE(find_chip(chip));
    }
    REQUIRE((host.scaleup.empty() || find_network(host.scaleup)));
    REQUIRE((host.scaleout.empty() || find_network(host.scaleout)));
    REQUIRE(host.packages.value() >= host.servers.value());
  }
}

TEST_CASE("the link and the domain of a chip agree with the network of its host", "[catalog]") {
  for (const Host& host : hosts()) {
    if (host.scaleup.empty() || host.id == "pcie_8") continue;  // a PCIe box takes cards with and without a bridge
    const Network& network = *find_network(host.scaleup);
    for (const std::string& id : host.chips) {
      const Chip& chip = *find_chip(id);
      CAPTURE(host.id, id);
      if (chip.id == "mi308x") continue;  // its links are cut below those of its host
      if (chip.scaleup_bandwidth.known()) REQUIRE(network.bandwidth.value() == chip.scaleup_bandwidth.value());
      if (chip.scaleup_domain.known() && network.domain.known()) REQUIRE(network.domain.value() == chip.scaleup_domain.value());
    }
  }
}

TEST_CASE("peak power of an eight-way box is the published ratio to its chips", "[catalog]") {
  REQUIRE(find_host("hgx_h100_8")->peak_power.value().base() == Approx(8 * 700 * 1.82));
  REQUIRE(find_host("hgx_a100_8")->peak_power.value().base() == Approx(8 * 400 * 2.03));
  REQUIRE(find_host("cloudmatrix_384")->peak_power.value().base() == Approx(384 * 1460.0));
}

TEST_CASE("every value of hosts and networks cites a source, a date and a status; latencies from memory are assumed", "[catalog]") {
  const auto check = [](const char* key, const auto& fact) {
    if (!fact.known()) return;
    CAPTURE(key, fact.from().source);
    REQUIRE_FALSE(fact.from().as_of.empty());
    REQUIRE_FALSE(fact.from().source.empty());
    for (const std::string& code : source_codes(fact.from().source)) REQUIRE_FALSE(source_address(code).empty());
  };
  for (const Host& host : hosts()) for_each_host_fact(host, check);
  for (const Network& network : networks()) {
    for_each_network_fact(network, check);
    if (network.latency.known()) REQUIRE(network.latency.from().status == Status::assumed);
  }
}

TEST_CASE("a chip finds the hosts that may hold it", "[catalog]") {
  const auto hosts = hosts_of("ascend_910c");
  REQUIRE(hosts.size() == 1);
  REQUIRE(hosts[0]->packages.value() == 384);
  REQUIRE(hosts_of("h20_96").front()->id == "hgx_h20_8");
}
