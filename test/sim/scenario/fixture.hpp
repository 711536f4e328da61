#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/scenario/load.hpp"

namespace headroom::scenario::fixture {

/// Files that exist only in the test.
using Files = std::map<std::string, std::string>;

inline ReadFile reader_of(Files files) {
  return [files = std::move(files)](const std::string& path) -> std::optional<std::string> {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  };
}

/// A catalogue of three chips and one architecture, so that no test depends on the real one.
inline Catalogue small_catalogue() {
  static const std::vector<catalog::Chip> chips = [] {
    std::vector<catalog::Chip> list;
    for (const auto& [id, origin] : {std::pair("h20", "us"), std::pair("h200", "us"), std::pair("ascend-910c", "cn")}) {
      catalog::Chip chip;
      chip.id = id;
      chip.vendor = "vendor";
      chip.origin = origin;
      chip.tdp = catalog::Fact<Watts>(watts(700), {"test", "2025", catalog::Status::reported, ""});
      list.push_back(chip);
    }
    return list;
  }();
  static const std::vector<catalog::Architecture> architectures = [] {
    catalog::Architecture a;
    a.id = "deepseek-v3";
    return std::vector{a};
  }();
  return {chips, architectures};
}

/// A plan in which every list has an entry and nothing is wrong.
inline const std::string& good_plan() {
  static const std::string text = R"({
  // a small plan
  "format_version": 1,
  "name": "small",
  "start": "2025-01-01",
  "end": "2027-01-01",
  "base_currency": "CNY",
  "fx": {"USD": {"points": [["2025-01-01", 7.2], ["2026-01-01", 7.0]], "after": "hold"}},
  "chips": [{"id": "seedchip", "based_on": "h20", "origin": "cn", "tdp": {"value": "600 W", "source": "rumour", "status": "assumed"}}],
  "sites": [
    {"id": "hebei", "region": "cn", "location": "cn", "power": "60 MW", "pue": 1.25, "racking_per_week": 2000,
     "tariff": "0.5 CNY/kWh", "tariff_by_origin": {"cn": "0.4 CNY/kWh"}, "carbon": "580 g/kWh"},
    {"id": "johor", "region": "sea", "location": "my", "power": {"steps": [["2025-01-01", "10 MW"], ["2026-01-01", "30 MW"]]},
     "pue": 1.4, "racking_per_week": 500, "tariff": "0.1 USD/kWh", "carbon": "500 g/kWh", "colocation_per_month": "150 USD/kW/month"}
  ],
  "fleet": [
    {"id": "old", "chip": "h20", "count": 20000, "site": "hebei", "in_service": "2024-06-01", "unit_cost": "120000 CNY"}
  ],
  "orders": [
    {"id": "h200-a", "chip": "h200", "site": "johor", "supplier": "nvidia", "lane": "abroad",
     "deliveries": [{"at": "2025-06-01", "count": 4000}, {"at": "2025-09-01", "count": 4000}], "package": 8,
     "stages": {"production": "12 weeks", "customs": {"distribution": "lognormal", "median": 10, "sigma": 0.4}},
     "price": "31900 USD", "bundle": {"host": "6000 USD", "network_share": 0.12},
     "payments": [{"at": "ordered", "share": 0.3}, {"at": "delivered", "share": 0.7, "lag": "30 days"}],
     "budget": "accelerators"}
  ],
  "leases": [
    {"id": "rented", "chip": "h200", "site": "johor", "count": 800, "start": "2025-03-01", "end": "2026-03-01", "price": "2.35 USD/h"}
  ],
  "budgets": [
    {"year": 2025, "purpose": "accelerators", "amount": "85e8 CNY"},
    {"year": 2026, "purpose": "accelerators", "amount": {"value": "100e8 CNY", "low": "80e8 CNY", "high": "120e8 CNY", "source": "press", "as_of": "2025-12", "status": "reported"}}
  ],
  "workloads": [
    {"id": "chat", "kind": "serving", "tier": 1, "regions": {"cn": 0.9, "sea": 0.1}, "model": "deepseek-v3",
     "tokens_per_day": {"points": [["2025-01-01", 1e11], ["2026-01-01", 1e12]], "interpolation": "exponential", "after": "grow", "factor_per_year": 2},
     "output_share": 0.22, "cached_share": 0.56, "slo": {"ttft_p95": "2 s", "tpot_p95": "50 ms"},
     "rates": [{"chip": "h20", "prefill": "3000 tokens/s", "decode": "900 tokens/s", "grade": "assumed"},
               {"chip": "h200", "prefill": "6000 tokens/s", "decode": "1500 tokens/s"}]},
    {"id": "pretraining", "kind": "training", "tier": 2,
     "runs": [{"id": "run-1", "start": "2025-04-01", "accelerators": 4096, "chips": ["h20"], "ideal_duration": "60 days",
               "interruptions_per_million_accelerator_hours": 20, "checkpoint_interval": "30 min", "restart": "10 min"}]}
  ],
  "policies": {"reference_chip": "h20", "headroom_share": 0.2, "replica_load_time": "10 min"},
  "processes": [{"id": "gate", "kind": "gate", "lane": "abroad", "steps": [{"from": "2025-01-01", "open": true}]}],
  "responses": [{"id": "bridge", "when": {"metric": "headroom", "workload": "chat", "op": "below", "value": 0.05}, "do": "bridge",
                 "chip": "h200", "site": "johor", "count": 400, "price": "3 USD/h", "term": "6 months", "lag": "4 weeks"}],
  "expect": ["slo_attainment(workload=chat) >= 0.95 in every year"]
}
)";
  return text;
}

inline Loaded inspect_text(const std::string& text, Files more = {}, std::vector<std::string> overlays = {},
                           std::vector<std::string> sets = {}) {
  more["plan.json"] = text;
  return inspect({"plan.json", std::move(overlays), std::move(sets)}, reader_of(std::move(more)), small_catalogue());
}

/// Every fault, a line each.
inline std::string lines(const std::vector<Issue>& issues) {
  std::string text;
  for (const Issue& issue : issues) text += to_string(issue) + "\n";
  return text;
}

}  // namespace headroom::scenario::fixture
