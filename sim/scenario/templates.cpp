#include "sim/scenario/templates.hpp"

#include <array>

namespace headroom::scenario {

namespace {

constexpr std::string_view serving = R"(// A starting scenario: one site, one service, one order. Change it, then
//   headroom validate FILE     every fault with its line
//   headroom run FILE          the answer
// Every number here is an assumption. scenarios/schema/keys.md lists all keys.
{
  "format_version": 1,
  "name": "my-service",
  "note": "All numbers are placeholders.",
  "start": "2026-01-01",
  "end": "2028-01-01",            // the day after the last
  "base_currency": "USD",

  "sites": [
    {
      "id": "main", "region": "home", "location": "us",
      "power": "5 MW",            // at the meter, PUE included
      "pue": 1.3,
      "racking_per_week": 256,
      "tariff": "0.08 USD/kWh",
      "carbon": "380 g/kWh"
    }
  ],

  // What stands on the first day.
  "fleet": [
    {
      "id": "first", "chip": "h100_sxm", "count": 256, "site": "main",
      "in_service": "2025-06-01", "unit_cost": "45000 USD"
    }
  ],

  "orders": [
    {
      "id": "growth", "chip": "h200_sxm", "site": "main", "package": 8,
      "deliveries": [{"at": "2026-09-01", "count": 512}, {"at": "2027-04-01", "count": 512}],
      "stages": {"production": "12 weeks", "transit": "1 week", "customs": "3 days"},
      "price": "31000 USD", "bundle": {"host": "6000 USD", "network_share": 0.12},
      "payments": [{"at": "ordered", "share": 0.3}, {"at": "delivered", "share": 0.7, "lag": "30 days"}],
      "budget": "accelerators"
    }
  ],

  "budgets": [
    {"year": 2026, "purpose": "accelerators", "amount": "30e6 USD"},
    {"year": 2027, "purpose": "accelerators", "amount": "30e6 USD"}
  ],

  "workloads": [
    {
      "id": "chat", "kind": "serving", "tier": 1,
      "model": "llama-3.1-70b",
      // input and output, mean of the day
      "tokens_per_day": {"points": [["2026-01-01", 1.2e10], ["2027-01-01", 4e10]], "interpolation": "exponential",
                         "after": "grow", "factor_per_year": 2},
      // tokens of prompts and answers: 40 % of the input is a prefix that is cached, a quarter of the tokens is output
      "lengths": {"shared_prefix": 600, "input": {"law": "lognormal", "mean": 900, "sd": 900, "most": 32000},
                  "output": {"law": "lognormal", "mean": 500, "sd": 400, "most": 8000}},
      "plan": {"weights": "fp8", "compute": "fp8"},
      "slo": {"ttft_p95": "2 s", "tpot_p95": "50 ms"},
      "shape": {"hourly": [0.5, 0.4, 0.3, 0.3, 0.3, 0.4, 0.6, 0.8, 1.1, 1.3, 1.4, 1.4,
                           1.3, 1.3, 1.4, 1.4, 1.4, 1.3, 1.2, 1.3, 1.4, 1.3, 1.0, 0.7], "hour_offset": -5},
      // Layout, rate and latencies of a replica follow from the model and the chip. Where you have measured rates of your own give
      // them instead:  "output_share": 0.25, "cached_share": 0.4, "slo": {…, "held_by_rates": true},
      //   "rates": [{"chip": "h100_sxm", "prefill": "6000 tokens/s", "decode": "1200 tokens/s", "replica": 16, "grade": "measured"}]
      "performance_model": "analytic"
    }
  ],

  "policies": {"reference_chip": "h100_sxm", "headroom_share": 0.15, "replica_load_time": "10 min"},

  "expect": ["slo_attainment(workload=chat) >= 0.95 in every year"]
}
)";

constexpr std::string_view training = R"(// A starting scenario for a training cluster: one site, a fleet and two runs. Change it, then
//   headroom validate FILE     every fault with its line
//   headroom run FILE          the answer
// Every number here is an assumption. scenarios/schema/keys.md lists all keys.
{
  "format_version": 1,
  "name": "my-training",
  "note": "All numbers are placeholders.",
  "start": "2026-01-01",
  "end": "2027-01-01",
  "base_currency": "USD",

  "sites": [
    {
      "id": "main", "region": "home", "location": "us", "power": "4 MW", "pue": 1.25, "racking_per_week": 256,
      "tariff": "0.07 USD/kWh", "carbon": "380 g/kWh"
    }
  ],

  "fleet": [
    {"id": "cluster", "chip": "h100_sxm", "count": 1024, "site": "main", "in_service": "2025-01-01", "unit_cost": "45000 USD"}
  ],

  // Rented for the second half of the year.
  "leases": [
    {"id": "extra", "chip": "h100_sxm", "site": "main", "count": 512, "start": "2026-07-01", "end": "2027-01-01", "price": "2.2 USD/h"}
  ],

  "workloads": [
    {
      "id": "pretraining", "kind": "training", "tier": 1,
      "runs": [
        {
          "id": "small", "start": "2026-02-01", "accelerators": 512, "chips": ["h100_sxm"], "ideal_duration": "30 days",
          "interruptions_per_million_accelerator_hours": 20,
          "checkpoint_interval": "30 min", "checkpoint_write": "30 s", "restart": "10 min"
        },
        {
          "id": "large", "start": "2026-05-01", "accelerators": 1024, "chips": ["h100_sxm"], "ideal_duration": "90 days",
          "interruptions_per_million_accelerator_hours": 20,
          "checkpoint_interval": "30 min", "checkpoint_write": "30 s", "restart": "10 min"
        }
      ]
    }
  ],

  "policies": {"reference_chip": "h100_sxm"}
}
)";

constexpr std::array all{
    Template{"serving", "one site, one service with growing demand, one order, a budget", serving},
    Template{"training", "one site, a cluster, a lease and two pretraining runs", training},
};

}  // namespace

std::span<const Template> templates() { return all; }

}  // namespace headroom::scenario
