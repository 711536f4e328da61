#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sim/engine/random.hpp"

namespace headroom {

/// Settings over two_workloads.json that make a random plan, from the number of the case alone: power, crew, availability, retirement
/// and resale, an order through a gate, prices as processes, a lease, rented bridges from a market with a depth, a budget line,
/// responses, load, shape and errors of demand and models.
inline std::vector<std::string> random_plan(std::uint64_t number) {
  engine::Stream draw(1, 0, "random plan", {number});
  const auto whole = [&](int low, int high) { return low + static_cast<int>(draw.uniform() * (high - low + 1)); };
  const auto once_in = [&](int n) { return whole(1, n) == 1; };
  const char* closed[] = {"delay", "refuse", "forfeit"};
  std::vector<std::string> plan{
      fmt::format(R"(sites.dc.power="{} kW")", whole(150, 900)),
      fmt::format("sites.dc.racking_per_week={}", whole(5, 400)),
      fmt::format("sites.dc.availability={:.3f}", 0.8 + 0.2 * draw.uniform()),
      fmt::format("fleet.old.count={}", whole(1, 150)),
      fmt::format(R"(fleet.old.retire="2026-{:02}-15")", whole(2, 12)),
      fmt::format("fleet.old.resale_share={:.2f}", draw.uniform()),
      R"(fx={"CNY":{"points":[["2026-01-01",0.138],["2026-12-31",0.149]],"interpolation":"linear","after":"hold"}})",
      fmt::format(R"(policies.capital_rate={:.2f})", 0.12 * draw.uniform()),
  };
  const std::string price = once_in(2) ? R"({"process":"chip"})" : fmt::format(R"("{} CNY")", whole(100000, 250000));
  const std::string memory = once_in(2) ? R"("bundle":{"host":"9000 USD","memory":{"amount":"250 GB","price":{"process":"dram"}},"network_share":0.15},)" : "";
  plan.push_back(fmt::format(
      R"(orders=[{{"id":"more","chip":"h200_sxm","site":"dc","lane":"l","on_closed":"{}","refundable_share":{:.2f},"deliveries":[{{"at":"2026-{:02}-10","count":{}}},{{"at":"2026-11-03","count":{}}}],
      "stages":{{"licence":{},"production":{},"transit":10,"customs":5}},{}"price":{},"duty":0.1,"vat":0.13,"budget":"chips","maintenance_share":0.03,
      "payments":[{{"at":"ordered","share":0.3}},{{"at":"shipped","share":0.3,"lag":"10 days"}},{{"at":"delivered","share":0.4,"lag":"1 month"}}]}}])",
      closed[whole(0, 2)], draw.uniform(), whole(1, 9), whole(1, 120), whole(1, 120), once_in(2) ? R"({"distribution":"lognormal","median":20,"sigma":0.5})" : "7", whole(0, 60), memory, price));
  plan.push_back(fmt::format(
      R"(processes=[{{"id":"g","kind":"gate","lane":"l","regime":"{}","steps":[{{"from":"2026-01-01","open":{}}},{{"from":"2026-{:02}-01","open":{}}}]}},
      {{"id":"chip","kind":"price","mean":"{} CNY","reversion_per_year":{:.2f},"volatility":{:.2f}}},
      {{"id":"dram","kind":"price","mean":{{"start":"6 USD/GB","factor_per_year":{:.2f}}},"volatility":0.5}},
      {{"id":"rent","kind":"price","mean":"2.5 CNY/h","reversion_per_year":2,"volatility":0.4,"market_depth":{}}},
      {{"id":"d","kind":"demand_error","target":"chat","sd":{:.2f},"reversion_per_year":1}},{{"id":"m","kind":"model_error","target":"h200_sxm","sd":0.1}}])",
      once_in(2) ? "import_clearance" : "export_licence", draw.uniform() < 0.7, whole(2, 12), draw.uniform() < 0.5, whole(100000, 250000), 3 * draw.uniform(), 0.6 * draw.uniform(), 0.5 + 2 * draw.uniform(), whole(10, 120), 0.4 * draw.uniform()));
  // Leases of more than a year are carried as a liability, here in a foreign currency.
  plan.push_back(fmt::format(R"(leases=[{{"id":"rent","chip":"h100_sxm","site":"dc","count":{},"start":"2026-{:02}-05","end":"20{}-12-{:02}","price":{},"power_included":{}}}])",
                             whole(1, 80), whole(1, 11), once_in(2) ? 26 : 27, whole(6, 30), once_in(2) ? R"({"process":"rent"})" : R"("17 CNY/h")", draw.uniform() < 0.5));
  plan.push_back(fmt::format(R"(budgets=[{{"purpose":"chips","year":2026,"amount":"{} USD","on_exceed":"{}","basis":"{}"}}])", whole(100, 5000) * 1000, once_in(2) ? "cut" : "defer", once_in(2) ? "commitment" : "cash"));
  std::string responses = fmt::format(R"({{"id":"bridge","when":{{"metric":"headroom","workload":"chat","op":"below","value":{:.2f}}},"do":"bridge","chip":"h100_sxm","site":"dc","count":{},"price":{{"process":"rent"}},"term":"{} weeks","lag":"{} days","limit":3}})",
                                      0.3 * draw.uniform(), whole(1, 60), whole(2, 30), whole(0, 40));
  if (once_in(3)) responses += R"(,{"id":"keep","when":{"metric":"weeks_to_exhaustion","workload":"chat","op":"below","value":20},"do":"defer_retirement","target":"old","term":"3 months","lag":"1 week"})";
  if (once_in(3)) responses += R"(,{"id":"stop","when":{"metric":"slo_attainment","workload":"chat","op":"below","value":0.9},"do":"cancel","target":"more","lag":"1 week"})";
  if (once_in(3)) responses += R"(,{"id":"refuse","when":{"metric":"slo_attainment","workload":"chat","op":"below","value":0.9},"do":"shed","target":"batch","term":"1 month","lag":"1 day"})";
  plan.push_back("responses=[" + responses + "]");
  plan.push_back(fmt::format(R"(workloads.chat.tokens_per_day={{"start":"{} tokens/s","factor_per_year":{:.2f}}})", whole(100, 20000), 0.5 + 3 * draw.uniform()));
  plan.push_back(fmt::format("workloads.chat.within_hour_variation={:.2f}", 0.3 * draw.uniform()));
  plan.push_back(R"(workloads.chat.shape={"hourly":[1,1,1,1,1,1,2,3,4,4,4,4,4,4,4,4,4,4,3,3,2,2,1,1]})");
  return plan;
}

}  // namespace headroom
