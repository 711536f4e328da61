#include "sim/sweep/plan_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/text/number.hpp"
#include "models/units/math.hpp"
#include "sim/scenario/document.hpp"
#include "sim/scenario/schema.hpp"

namespace headroom::sweep {

namespace sc = headroom::scenario;

namespace {

/// Any JSON value, kept as its text: what --set would be given.
sc::Type<std::string> any_value() {
  sc::Form form, number, truth, object;
  number.kind = sc::Form::Kind::number;
  number.name = "number";  // or a text
  truth.kind = sc::Form::Kind::boolean;
  object.kind = sc::Form::Kind::object;
  form.kind = sc::Form::Kind::any_of;
  form.name = "any value";
  form.example = "6.7";
  form.parts = {number, truth, object};
  return {form, [](sc::Reader&, const sc::Node& node, std::string& out) { out = sc::to_json(node); return true; }, {}};
}

sc::Type<Placed> placed_text() {
  const auto plain = sc::text();
  return {plain.form,
          [plain](sc::Reader& r, const sc::Node& node, Placed& out) {
            out.place = r.place(node);
            return plain.read(r, node, out.text);
          },
          {}};
}

std::string value_text(const AxisRange& range, double value) {
  const std::string number = text::shortest(value);
  return range.unit.empty() ? number : sc::json_string(number + " " + range.unit);
}

const sc::Table<AxisRange>& range_table() {
  static const sc::Table<AxisRange> table = [] {
    sc::Table<AxisRange> t("range", "Numbers from one end to the other, both included.");
    t.add("from", &AxisRange::from, sc::number(), "First value.").required().example("6.7");
    t.add("to", &AxisRange::to, sc::number(), "Last value.").required().example("7.3");
    t.add("count", &AxisRange::count, sc::small_integer(2, 100000), "How many; a random or Sobol design without it draws any value between.")
        .absent("any value between").example("7");
    t.add("log", &AxisRange::log, sc::truth(), "Whether steps are factors instead of differences.");
    t.add("whole", &AxisRange::whole, sc::truth(), "Whether values are whole numbers.");
    t.add("unit", &AxisRange::unit, sc::text(), "Unit of every value.").absent("plain numbers").example("\"tokens/s\"");
    t.check([](sc::Reader& r, const sc::Node& node, AxisRange& range) {
      if (range.log && !(range.from > 0 && range.to > 0)) r.fault(node, "a range of factors through zero", "from and to above 0");
      if (range.whole && (range.from != std::floor(range.from) || range.to != std::floor(range.to))) {
        r.fault(node, fmt::format("a range of whole numbers from {} to {}", text::shortest(range.from), text::shortest(range.to)), "whole ends");
      } else if (range.count > 0) {
        const auto values = range.spread();
        const auto twice = std::adjacent_find(values.begin(), values.end());
        if (twice != values.end()) r.fault(node, fmt::format("{} stands in the range twice", *twice), "ends that differ, and no more than there are values");
      } else if (!(range.from < range.to)) {
        r.fault(node, fmt::format("nothing to draw from {} to {}", text::shortest(range.from), text::shortest(range.to)), "from below to");
      }
    });
    return t;
  }();
  return table;
}

sc::Type<std::optional<AxisRange>> optional_range() {
  const auto plain = sc::object(range_table);
  return {plain.form,
          [plain](sc::Reader& r, const sc::Node& node, std::optional<AxisRange>& out) { return plain.read(r, node, out.emplace()); },
          {}};
}

const sc::Table<Axis>& axis_table() {
  static const sc::Table<Axis> table = [] {
    sc::Table<Axis> t("axis", "One dimension of a plan: a setting with its values or range, or overlays.");
    t.add("id", &Axis::id, sc::id(), "Name of the column.").required().example("\"fx\"");
    t.add("set", &Axis::set, placed_text(), "Path of the setting, as in --set.").absent("none").example("\"fx.USD\"");
    t.add("values", &Axis::values, sc::list_of(any_value(), 1), "Its values.").absent("none").example("[6.7, 7.0, 7.3]");
    t.add("range", &Axis::range, optional_range(), "Instead of values.").absent("none");
    t.add("overlays", &Axis::overlays, sc::list_of(sc::text(), 1), "Files laid over the base, one a point; \"\" for none.").absent("none");
    t.check([](sc::Reader& r, const sc::Node& node, Axis& axis) {
      const int kinds = (axis.values.empty() ? 0 : 1) + (axis.range ? 1 : 0) + (axis.overlays.empty() ? 0 : 1);
      if (kinds != 1) r.fault(node, fmt::format("axis {} has {} of values, range and overlays", axis.id, kinds), "exactly one of them");
      if (axis.set.text.empty() == axis.overlays.empty()) r.fault(node, fmt::format("axis {}", axis.id), "\"set\" with values or a range, or \"overlays\" alone");
      if (axis.range && axis.range->count > 0) axis.values = axis.range->spread();
    });
    return t;
  }();
  return table;
}

/// Every axis of a grid has as many choices as it says, and the grid is not endless.
void check_grid(sc::Reader& r, const sc::Node& node, const Plan& plan) {
  std::size_t n = 1;
  for (std::size_t a = 0; a < plan.axes.size(); ++a) {
    const Axis& axis = plan.axes[a];
    if (axis.size() == 0) {
      r.fault_below(node, fmt::format("axes/{}/range", a), fmt::format("the range of axis {} has no count", axis.id),
                    "\"count\", or \"design\": \"random\" or \"sobol\" to draw from the range");
      return;
    }
    if (plan.design == Plan::Design::zipped && axis.size() != plan.axes.front().size()) {
      r.fault(node, fmt::format("axis {} has {} values and axis {} has {}", axis.id, axis.size(), plan.axes.front().id, plan.axes.front().size()),
              "as many values on every axis of a zipped design");
    }
    if (plan.design == Plan::Design::crossed && n <= Plan::most_points) n *= axis.size();
  }
  if (n > Plan::most_points) r.fault_below(node, "axes", "the grid has too many points", fmt::format("at most {}", Plan::most_points));
}

}  // namespace

std::string AxisRange::at(double share) const {
  const double top = whole ? to + 1 : to;
  double value = log ? from * math::pow(top / from, share) : from + (top - from) * share;
  if (whole) value = std::floor(value);
  return value_text(*this, std::min(value, to));
}

std::vector<std::string> AxisRange::spread() const {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) {
    const double along = static_cast<double>(i) / (count - 1);
    double value = log ? from * math::pow(to / from, along) : from + (to - from) * along;
    if (whole) value = std::floor(value + 0.5);
    if (i + 1 == count) value = to;
    all.push_back(value_text(*this, value));
  }
  return all;
}

const sc::Table<Plan>& plan_table() {
  static const sc::Table<Plan> table = [] {
    using Design = Plan::Design;
    sc::Table<Plan> t("plan", "Many scenarios over a base.");
    t.add("name", &Plan::name, sc::id(), "Name of the sweep.").required();
    t.add("note", &Plan::note, sc::text(), "What it asks.");
    t.add("base", &Plan::base, sc::text(), "Scenario file, relative to the plan.").required();
    t.add("overlays", &Plan::overlays, sc::list_of(sc::text()), "Files laid over the base in every point.").absent("none");
    t.add("axes", &Plan::axes, sc::list_of(sc::object(axis_table), 1), "Dimensions; in a crossed design the last turns fastest.").required();
    t.add("design", &Plan::design,
          sc::words<Design>({{"crossed", Design::crossed}, {"zipped", Design::zipped}, {"random", Design::random}, {"sobol", Design::sobol}}),
          "Every combination, the axes in step, or points drawn from them: independently, or spread evenly by a Sobol sequence.");
    t.add("points", &Plan::draws, sc::small_integer(1, static_cast<int>(Plan::most_points)), "How many points are drawn; for Sobol best a power of two.")
        .required().when("design", {"random", "sobol"}).example("64");
    t.add("seed", &Plan::seed, sc::seed_number(), "Of the drawing; the worlds have the scenario's own.").when("design", {"random", "sobol"});
    t.add("leave_out", &Plan::leave_out, sc::list_of(placed_text()), "Filters: a point in which one of these conditions over the axes holds is left out.")
        .absent("none").example("[\"growth > 4 and rented_until < '2027-01-01'\"]");
    t.add("replications", &Plan::replications, sc::small_integer(0, 100000), "Worlds drawn in each point beside the central one.");
    t.add("keep", &Plan::keep, sc::list_of(placed_text(), 1), "Metrics of points.csv, over the whole run.").required();
    t.add("expect", &Plan::expect, sc::list_of(placed_text()), "Thresholds of every point.").absent("none");
    t.check([](sc::Reader& r, const sc::Node& node, Plan& plan) {
      if (!plan.is_drawn()) check_grid(r, node, plan);
    });
    return t;
  }();
  return table;
}

std::string plan_schema() { return sc::schema_json(plan_table(), "Headroom plan of a sweep"); }

std::string plan_keys() {
  return "# Keys of a plan\n\n"
         "Written by `headroom show --plan-keys` from the tables that read the file. Files are named relative to the plan. A condition of\n"
         "`leave_out` compares axes with `= != < <= > >=` and `in (a, b)`, joins with `and`, `or`, `not`, and calculates with `+ - * /`;\n"
         "texts, dates and numbers with a unit stand in quotes: `load > '5000 tokens/s' and until < '2027-01-01'`.\n" +
         sc::key_tables(plan_table());
}

}  // namespace headroom::sweep
