#include "sim/finance/unit_costs.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "models/units/math.hpp"

namespace headroom::finance {

namespace {

constexpr double seconds_per_year = 8760.0 * 3600;

void require(bool holds, const char* what, double value) {
  if (!holds) throw std::domain_error(fmt::format("unit costs: {} is {}", what, value));
}
void require_share(double x, const char* what) { require(x >= 0 && x <= 1, what, x); }

/// (1 + rate)^years - 1 without loss of digits at small rates.
double growth(double rate, double years) {
  require(rate > -1 && std::isfinite(rate), "rate", rate);
  require(years > 0 && std::isfinite(years), "life in years", years);
  return math::expm1(years * math::log1p(rate));
}

Currency common(Currency a, Currency b) {
  if (a != b) throw CurrencyMismatch(a, b);
  return a;
}

}  // namespace

double sinking_fund_factor(double rate, double years) {
  const double g = growth(rate, years);
  return rate == 0 ? 1 / years : rate / g;
}

double capital_recovery_factor(double rate, double years) { return sinking_fund_factor(rate, years) + rate; }

Money annual_capital_charge(Money cost, Money salvage, double rate, double years) {
  return cost * capital_recovery_factor(rate, years) - salvage * sinking_fund_factor(rate, years);
}

Money annual_book_charge(Money cost, Money salvage, double rate, double years) {
  require(years > 0, "life in years", years);
  return (cost - salvage) * (1 / years) + (cost + salvage) * (rate / 2);
}

Money equivalent_annual_cost(Money net_present_cost, double rate, double years) {
  return net_present_cost * capital_recovery_factor(rate, years);
}

Money present_value(Money amount, double rate, double years) {
  require(rate > -1, "rate", rate);
  return amount * math::exp(-years * math::log1p(rate));
}

Money installed_cost(const ClusterCost& c) {
  const double others = c.network_share + c.storage_share;
  require(others >= 0 && others < 1, "share of network and storage", others);
  require(c.duty >= 0 && c.freight >= 0, "duty and freight", c.duty + c.freight);
  return c.server_price * ((1 + c.duty + c.freight) / (1 - others));
}

Price<Seconds> HourCost::total() const {
  return {capital.amount_per_base + maintenance.amount_per_base + staff.amount_per_base + shell.amount_per_base + energy.amount_per_base,
          capital.currency};
}

HourCost cost_per_available_hour(const HourInputs& in) {
  require(in.availability > 0 && in.availability <= 1, "availability", in.availability);
  require_share(in.salvage_share, "salvage share");
  require_share(in.load, "load");
  require(in.pue >= 1, "PUE", in.pue);
  const Currency c = in.installed.currency();
  common(c, in.shell.currency);
  common(c, in.tariff.currency);
  const double available = seconds_per_year * in.availability;
  const double installed = in.installed.amount();
  const double capital = installed * (capital_recovery_factor(in.rate, in.life_years) - in.salvage_share * sinking_fund_factor(in.rate, in.life_years));
  const double shell = in.shell.amount_per_base * in.all_in.base() * capital_recovery_factor(in.rate, in.shell_life_years);
  const double energy = in.all_in.base() * in.load * in.pue * seconds_per_year * in.tariff.amount_per_base;
  return {{capital / available, c},
          {installed * in.maintenance_share / available, c},
          {installed * in.staff_share / available, c},
          {shell / available, c},
          {energy / available, c}};
}

Price<Seconds> cost_per_useful_hour(Price<Seconds> available, double utilisation, double ettr) {
  require(utilisation > 0 && utilisation <= 1, "utilisation", utilisation);
  require(ettr > 0 && ettr <= 1, "ETTR", ettr);
  return {available.amount_per_base / (utilisation * ettr), available.currency};
}

Price<Tokens> cost_per_token(Price<Seconds> available_hour, double provisioned, TokensPerSecond served_on_time) {
  require(served_on_time.base() > 0, "tokens served a second", served_on_time.base());
  require(provisioned >= 0, "provisioned accelerators", provisioned);
  return {available_hour.amount_per_base * provisioned / served_on_time.base(), available_hour.currency};
}

TokenCosts split_cost(Price<Tokens> all, TokenClasses time, TokenClasses served) {
  const double time_sum = time.input + time.cached + time.output;
  const double served_sum = served.input + served.cached + served.output;
  require(std::fabs(time_sum - 1) < 1e-9, "sum of time shares", time_sum);
  require(std::fabs(served_sum - 1) < 1e-9, "sum of token shares", served_sum);
  const auto one = [&](double t, double s) { return Price<Tokens>{s > 0 ? all.amount_per_base * t / s : 0, all.currency}; };
  return {one(time.input, served.input), one(time.cached, served.cached), one(time.output, served.output)};
}

Money training_run_cost(Price<Seconds> available_hour, Flops work, FlopsPerSecond peak, double mfu, double ettr) {
  require(mfu > 0 && mfu <= 1, "MFU", mfu);
  require(ettr > 0 && ettr <= 1, "ETTR", ettr);
  require(peak.base() > 0, "peak rate", peak.base());
  return available_hour * Seconds{(work / peak).base() / (mfu * ettr)};
}

}  // namespace headroom::finance
