#include "sim/fleet/responses.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/fleet/gangs.hpp"
#include "sim/fleet/supply.hpp"

namespace headroom::fleet {

using scenario::Response;

namespace {

/// Worst latest value among the services of the named workload (all, if none is named); nothing while none is known.
std::optional<double> known_value(const State& s, const Response::When& when) {
  std::optional<double> worst;
  for (std::size_t i = 0; i < s.services.size(); ++i) {
    if (!when.workload.empty() && s.plan.workloads[s.services[i].workload].id != when.workload) continue;
    std::optional<double> value;
    if (when.metric == "headroom") value = s.known[i].headroom;
    if (when.metric == "weeks_to_exhaustion") value = s.known[i].weeks_to_exhaustion;
    if (when.metric == "slo_attainment") value = s.known[i].attainment;
    if (!value) continue;
    const bool worse = !worst || (when.op == Response::When::Op::below ? *value < *worst : *value > *worst);
    if (worse) worst = value;
  }
  return worst;
}

bool fires(const State& s, const Response& response) {
  if (response.when.date) return s.today >= *response.when.date;
  const auto value = known_value(s, response.when);
  return value && (response.when.op == Response::When::Op::below ? *value < response.when.value : *value > response.when.value);
}

std::int64_t rented_now(const State& s, std::size_t response) {
  std::int64_t n = 0;
  for (const Lot& lot : s.lots) {
    if (lot.origin == Lot::Origin::bridge && lot.source == response) n += lot.waiting + lot.racking + lot.in_service;
  }
  return n;
}

void bridge(State& s, std::size_t i) {
  const Response& response = s.plan.responses[i];
  std::int64_t count = response.count;
  if (response.market_depth > 0) count = std::min(count, response.market_depth - rented_now(s, i));
  if (count < response.count) {
    s.happenings.push_back({s.today, "market_depth_reached", response.site, response.chip, response.when.workload, response.id,
                            static_cast<double>(response.count - std::max<std::int64_t>(0, count)), "accelerators", "not to be had for rent"});
  }
  if (count > 0) rent(s, i, count, s.today + response.term);
}

void defer_retirement(State& s, const Response& response) {
  for (std::size_t i = 0; i < s.plan.fleet.size(); ++i) {
    if (s.plan.fleet[i].id == response.target) s.retirement_deferred_to[i] = s.today + response.term;
  }
}

std::size_t workload_named(const State& s, const std::string& id) {
  const auto at = std::find_if(s.plan.workloads.begin(), s.plan.workloads.end(), [&](const auto& w) { return w.id == id; });
  if (at == s.plan.workloads.end()) throw std::logic_error("workload \"" + id + "\" passed the reader but does not exist");
  return static_cast<std::size_t>(at - s.plan.workloads.begin());
}

std::size_t order_named(const State& s, const std::string& id) {
  const auto at = std::find_if(s.plan.orders.begin(), s.plan.orders.end(), [&](const auto& o) { return o.id == id; });
  if (at == s.plan.orders.end()) throw std::logic_error("order \"" + id + "\" passed the reader but does not exist");
  return static_cast<std::size_t>(at - s.plan.orders.begin());
}

}  // namespace

void respond(State& s) {
  for (std::uint32_t i = 0; i < s.plan.responses.size(); ++i) {
    const Response& response = s.plan.responses[i];
    auto& taken = s.responses_taken[i];
    if (taken.pending || taken.times >= response.limit || !fires(s, response)) continue;
    taken.pending = true;
    ++taken.times;
    s.happenings.push_back({s.today, "response_decided", response.site, response.chip, response.when.workload, response.id, 1, "", ""});
    s.at(s.today + response.lag, engine::Phase::decision, {Kind::respond, i});
  }
}

void act(State& s, std::uint32_t i) {
  const Response& response = s.plan.responses[i];
  s.responses_taken[i].pending = false;
  s.happenings.push_back({s.today, "response_taken", response.site, response.chip, response.when.workload, response.id, 1, "", ""});
  switch (response.action) {
    case Response::Action::bridge: bridge(s, i); break;
    case Response::Action::order: sign_standby(s, order_named(s, response.target)); break;
    case Response::Action::cancel: cancel_order(s, order_named(s, response.target)); break;
    case Response::Action::shed: s.shed_until[workload_named(s, response.target)] = s.today + response.term; break;
    case Response::Action::lend: pause_gangs(s, workload_named(s, response.target), s.today + response.term); break;
    case Response::Action::defer_retirement: defer_retirement(s, response); break;
  }
}

}  // namespace headroom::fleet
