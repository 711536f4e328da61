#include "sim/fleet/links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "sim/fleet/books.hpp"
#include "sim/fleet/bulk.hpp"
#include "sim/fleet/hour.hpp"
#include "sim/fleet/money.hpp"

namespace headroom::fleet {

using results::metric;
using results::Place;
using scenario::Workload;

namespace {

const scenario::Link& link_of(const State& s, std::size_t way) { return s.plan.links[way / 2]; }
/// The end that bytes leave, and the other.
const std::string& leaves(const State& s, std::size_t way) { return link_of(s, way).between[way % 2]; }
const std::string& reaches(const State& s, std::size_t way) { return link_of(s, way).between[1 - way % 2]; }

const scenario::PriceSeries<Bytes>* price_of(const State& s, std::size_t way) {
  for (const auto& egress : link_of(s, way).egress) {
    if (egress.end == leaves(s, way)) return &egress.price;
  }
  return nullptr;
}

std::optional<std::uint16_t> site_at(const State& s, const std::string& place) {
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) {
    if (s.site(i).id == place) return static_cast<std::uint16_t>(i);
  }
  return std::nullopt;
}

/// Bytes of a unit of load to the site and back.
std::pair<double, double> bytes_of_unit(const Workload& w) {
  if (!w.traffic) return {0, 0};
  const bool serving = w.kind == Workload::Kind::serving;
  const double request = w.traffic->request.base(), response = w.traffic->response.base();
  return serving ? std::pair{request * (1 - w.output_share), response * w.output_share} : std::pair{request, response};
}

/// The most units a second that a replica can serve; a queue is drained above the usable load.
double most_of_replica(const State& s, const Arc& arc) {
  const double usable = arc.units_per_second * static_cast<double>(arc.replica);
  if (arc.hours == nullptr) return usable;
  return std::max(usable, arc.hours->curve().saturation * s.services[arc.service].tokens_per_request);
}

}  // namespace

Links::Links(const State& s) : arcs(s.arcs.size()), ways(2 * s.plan.links.size()) {
  for (std::size_t a = 0; a < s.first_arc.back(); ++a) {
    const auto& service = s.services[s.arcs[a].service];
    arcs[a].route = workloads::find_route(s.shared->routes, service.region, s.pools[s.arcs[a].pool].site);
    if (arcs[a].route == nullptr) continue;
    const auto [there, back] = bytes_of_unit(s.plan.workloads[service.workload]);
    for (const network::Hop& hop : arcs[a].route->hops) {
      const std::size_t out = 2 * hop.link + (hop.forward ? 0 : 1);
      for (const auto& [way, bytes] : {std::pair(out, there), std::pair(out ^ 1U, back)}) {
        if (bytes <= 0) continue;
        arcs[a].uses.push_back({way, bytes});
        ways[way].used = true;
      }
    }
  }
}

void note_links(State& s) {
  if (!s.links) return;
  for (const auto& route : s.shared->routes) {
    s.happenings.push_back({s.today, "route", s.site(route.site).id, "", "", route.region, route.round_trip.base() * 1000, "ms there and back",
                            fmt::format("{}", fmt::join(route.places, " - "))});
  }
  for (std::size_t l = 0; l < s.plan.links.size(); ++l) {
    if (s.links->ways[2 * l].used || s.links->ways[2 * l + 1].used) continue;
    s.happenings.push_back({s.today, "unused_link", "", "", "", s.plan.links[l].id, std::nullopt, "", "no traffic takes it"});
  }
}

void add_link_rows(const State& s, placement::Problem& problem) {
  if (!s.links) return;
  for (std::size_t way = 0; way < s.links->ways.size(); ++way) {
    if (!s.links->ways[way].used) continue;
    placement::Link row{fmt::format("{}:{}", link_of(s, way).id, way % 2), 0, {}};
    for (std::size_t a = 0; a < s.arcs.size(); ++a) {
      double per_unit = 0;
      for (const WayUse& use : s.links->arcs[a].uses) per_unit += use.way == way ? use.bytes_per_unit : 0;
      if (per_unit > 0) row.uses.push_back({a, per_unit * most_of_replica(s, s.arcs[a])});
    }
    problem.links.push_back(std::move(row));
  }
}

void set_link_rows(const State& s, placement::Problem& problem, Date first, Date last) {
  if (!s.links) return;
  std::size_t row = 0;
  for (std::size_t way = 0; way < s.links->ways.size(); ++way) {
    if (!s.links->ways[way].used) continue;
    const auto& bandwidth = link_of(s, way).bandwidth;
    double least = bandwidth.at(first).base();
    for (Date day = first; day <= last; day += std::chrono::days{7}) least = std::min(least, bandwidth.at(day).base());
    problem.links[row++].capacity = least;
  }
}

std::string link_name(const State& s, std::size_t row) {
  for (std::size_t way = 0; way < s.links->ways.size(); ++way) {
    if (s.links->ways[way].used && row-- == 0) return link_of(s, way).id;
  }
  throw std::logic_error("no link behind a row");
}

double egress_of_unit(const State& s, std::size_t a) {
  double sum = 0;
  if (!s.links) return sum;
  for (const WayUse& use : s.links->arcs[a].uses) {
    const auto* price = price_of(s, use.way);
    if (price != nullptr) sum += use.bytes_per_unit * price->at(s.today).amount_per_base * s.books->fx.rate(price->currency, s.today);
  }
  return sum;
}

Seconds round_trip(const State& s, std::size_t a) {
  return s.links && s.links->arcs[a].route != nullptr ? s.links->arcs[a].route->round_trip : Seconds{};
}

void begin_link_hour(State& s) {
  if (!s.links) return;
  for (std::size_t way = 0; way < s.links->ways.size(); ++way) {
    auto& w = s.links->ways[way];
    w.hour = w.left = link_of(s, way).bandwidth.at(s.today).base() * hour_seconds;
  }
  wait_for_weights(s);
}

double carriable(const State& s, std::size_t a) {
  double most = std::numeric_limits<double>::infinity();
  if (!s.links) return most;
  for (const WayUse& use : s.links->arcs[a].uses) most = std::min(most, std::max(0.0, s.links->ways[use.way].left) / use.bytes_per_unit);
  return most;
}

void carry(State& s, std::size_t a, double units) {
  if (!s.links) return;
  s.links->arcs[a].carried += units;
  for (const WayUse& use : s.links->arcs[a].uses) {
    auto& way = s.links->ways[use.way];
    way.left -= units * use.bytes_per_unit;
    way.crossed += units * use.bytes_per_unit;
    if (way.hour > 0) way.peak = std::max(way.peak, 1 - way.left / way.hour);
  }
}

double pay_bytes(State& s, std::size_t way, double bytes, Period month, Date day) {
  const auto* price = price_of(s, way);
  if (price == nullptr || bytes <= 0) return 0;
  const Money amount = price->at(month.begin) * Bytes{bytes};
  const auto site = site_at(s, leaves(s, way));
  finance::Tags tags;
  tags.site = s.books->ledger.intern(site ? s.site(*site).id : reaches(s, way));
  spend(s, finance::Account::network, finance::Account::paid_network, "egress", amount, day, tags);
  return s.books->fx.to_base(amount, day).amount();
}

void pay_egress(State& s, Period month, Date day) {
  if (!s.links) return;
  auto& links = *s.links;
  std::map<std::pair<std::size_t, std::size_t>, double> bytes;  // by way and workload
  for (std::size_t a = 0; a < s.arcs.size(); ++a) {
    for (const WayUse& use : links.arcs[a].uses) bytes[{use.way, s.services[s.arcs[a].service].workload}] += links.arcs[a].carried * use.bytes_per_unit;
  }
  for (const auto& [key, sent] : bytes) {
    const auto [way, workload] = key;
    const Links::Bill bill{way, workload, sent, pay_bytes(s, way, sent, month, day), false};
    links.bills.push_back(bill);
    for (std::size_t a = 0; a < s.arcs.size() && sent > 0; ++a) {
      if (s.services[s.arcs[a].service].workload != workload) continue;
      for (const WayUse& use : links.arcs[a].uses) {
        if (use.way != way) continue;
        const double part = bill.base * links.arcs[a].carried * use.bytes_per_unit / sent;
        links.arcs[a].egress_base += part;
        s.books->month.pools[s.arcs[a].pool].cost_base += part;
        s.books->month.pools[s.arcs[a].pool].egress_base += part;
      }
    }
  }
  pay_bulk(s, month, day);
}

void observe_links(State& s, int month) {
  if (!s.links) return;
  auto& store = *s.store;
  for (const Links::Bill& bill : s.links->bills) {
    const Place place{site_at(s, leaves(s, bill.way)), std::nullopt, static_cast<std::uint16_t>(bill.workload)};
    store.add(bill.bulk ? metric("bulk_egress") : metric("egress"), month, place, bill.bytes / 1e12);
    store.add(metric("egress_cost"), month, place, bill.base);
  }
  for (std::size_t a = 0; a < s.arcs.size(); ++a) {
    const auto& arc = s.links->arcs[a];
    if (arc.carried <= 0) continue;
    const Place place{std::nullopt, std::nullopt, static_cast<std::uint16_t>(s.services[s.arcs[a].service].workload)};
    // Loads of different units are weighed by the accelerator-hours that they take.
    const double weight = arc.carried / s.arcs[a].units_per_second / hour_seconds;
    store.add_ratio(metric("network_round_trip"), month, place, round_trip(s, a).base() * weight, weight);
  }
  double highest = 0;
  std::map<std::uint16_t, double> of_site;
  for (std::size_t way = 0; way < s.links->ways.size(); ++way) {
    const double peak = s.links->ways[way].peak;
    highest = std::max(highest, peak);
    if (const auto site = site_at(s, leaves(s, way))) of_site[*site] = std::max(of_site[*site], peak);
  }
  store.note(metric("link_peak"), month, {}, highest);
  for (const auto& [site, peak] : of_site) store.note(metric("link_peak"), month, {site, std::nullopt, std::nullopt}, peak);
}

std::vector<LinkBalance> link_balances(const State& s) {
  std::vector<LinkBalance> sides;
  if (!s.links) return sides;
  const auto& links = *s.links;
  // What begins at a place or comes in, ends there or goes out; ends are told by the arcs, what passes by the links' own meters.
  std::map<std::string, std::pair<double, double>> places;
  for (std::size_t way = 0; way < links.ways.size(); ++way) {
    places[reaches(s, way)].first += links.ways[way].crossed;
    places[leaves(s, way)].second += links.ways[way].crossed;
    sides.push_back({"network: traffic of an hour within its link", std::max(1.0, links.ways[way].peak), 1, link_of(s, way).id});
  }
  std::vector<double> carried(s.services.size());
  for (std::size_t a = 0; a < s.arcs.size(); ++a) {
    const auto& arc = links.arcs[a];
    carried[s.arcs[a].service] += arc.carried;
    if (arc.route == nullptr) continue;
    const auto [there, back] = bytes_of_unit(s.plan.workloads[s.services[s.arcs[a].service].workload]);
    auto& users = places[arc.route->places.front()];
    auto& site = places[arc.route->places.back()];
    users.first += there * arc.carried;
    users.second += back * arc.carried;
    site.first += back * arc.carried;
    site.second += there * arc.carried;
  }
  for (const auto& bulk : links.bulk) {
    places[bulk.from].first += bulk.sent;
    places[s.site(s.pools[bulk.pool].site).id].second += bulk.sent;
  }
  for (const auto& [place, flow] : places) sides.push_back({"network: bytes sent = bytes received", flow.first, flow.second, place});
  for (std::size_t i = 0; i < s.services.size(); ++i) {
    const auto& m = s.meters.services[i];
    sides.push_back({"network: load carried = load served", carried[i], m.on_time + m.late, s.services[i].id});
  }
  return sides;
}

void empty_link_meters(State& s) {
  if (!s.links) return;
  for (auto& arc : s.links->arcs) arc.carried = arc.egress_base = 0;
  for (auto& way : s.links->ways) way.crossed = way.peak = 0;
  s.links->bills.clear();
  auto& bulk = s.links->bulk;
  for (auto& b : bulk) b.sent = 0;
  bulk.erase(std::remove_if(bulk.begin(), bulk.end(), [](const auto& b) { return b.left <= 0; }), bulk.end());
}

}  // namespace headroom::fleet
