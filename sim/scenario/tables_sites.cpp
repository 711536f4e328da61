#include "sim/scenario/series.hpp"
#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

constexpr double month_seconds = 365.25 * 86400 / 12;
constexpr double year_seconds = 365.25 * 86400;

const Table<Site::Shell>& shell_table() {
  static const Table<Site::Shell> table = [] {
    Table<Site::Shell> t("shell", "An own building.");
    t.add("build", &Site::Shell::build, price<Watts>(), "Capital cost per watt of the power limit on the day `ready`.")
        .required();
    t.add("life", &Site::Shell::life, span(), "Straight-line life of the building.").required().example("\"20 years\"");
    t.add("ready", &Site::Shell::ready, day(), "Day on which it is ready for use and paid.").required();
    return t;
  }();
  return table;
}

/// A price per watt and year, written "60 USD/kW" or "60 USD/kW/year".
Type<Price<Watts>> staff_price() {
  const SeriesElement element = detail::price_per_watt_element(year_seconds);
  return {element.form,
          [element](Reader& r, const Node& node, Price<Watts>& out) {
            std::optional<Currency> found;
            if (!element.read(r, node, out.amount_per_base, found)) return false;
            out.currency = *found;
            return true;
          },
          {}};
}

}  // namespace

const Table<Site>& site_table() {
  static const Table<Site> table = [] {
    Table<Site> t("site", "A place with power, where accelerators stand and serve.");
    t.add("id", &Site::id, id(), "Name of the site.").required().example("\"hebei\"");
    t.add("region", &Site::region, text(), "Region of its users; it serves their traffic.").required().example("\"cn\"");
    t.add("serves", &Site::serves, list_of(text()), "Further regions whose traffic may be served here.").absent("none");
    t.add("location", &Site::location, text(), "Country code, for location rules.").example("\"cn\"");
    t.add("power", &Site::power, series_of<Watts>(), "Limit at the meter, PUE included.")
        .required()
        .example("{\"steps\": [[\"2025-01-01\", \"60 MW\"], [\"2026-01-01\", \"150 MW\"]]}");
    t.add("pue", &Site::pue, series({1, 5}), "Power at the meter over power of the IT load.").required().example("1.25");
    t.add("space", &Site::space, series(), "Accelerators that the shell holds.").absent("no limit");
    t.add("ports", &Site::ports, series(), "Network ports for accelerators.").absent("no limit");
    t.add("racking_per_week", &Site::racking_per_week, series(), "Accelerators a week that go from the dock to ready.")
        .required()
        .example("3000");
    t.add("tariff", &Site::tariff, price_series<Joules>(), "Electricity at the meter.").required();
    t.add("tariff_by_origin", &Site::tariff_by_origin,
          map_of<PriceSeries<Joules>, Site::OriginTariff>(
              price_series<Joules>(), "chip origins",
              [](const std::string& origin, PriceSeries<Joules> tariff) {
                return Site::OriginTariff{origin, std::move(tariff)};
              }),
          "Tariff that chips of an origin pay instead.")
        .absent("none")
        .example("{\"cn\": \"0.4 CNY/kWh\"}");
    t.add("colocation_per_month", &Site::colocation_per_month,
          price_series<Watts>(detail::price_per_watt_element(month_seconds)), "Rent per watt of the power limit and month.")
        .absent("none");
    t.add("shell", &Site::shell, object(shell_table), "An own building, paid when it is ready.").absent("none");
    t.add("staff_per_year", &Site::staff_per_year, staff_price(), "Staff per watt of IT load in service and year.").absent("none");
    t.add("carbon", &Site::carbon, series_of<GramsPerJoule>(), "Carbon intensity of the electricity.").required();
    t.add("origins", &Site::origins, list_of(name_of("chip origin")), "Chip origins that may stand here.").absent("all");
    t.add("availability", &Site::availability, share({0.01, 1}), "Share of in-service time that is up.");
    t.add("failures", &Site::failures, list_of(object(failure_rule_table)),
          "What breaks and who mends it, instead of `availability`; the first rule that names a chip, or names none, holds for it.")
        .absent("none: `availability` is a flat share");
    t.add("fabric", &Site::fabric, list_of(object(site_fabric_table)),
          "Networks between scale-up domains: where a training run stands decides what bandwidth it sees; the first that names a chip, or names none, holds for it.")
        .absent("every run sees the bandwidth of its ports");
    t.add("checkpoint_read", &Site::checkpoint_read, quantity<BytesPerSecond>(positive),
          "Bandwidth of the shared storage for training runs that load their state; those that restart at one time share it, in queues one after another.")
        .absent("no limit").example("\"500 GB/s\"");
    t.add_later("cooling", "PUE from weather.", "a series under \"pue\"");
    t.add_later("battery", "Storage behind the meter.", "no battery");
    t.add_later("water", "Water use.", "no water");
    t.check([](Reader& r, const Node& node, Site& site) {
      if (!site.failures.empty() && node.find("availability") != nullptr) {
        r.fault_at_latest(node, {"availability", "failures"}, "both a flat availability and failures", "\"availability\" or \"failures\"");
      }
      for (std::size_t i = 0; i < site.tariff_by_origin.size(); ++i) {
        const std::string& origin = site.tariff_by_origin[i].origin;
        if (!r.known("chip origin", origin)) {
          r.fault_below(node, "tariff_by_origin/" + origin, fmt::format("no chip has the origin {}", json_string(origin)),
                        fmt::format("{}", fmt::join(r.names("chip origin"), ", ")),
                        nearest(origin, r.names("chip origin")).value_or(""));
        }
      }
    });
    return t;
  }();
  return table;
}

}  // namespace headroom::scenario
