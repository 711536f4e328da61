#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "models/catalog/architecture.hpp"
#include "models/catalog/checks.hpp"
#include "models/catalog/chip.hpp"
#include "models/catalog/export_rules.hpp"
#include "models/catalog/host.hpp"
#include "models/catalog/network.hpp"
#include "models/catalog/sources.hpp"
#include "models/power/power_model.hpp"
#include "models/serving/iteration.hpp"
#include "models/text/nearest.hpp"
#include "models/text/number.hpp"
#include "models/training/models.hpp"
#include "models/units/parse.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {
namespace {

using namespace catalog;

std::string text_of(int value, std::string_view) { return fmt::to_string(value); }
std::string text_of(const std::string& value, std::string_view) { return value; }
std::string text_of(double value, std::string_view key) {
  if (key.ends_with("_usd")) return "USD " + text::shortest(value);
  if (key.ends_with("_mm2")) return text::shortest(value) + " mm2";
  return text::shortest(value);
}
template <int T, int D, int W, int E, int K, int M>
std::string text_of(Quantity<T, D, W, E, K, M> value, std::string_view key) {
  std::string text = to_text(value);
  // Integer operations are no floating-point operations, though they share the dimension.
  if (const auto at = text.find("FLOP/s"); key == "int8" && at != std::string::npos) text.erase(at, 2);
  return text;
}

/// A number of a list in `unit`s, or "-" where it is unknown.
template <class Q>
std::string cell(const Fact<Q>& fact, double unit) {
  if (!fact.known()) return "-";
  const double number = fact.value().base() / unit;
  return number < 1e4 ? fmt::format("{:.4g}", number) : fmt::format("{:.0f}", number);
}
std::string cell(const Fact<int>& fact) { return fact.known() ? fmt::to_string(fact.value()) : "-"; }

/// At most `width` characters, the last a dot if something was cut.
std::string cut(std::string_view text, std::size_t width) {
  return text.size() <= width ? std::string(text) : std::string(text.substr(0, width - 1)) + ".";
}

/// Prints a paragraph, two blanks in, broken at blanks before column 100.
void print_paragraph(std::string_view text) {
  while (text.size() > 98) {
    auto at = text.rfind(' ', 98);
    if (at == std::string_view::npos) at = std::min(text.find(' '), text.size());
    fmt::print("  {}\n", text.substr(0, at));
    text.remove_prefix(std::min(at + 1, text.size()));
  }
  if (!text.empty()) fmt::print("  {}\n", text);
}

/// Prints the facts of one thing and then the addresses of the sources that they cite.
class FactSheet {
 public:
  void line(std::string_view key, std::string_view text) { fmt::print("  {:<19} {}\n", key, text); }

  template <class T>
  void fact(std::string_view key, const Fact<T>& fact) {
    if (!fact.known()) return line(key, "unknown");
    std::string text = text_of(fact.value(), key);
    if (fact.bounds()) text += fmt::format(" ({} to {})", text_of(fact.bounds()->first, key), text_of(fact.bounds()->second, key));
    with_evidence(key, text, fact.from());
  }

  void with_evidence(std::string_view key, std::string_view text, const Provenance& from) {
    fmt::print("  {:<19} {:<22} {:<9} {:<8} [{}]\n", key, text, to_string(from.status), from.as_of,
               from.source.empty() ? "no source" : from.source);
    if (!from.note.empty()) fmt::print("  {:<19} note: {}\n", "", from.note);
    for (std::string& code : source_codes(from.source)) codes_.insert(std::move(code));
  }

  void print_sources() const {
    bool first = true;
    for (const std::string& code : codes_) {
      const std::string_view address = source_address(code);
      if (address.empty()) continue;
      if (first) fmt::print("\nSources\n");
      first = false;
      fmt::print("  {:<14} {}\n", code, address);
    }
  }

 private:
  std::set<std::string> codes_;
};

void list_chips() {
  fmt::print("{:<21} {:<11} {:>4} {:>7} {:>7} {:>6} {:>7} {:>7} {:>6} {:>6} {:<1}\n", "chip", "vendor", "year", "BF16", "FP8", "memory",
             "TB/s", "link", "domain", "TDP", "g");
  fmt::print("{:<21} {:<11} {:>4} {:>7} {:>7} {:>6} {:>7} {:>7} {:>6} {:>6} {:<1}\n", "", "", "", "TFLOPS", "TFLOPS", "GB", "", "GB/s",
             "", "W", "");
  for (const Chip& c : chips()) {
    fmt::print("{:<21} {:<11} {:>4} {:>7} {:>7} {:>6} {:>7} {:>7} {:>6} {:>6} {}\n", cut(c.id, 21), cut(c.vendor, 11), cell(c.year_available),
               cell(c.bf16, 1e12), cell(c.fp8, 1e12), cell(c.memory, 1e9), cell(c.memory_bandwidth, 1e12),
               cell(c.scaleup_bandwidth, 1e9), cell(c.scaleup_domain), cell(c.tdp, 1), c.grade);
  }
  fmt::print("\nDense rates; links are one direction a package; - is unknown; g is the evidence grade, from\n"
             "A (two sources) to D (rumour or conflict).\n"
             "'headroom catalog chips NAME' prints every value with its source, date and status.\n");
}

void show_chip(const Chip& c) {
  fmt::print("{}: {}{}{}{}\n", c.id, c.vendor, c.vendor.empty() ? "" : " ", c.name,
             c.generation.empty() ? "" : fmt::format(" ({})", c.generation));
  fmt::print("  origin {}, {}, evidence {}\n", c.origin, c.state, c.grade);
  print_paragraph(c.export_note);
  fmt::print("\n");
  FactSheet sheet;
  for_each_fact(c, [&](const char* key, const auto& fact) { sheet.fact(key, fact); });
  fmt::print("\nExport rules of the United States, computed from these values\n");
  const auto number = [](std::optional<double> n, int digits) { return n ? fmt::format("{:.{}f}", *n, digits) : std::string("unknown"); };
  sheet.line("TPP", number(total_processing_performance(c), 0));
  sheet.line("TPP a mm2", number(performance_density(c), 2));
  sheet.line("October 2022", to_string(october_2022(c)));
  sheet.line("October 2023", to_string(october_2023(c)));
  sheet.line("January 2026", to_string(january_2026(c)));
  if (const auto hosts = hosts_of(c.id); !hosts.empty()) {
    std::vector<std::string> names;
    for (const Host* host : hosts) names.push_back(host->id);
    fmt::print("\nHosts: {}\n", fmt::join(names, ", "));
  }
  sheet.print_sources();
}

/// A user's own chip: the same sheet, and what looks like a slip in its numbers.
int show_datasheet(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw UsageError(fmt::format("{}: cannot be opened", file));
  nlohmann::json json;
  try {
    json = nlohmann::json::parse(in, nullptr, true, true);
  } catch (const nlohmann::json::parse_error& error) {
    throw UsageError(fmt::format("{}: {}", file, error.what()));
  }
  std::vector<Fault> faults;
  const Chip chip = parse_chip(json, faults);
  if (!faults.empty()) throw CatalogError(file, faults);
  show_chip(chip);
  fmt::print("\nChecks\n");
  const auto findings = check_chip(chip);
  for (const Finding& f : findings) fmt::print("  {:<19} {}\n", f.check, f.message);
  if (findings.empty()) fmt::print("  nothing unusual\n");
  return Exit::ok;
}

void list_networks() {
  fmt::print("{:<18} {:<44} {:<10} {:>8} {:>7} {:>6}\n", "network", "name", "topology", "GB/s", "us", "domain");
  for (const Network& n : networks()) {
    fmt::print("{:<18} {:<44} {:<10} {:>8} {:>7} {:>6}\n", n.id, cut(n.name, 44), cut(n.topology, 10), cell(n.bandwidth, 1e9),
               cell(n.latency, 1e-6), cell(n.domain));
  }
}

void show_network(const Network& n) {
  fmt::print("{}: {} {}\n  {}, {}{}\n\n", n.id, n.vendor, n.name, n.scope, n.topology, n.in_network_reduction ? ", reduction in the switch" : "");
  FactSheet sheet;
  for_each_network_fact(n, [&](const char* key, const auto& fact) { sheet.fact(key, fact); });
  sheet.print_sources();
}

void list_hosts() {
  fmt::print("{:<18} {:<36} {:>8} {:>7} {:>8} {:<18}\n", "host", "name", "packages", "servers", "kW", "network inside");
  for (const Host& h : hosts()) {
    fmt::print("{:<18} {:<36} {:>8} {:>7} {:>8} {:<18}\n", h.id, cut(h.name, 36), cell(h.packages), cell(h.servers), cell(h.peak_power, 1e3),
               h.scaleup.empty() ? "-" : h.scaleup);
  }
}

void show_host(const Host& h) {
  fmt::print("{}: {} {}\n  holds {}\n  network inside {}, to other hosts {}\n\n", h.id, h.vendor, h.name, fmt::join(h.chips, ", "),
             h.scaleup.empty() ? "-" : h.scaleup, h.scaleout.empty() ? "-" : h.scaleout);
  FactSheet sheet;
  for_each_host_fact(h, [&](const char* key, const auto& fact) { sheet.fact(key, fact); });
  sheet.print_sources();
}

std::string count(double n) { return n > 0 ? text::shortest(n) : "-"; }

void list_architectures() {
  fmt::print("{:<26} {:>8} {:>8} {:>6} {:>7} {:>6} {:>5} {:>7} {:>7} {:<6}\n", "architecture", "params B", "active B", "layers", "hidden",
             "heads", "kv", "experts", "top k", "attn");
  for (const Architecture& a : architectures()) {
    fmt::print("{:<26} {:>8} {:>8} {:>6} {:>7} {:>6} {:>5} {:>7} {:>7} {:<6}\n", cut(a.id, 26), fmt::format("{:.4g}", a.params_total / 1e9),
               fmt::format("{:.4g}", a.params_active / 1e9), count(a.layers), count(a.hidden), count(a.heads), count(a.kv_heads),
               count(a.experts), count(a.top_k), a.heads > 0 ? to_string(a.attention) : "-");
  }
}

void show_architecture(const Architecture& a) {
  fmt::print("{}: {:.4g}e9 parameters, {:.4g}e9 active a token\n", a.id, a.params_total / 1e9, a.params_active / 1e9);
  if (!a.aliases.empty()) fmt::print("  also {}\n", fmt::join(a.aliases, ", "));
  if (!a.has_dimensions) fmt::print("  its dimensions are not known\n");
  fmt::print("\n");
  FactSheet sheet;
  const std::pair<const char*, int> rows[] = {
      {"layers", a.layers}, {"hidden", a.hidden}, {"heads", a.heads}, {"kv_heads", a.kv_heads}, {"head_dim", a.head_dim},
      {"ffn_hidden", a.ffn_hidden}, {"vocab", a.vocab}, {"experts", a.experts}, {"top_k", a.top_k}, {"moe_ffn", a.moe_ffn},
      {"shared_experts", a.shared_experts}, {"first_dense_layers", a.first_dense_layers}, {"expert_groups", a.expert_groups}, {"routed_groups", a.routed_groups}, {"q_lora_rank", a.q_lora_rank},
      {"kv_lora_rank", a.kv_lora_rank}, {"rope_dim", a.rope_dim}, {"nope_dim", a.nope_dim}, {"v_head_dim", a.v_head_dim},
      {"sliding_window", a.sliding_window.value_or(0)}, {"full_attention_layers", a.full_attention_layers.value_or(0)}};
  for (const auto& [key, value] : rows) {
    if (value > 0) sheet.line(key, fmt::to_string(value));
  }
  if (a.has_dimensions) {
    sheet.line("attention", to_string(a.attention));
    sheet.line("gated", a.gated ? "yes" : "no");
    sheet.line("tied_embedding", a.tied_embedding ? "yes" : "no");
  }
  if (!a.other_layers.empty()) sheet.line("other_layers", a.other_layers);
  fmt::print("\n  {} {}, source: {}\n", to_string(a.from.status), a.from.as_of, a.from.source);
  if (!a.note.empty()) fmt::print("  note: {}\n", a.note);
}

/// The models of one table, or the one of that name.
template <class Entries>
int print_models(std::string_view question, const Entries& entries, std::string_view name) {
  int shown = 0;
  for (const auto& entry : entries) {
    if (!name.empty() && name != entry.name) continue;
    if (shown++ == 0) fmt::print("{}\n", question);
    fmt::print("  {:<16} {}\n", entry.name, entry.summary);
  }
  return shown;
}

void list_models(std::string_view name) {
  int shown = print_models("training: time of one optimizer step", training::training_models(), name);
  shown += print_models("serving: time of one pass of a replica", serving::iteration_models(), name);
  shown += print_models("power: draw of a chip at a load", power::power_models(), name);
  if (shown == 0) throw UsageError(fmt::format("there is no \"{}\" among the models; see 'headroom catalog models'", name));
}

/// Shows the thing of that name, or says which names are near.
template <class T, class Show>
int show_one(std::string_view kind, const T* found, std::string_view name, const std::vector<std::string>& near, Show show) {
  if (!found) {
    throw UsageError(fmt::format("there is no \"{}\" among the {}{}; see 'headroom catalog {}'", name, kind,
                                 near.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(near, " or ")), kind));
  }
  show(*found);
  return Exit::ok;
}

template <class Range>
std::vector<std::string> near_ids(std::string_view name, const Range& range) {
  std::vector<std::string> ids;
  for (const auto& item : range) ids.push_back(item.id);
  const auto near = nearest(name, ids);
  return near ? std::vector<std::string>{*near} : std::vector<std::string>{};
}

void print_overview() {
  fmt::print("{:<14} {:>4}  accelerators, every value with its source, date and status\n", "chips", chips().size());
  fmt::print("{:<14} {:>4}  interconnects inside and between hosts\n", "networks", networks().size());
  fmt::print("{:<14} {:>4}  servers, racks and pods: the units in which chips are bought\n", "hosts", hosts().size());
  fmt::print("{:<14} {:>4}  shapes of language models\n", "architectures", architectures().size());
  fmt::print("{:<14} {:>4}  performance models, by the question that they answer\n", "models",
             training::training_models().size() + serving::iteration_models().size() + power::power_models().size());
  fmt::print("\n'headroom catalog KIND' lists one kind, 'headroom catalog KIND NAME' prints one thing.\n");
}

template <class Range>
std::vector<std::string> ids_of(const Range& range) {
  std::vector<std::string> ids;
  for (const auto& item : range) ids.push_back(item.id);
  return ids;
}

/// Everything of a kind by name.
std::vector<std::string> names_of(std::string_view kind) {
  if (kind == "chips") return ids_of(chips());
  if (kind == "networks") return ids_of(networks());
  if (kind == "hosts") return ids_of(hosts());
  if (kind == "architectures") return ids_of(architectures());
  std::vector<std::string> names;
  for (const auto& entry : training::training_models()) names.emplace_back(entry.name);
  for (const auto& entry : serving::iteration_models()) names.emplace_back(entry.name);
  for (const auto& entry : power::power_models()) names.emplace_back(entry.name);
  return names;
}

void describe(po::options_description&) {}

int run(const Arguments& arguments) {
  const std::string kind = arguments.positional("KIND"), name = arguments.positional("NAME");
  if (kind.empty()) {
    print_overview();
    return Exit::ok;
  }
  if (kind == "chips") {
    if (name.ends_with(".json")) return show_datasheet(name);
    if (!name.empty()) return show_one(kind, find_chip(name), name, suggest_chips(name), show_chip);
    list_chips();
  } else if (kind == "networks") {
    if (!name.empty()) return show_one(kind, find_network(name), name, near_ids(name, networks()), show_network);
    list_networks();
  } else if (kind == "hosts") {
    if (!name.empty()) return show_one(kind, find_host(name), name, near_ids(name, hosts()), show_host);
    list_hosts();
  } else if (kind == "models") {
    list_models(name);
  } else {
    const auto near = suggest_architecture(name);
    if (!name.empty()) {
      return show_one(kind, find_architecture(name), name, near ? std::vector<std::string>{*near} : std::vector<std::string>{}, show_architecture);
    }
    list_architectures();
  }
  return Exit::ok;
}

}  // namespace

Verb verb_catalog() {
  return {"catalog",
          "what the catalogue knows of chips, networks, hosts, architectures and models, with sources",
          {{"KIND", "what to list", false, false, "chips|networks|hosts|architectures|models"},
           {"NAME", "one thing of that kind; for chips also a FILE.json with an own datasheet", false, false, "FILE.json", &names_of}},
          describe,
          run,
          {"headroom catalog chips", "headroom catalog chips h20_96", "headroom catalog chips my_chip.json",
           "headroom catalog architectures deepseek-v3"}};
}

}  // namespace headroom::tools
