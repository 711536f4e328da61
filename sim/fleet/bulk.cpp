#include "sim/fleet/bulk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "models/catalog/architecture.hpp"
#include "sim/fleet/books.hpp"
#include "sim/fleet/money.hpp"

namespace headroom::fleet {

namespace {

/// 16 bit weights, 32 bit master weights and two moments: what a checkpoint of mixed-precision training keeps of a parameter.
constexpr double checkpoint_bytes_per_parameter = 14;

/// Begins a transfer between two sites. Nothing without a way.
Links::Bulk* send(State& s, std::size_t workload, std::size_t pool, const std::string& from, double bytes) {
  const auto way = workloads::site_route(s.plan, from, s.site(s.pools[pool].site).id);
  if (!way) return nullptr;
  Links::Bulk bulk;
  bulk.workload = workload;
  bulk.pool = pool;
  bulk.from = from;
  bulk.left = bytes;
  for (const network::Hop& hop : way->hops) bulk.ways.push_back(2 * hop.link + (hop.forward ? 0 : 1));
  return &s.links->bulk.emplace_back(std::move(bulk));
}

double weights_of(const scenario::Workload& workload, const std::string& model, const std::string& chip) {
  const catalog::Architecture* architecture = catalog::find_architecture(model);
  if (architecture == nullptr) return 0;
  auto format = workload.layout.plan.weights;
  for (const auto& own : workload.on_chips) {
    if (own.chip == chip && own.layout) format = own.layout->plan.weights;
  }
  return architecture->params_total * serving::bytes_per_value(format);
}

double checkpoint_of(const scenario::TrainingRun& run) {
  if (run.checkpoint_size.base() > 0) return run.checkpoint_size.base();
  const catalog::Architecture* architecture = catalog::find_architecture(run.architecture);
  return architecture == nullptr ? 0 : checkpoint_bytes_per_parameter * architecture->params_total;
}

}  // namespace

void send_weights(State& s) {
  if (!s.links) return;
  for (const Arc& arc : s.arcs) {
    const auto& service = s.services[arc.service];
    const auto& workload = s.plan.workloads[service.workload];
    const Pool& pool = s.pools[arc.pool];
    if (workload.home.empty() || arc.accelerators == 0) continue;
    if (!s.links->has_weights.insert({service.workload, service.model, pool.site}).second) continue;
    const std::string& there = s.site(pool.site).id;
    if (s.days_passed() == 0 || there == workload.home) continue;
    const std::string& model = workload.models[service.model].architecture;
    const double bytes = weights_of(workload, model, s.chip(pool.chip).id);
    Links::Bulk* const sent = send(s, service.workload, arc.pool, workload.home, bytes);
    if (sent != nullptr) sent->weights_of = service.model;
    s.happenings.push_back({s.today, "weights_sent", there, s.chip(pool.chip).id, workload.id, model, bytes / 1e12, "TB", sent ? "from " + workload.home : "no way over links from " + workload.home});
  }
}

double send_state(State& s, Gang& gang, std::size_t pool) {
  const std::size_t site = s.pools[pool].site;
  const auto before = std::exchange(gang.kept_at, site);
  if (!s.links) return 0;
  const auto& workload = s.plan.workloads[gang.workload];
  const auto& run = workload.runs[gang.run];
  const std::string& there = s.site(site).id;
  double hours = 0;
  const auto begin = [&](const char* what, const std::string& from, double bytes) {
    const Links::Bulk* const sent = bytes > 0 ? send(s, gang.workload, pool, from, bytes) : nullptr;
    s.happenings.push_back({s.today, what, there, s.chip(s.pools[pool].chip).id, workload.id, run.id, bytes / 1e12, "TB",
                            sent != nullptr ? "from " + from : bytes > 0 ? "no way over links from " + from : "its size is not known"});
    if (sent == nullptr) return;
    double narrowest = std::numeric_limits<double>::infinity();
    for (const std::size_t way : sent->ways) narrowest = std::min(narrowest, s.plan.links[way / 2].bandwidth.at(s.today).base());
    hours += bytes / narrowest / 3600;
  };
  const bool has_data = run.dataset_size.base() <= 0 || there == workload.home || !s.links->has_data.insert({gang.workload, gang.run, site}).second;
  if (!has_data) begin("dataset_sent", workload.home, run.dataset_size.base());
  if (before && *before != site) begin("checkpoint_sent", s.site(*before).id, checkpoint_of(run));
  return hours;
}

void wait_for_weights(State& s) {
  if (!s.links) return;
  for (auto& arc : s.links->arcs) arc.waits = 0;
  for (const auto& bulk : s.links->bulk) {
    if (!bulk.weights_of || bulk.left <= 0) continue;
    double hour = std::numeric_limits<double>::infinity();
    for (const std::size_t way : bulk.ways) hour = std::min(hour, s.links->ways[way].hour);
    const double share = bulk.left < hour ? bulk.left / hour : 1;
    for (std::size_t a = 0; a < s.arcs.size(); ++a) {
      Arc& arc = s.arcs[a];
      const auto& service = s.services[arc.service];
      if (service.workload != bulk.workload || service.model != *bulk.weights_of || s.pools[arc.pool].site != s.pools[bulk.pool].site) continue;
      s.links->arcs[a].waits = share;
      arc.loading = arc.accelerators;  // they load when the weights are there
    }
  }
}

namespace {

void note_arrival(State& s, const Links::Bulk& bulk) {
  const Pool& pool = s.pools[bulk.pool];
  const auto& workload = s.plan.workloads[bulk.workload];
  s.happenings.push_back({s.today, "weights_arrived", s.site(pool.site).id, s.chip(pool.chip).id, workload.id, workload.models[*bulk.weights_of].architecture, std::nullopt, "", "from " + bulk.from});
}

}  // namespace

void pass_bulk(State& s) {
  if (!s.links) return;
  for (auto& bulk : s.links->bulk) {
    double most = bulk.left;
    for (const std::size_t way : bulk.ways) most = std::min(most, std::max(0.0, s.links->ways[way].left));
    if (most <= 0) continue;
    bulk.left = most < bulk.left ? bulk.left - most : 0;
    bulk.sent += most;
    if (bulk.left <= 0 && bulk.weights_of) note_arrival(s, bulk);
    for (const std::size_t w : bulk.ways) {
      auto& way = s.links->ways[w];
      way.left -= most;
      way.crossed += most;
      way.peak = std::max(way.peak, 1 - way.left / way.hour);
    }
  }
}

void pay_bulk(State& s, Period month, Date day) {
  if (!s.links) return;
  for (const auto& bulk : s.links->bulk) {
    for (const std::size_t way : bulk.ways) {
      if (bulk.sent <= 0) continue;
      const double base = pay_bytes(s, way, bulk.sent, month, day);
      s.links->bills.push_back({way, bulk.workload, bulk.sent, base, true});
      s.books->month.pools[bulk.pool].cost_base += base;
    }
  }
}

}  // namespace headroom::fleet
