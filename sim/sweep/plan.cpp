#include "sim/sweep/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/text/sha256.hpp"
#include "models/units/error.hpp"
#include "sim/scenario/load.hpp"
#include "sim/sweep/design.hpp"
#include "sim/sweep/plan_table.hpp"

namespace headroom::sweep {

namespace sc = headroom::scenario;

namespace {

std::string path_of(const Plan& plan, const std::string& file) { return (plan.folder / file).lexically_normal().string(); }

/// Overlays by file, strings without their quotes.
std::string label_of(const std::string& text) {
  return text.size() >= 2 && text.front() == '"' ? text.substr(1, text.size() - 2) : text;
}

/// Which choice a share in (0, 1) falls on, all being equally likely.
std::size_t choice(double share, std::size_t size) {
  return std::min(static_cast<std::size_t>(share * static_cast<double>(size)), size - 1);
}

std::vector<double> shares_of(const Plan& plan, std::size_t number) {
  std::vector<std::string> ids;
  for (const Axis& axis : plan.axes) ids.push_back(axis.id);
  if (plan.design == Plan::Design::sobol) return sobol_shares(plan.seed, ids, number);
  std::vector<double> shares;
  for (const auto& id : ids) shares.push_back(random_share(plan.seed, id, number));
  return shares;
}

void lay(const Plan& plan, const Axis& axis, const std::string& choice, Point& out) {
  out.labels.push_back(label_of(choice));
  if (!axis.set.text.empty()) {
    out.sets.push_back(axis.set.text + "=" + choice);
  } else if (!choice.empty()) {
    out.overlays.push_back(path_of(plan, choice));
  }
}

/// The point with that number in the design, whether it is left out or not.
Point designed_point(const Plan& plan, std::size_t number) {
  Point p;
  p.overlays.reserve(plan.overlays.size() + plan.axes.size());
  for (const std::string& file : plan.overlays) p.overlays.push_back(path_of(plan, file));
  const auto shares = plan.is_drawn() ? shares_of(plan, number) : std::vector<double>{};
  std::size_t rest = number, turn = plan.designed();
  for (std::size_t a = 0; a < plan.axes.size(); ++a) {
    const Axis& axis = plan.axes[a];
    if (plan.is_drawn() && axis.size() == 0) {
      lay(plan, axis, axis.range->at(shares[a]), p);
      continue;
    }
    std::size_t at = number;
    if (plan.is_drawn()) {
      at = choice(shares[a], axis.size());
    } else if (plan.design == Plan::Design::crossed) {
      turn /= axis.size();
      at = rest / turn;
      rest %= turn;
    }
    lay(plan, axis, axis.set.text.empty() ? axis.overlays[at] : axis.values[at], p);
  }
  return p;
}

/// A document's tree in one form, whatever its blanks and comments, and the tables that it reads.
std::string content_of(const sc::Document& document) {
  std::string all = sc::to_json(document.root);
  for (const auto& source : document.sources) {
    if (source.kind == sc::Source::Kind::csv) all += "\n" + source.text;
  }
  return all;
}

/// Everything that a point may depend on: a part file belongs to it. Throws InputError if an overlay cannot be read.
std::string hash_of(const Plan& plan, const std::string& path, const sc::Node& root) {
  std::string all = sc::to_json(root);
  std::vector<std::string> laid, single;
  for (const auto& file : plan.overlays) laid.push_back(path_of(plan, file));
  for (const Axis& axis : plan.axes) {
    for (const auto& file : axis.overlays) {
      if (!file.empty()) single.push_back(path_of(plan, file));
    }
  }
  for (const auto* files : {&laid, &single}) {
    for (const auto& file : *files) {
      if (!sc::read_from_disk(file)) throw InputError(fmt::format("{}: cannot read the overlay {}", path, file));
    }
  }
  const std::string base = path_of(plan, plan.base);
  all += content_of(sc::inspect({base, laid, {}}).document);
  for (const auto& file : single) {
    auto with = laid;
    with.push_back(file);
    all += content_of(sc::inspect({base, with, {}}).document);
  }
  return text::sha256(all);
}

/// Fills `chosen`. Faults are reported at the condition.
void leave_out_points(sc::Reader& r, const sc::Node& node, Plan& plan) {
  std::vector<std::string> ids;
  for (const Axis& axis : plan.axes) ids.push_back(axis.id);
  std::vector<Condition> conditions;
  std::size_t c = 0;
  try {
    for (; c < plan.leave_out.size(); ++c) conditions.emplace_back(plan.leave_out[c].text, ids);
    for (std::size_t i = 0; i < plan.designed(); ++i) {
      const Point p = designed_point(plan, i);
      bool out = false;
      for (c = 0; c < conditions.size(); ++c) out |= conditions[c].holds([&](std::size_t a) { return operand_of(p.labels[a]); });
      if (!out) plan.chosen.push_back(i);
    }
  } catch (const ConditionError& e) {
    r.fault_below(node, fmt::format("leave_out/{}", c), fmt::format("\"{}\", character {}: {}", plan.leave_out[c].text, e.at, e.what()), {}, e.nearest);
    return;
  }
  if (plan.chosen.empty()) r.fault_below(node, "leave_out", fmt::format("all {} points are left out", plan.designed()), "conditions that leave a point");
}

}  // namespace

std::size_t Plan::designed() const {
  if (is_drawn()) return static_cast<std::size_t>(draws);
  if (design == Design::zipped) return axes.front().size();
  std::size_t n = 1;
  for (const Axis& axis : axes) n *= axis.size();
  return n;
}

std::string point_id(std::size_t index) { return fmt::format("p{:06}", index); }

Plan load_plan(const std::string& path) {
  sc::Document document = sc::read_document({path, {}, {}}, sc::read_from_disk);
  Plan plan;
  if (document.root.is(sc::Node::Kind::object)) {
    sc::Reader reader(document, sc::read_from_disk);
    if (plan_table().read(reader, document.root, plan) && !plan.leave_out.empty()) leave_out_points(reader, document.root, plan);
  }
  if (!document.issues.empty()) throw sc::ScenarioError(sc::sorted(document.issues));
  plan.folder = std::filesystem::path{path}.parent_path();
  plan.hash = hash_of(plan, path, document.root);
  return plan;
}

Point point(const Plan& plan, std::size_t index) {
  Point p = designed_point(plan, plan.leave_out.empty() ? index : plan.chosen[index]);
  p.index = index;
  return p;
}

}  // namespace headroom::sweep
