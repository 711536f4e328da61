#include <algorithm>
#include <set>

#include "sim/scenario/series.hpp"
#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

const Table<Link>& link_table() {
  static const Table<Link> table = [] {
    Table<Link> t("link", "A link between two sites, or between a region's users and a site; alike in both directions.");
    t.add("id", &Link::id, id(), "Name of the link.").required().example("\"cn-sea\"");
    t.add("between", &Link::between, list_of(name_of("link end")), "Its two ends: sites, or regions where users are.").required().example("[\"hebei\", \"johor\"]");
    t.add("bandwidth", &Link::bandwidth, series_of<BytesPerSecond>(), "Each way, over time.").required().example("\"100 Gb/s\"");
    t.add("delay", &Link::delay, quantity<Seconds>(), "One way.").required().example("\"35 ms\"");
    t.add("egress", &Link::egress,
          map_of<PriceSeries<Bytes>, Link::Egress>(price_series<Bytes>(), "ends of the link",
                                                   [](const std::string& end, PriceSeries<Bytes> price) { return Link::Egress{end, std::move(price)}; }),
          "Price of bytes that leave an end.").absent("free").example("{\"johor\": \"0.05 USD/GB\"}");
    add_provenance(t);
    t.check([](Reader& r, const Node& node, Link& link) {
      if (link.between.size() != 2) {
        r.fault_below(node, "between", fmt::format("a link with {} ends", link.between.size()), "two of them");
        return;
      }
      if (link.between[0] == link.between[1]) r.fault_below(node, "between", fmt::format("both ends are {}", json_string(link.between[0])), "two places");
      for (const Link::Egress& egress : link.egress) {
        if (std::find(link.between.begin(), link.between.end(), egress.end) != link.between.end()) continue;
        r.fault_below(node, "egress/" + egress.end, fmt::format("the link does not end at {}", json_string(egress.end)), fmt::format("{}", fmt::join(link.between, " or ")));
      }
    });
    return t;
  }();
  return table;
}

const Table<Traffic>& traffic_table() {
  static const Table<Traffic> table = [] {
    Table<Traffic> t("traffic", "Bytes that a unit of load moves between its users and the site that serves it.");
    t.add("request", &Traffic::request, quantity<Bytes>(), "Serving: of an input token, cached ones included; else of a unit of load.").required().example("\"5 B\"");
    t.add("response", &Traffic::response, quantity<Bytes>(), "Serving: of an output token; else of a unit of load.").required().example("\"250 B\"");
    return t;
  }();
  return table;
}

namespace {

bool serves(const Site& site, const std::string& region) {
  return site.region == region || std::find(site.serves.begin(), site.serves.end(), region) != site.serves.end();
}

/// Places that traffic of a region reaches: it starts in the region and its own sites, and passes only sites that may serve it.
std::set<std::string> reached_from(const Scenario& s, const std::string& region) {
  std::set<std::string> reached{region}, may_pass;
  for (const Site& site : s.sites) {
    if (site.region == region) reached.insert(site.id);
    if (serves(site, region)) may_pass.insert(site.id);
  }
  for (bool grown = true; grown;) {
    grown = false;
    for (const Link& link : s.links) {
      for (const auto& [from, to] : {std::pair(link.between[0], link.between[1]), std::pair(link.between[1], link.between[0])}) {
        if (reached.contains(from) && may_pass.contains(to)) grown = reached.insert(to).second || grown;
      }
    }
  }
  return reached;
}

/// Whether users of the workload may be served over a link.
bool is_remote(const Scenario& s, const Workload& w) {
  return std::any_of(w.regions.begin(), w.regions.end(), [&](const auto& share) {
    return std::any_of(s.sites.begin(), s.sites.end(), [&](const Site& site) { return site.region != share.region && serves(site, share.region); });
  });
}

/// Data of runs: where they are kept, and that somebody reads them.
void check_data(Reader& r, const Node& root, const Scenario& s, std::size_t i) {
  const Workload& w = s.workloads[i];
  bool any = false;
  for (std::size_t k = 0; k < w.runs.size(); ++k) {
    if (w.runs[k].dataset_size.base() <= 0) continue;
    any = true;
    const std::string at = fmt::format("workloads/{}/runs/{}/dataset_size", i, k);
    if (s.links.empty()) r.fault_below(root, at, "there are no links, so nothing sends it", "\"links\", or no such key");
    else if (w.home.empty()) r.fault_below(root, at, "nobody knows where it is kept", "\"home\" of the workload, or no such key");
  }
  if (w.kind == Workload::Kind::training && !w.home.empty() && !any && !s.links.empty()) {
    r.fault_below(root, fmt::format("workloads/{}/home", i), "no run has data, so nothing reads it", "\"dataset_size\" of a run, or no such key");
  }
}

void check_workload(Reader& r, const Node& root, const Scenario& s, std::size_t i) {
  const Workload& w = s.workloads[i];
  const std::string at = fmt::format("workloads/{}", i);
  check_data(r, root, s, i);
  if (s.links.empty()) {
    for (const auto& [key, written] : {std::pair("traffic", w.traffic.has_value()), std::pair("slo/round_trip", w.round_trip.has_value()), std::pair("home", !w.home.empty())}) {
      if (written) r.fault_below(root, at + "/" + key, "there are no links, so nothing reads it", "\"links\", or no such key");
    }
    return;
  }
  const bool serving = w.kind == Workload::Kind::serving;
  for (std::size_t m = 0; m < w.models.size() && serving && !w.home.empty(); ++m) {
    if (r.known("architecture", w.models[m].architecture)) continue;
    r.fault_below(root, at + "/home", fmt::format("{} is none of the catalogue's architectures, so that nobody knows its weights", json_string(w.models[m].architecture)), "models of the catalogue, or no such key");
  }
  if (w.kind == Workload::Kind::training || w.kind == Workload::Kind::jobs || !is_remote(s, w)) return;
  if (!w.traffic) {
    r.fault_below(root, at, "key \"traffic\" is missing, and links lead to sites that may serve it",
                  R"(bytes, e.g. {"request": "5 B", "response": "250 B"})");
  }
  if (w.model == "table" && w.slo_held_by_rates && w.ttft_p95.base() > 0 && !w.round_trip) {
    r.fault_below(root, at + "/slo", "a target of the first token that rates hold, and links to sites that may serve it: rates know no network",
                  "\"round_trip\": the longest way there and back that the targets leave, e.g. \"80 ms\"");
  }
}

}  // namespace

void check_links(Reader& r, const Node& root, const Scenario& s) {
  for (std::size_t l = 0; l < s.links.size(); ++l) {
    for (std::size_t e = 0; e < 2; ++e) {
      const std::string& end = s.links[l].between[e];
      if (r.known("site", end) && r.known("region", end)) {
        r.fault_below(root, fmt::format("links/{}/between/{}", l, e), fmt::format("{} is both a site and a region", json_string(end)), "a name that only one of them has");
      }
    }
  }
  std::set<std::string> regions;
  for (const Workload& w : s.workloads) {
    for (const auto& share : w.regions) regions.insert(share.region);
  }
  for (const std::string& region : regions) {
    if (s.links.empty()) break;
    const auto reached = reached_from(s, region);
    for (std::size_t i = 0; i < s.sites.size(); ++i) {
      if (!serves(s.sites[i], region) || reached.contains(s.sites[i].id)) continue;
      r.fault_below(root, fmt::format("sites/{}/serves", i), fmt::format("no way over links leads from the region {} to {}", json_string(region), s.sites[i].id),
                    "a link from the region or one of its sites, directly or through sites that serve it");
    }
  }
  for (std::size_t i = 0; i < s.workloads.size(); ++i) check_workload(r, root, s, i);
}

}  // namespace headroom::scenario
