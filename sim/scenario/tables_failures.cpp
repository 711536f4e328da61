#include "sim/scenario/csv_nodes.hpp"
#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

const Table<Outage>& outage_table() {
  static const Table<Outage> table = [] {
    Table<Outage> t("outage", "A failure that happened.");
    t.add("at", &Outage::at, day(), "Day on which it began.").required().example("\"2026-03-07\"");
    t.add("hour", &Outage::hour, number({0, 24}), "Hour of the day.");
    t.add("accelerators", &Outage::accelerators, count(1), "Accelerators that stood still.").required().example("8");
    t.add("down", &Outage::down, quantity<Seconds>(positive), "For how long.").required().example("\"6 h\"");
    return t;
  }();
  return table;
}

/// The components that a scenario may blame; maintenance, slow nodes and domains below their need are blamed by what causes them.
Type<Component> component_word() {
  return words<Component>({{"other", Component::other}, {"gpu", Component::gpu}, {"memory", Component::memory}, {"host", Component::host},
                           {"nic", Component::nic}, {"switch", Component::switches}, {"power", Component::power},
                           {"cooling", Component::cooling}, {"software", Component::software}});
}

template <class T>
void add_ageing(Table<T>& t, Ageing& (*of)(T&)) {
  const Ageing plain;
  const auto add = [&]<class V>(const char* key, V Ageing::*member, Type<V> type, const char* doc, std::string absent) {
    const std::string initial = type.show ? type.show(plain.*member) : std::string{};
    auto refine = t.template add_with<V>(key, std::move(type), [of, member](T& out, V v) { of(out).*member = v; }, doc, initial);
    if (!absent.empty()) refine.absent(std::move(absent));
  };
  add("infant_excess", &Ageing::infant_excess, number({0, 1000}), "Hazard at age 0 above the mature one, as a multiple of it.", "");
  add("infant_decay", &Ageing::infant_decay, span(), "Time constant with which that excess fades.", "60 days");
  add("wear_slope", &Ageing::wear_slope, number({0, 100}), "Growth of the hazard after the onset of wear, multiples of the mature one a year.", "");
  add("wear_onset", &Ageing::wear_onset, span(), "Age from which the hazard grows.", "48 months");
}

const Table<Ageing>& ageing_table() {
  static const Table<Ageing> table = [] {
    Table<Ageing> t("ageing", "Change of a hazard with the age of the accelerators.");
    add_ageing<Ageing>(t, [](Ageing& out) -> Ageing& { return out; });
    return t;
  }();
  return table;
}

void check_cause(Reader& r, const Node& node, FailureCause& cause) {
  const bool rate = node.find("interruptions_per_million_accelerator_hours") != nullptr, dates = node.find("on") != nullptr;
  if (rate == dates) {
    r.fault(node, rate ? "both a rate and days on which the cause strikes" : "neither a rate nor days on which the cause strikes",
            "\"interruptions_per_million_accelerator_hours\", or \"on\" with \"share\"");
  }
  for (const char* key : {"hour", "share"}) {
    if (!dates && node.find(key) != nullptr) r.fault_below(node, key, "only for a cause that strikes on given days", "\"on\"");
  }
  if (dates && node.find("takes_down") != nullptr) r.fault_below(node, "takes_down", "a cause on given days takes down a share", "\"share\"");
  if (dates && cause.ageing) r.fault_below(node, "ageing", "a cause on given days has no hazard that ages", "a rate");
  if (dates && cause.share <= 0) r.fault(node, "a cause on given days takes down nothing", "\"share\" above 0");
}

const Table<FailureCause>& cause_table() {
  static const Table<FailureCause> table = [] {
    Table<FailureCause> t("failure cause", "One cause of interruptions: a component with its own hazard, or what strikes many at once.");
    t.add("id", &FailureCause::id, id(), "Name of the cause.").required().example("\"hbm\"");
    t.add("component", &FailureCause::component, component_word(), "What breaks; hours that stand still are told apart by it.");
    t.add("interruptions_per_million_accelerator_hours", &FailureCause::interruptions_per_million_accelerator_hours, number(failure_rate),
          "Interruptions from this cause; of a switch: its own failures over the hours of all accelerators.").absent("none").example("3.4");
    t.add("on", &FailureCause::on, list_of(day(), 1), "Instead of a rate: days on which it strikes.").absent("none").example("[\"2026-03-07\"]");
    t.add("hour", &FailureCause::hour, number({0, 24}), "Hour of those days.");
    t.add("share", &FailureCause::share, share(), "Share of a pool's accelerators that it takes down on those days.");
    t.add("takes_down", &FailureCause::takes_down, count(0, 1000000),
          "Neighbours that stand still: 1 an accelerator, 8 a box, a tensor-parallel group, a scale-up domain, a row; 0: nothing does, it only stops the runs and jobs there.");
    t.add("repair", &FailureCause::repair, quantity<Seconds>(positive), "Mean time to mend it if the crew is free.").absent("the rule's");
    t.add("repair_variation", &FailureCause::repair_variation, number({0, 10}), "Coefficient of variation of that time (lognormal).").absent("the rule's");
    t.add("detection", &FailureCause::detection, quantity<Seconds>(), "Mean time before it is noticed: neither repair nor restart begins before.");
    t.add("detection_variation", &FailureCause::detection_variation, number({0, 10}), "Coefficient of variation of that time (lognormal).");
    t.add("crew", &FailureCause::crew, truth(), "Whether the rule's crew mends it; false where it mends itself or others do.");
    t.add("ageing", &FailureCause::ageing, object(ageing_table), "Its own hazard over age.").absent("the rule's");
    t.check(check_cause);
    return t;
  }();
  return table;
}

const Table<Lemons>& lemons_table() {
  static const Table<Lemons> table = [] {
    Table<Lemons> t("lemons", "Nodes that fail more often than the rest; the mean over all nodes is what the rates say.");
    t.add("share", &Lemons::share, share(), "Share of nodes.").required().example("0.015");
    t.add("multiplier", &Lemons::multiplier, number({1, 1000}), "Their hazard over the mean hazard; times the share at most 1.").required().example("10");
    t.add("node", &Lemons::node, count(1, 100000), "Accelerators of a node.");
    t.add("exchanged_after", &Lemons::exchanged_after, count(1, 1000), "Interruptions after which a lemon is taken for one and replaced by a node of the common mixture.")
        .absent("never");
    t.check([](Reader& r, const Node& node, Lemons& l) {
      if (l.share * l.multiplier > 1) r.fault_below(node, "multiplier", "lemons that fail more often than all nodes together", "share x multiplier at most 1");
    });
    return t;
  }();
  return table;
}

const Table<FailSlow>& fail_slow_table() {
  static const Table<FailSlow> table = [] {
    Table<FailSlow> t("fail-slow nodes", "Nodes that turn slow: the run on them goes at their speed until they are found, services lose that part of the node.");
    t.add("onsets_per_million_accelerator_hours", &FailSlow::onsets_per_million_accelerator_hours, number(failure_rate), "Nodes that turn slow, over the hours of all accelerators.")
        .required().example("1");
    t.add("node", &FailSlow::node, count(1, 100000), "Accelerators of a node.");
    t.add("speed", &FailSlow::speed, share({0.01, 0.999}), "Speed that is left, over the full one.");
    t.add("detection", &FailSlow::detection, quantity<Seconds>(positive), "Mean time until it is found; then the node is mended and the run restarts from a checkpoint written at once.");
    t.add("detection_variation", &FailSlow::detection_variation, number({0, 10}), "Coefficient of variation of that time (lognormal).");
    return t;
  }();
  return table;
}

const Table<DomainRule>& domain_table() {
  static const Table<DomainRule> table = [] {
    Table<DomainRule> t("scale-up domain", "Accelerators that work together as long as enough of them work.");
    t.add("accelerators", &DomainRule::accelerators, count(1, 100000), "Accelerators of a domain.").required().example("72");
    t.add("needs", &DomainRule::needs, count(1, 100000), "Of them must work; with fewer the rest stands still too.").required().example("64");
    t.check([](Reader& r, const Node& node, DomainRule& d) {
      if (d.needs > d.accelerators) r.fault_below(node, "needs", "a domain that needs more accelerators than it has", "at most \"accelerators\"");
    });
    return t;
  }();
  return table;
}

const Table<Maintenance>& maintenance_table() {
  static const Table<Maintenance> table = [] {
    Table<Maintenance> t("maintenance", "Work on the machines by calendar.");
    t.add("id", &Maintenance::id, id(), "Name of the work.").required().example("\"firmware\"");
    t.add("from", &Maintenance::from, day(), "First day.").required();
    t.add("until", &Maintenance::until, day(), "Day from which there is none any more.").absent("for ever");
    t.add("every", &Maintenance::every, span(), "From one window to the next.").absent("once").example("\"1 month\"");
    t.add("hour", &Maintenance::hour, number({0, 24}), "Hour of the day at which draining begins.");
    t.add("share", &Maintenance::share, share({0.0001, 1}), "Share of a pool that goes at a time; the next window takes the neighbours.");
    t.add("drain", &Maintenance::drain, quantity<Seconds>(), "Time in which the accelerators take no more work; runs write a checkpoint and lose nothing.");
    t.add("duration", &Maintenance::duration, quantity<Seconds>(positive), "Time for which they then are out.").required().example("\"4 h\"");
    t.check([](Reader& r, const Node& node, Maintenance& m) {
      if (m.until && *m.until <= m.from) {
        r.fault_at_latest(node, {"until", "from"}, fmt::format("work from {} until {}, so never", headroom::to_string(m.from), headroom::to_string(*m.until)), "\"until\" after \"from\"");
      }
      if (m.every && m.every->months == 0 && m.every->days < 1) r.fault_below(node, "every", "less than a day between two windows", "at least \"1 day\"");
    });
    return t;
  }();
  return table;
}

void check_rule(Reader& r, const Node& node, FailureRule& rule) {
  if (rule.trace.empty()) return;
  if (rule.interruptions_per_million_accelerator_hours > 0) {
    r.fault_at_latest(node, {"trace", "interruptions_per_million_accelerator_hours"}, "both a trace of failures and their rate", "one of them");
  }
  if (rule.chips.size() != 1) r.fault_below(node, "trace", "a trace of failures that belongs to no single chip", "exactly one chip under \"chips\"");
}

}  // namespace

const Table<FailureRule>& failure_rule_table() {
  static const Table<FailureRule> table = [] {
    Table<FailureRule> t("failure rule", "How accelerators fail and are mended.");
    t.add("id", &FailureRule::id, id(), "Name of the rule.").required().example("\"hosts\"");
    t.add("chips", &FailureRule::chips, list_of(name_of("chip"), 1), "Chips that it speaks of.").absent("all that no earlier rule names");
    t.add("interruptions_per_million_accelerator_hours", &FailureRule::interruptions_per_million_accelerator_hours, number(failure_rate),
          "Interruptions that stop work; Llama 3 saw 19.7 (arXiv 2407.21783).").example("20");
    t.add("takes_down", &FailureRule::takes_down, count(1, 100000), "Accelerators that stand still with each interruption; 8 for a host.");
    t.add("common_share", &FailureRule::common_share, share(), "Share of an accelerator's interruptions from causes that hit a group at once.");
    t.add("common_group", &FailureRule::common_group, count(1, 1000000), "Accelerators that such a cause takes down.");
    t.add("repair", &FailureRule::repair, quantity<Seconds>(positive), "Mean time from the failure to work again if the crew is free.");
    t.add("repair_variation", &FailureRule::repair_variation, number({0, 10}), "Coefficient of variation of the repair time (lognormal).");
    t.add("crew", &FailureRule::crew, count(1), "Repairs at once, first come first served.").absent("as many as there are");
    t.add("replaced_per_year", &FailureRule::replaced_per_year, share(), "Share of accelerators that die for good in a year.").example("0.04");
    add_ageing<FailureRule>(t, [](FailureRule& out) -> Ageing& { return out.ageing; });
    t.add("spare_share", &FailureRule::spare_share, share({0, 0.9}), "Share of every own delivery and cohort that is kept as spares.");
    t.add("rma", &FailureRule::rma, truth(), "Whether the supplier replaces dead accelerators; false behind a border that bars their return.");
    t.add("rma_time", &FailureRule::rma_time, span(), "From the exchange of a dead accelerator to its replacement on the shelf.").absent("42 days");
    t.add("trace", &FailureRule::trace, list_or_csv(outage_table), "Failures that happened, or a CSV file of them, instead of random interruptions.")
        .absent("random interruptions");
    t.add("causes", &FailureRule::causes, list_of(object(cause_table)), "Causes of interruptions, each with its own hazard, beside the rate above.").absent("none");
    t.add("lemons", &FailureRule::lemons, object(lemons_table), "Nodes that fail more often; causes that take down more than a node are none of theirs.").absent("none");
    t.add("fail_slow", &FailureRule::fail_slow, object(fail_slow_table), "Nodes that turn slow.").absent("none");
    t.add("domain", &FailureRule::domain, object(domain_table), "Accelerators that only work together.").absent("each works for itself");
    t.add("maintenance", &FailureRule::maintenance, list_of(object(maintenance_table)), "Windows in which accelerators are taken out.").absent("none");
    t.check(check_rule);
    return t;
  }();
  return table;
}

}  // namespace headroom::scenario
