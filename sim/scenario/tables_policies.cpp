#include <algorithm>

#include "sim/scenario/series.hpp"
#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

const Table<Policies::VolumeCap>& volume_cap_table() {
  static const Table<Policies::VolumeCap> table = [] {
    using Cap = Policies::VolumeCap;
    Table<Cap> t("volume cap", "The most that a supplier delivers in a year.");
    t.add("supplier", &Cap::supplier, text(), "As orders name it.").required();
    t.add("year", &Cap::year, small_integer(1990, 2200), "Calendar year.").required();
    t.add("count", &Cap::count, count(), "Accelerators.").required();
    return t;
  }();
  return table;
}

const Table<Policies::LocationRule>& location_rule_table() {
  static const Table<Policies::LocationRule> table = [] {
    using Rule = Policies::LocationRule;
    Table<Rule> t("location rule", "From a day on such chips in such a place stop serving.");
    t.add("id", &Rule::id, id(), "Name of the rule.").required();
    t.add("from", &Rule::from, day(), "First day of the rule.").required();
    t.add("location", &Rule::location, text(), "Country code of the sites.").required();
    t.add("chip_origin", &Rule::chip_origin, text(), "Origin of the chips.").absent("every origin");
    t.add("leased_only", &Rule::leased_only, truth(), "Whether owned chips go on.");
    return t;
  }();
  return table;
}

const Table<Process::GateStep>& gate_step_table() {
  static const Table<Process::GateStep> table = [] {
    using Step = Process::GateStep;
    Table<Step> t("gate step", "A dated state of a gate.");
    t.add("from", &Step::from, day(), "First day of the state.").required();
    t.add("open", &Step::open, truth(), "Whether the gate is open.").required();
    return t;
  }();
  return table;
}

struct PricePath {
  PriceSeries<double> path;
  Process::Per per = Process::Per::accelerator;
};

Process::Per per_of(const Node& node) {
  if (!node.is(Node::Kind::string)) return Process::Per::accelerator;
  try {
    const ParsedQuantity p = parse_quantity(node.text);
    if (p.dimension == Dimension{.time = -1}) return Process::Per::time;
    if (p.dimension == Dimension{.data = -1}) return Process::Per::data;
  } catch (const UnitError&) {
  }
  return Process::Per::accelerator;
}

/// A price path per accelerator ("31900 USD"), time ("2.35 USD/h") or data ("8 USD/GB"); the first value says which.
Type<PricePath> price_path() {
  return {price_series<double>().form,
          [](Reader& r, const Node& node, PricePath& out) {
            std::optional<Process::Per> per;
            std::optional<Currency> currency;
            SeriesElement element = detail::price_element(Dimension{});
            element.read = [&per](Reader& reader, const Node& value, double& amount, std::optional<Currency>& found) {
              if (!per) per = per_of(value);
              static constexpr Dimension dimensions[] = {{}, {.time = 1}, {.data = 1}};
              return detail::price_element(dimensions[static_cast<std::size_t>(*per)]).read(reader, value, amount, found);
            };
            if (!detail::read_series(r, node, element, out.path.series, currency)) return false;
            if (currency) out.path.currency = *currency;
            out.per = per.value_or(Process::Per::accelerator);
            return true;
          },
          {}};
}

void check_process(Reader& r, const Node& node, Process& p) {
  for (std::size_t i = 1; i < p.steps.size(); ++i) {
    if (p.steps[i - 1].from < p.steps[i].from) continue;
    r.fault_below(node, fmt::format("steps/{}/from", i),
                  fmt::format("{} does not come after the step before it", headroom::to_string(p.steps[i].from)), "days that rise");
  }
  const auto need = [&](std::string_view key, std::string expected) {
    if (node.find(key) == nullptr) r.fault(node, fmt::format("key \"{}\" is missing", key), std::move(expected));
  };
  switch (p.kind) {
    case Process::Kind::gate:
      need("lane", "the licence lane on which the gate stands");
      break;
    case Process::Kind::price:
      need("mean", "a price over time");
      if (p.market_depth && p.per != Process::Per::time) {
        r.fault_below(node, "market_depth", "a market depth of what is not rented", "\"mean\" as a price per time, or no depth");
      }
      break;
    case Process::Kind::demand_error:
      need("sd", "a standard deviation of the logarithm");
      if (!(p.reversion_per_year > 0)) {
        r.fault_below(node, "reversion_per_year", "a demand error that never leaves 0", "a number above 0: how fast it comes and goes");
      }
      need("target", "the workload whose demand errs");
      if (!p.target.empty() && !r.known("workload", p.target)) {
        r.fault_below(node, "target", fmt::format("there is no workload {}", json_string(p.target)), "a workload",
                      nearest(p.target, r.names("workload")).value_or(""));
      }
      break;
    case Process::Kind::model_error: need("sd", "a standard deviation of the logarithm"); break;
    case Process::Kind::delay:
      need("delay", "a calendar span");
      need("from", "the day from which planned deliveries are late");
      if (!p.target.empty() && !r.known("order", p.target) && !r.known("supplier", p.target)) {
        std::vector<std::string> names = r.names("order");
        names.insert(names.end(), r.names("supplier").begin(), r.names("supplier").end());
        r.fault_below(node, "target", fmt::format("there is no order or supplier {}", json_string(p.target)), "an order or supplier",
                      nearest(p.target, names).value_or(""));
      }
      break;
  }
}

const Table<Response::When>& when_table() {
  static const Table<Response::When> table = [] {
    using When = Response::When;
    Table<When> t("predicate", "What must be seen before the response acts.");
    t.add("metric", &When::metric,
          words<std::string>({{"headroom", "headroom"}, {"weeks_to_exhaustion", "weeks_to_exhaustion"}, {"slo_attainment", "slo_attainment"},
                              {"occupancy", "occupancy"}, {"utilisation", "utilisation"}, {"hours_below_target", "hours_below_target"},
                              {"backlog_end", "backlog_end"}, {"availability", "availability"}}),
          "What is looked at.").absent("a date");
    t.add("workload", &When::workload, name_of("workload"), "Of which workload.").absent("all");
    t.add("op", &When::op, words<When::Op>({{"below", When::Op::below}, {"above", When::Op::above}}), "Comparison with `value`.");
    t.add("value", &When::value, number(), "Threshold.");
    t.add("date", &When::date, day(), "Instead of a metric: the day.").absent("no date");
    t.check([](Reader& r, const Node& node, When& when) {
      if (when.metric.empty() != when.date.has_value()) {
        r.fault(node, when.date ? "both a metric and a date" : "neither a metric nor a date", "\"metric\" with \"value\", or \"date\"");
      } else if (!when.metric.empty() && node.find("value") == nullptr) {
        r.fault(node, "key \"value\" is missing", "the threshold of the metric");
      }
    });
    return t;
  }();
  return table;
}

void check_response(Reader& r, const Node& node, Response& response) {
  using Action = Response::Action;
  const auto need = [&](std::string_view key, std::string expected) {
    if (node.find(key) == nullptr) r.fault(node, fmt::format("key \"{}\" is missing", key), std::move(expected));
  };
  const auto target_is = [&](std::string_view what) {
    if (!r.known(what, response.target)) {
      r.fault_below(node, "target", fmt::format("there is no {} {}", what, json_string(response.target)), fmt::format("the name of one ({})", what),
                    nearest(response.target, r.names(what)).value_or(""));
    }
  };
  switch (response.action) {
    case Action::bridge:
      for (const std::string_view key : {"chip", "site", "count", "price", "term"}) need(key, "what is rented");
      break;
    case Action::order:
    case Action::cancel: target_is("order"); break;
    case Action::shed:
    case Action::lend:
      if (!response.target.empty()) target_is("workload");
      break;
    case Action::defer_retirement:
      if (!response.target.empty()) target_is("cohort");
      break;
  }
}

/// The keys of a part, for T that is one or holds one.
template <class T>
void add_part_keys(Table<T>& t) {
  t.add("site", static_cast<std::string T::*>(&T::site), name_of("site"), "Site whose accelerators it uses.").required();
  t.add("chip", static_cast<std::string T::*>(&T::chip), name_of("chip"), "Their chip.").required();
  t.add("accelerators", static_cast<std::int64_t T::*>(&T::accelerators), count(1, 10000000), "At most.").required().example("512");
  t.add("reserved", static_cast<std::int64_t T::*>(&T::reserved), count(0, 10000000),
        "Of those, what services never get. Beyond it jobs give way to services; what training runs hold they keep until they end.");
  t.add("node", static_cast<std::int64_t T::*>(&T::node), count(1, 1024), "Accelerators of a node; gangs take whole nodes and one part of a node. On a `fabric` of the site, a scale-up domain of it.");
  t.add("group", static_cast<std::int64_t T::*>(&T::group), count(0, 10000000), "Nodes of a scale-up domain, rack or pod, for the placement topology; 0: all are one. Where the site has a `fabric`, that says it.");
}

const Table<QueuePart>& queue_part_table() {
  static const Table<QueuePart> table = [] {
    Table<QueuePart> t("queue part", "Further accelerators of a queue, of another chip or at another site.");
    add_part_keys(t);
    return t;
  }();
  return table;
}

void check_part(Reader& r, const Node& node, const std::string& path, const QueuePart& part, const std::string& placement) {
  const auto fault = [&](const char* key, std::string got, std::string expected) { r.fault_below(node, path + key, std::move(got), std::move(expected)); };
  if (part.accelerators % part.node != 0) fault("accelerators", fmt::format("{} accelerators fill no whole number of nodes of {}", part.accelerators, part.node), "a multiple of \"node\"");
  if (part.reserved % part.node != 0 || part.reserved > part.accelerators) {
    fault("reserved", fmt::format("{} of {} accelerators in nodes of {}", part.reserved, part.accelerators, part.node), "whole nodes, at most \"accelerators\"");
  }
  const bool scored = placement == "bestfit" || placement == "dotprod" || placement == "gpupacking" || placement == "fgd";
  if (scored && part.node > 64) fault("node", "a packing policy on nodes of more than 64 accelerators", "at most 64, or another placement");
  if (part.group > 0 && placement != "topology") fault("group", "groups that this placement does not look at", "\"placement\": \"topology\" with \"group\", or neither");
}

const Table<HeadroomPolicy>& headroom_policy_table() {
  using Kind = HeadroomPolicy::Kind;
  static const Table<HeadroomPolicy> table = [] {
    Table<HeadroomPolicy> t("headroom policy", "Capacity that interactive services hold above the forecast peak of the day.");
    t.add("policy", &HeadroomPolicy::kind, words<Kind>({{"n_plus", Kind::replicas}, {"percentile", Kind::percentile}, {"forecast", Kind::forecast}}),
          "n_plus: what is left when the largest replicas fail carries the forecast; percentile: of the load, with the error of the forecast and the minutes of the hour; forecast: the highest forecast of the time to come.").required();
    t.add("replicas", &HeadroomPolicy::replicas, count(1, 100000), "Replicas that may fail, per service; the largest.").when("policy", {"n_plus"});
    t.add("percentile", &HeadroomPolicy::percentile, share({0.5, 0.9999}), "Share of the load's possible values that it carries.").when("policy", {"percentile"});
    t.add("ahead", &HeadroomPolicy::ahead, span(), "How far it looks from today.").when("policy", {"percentile", "forecast"}).absent("1 day").example("\"4 weeks\"");
    return t;
  }();
  return table;
}

const Table<JobQueueRule>& job_queue_table() {
  static const Table<JobQueueRule> table = [] {
    Table<JobQueueRule> t("queue", "A queue of jobs and training runs on what services, and runs outside queues, leave of a chip at a site.");
    t.add("id", &JobQueueRule::id, id(), "Name of the queue.").required().example("\"research\"");
    add_part_keys(t);
    t.add("also", &JobQueueRule::also, list_of(object(queue_part_table)), "Further accelerators: a gang stands in one of these parts, or a run on two chips in two.").absent("none");
    std::vector<std::pair<std::string, std::string>> policies;
    for (const char* name : {"fifo", "sjf", "srtf", "deadline", "priority", "easy", "conservative", "fairshare", "elastic", "quota"}) policies.emplace_back(name, name);
    t.add("policy", &JobQueueRule::policy, words<std::string>(policies), 
          "Who goes first: in order of submission (fifo), the shortest (sjf), what has least left and may evict others (srtf), the earliest deadline (deadline), the lowest tier, which may evict higher ones (priority), in order of submission but others may pass who delay nobody (easy: not the first in line, conservative: none of them), the tenant that used least for its weight (fairshare), deadlines with sizes that change (elastic), by the tenants' own quotas and what they lend (quota).");
    std::vector<std::pair<std::string, std::string>> placements;
    for (const char* name : {"packed", "topology", "neighbours", "spread", "bestfit", "dotprod", "gpupacking", "fgd"}) placements.emplace_back(name, name);
    t.add("placement", &JobQueueRule::placement, words<std::string>(placements),
          "How gangs are laid over the nodes: whole nodes tightly (packed), within the fewest groups (topology), in blocks of neighbours, on any free accelerators (spread), or the part of a node by a packing policy of `headroom replay pack`. Without groups and a fabric gangs of whole nodes stand anywhere, whatever is written here.");
    t.check([](Reader& r, const Node& node, JobQueueRule& queue) {
      check_part(r, node, "", queue, queue.placement);
      for (std::size_t i = 0; i < queue.also.size(); ++i) {
        const QueuePart& part = queue.also[i];
        check_part(r, node, fmt::format("also/{}/", i), part, queue.placement);
        const auto same = [&](const QueuePart& other) { return other.site == part.site && other.chip == part.chip; };
        if (same(queue) || std::find_if(queue.also.begin(), queue.also.end(), same) - queue.also.begin() < static_cast<std::ptrdiff_t>(i)) {
          r.fault_below(node, fmt::format("also/{}", i), fmt::format("{} at {} is part of the queue already", part.chip, part.site), "one part for each chip and site");
        }
      }
    });
    return t;
  }();
  return table;
}

}  // namespace

const Table<Policies>& policies_table() {
  static const Table<Policies> table = [] {
    Table<Policies> t("policies", "Rules that the plan keeps.");
    t.add("reference_chip", &Policies::reference_chip, name_of("chip"), "Chip in whose hours shortfalls are counted.").required();
    t.add("headroom_share", &Policies::headroom_share, share({0, 5}), "Capacity kept above the forecast peak of the day, per service.");
    t.add("headroom", &Policies::headroom, object(headroom_policy_table), "Instead of `headroom_share`: how much interactive services hold.").absent("the share");
    t.add("capital_rate", &Policies::capital_rate, share(), "Cost of capital, a year.");
    t.add("min_replicas", &Policies::min_replicas, count(0, 100000), "Per model and region.");
    t.add("replica_load_time", &Policies::replica_load_time, quantity<Seconds>(), "A moved replica is no capacity for that long.").example("\"10 min\"");
    t.add("lending_recall", &Policies::lending_recall, quantity<Seconds>(), "Lent accelerators come back after that.").example("\"1 h\"");
    t.add("min_dwell", &Policies::min_dwell, quantity<Seconds>({0, 86400}), "A moved replica stays at least that long; at most a day, since replicas are placed once a day.").example("\"2 h\"");
    t.add("volume_caps", &Policies::volume_caps, list_of(object(volume_cap_table)), "Yearly limits of suppliers.").absent("none");
    t.add("queues", &Policies::queues, list_of(object(job_queue_table)), "Queues of jobs.").absent("none");
    t.add("location_rules", &Policies::location_rules, list_of(object(location_rule_table)), "Access law by place.").absent("none");
    t.check([](Reader& r, const Node& node, Policies& p) {
      if (p.headroom && node.find("headroom_share") != nullptr) r.fault_at_latest(node, {"headroom", "headroom_share"}, "two rules of headroom", "one of them");
    });
    return t;
  }();
  return table;
}

const Table<Process>& process_table() {
  using Kind = Process::Kind;
  static const Table<Process> table = [] {
    Table<Process> t("process", "Something that the world does, whatever the plan is.");
    t.add("id", &Process::id, id(), "Name of the process.").required();
    t.add("kind", &Process::kind,
          words<Kind>({{"gate", Kind::gate}, {"price", Kind::price}, {"demand_error", Kind::demand_error}, {"model_error", Kind::model_error}, {"delay", Kind::delay}}),
          "Which of the following keys describe it.").required();
    t.add("lane", &Process::lane, id(), "Licence lane on which the gate stands.").when("kind", {"gate"}).absent("none").example("\"cn-hopper\"");
    t.add("regime", &Process::regime,
          words<Process::Regime>({{"export_licence", Process::Regime::export_licence}, {"import_clearance", Process::Regime::import_clearance}}),
          "Passed before transit, or at customs.").when("kind", {"gate"});
    t.add("steps", &Process::steps, list_of(object(gate_step_table)), "Dated states; closed before the first.").when("kind", {"gate"}).absent("closed")
        .example("[{\"from\": \"2026-01-01\", \"open\": true}]");
    t.add("opens_after_days", &Process::opens_after_days, distribution_of_days(), "Opens that long after the last step.").when("kind", {"gate"}).absent("never");
    t.add_with<PricePath>("mean", price_path(), [](Process& out, PricePath v) {
                            out.mean = std::move(v.path.series);
                            out.currency = v.path.currency;
                            out.per = v.per;
                          },
                          "Mean of the price over worlds, and the price of the central one; per accelerator, time or data.").when("kind", {"price"}).absent("none").example("\"2.35 USD/h\"");
    t.add("reversion_per_year", &Process::reversion_per_year, number(not_negative), "Speed at which the logarithm returns to the mean; a price without it walks at random.").when("kind", {"price", "demand_error"});
    t.add("volatility", &Process::volatility, number(not_negative), "Of the logarithm, a square root of a year.").when("kind", {"price"});
    t.add("market_depth", &Process::market_depth, series(), "Accelerators that all leases and bridges at this price can hold at one time.").when("kind", {"price"}).absent("no limit");
    t.add("target", &Process::target, text(), "demand_error: workload; model_error: chip or family; delay: order or supplier.")
        .when("kind", {"demand_error", "model_error", "delay"}).absent("all");
    t.add("sd", &Process::sd, number({0, 5}), "Standard deviation of the logarithm.").when("kind", {"demand_error", "model_error"}).absent("none");
    t.add("delay", &Process::delay, span(), "How late.").when("kind", {"delay"}).absent("none").example("\"2 quarters\"");
    t.add("from", &Process::from, day(), "Deliveries planned from this day on are late.").when("kind", {"delay"}).absent("none");
    t.check(check_process);
    return t;
  }();
  return table;
}

const Table<Response>& response_table() {
  using Action = Response::Action;
  static const Table<Response> table = [] {
    Table<Response> t("response", "What is done when a predicate on what is known by now holds.");
    t.add("id", &Response::id, id(), "Name of the response.").required();
    t.add("when", &Response::when, object(when_table), "Predicate.").required().example("{\"metric\": \"headroom\", \"workload\": \"doubao\", \"op\": \"below\", \"value\": 0.05}");
    t.add("do", &Response::action,
          words<Action>({{"order", Action::order}, {"cancel", Action::cancel}, {"bridge", Action::bridge}, {"lend", Action::lend}, {"shed", Action::shed}, {"defer_retirement", Action::defer_retirement}}),
          "Action.").required();
    t.add("target", &Response::target, text(), "Order to bring forward or cancel, workload to shed or lend to, cohort to keep.").absent("none");
    t.add("chip", &Response::chip, name_of("chip"), "Chip to rent or order.").absent("none");
    t.add("site", &Response::site, name_of("site"), "Site where it goes.").absent("none");
    t.add("count", &Response::count, count(), "Most accelerators a time.").absent("none");
    t.add("market_depth", &Response::market_depth, count(), "Bridge: most that can be rented at once.").absent("no limit");
    t.add("price", &Response::price, market_price<Seconds>(), "Bridge: rent of an accelerator.").absent("none").example("\"2.8 USD/h\"");
    t.add("lag", &Response::lag, span(), "Time from the decision to its effect.");
    t.add("term", &Response::term, span(), "Bridge: length of the rental.").absent("none");
    t.add("limit", &Response::limit, small_integer(1, 10000), "How often it may act.");
    t.add("budget", &Response::budget, name_of("budget purpose"), "Purpose of the budget line that pays.").absent("opex outside the budgets");
    t.check(check_response);
    return t;
  }();
  return table;
}

}  // namespace headroom::scenario
