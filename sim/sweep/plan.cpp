#include "sim/sweep/plan.hpp"

#include <fmt/format.h>

#include "models/text/number.hpp"
#include "models/text/sha256.hpp"
#include "models/units/math.hpp"
#include "sim/scenario/document.hpp"
#include "sim/scenario/fields.hpp"

namespace headroom::sweep {

namespace sc = headroom::scenario;

namespace {

/// Any JSON value, kept as its text: what --set would be given.
sc::Type<std::string> any_value() {
  sc::Form form;
  form.name = "any value";
  form.example = "6.7";
  return {form, [](sc::Reader&, const sc::Node& node, std::string& out) { out = sc::to_json(node); return true; }, {}};
}

sc::Type<Plan::Text> placed_text() {
  const auto plain = sc::text();
  return {plain.form,
          [plain](sc::Reader& r, const sc::Node& node, Plan::Text& out) {
            out.place = r.place(node);
            return plain.read(r, node, out.text);
          },
          {}};
}

const sc::Table<Axis::Range>& range_table() {
  static const sc::Table<Axis::Range> table = [] {
    sc::Table<Axis::Range> t("range", "Numbers from one end to the other, both included.");
    t.add("from", &Axis::Range::from, sc::number(), "First value.").required().example("6.7");
    t.add("to", &Axis::Range::to, sc::number(), "Last value.").required().example("7.3");
    t.add("count", &Axis::Range::count, sc::small_integer(2, 100000), "How many.").required().example("7");
    t.add("log", &Axis::Range::log, sc::truth(), "Whether steps are factors instead of differences.");
    t.check([](sc::Reader& r, const sc::Node& node, Axis::Range& range) {
      if (range.log && !(range.from > 0 && range.to > 0)) r.fault(node, "a range of factors through zero", "from and to above 0");
    });
    return t;
  }();
  return table;
}

std::vector<std::string> spread(const Axis::Range& range) {
  std::vector<std::string> values;
  for (int i = 0; i < range.count; ++i) {
    const double along = static_cast<double>(i) / (range.count - 1);
    double value = range.log ? range.from * math::pow(range.to / range.from, along) : range.from + (range.to - range.from) * along;
    if (i + 1 == range.count) value = range.to;
    values.push_back(text::shortest(value));
  }
  return values;
}

const sc::Table<Axis>& axis_table() {
  static const sc::Table<Axis> table = [] {
    sc::Table<Axis> t("axis", "One dimension of the grid: a setting with its values or range, or overlays.");
    t.add("id", &Axis::id, sc::id(), "Name of the column.").required().example("\"fx\"");
    t.add("set", &Axis::set, sc::text(), "Path of the setting, as in --set.").example("\"fx.USD\"");
    t.add("values", &Axis::values, sc::list_of(any_value(), 1), "Its values.").absent("none").example("[6.7, 7.0, 7.3]");
    t.add("range", &Axis::range, sc::object(range_table), "Instead of values.").absent("none");
    t.add("overlays", &Axis::overlays, sc::list_of(sc::text(), 1), "Files laid over the base, one a point; \"\" for none.").absent("none");
    t.check([](sc::Reader& r, const sc::Node& node, Axis& axis) {
      const int kinds = (axis.values.empty() ? 0 : 1) + (axis.range.count > 0 ? 1 : 0) + (axis.overlays.empty() ? 0 : 1);
      if (kinds != 1) r.fault(node, fmt::format("axis {} has {} of values, range and overlays", axis.id, kinds), "exactly one of them");
      if (axis.set.empty() == axis.overlays.empty()) r.fault(node, fmt::format("axis {}", axis.id), "\"set\" with values or a range, or \"overlays\" alone");
      if (axis.range.count > 0) axis.values = spread(axis.range);
    });
    return t;
  }();
  return table;
}

const sc::Table<Plan>& plan_table() {
  static const sc::Table<Plan> table = [] {
    sc::Table<Plan> t("plan", "A grid of scenarios over a base.");
    t.add("name", &Plan::name, sc::id(), "Name of the sweep.").required();
    t.add("note", &Plan::note, sc::text(), "What it asks.");
    t.add("base", &Plan::base, sc::text(), "Scenario file, relative to the plan.").required();
    t.add("overlays", &Plan::overlays, sc::list_of(sc::text()), "Files laid over the base in every point.").absent("none");
    t.add("axes", &Plan::axes, sc::list_of(sc::object(axis_table), 1), "Dimensions; the last turns fastest.").required();
    t.add("design", &Plan::design, sc::words<Plan::Design>({{"crossed", Plan::Design::crossed}, {"zipped", Plan::Design::zipped}}),
          "Every combination, or the axes in step.");
    t.add("replications", &Plan::replications, sc::small_integer(0, 100000), "Worlds drawn in each point beside the central one.");
    t.add("keep", &Plan::keep, sc::list_of(placed_text(), 1), "Metrics of points.csv, over the whole run.").required();
    t.add("expect", &Plan::expect, sc::list_of(placed_text()), "Thresholds of every point.").absent("none");
    t.add_later("filters", "Points to leave out.", "a zipped design of the points that are wanted");
    t.check([](sc::Reader& r, const sc::Node& node, Plan& plan) {
      for (const Axis& axis : plan.axes) {
        if (plan.design == Plan::Design::zipped && axis.size() != plan.axes.front().size()) {
          r.fault(node, fmt::format("axis {} has {} values and axis {} has {}", axis.id, axis.size(), plan.axes.front().id, plan.axes.front().size()),
                  "as many values on every axis of a zipped design");
        }
      }
    });
    return t;
  }();
  return table;
}

std::string path_of(const Plan& plan, const std::string& file) { return (plan.folder / file).lexically_normal().string(); }

}  // namespace

std::string Axis::label(std::size_t i) const {
  const std::string& text = set.empty() ? overlays[i] : values[i];
  return text.size() >= 2 && text.front() == '"' ? text.substr(1, text.size() - 2) : text;
}

std::size_t Plan::points() const {
  if (design == Design::zipped) return axes.front().size();
  std::size_t n = 1;
  for (const Axis& axis : axes) n *= axis.size();
  return n;
}

std::string Point::id() const { return fmt::format("p{:06}", index); }

Plan load_plan(const std::string& path) {
  sc::Document document = sc::read_document({path, {}, {}}, sc::read_from_disk);
  Plan plan;
  if (document.root.is(sc::Node::Kind::object)) {
    sc::Reader reader(document, sc::read_from_disk);
    plan_table().read(reader, document.root, plan);
  }
  if (!document.issues.empty()) throw sc::ScenarioError(sc::sorted(document.issues));
  plan.folder = std::filesystem::path{path}.parent_path();
  // A part file belongs to the plan's text and to everything that it lays together.
  std::string all = sc::to_json(document.root);
  std::vector<std::string> files = plan.overlays;
  for (const Axis& axis : plan.axes) files.insert(files.end(), axis.overlays.begin(), axis.overlays.end());
  for (const std::string& file : files) {
    if (file.empty()) continue;
    const auto content = sc::read_from_disk(path_of(plan, file));
    if (!content) throw InputError(fmt::format("{}: cannot read the overlay {}", path, path_of(plan, file)));
    all += content.value();
  }
  const sc::Document base = sc::read_document({path_of(plan, plan.base), {}, {}}, sc::read_from_disk);
  plan.hash = text::sha256(all + sc::to_json(base.root));
  return plan;
}

Point point(const Plan& plan, std::size_t index) {
  Point p;
  p.index = index;
  p.overlays.reserve(plan.overlays.size() + plan.axes.size());
  for (const std::string& file : plan.overlays) p.overlays.push_back(path_of(plan, file));
  std::size_t rest = index, turn = plan.points();
  for (const Axis& axis : plan.axes) {
    std::size_t at = index;
    if (plan.design == Plan::Design::crossed) {
      turn /= axis.size();
      at = rest / turn;
      rest %= turn;
    }
    p.labels.push_back(axis.label(at));
    if (!axis.set.empty()) {
      p.sets.push_back(axis.set + "=" + axis.values[at]);
    } else if (!axis.overlays[at].empty()) {
      p.overlays.push_back(path_of(plan, axis.overlays[at]));
    }
  }
  return p;
}

}  // namespace headroom::sweep
