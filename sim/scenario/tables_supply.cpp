#include <cmath>

#include "sim/scenario/csv_nodes.hpp"
#include "sim/scenario/series.hpp"
#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

const Table<Bundle::Memory>& memory_table() {
  static const Table<Bundle::Memory> table = [] {
    using Memory = Bundle::Memory;
    Table<Memory> t("memory", "Memory that is bought apart from the host.");
    t.add("amount", &Memory::amount, quantity<Bytes>(positive), "Per accelerator.").required().example("\"256 GB\"");
    t.add("price", &Memory::price, market_price<Bytes>(), "Price on the day of order.").required().example("\"8 USD/GB\"");
    return t;
  }();
  return table;
}

const Table<Bundle>& bundle_table() {
  static const Table<Bundle> table = [] {
    Table<Bundle> t("bundle", "What one accelerator costs beside its own price.");
    t.add("host", &Bundle::host, money(), "Host, per accelerator.").absent("none").example("\"9000 USD\"");
    t.add("memory", &Bundle::memory, object(memory_table), "Memory of the host, where its price moves apart from it.").absent("within the host");
    t.add("network_share", &Bundle::network_share, share({0, 0.9}),
          "Network as a share of the whole bundle: bundle = (chip + host + memory) / (1 - network_share).");
    return t;
  }();
  return table;
}

const Table<Delivery>& delivery_table() {
  static const Table<Delivery> table = [] {
    Table<Delivery> t("delivery", "Accelerators that reach the dock on a day, if every gate is open and nothing slips.");
    t.add("at", &Delivery::at, day(), "Planned day at the dock.").required();
    t.add("count", &Delivery::count, count(1), "Accelerators.").required().example("12000");
    return t;
  }();
  return table;
}

const Table<Payment>& payment_table() {
  static const Table<Payment> table = [] {
    Table<Payment> t("payment", "A part of the price and the event that makes it due.");
    t.add("at", &Payment::at,
          words<Payment::At>({{"ordered", Payment::At::ordered}, {"shipped", Payment::At::shipped}, {"delivered", Payment::At::delivered}}),
          "Event that makes it due.");
    t.add("share", &Payment::share, share(), "Share of the price.").required();
    t.add("lag", &Payment::lag, span(), "Time from the event to the payment.");
    return t;
  }();
  return table;
}

const Table<Order::Stages>& stages_table() {
  static const Table<Order::Stages> table = [] {
    Table<Order::Stages> t("stages", "How long each stage takes; their central values are the lead time.");
    const std::string days = "Days, plain, as a duration, or as a distribution.";
    t.add("licence", &Order::Stages::licence, distribution_of_days(), "From order to export licence. " + days);
    t.add("production", &Order::Stages::production, distribution_of_days(), "From licence to shipment. " + days);
    t.add("transit", &Order::Stages::transit, distribution_of_days(), "From shipment to the border. " + days);
    t.add("customs", &Order::Stages::customs, distribution_of_days(), "From the border to the dock. " + days);
    return t;
  }();
  return table;
}

/// Keys that owned cohorts and orders share.
template <class T>
void add_ownership(Table<T>& t) {
  t.add("depreciation", &T::depreciation, object(depreciation_table), "How the purchase is written off.").absent("60 months to 0");
  t.add("resale_share", &T::resale_share, share(), "Of the unit cost, received at retirement.");
  t.add("maintenance_share", &T::maintenance_share, share(), "Of the unit cost, a year.");
  add_provenance(t);
}

void check_payments(Reader& r, const Node& node, const Order& order) {
  double sum = 0;
  for (const Payment& p : order.payments) sum += p.share;
  if (!order.payments.empty() && std::abs(sum - 1) > 1e-9) {
    r.fault_below(node, "payments", fmt::format("the shares sum to {:.6g}", sum), "shares that sum to 1");
  }
}

void check_order(Reader& r, const Node& node, Order& order) {
  for (std::size_t i = 0; i < order.deliveries.size(); ++i) {
    const Delivery& d = order.deliveries[i];
    const std::string at = fmt::format("deliveries/{}/at", i);
    if (order.ordered && d.at < *order.ordered) {
      r.fault_at_latest(node, {at, "ordered"}, fmt::format("delivered on {}, before the order of {}", headroom::to_string(d.at),
                                          headroom::to_string(*order.ordered)), "a delivery after the order");
    } else if (i > 0 && d.at <= order.deliveries[i - 1].at) {
      r.fault_below(node, at, fmt::format("{} does not come after the delivery before it", headroom::to_string(d.at)),
                    "days that rise");
    } else if (r.horizon && d.at < r.horizon->begin) {
      r.fault_below(node, at, fmt::format("delivered on {}, before the scenario's start", headroom::to_string(d.at)),
                    "a later day; what stands at the start belongs in \"fleet\"");
    }
    if (order.package > 1 && d.count % order.package != 0) {
      r.fault_at_latest(node, {fmt::format("deliveries/{}/count", i), "package"},
                    fmt::format("{} is no multiple of the package of {}", d.count, order.package),
                    fmt::format("{} or {}", d.count / order.package * order.package, (d.count / order.package + 1) * order.package));
    }
  }
  check_payments(r, node, order);
  if (order.payments.empty()) order.payments.emplace_back();  // all of it on delivery
  if (order.on_closed != Order::OnClosed::delay && order.lane.empty()) {
    r.fault_below(node, "on_closed", "\"on_closed\" without a \"lane\"", "the licence lane whose gate may be closed");
  }
}

}  // namespace

const Table<Depreciation>& depreciation_table() {
  static const Table<Depreciation> table = [] {
    Table<Depreciation> t("depreciation", "Straight-line from ready for use over the life.");
    t.add("life", &Depreciation::life, span(), "Life.").example("\"5 years\"");
    t.add("residual_share", &Depreciation::residual_share, share(), "Residual value at its end, of the cost.");
    t.check([](Reader& r, const Node& node, Depreciation& d) {
      if (d.life == CalendarSpan{}) r.fault_below(node, "life", "a life of no time", "at least a day");
    });
    return t;
  }();
  return table;
}

const Table<Cohort>& cohort_table() {
  static const Table<Cohort> table = [] {
    Table<Cohort> t("cohort", "Accelerators in service on the first day.");
    t.add("id", &Cohort::id, id(), "Name of the cohort.").required();
    t.add("chip", &Cohort::chip, name_of("chip"), "Chip, of the catalogue or of `chips`.").required().example("\"h20\"");
    t.add("count", &Cohort::count, count(1), "Accelerators.").required().example("200000");
    t.add("site", &Cohort::site, name_of("site"), "Site where they stand.").required().example("\"hebei\"");
    t.add("in_service", &Cohort::in_service, day(), "Day from which they were ready, on or before the start.").required();
    t.add("unit_cost", &Cohort::unit_cost, money(), "Bundle price per accelerator when bought.").absent("no book value");
    t.add("retire", &Cohort::retire, day(), "Day of retirement.").absent("after the end");
    add_ownership(t);
    t.check([](Reader& r, const Node& node, Cohort& c) {
      if (r.horizon && c.in_service > r.horizon->begin) {
        r.fault_below(node, "in_service", fmt::format("in service on {}, after the scenario's start", headroom::to_string(c.in_service)),
                      "a day on or before the start; what comes later is an order");
      }
      if (c.retire && *c.retire <= c.in_service) {
        r.fault_below(node, "retire", fmt::format("retired on {}, before it was in service", headroom::to_string(*c.retire)),
                      "a day after \"in_service\"");
      }
    });
    return t;
  }();
  return table;
}

const Table<Order>& order_table() {
  static const Table<Order> table = [] {
    Table<Order> t("order", "A purchase; each delivery is a cohort of its own.");
    t.add("id", &Order::id, id(), "Name of the order.").required().example("\"h200-2026\"");
    t.add("chip", &Order::chip, name_of("chip"), "Chip, of the catalogue or of `chips`.").required().example("\"h200\"");
    t.add("site", &Order::site, name_of("site"), "Site of the dock.").required().example("\"hebei\"");
    t.add("supplier", &Order::supplier, text(), "Supplier, for volume caps.");
    t.add("lane", &Order::lane, name_of("licence lane"), "Licence lane whose gates it passes.").absent("no licence needed");
    t.add("deliveries", &Order::deliveries, list_or_csv(delivery_table, 1), "Planned deliveries, in order of date.").required();
    t.add("package", &Order::package, count(1, 100000), "Bundles come in multiples of this.").example("8");
    t.add("stages", &Order::stages, object(stages_table), "How long each stage from order to dock takes.").absent("no time");
    t.add("ordered", &Order::ordered, day(), "Day on which the whole order is signed.").absent("each delivery its stages before its day");
    t.add("slip", &Order::slip, span(), "Added to every planned day at the dock (a what-if).");
    t.add("price", &Order::price, market_price<double>(), "Price of an accelerator, chip or module, on the day of order.")
        .required()
        .example("\"187500 CNY\"");
    t.add("bundle", &Order::bundle, object(bundle_table), "Host and network that come with each accelerator.").absent("the chip alone");
    t.add("duty", &Order::duty, share(), "Share of the chip price; a cost.");
    t.add("vat", &Order::vat, share(), "Share of bundle and duty; recoverable.");
    t.add("vat_lag", &Order::vat_lag, span(), "Time until VAT comes back.");
    t.add("payments", &Order::payments, list_of(object(payment_table)), "When parts of the price are due.").absent("all on delivery");
    t.add("on_closed", &Order::on_closed,
          words<Order::OnClosed>({{"delay", Order::OnClosed::delay}, {"refuse", Order::OnClosed::refuse}, {"forfeit", Order::OnClosed::forfeit}}),
          "What a closed lane does to a delivery that reaches it.");
    t.add("refundable_share", &Order::refundable_share, share(), "Of what was paid, when refused.");
    t.add("budget", &Order::budget, name_of("budget purpose"), "Purpose of the budget line that pays.").required();
    t.add("budget_covers", &Order::budget_covers,
          words<Order::Covers>({{"bundle", Order::Covers::bundle}, {"chip", Order::Covers::chip}}),
          "What the line pays: the whole bundle, or the chip and its duty alone (published processor budgets count chips).");
    t.add("retire_after", &Order::retire_after, span(), "Time in service until retirement.").absent("after the end");
    add_ownership(t);
    t.add_later("nre", "Engineering cost of own silicon.", "a second order or budget line");
    t.add_later("yield", "Yield of own silicon.", "counts of good units under \"deliveries\"");
    t.check(check_order);
    return t;
  }();
  return table;
}

const Table<Lease>& lease_table() {
  static const Table<Lease> table = [] {
    Table<Lease> t("lease", "Accelerators held for rent, ready from the first day.");
    t.add("id", &Lease::id, id(), "Name of the lease.").required();
    t.add("chip", &Lease::chip, name_of("chip"), "Chip, of the catalogue or of `chips`.").required();
    t.add("site", &Lease::site, name_of("site"), "Site whose power and space they take.").required();
    t.add("count", &Lease::count, count(1), "Accelerators.").required();
    t.add("start", &Lease::start, day(), "First day.").required();
    t.add("end", &Lease::end, day(), "Day after the last.").required();
    t.add("price", &Lease::price, market_price<Seconds>(), "Rent of an accelerator.").required().example("\"2.35 USD/h\"");
    t.add("power_included", &Lease::power_included, truth(), "Whether the rent holds the electricity.");
    t.add("budget", &Lease::budget, name_of("budget purpose"), "Purpose of the budget line that pays.").absent("opex outside the budgets");
    t.add("closed_from", &Lease::closed_from, day(), "Day from which a rule closes access.").absent("never");
    add_provenance(t);
    t.check([](Reader& r, const Node& node, Lease& lease) {
      if (lease.end <= lease.start) {
        r.fault_below(node, "end", fmt::format("ends on {}, not after its start {}", headroom::to_string(lease.end), headroom::to_string(lease.start)),
                      "a later day");
      } else if (r.horizon && (lease.end <= r.horizon->begin || lease.start >= r.horizon->end)) {
        r.fault_below(node, "start", "the lease lies outside the scenario's span", "days between the scenario's start and end");
      }
    });
    return t;
  }();
  return table;
}

const Table<BudgetLine>& budget_table() {
  static const Table<BudgetLine> table = [] {
    Table<BudgetLine> t("budget line", "An amount for a purpose in a fiscal year.");
    t.add("year", &BudgetLine::year, small_integer(1990, 2200), "Fiscal year, named by the year in which it begins.").required().example("2026");
    t.add("purpose", &BudgetLine::purpose, id(), "What orders and leases call it by.").required().example("\"accelerators\"");
    t.add("amount", &BudgetLine::amount, valued(money()), "The line.").required().example("\"85e9 CNY\"");
    t.add("basis", &BudgetLine::basis,
          words<BudgetLine::Basis>({{"commitment", BudgetLine::Basis::commitment}, {"cash", BudgetLine::Basis::cash}, {"accrual", BudgetLine::Basis::accrual}}),
          "What consumes it: signing, paying or using up.");
    t.add("on_exceed", &BudgetLine::on_exceed,
          words<BudgetLine::OnExceed>({{"cut", BudgetLine::OnExceed::cut}, {"defer", BudgetLine::OnExceed::defer}, {"warn", BudgetLine::OnExceed::warn}}),
          "What happens to an order above it.");
    t.add("carry_over", &BudgetLine::carry_over,
          words<BudgetLine::CarryOver>({{"none", BudgetLine::CarryOver::none}, {"share", BudgetLine::CarryOver::share}, {"all", BudgetLine::CarryOver::all}}),
          "How much of what is left goes into the next year.");
    t.add("carry_over_share", &BudgetLine::carry_over_share, share(), "The share that is carried over.").when("carry_over", {"share"});
    t.add("fx", &BudgetLine::fx,
          words<BudgetLine::Fx>({{"plan_rate", BudgetLine::Fx::plan_rate}, {"at_flow", BudgetLine::Fx::at_flow}}),
          "Rate for flows in other currencies: that of the scenario's start, or of the day.");
    return t;
  }();
  return table;
}

}  // namespace headroom::scenario
