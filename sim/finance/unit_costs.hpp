#pragma once

#include <array>

#include "models/units/money.hpp"
#include "models/units/quantity.hpp"

/// Costs per unit as pure formulas: what an accelerator-hour, a million tokens or a training run cost when money costs interest.
/// Years have 8,760 hours here (365 days), as in the published comparisons that the formulas are checked against; the ledger
/// counts days. Every share is 0 to 1, every life above 0, else std::domain_error.
namespace headroom::finance {

/// Capital recovery factor: the yearly payment for `years` that repays 1 at `rate`. 1 / years at rate 0.
[[nodiscard]] double capital_recovery_factor(double rate, double years);
/// Yearly payment that saves up 1 in `years` at `rate` (sinking fund).
[[nodiscard]] double sinking_fund_factor(double rate, double years);
/// Yearly charge for `cost` that is worth `salvage` after `years`: cost x CRF - salvage x sinking fund.
[[nodiscard]] Money annual_capital_charge(Money cost, Money salvage, double rate, double years);
/// Book view of the same: straight line plus interest on the mean balance.
[[nodiscard]] Money annual_book_charge(Money cost, Money salvage, double rate, double years);
/// Equivalent annual cost of a net present cost over `years`, to compare unequal lives.
[[nodiscard]] Money equivalent_annual_cost(Money net_present_cost, double rate, double years);
/// Present value of an amount due `years` later.
[[nodiscard]] Money present_value(Money amount, double rate, double years);

/// Cost of one accelerator in a cluster. `server_price` already holds the share of its host; network and storage are shares
/// of the whole, so cost = price / (1 - network - storage) x (1 + duty + freight).
struct ClusterCost {
  Money server_price;
  double network_share = 0, storage_share = 0;
  double duty = 0, freight = 0;
};
[[nodiscard]] Money installed_cost(const ClusterCost& c);

/// Everything that an hour of one accelerator costs.
struct HourInputs {
  Money installed;
  double rate = 0;             ///< cost of capital, a year
  double life_years = 5;
  double salvage_share = 0;    ///< of installed
  double maintenance_share = 0;  ///< of installed, a year
  double staff_share = 0;      ///< of installed, a year
  Watts all_in;                ///< per accelerator, host and network included, PUE not
  Price<Watts> shell;          ///< build cost per watt of IT
  double shell_life_years = 15;
  double pue = 1;
  double load = 1;             ///< mean of power over the all-in rating
  Price<Joules> tariff;
  double availability = 1;     ///< hours that can be used over hours of the year
};
/// Parts per available hour; their sum is the total.
struct HourCost {
  Price<Seconds> capital, maintenance, staff, shell, energy;
  [[nodiscard]] Price<Seconds> total() const;
};
[[nodiscard]] HourCost cost_per_available_hour(const HourInputs& in);
/// Amount per hour of a price per second, for printing.
[[nodiscard]] inline double per_hour(Price<Seconds> p) { return p.amount_per_base * 3600; }

/// Cost of an hour that does useful work: the available hour's over utilisation, and over ETTR where a job loses work to failures.
[[nodiscard]] Price<Seconds> cost_per_useful_hour(Price<Seconds> available, double utilisation, double ettr = 1);

/// What a token costs: accelerators provisioned (for the peak, not the mean) at their hourly cost over tokens served on time.
[[nodiscard]] Price<Tokens> cost_per_token(Price<Seconds> available_hour, double provisioned, TokensPerSecond served_on_time);
/// The same cost laid on uncached input, cached input and output by their measured shares of time (sum 1 within 1e-9).
struct TokenClasses { double input = 0, cached = 0, output = 0; };
struct TokenCosts { Price<Tokens> input, cached, output; };
/// `time` are shares of accelerator time, `served` shares of tokens; a class that is not served costs nothing.
[[nodiscard]] TokenCosts split_cost(Price<Tokens> all, TokenClasses time, TokenClasses served);

/// Cost of a training run of `work` on any number of accelerators: hours are work / (peak x MFU x ETTR) each.
[[nodiscard]] Money training_run_cost(Price<Seconds> available_hour, Flops work, FlopsPerSecond peak, double mfu, double ettr);

}  // namespace headroom::finance
