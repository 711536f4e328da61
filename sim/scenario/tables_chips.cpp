#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

/// A fact of the catalogue, with the provenance that the scenario gives it.
template <class V, class M>
void add_fact(Table<catalog::Chip>& t, const std::string& key, M catalog::Chip::*member, Type<V> plain, std::string doc) {
  t.add_with<Valued<V>>(key, valued(std::move(plain)),
                        [member, key](catalog::Chip& chip, Valued<V> v) {
                          if (v.from.source.empty()) v.from.source = "scenario";
                          chip.*member = M(v.value, v.from);
                          (chip.*member).name("chips[id=" + chip.id + "]", key);
                        },
                        std::move(doc), "")
      .absent("as in the catalogue, or unknown");
}

/// Memories are counted in bytes; network links may be in bits.
template <class Q>
Type<Q> in_bytes() {
  Type<Q> type = quantity<Q>(positive);
  type.read = [read = type.read](Reader& r, const Node& node, Q& out) {
    return detail::check_bytes(r, node) && read(r, node, out);
  };
  return type;
}

}  // namespace

const Table<catalog::Chip>& chip_table() {
  using catalog::Chip;
  static const Table<Chip> table = [] {
    Table<Chip> t("chip", "An own chip, or changes to one of the catalogue.");
    t.add("id", &Chip::id, id(), "Name; that of a catalogue chip changes it.").required().example("\"seedchip\"");
    t.add_with<std::string>("based_on", text(), [](Chip&, std::string) {}, "Catalogue chip whose facts it begins with.").absent("none");
    t.add("vendor", &Chip::vendor, text(), "Vendor.");
    t.add("name", &Chip::name, text(), "Name for people.");
    t.add("generation", &Chip::generation, text(), "Family.");
    t.add("origin", &Chip::origin, text(), "Country whose export rules and tariffs apply.").example("\"cn\"");
    t.add("state", &Chip::state, words<std::string>({{"announced", "announced"}, {"sampling", "sampling"}, {"shipping", "shipping"}, {"cancelled", "cancelled"}, {"rumoured", "rumoured"}}), "State of the product.").absent("as in the catalogue");
    t.add("grade", &Chip::grade, words<std::string>({{"A", "A"}, {"B", "B"}, {"C", "C"}, {"D", "D"}}), "Evidence grade of the row, from two sources (A) to rumour (D).").absent("as in the catalogue");
    t.add("aliases", &Chip::aliases, list_of(text()), "Other names, for suggestions.").absent("none");
    t.add("export_note", &Chip::export_note, text(), "Remark on export rules.");
    const auto flops = quantity<FlopsPerSecond>(positive);
    add_fact(t, "bf16", &Chip::bf16, flops, "Dense BF16 peak.");
    add_fact(t, "fp16", &Chip::fp16, flops, "Dense FP16 peak.");
    add_fact(t, "fp8", &Chip::fp8, flops, "Dense FP8 peak.");
    add_fact(t, "fp4", &Chip::fp4, flops, "Dense FP4 peak.");
    add_fact(t, "int8", &Chip::int8, flops, "Dense INT8 peak.");
    add_fact(t, "memory", &Chip::memory, in_bytes<Bytes>(), "Memory of a package.");
    const auto bandwidth = quantity<BytesPerSecond>(positive);
    add_fact(t, "memory_bandwidth", &Chip::memory_bandwidth, in_bytes<BytesPerSecond>(), "Memory bandwidth.");
    add_fact(t, "scaleup_bandwidth", &Chip::scaleup_bandwidth, bandwidth, "Scale-up link of a package, one direction.");
    add_fact(t, "scaleup_domain", &Chip::scaleup_domain, small_integer(1, 100000), "Packages that share the scale-up link.");
    add_fact(t, "scaleout_bandwidth", &Chip::scaleout_bandwidth, bandwidth, "Scale-out link of a package.");
    add_fact(t, "tdp", &Chip::tdp, quantity<Watts>(positive), "Thermal design power of chip or module.");
    add_fact(t, "all_in_power", &Chip::all_in_power, quantity<Watts>(positive), "Facility power of a package with host, network and fans, before PUE.");
    add_fact(t, "host_link", &Chip::host_link, text(), "Where the link to the host is not PCIe.");
    add_fact(t, "pcie_generation", &Chip::pcie_generation, small_integer(1, 9), "PCIe generation.");
    add_fact(t, "l2", &Chip::l2, in_bytes<Bytes>(), "Second-level cache.");
    add_fact(t, "compute_units", &Chip::compute_units, small_integer(1, 1000000), "Streaming multiprocessors or the like.");
    add_fact(t, "clock", &Chip::clock, quantity<PerSecond>(positive), "Boost clock.");
    add_fact(t, "die", &Chip::die, text(), "Die or package.");
    add_fact(t, "die_area_mm2", &Chip::die_area_mm2, number(positive), "Area of all compute dies.");
    add_fact(t, "price_low_usd", &Chip::price_low_usd, number(positive), "Lowest dated price of a package.");
    add_fact(t, "price_high_usd", &Chip::price_high_usd, number(positive), "Highest dated price of a package.");
    add_fact(t, "year_available", &Chip::year_available, small_integer(1990, 2100), "Year of availability.");
    return t;
  }();
  return table;
}

}  // namespace headroom::scenario
