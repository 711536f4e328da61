#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/catalog/fact.hpp"
#include "models/units/quantity.hpp"

namespace headroom::catalog {

/// One accelerator package as its vendor sells it. Rates are dense (no sparsity); links are one direction.
struct Chip {
  std::string id;
  std::string vendor;
  std::string name;
  std::string generation;
  std::string origin;  ///< country whose export rules and power subsidies apply: "us", "cn", ...
  std::string state;   ///< announced | sampling | shipping | cancelled | rumoured
  std::string grade;   ///< evidence grade of the row, A (two independent sources) to D (rumour or conflict)
  std::string export_note;

  Fact<int> year_available;
  Fact<FlopsPerSecond> bf16, fp16, fp8, fp4, int8;
  Fact<Bytes> memory;
  Fact<BytesPerSecond> memory_bandwidth;
  Fact<BytesPerSecond> scaleup_bandwidth;  ///< per package, one direction
  Fact<int> scaleup_domain;                ///< packages that share the scale-up link (8, 72, 384, ...)
  Fact<BytesPerSecond> scaleout_bandwidth; ///< per package
  Fact<Watts> tdp;                         ///< chip or module
  Fact<Watts> all_in_power;                ///< facility power per package with host, network and fans, before PUE
  Fact<int> pcie_generation;
  Fact<Bytes> l2;
  Fact<int> compute_units;
  Fact<PerSecond> clock;
  Fact<std::string> die;
  Fact<double> price_low_usd, price_high_usd;  ///< lowest and highest dated price per package
};

/// Every chip of the catalogue, in order of id. Compiled into the program.
[[nodiscard]] std::span<const Chip> chips();
/// Null if there is none of that id.
[[nodiscard]] const Chip* find_chip(std::string_view id);

}  // namespace headroom::catalog
