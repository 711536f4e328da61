#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/catalog/fact.hpp"
#include "models/catalog/fault.hpp"
#include "models/units/quantity.hpp"

namespace headroom::catalog {

/// One accelerator package as its vendor sells it. Rates are dense (no sparsity); links are one direction.
struct Chip {
  enum class Kind { catalogued, changed, own };  ///< from the catalogue; the same with a scenario's changes; described by a scenario

  std::string id;
  std::string vendor;
  std::string name;
  std::string generation;
  std::string origin;  ///< country whose export rules and power subsidies apply: "us", "cn", ...
  std::string state;   ///< announced | sampling | shipping (has been shipped; may be out of sale by now) | cancelled | rumoured
  std::string grade;   ///< evidence grade of the row, A (two independent sources) to D (rumour or conflict); "own" for an own chip
  std::string export_note;
  std::vector<std::string> aliases;  ///< common names, for suggestions only: "h100" may mean several chips
  Kind kind = Kind::catalogued;

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
  Fact<std::string> host_link;             ///< where the link to the host is not PCIe: "NVLink-C2C"
  Fact<Bytes> l2;                          ///< or software-managed SRAM
  Fact<int> compute_units;
  Fact<PerSecond> clock;
  Fact<std::string> die;
  Fact<double> die_area_mm2;               ///< of all compute dies of the package
  Fact<double> price_low_usd, price_high_usd;  ///< lowest and highest dated price per package
};

/// Calls `visit(key, fact)` for every fact of a chip in the order in which they are shown; the key is that of the JSON file.
template <class AnyChip, class Visit>
void for_each_fact(AnyChip& chip, Visit visit) {
  visit("year_available", chip.year_available);
  visit("bf16", chip.bf16);
  visit("fp16", chip.fp16);
  visit("fp8", chip.fp8);
  visit("fp4", chip.fp4);
  visit("int8", chip.int8);
  visit("memory", chip.memory);
  visit("memory_bandwidth", chip.memory_bandwidth);
  visit("scaleup_bandwidth", chip.scaleup_bandwidth);
  visit("scaleup_domain", chip.scaleup_domain);
  visit("scaleout_bandwidth", chip.scaleout_bandwidth);
  visit("tdp", chip.tdp);
  visit("all_in_power", chip.all_in_power);
  visit("pcie_generation", chip.pcie_generation);
  visit("host_link", chip.host_link);
  visit("l2", chip.l2);
  visit("compute_units", chip.compute_units);
  visit("clock", chip.clock);
  visit("die", chip.die);
  visit("die_area_mm2", chip.die_area_mm2);
  visit("price_low_usd", chip.price_low_usd);
  visit("price_high_usd", chip.price_high_usd);
}

/// Every chip of the catalogue, in order of id. Compiled into the program.
[[nodiscard]] std::span<const Chip> chips();
/// Null if there is none of that id.
[[nodiscard]] const Chip* find_chip(std::string_view id);
/// Ids that a name may have meant, best first: chips known by that name ("H100", "GB200"; blanks, "-" and "_" are equal),
/// else ids that begin with it, else the nearest id or name. Empty for nonsense. Only for messages: no caller may take one of them silently.
[[nodiscard]] std::vector<std::string> suggest_chips(std::string_view name);

/// Gives every fact its place for messages, "chips.<id>.<key>". To be called when the id of a chip changes.
void name_facts(Chip& chip);

/// Reads one chip in the form of the catalogue's files, as a datasheet. `based_on` names the catalogue chip whose facts
/// it starts from; without it an id of the catalogue means that chip, changed. A fact is a text with unit (a whole number
/// for counts) or `{value, low, high, source, as_of, status, note}`; without a status it is `assumed`. An own chip needs
/// `id` and `origin`; a fact that it leaves out is unknown.
/// Adds every fault with its JSON pointer inside `object`; what could be read is returned.
[[nodiscard]] Chip parse_chip(const nlohmann::json& object, std::vector<Fault>& faults);

}  // namespace headroom::catalog
