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
    t.add("interruptions_per_million_accelerator_hours", &FailureRule::interruptions_per_million_accelerator_hours, number(not_negative),
          "Interruptions that stop work; Llama 3 saw 19.7 (arXiv 2407.21783).").example("20");
    t.add("takes_down", &FailureRule::takes_down, count(1, 100000), "Accelerators that stand still with each interruption; 8 for a host.");
    t.add("common_share", &FailureRule::common_share, share(), "Share of an accelerator's interruptions from causes that hit a group at once.");
    t.add("common_group", &FailureRule::common_group, count(1, 1000000), "Accelerators that such a cause takes down.");
    t.add("repair", &FailureRule::repair, quantity<Seconds>(positive), "Mean time from the failure to work again if the crew is free.");
    t.add("repair_variation", &FailureRule::repair_variation, number({0, 10}), "Coefficient of variation of the repair time (lognormal).");
    t.add("crew", &FailureRule::crew, count(1), "Repairs at once, first come first served.").absent("as many as there are");
    t.add("replaced_per_year", &FailureRule::replaced_per_year, share(), "Share of accelerators that die for good in a year.").example("0.04");
    t.add("infant_excess", &FailureRule::infant_excess, number({0, 1000}), "Hazard at age 0 above the mature one, as a multiple of it.");
    t.add("infant_decay", &FailureRule::infant_decay, span(), "Time constant with which that excess fades.").absent("60 days");
    t.add("wear_slope", &FailureRule::wear_slope, number({0, 100}), "Growth of the hazard after the onset of wear, multiples of the mature one a year.");
    t.add("wear_onset", &FailureRule::wear_onset, span(), "Age from which the hazard grows.").absent("48 months");
    t.add("spare_share", &FailureRule::spare_share, share({0, 0.9}), "Share of every own delivery and cohort that is kept as spares.");
    t.add("rma", &FailureRule::rma, truth(), "Whether the supplier replaces dead accelerators; false behind a border that bars their return.");
    t.add("rma_time", &FailureRule::rma_time, span(), "From the exchange of a dead accelerator to its replacement on the shelf.").absent("42 days");
    t.add("trace", &FailureRule::trace, list_or_csv(outage_table), "Failures that happened, or a CSV file of them, instead of random interruptions.")
        .absent("random interruptions");
    t.check(check_rule);
    return t;
  }();
  return table;
}

}  // namespace headroom::scenario
