#include "sim/scenario/load.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "models/units/nearest.hpp"
#include "models/text/sha256.hpp"
#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

/// Text members `key` of the entries of a list of the root.
void declare_members(Reader& r, const Node& root, std::string_view list, std::string_view key, std::string_view what) {
  const Node* entries = root.find(list);
  if (entries == nullptr) return;
  for (const Node& entry : entries->items) {
    const Node* name = entry.find(key);
    if (name != nullptr && name->is(Node::Kind::string) && !name->text.empty()) r.declare(what, name->text);
  }
}

/// Every name that may be referred to, before anything is read, so that the order of the file does not matter.
void declare_names(Reader& r, const Node& root, const Catalogue& catalogue) {
  for (const catalog::Chip& chip : catalogue.chips) {
    r.declare("chip", chip.id);
    if (!chip.origin.empty()) r.declare("chip origin", chip.origin);
  }
  for (const catalog::Architecture& a : catalogue.architectures) {
    r.declare("architecture", a.id);
    for (const std::string& alias : a.aliases) r.declare("architecture", alias);
  }
  declare_members(r, root, "chips", "id", "chip");
  declare_members(r, root, "chips", "origin", "chip origin");
  declare_members(r, root, "sites", "id", "site");
  declare_members(r, root, "sites", "region", "region");
  if (const Node* sites = root.find("sites")) {
    for (const Node& site : sites->items) {
      const Node* serves = site.find("serves");
      if (serves == nullptr) continue;
      for (const Node& region : serves->items) {
        if (region.is(Node::Kind::string)) r.declare("region", region.text);
      }
    }
  }
  for (const char* what : {"site", "region"}) {
    for (const std::string& name : r.names(what)) r.declare("link end", name);
  }
  declare_members(r, root, "fleet", "id", "cohort");
  declare_members(r, root, "orders", "id", "order");
  declare_members(r, root, "orders", "supplier", "supplier");
  declare_members(r, root, "leases", "id", "lease");
  declare_members(r, root, "workloads", "id", "workload");
  if (const Node* policies = root.find("policies"); policies != nullptr && policies->is(Node::Kind::object)) declare_members(r, *policies, "queues", "id", "queue");
  declare_members(r, root, "budgets", "purpose", "budget purpose");
  declare_members(r, root, "processes", "lane", "licence lane");
  if (const Node* processes = root.find("processes")) {
    for (const Node& process : processes->items) {
      const Node* kind = process.find("kind");
      const Node* name = process.find("id");
      if (kind != nullptr && kind->text == "price" && name != nullptr && name->is(Node::Kind::string)) r.declare("price process", name->text);
    }
  }
}

/// Chips of the scenario over those of the catalogue: only the keys that are written change anything.
void apply_chips(Reader& r, const Node& root, const Catalogue& catalogue, Scenario& s) {
  const auto find = [&](std::string_view id) {
    const auto at = std::find_if(catalogue.chips.begin(), catalogue.chips.end(), [&](const catalog::Chip& c) { return c.id == id; });
    return at == catalogue.chips.end() ? nullptr : &*at;
  };
  std::vector<catalog::Chip> own;
  if (const Node* list = root.find("chips")) {
    for (std::size_t i = 0; i < list->items.size() && i < s.chips.size(); ++i) {
      const Node* based_on = list->items[i].find("based_on");
      const catalog::Chip* base = find(based_on == nullptr ? s.chips[i].id : based_on->text);
      if (based_on != nullptr && base == nullptr) {
        std::vector<std::string_view> names;
        for (const catalog::Chip& c : catalogue.chips) names.push_back(c.id);
        r.fault_below(root, fmt::format("chips/{}/based_on", i), fmt::format("there is no chip {} in the catalogue", json_string(based_on->text)),
                      "the name of a catalogue chip", nearest(based_on->text, names).value_or(""));
        continue;
      }
      catalog::Chip chip = base == nullptr ? catalog::Chip{} : *base;
      chip.kind = find(s.chips[i].id) == nullptr ? catalog::Chip::Kind::own : catalog::Chip::Kind::changed;
      chip_table().read_quietly(r, list->items[i], chip);
      if (chip.kind == catalog::Chip::Kind::own) chip.grade = "own";
      catalog::name_facts(chip);
      if (chip.origin.empty()) r.fault_below(root, fmt::format("chips/{}", i), "an own chip without \"origin\"", "a country code, e.g. \"cn\"");
      own.push_back(std::move(chip));
    }
  }
  std::set<std::string> used;
  for (const Cohort& c : s.fleet) used.insert(c.chip);
  for (const Order& o : s.orders) used.insert(o.chip);
  for (const Lease& l : s.leases) used.insert(l.chip);
  for (const Response& x : s.responses) used.insert(x.chip);
  used.insert(s.policies.reference_chip);
  for (const JobQueueRule& queue : s.policies.queues) {
    used.insert(queue.chip);
    for (const QueuePart& part : queue.also) used.insert(part.chip);
  }
  for (const Workload& w : s.workloads) {
    used.insert(w.chips.begin(), w.chips.end());
    for (const ModelShare& m : w.models) {
      for (const ChipRate& rate : m.rates) used.insert(rate.chip);
    }
    for (const TrainingRun& run : w.runs) used.insert(run.chips.begin(), run.chips.end());
  }
  for (const catalog::Chip& c : own) used.erase(c.id);
  for (const std::string& id : used) {
    if (const catalog::Chip* chip = find(id)) own.push_back(*chip);
  }
  s.chips = std::move(own);
}

/// A file as a result names it: relative to the scenario's folder, and by its last name alone if it stands outside, so that a result does
/// not depend on where the scenario lies or how its path was written.
std::string name_in_results(const std::string& file, const std::string& scenario) {
  namespace fs = std::filesystem;
  const fs::path path = fs::path(file).lexically_normal();
  const fs::path relative = path.lexically_relative(fs::path(scenario).lexically_normal().parent_path());
  return relative.empty() || *relative.begin() == ".." ? path.filename().string() : relative.generic_string();
}

/// Of the merged tree and of the tables that it names: the same plan has the same hash, however its text is laid out.
std::string hash_of(const Document& document, const std::string& scenario) {
  text::Sha256 hash;
  hash.add(to_json(document.root));
  for (const Source& source : document.sources) {
    if (source.kind == Source::Kind::csv) hash.add("\n").add(name_in_results(source.name, scenario)).add("\n").add(source.text);
  }
  return hash.hex();
}

}  // namespace

bool Loaded::valid() const {
  return std::none_of(issues.begin(), issues.end(), [](const Issue& i) { return i.level == Issue::Level::error; });
}

Loaded inspect(const Request& request, const ReadFile& read_file, const Catalogue& catalogue) {
  Loaded out;
  out.document = read_document(request, read_file);
  if (out.document.root.is(Node::Kind::object)) {
    Reader reader(out.document, read_file);
    reader.suggest_chips = catalogue.suggest_chips;
    const Node& root = out.document.root;
    declare_names(reader, root, catalogue);
    const bool good = scenario_table().read(reader, root, out.scenario);
    if (good && reader.faults() == 0) {
      check_across(reader, root, out.scenario);
      apply_chips(reader, root, catalogue, out.scenario);
      check_fabrics(reader, root, out.scenario);  // reads what the catalogue knows of the chips
    }
    out.resolved = std::move(reader.resolved);
  }
  for (const Source& source : out.document.sources) {
    if (source.kind != Source::Kind::set) out.scenario.inputs.push_back({name_in_results(source.name, request.path), text::sha256(source.text)});
  }
  out.scenario.hash = hash_of(out.document, request.path);
  out.issues = sorted(out.document.issues);
  return out;
}

Scenario load(const Request& request, const ReadFile& read_file, const Catalogue& catalogue) {
  Loaded loaded = inspect(request, read_file, catalogue);
  if (!loaded.valid()) throw ScenarioError(std::move(loaded.issues));
  return std::move(loaded.scenario);
}

}  // namespace headroom::scenario
