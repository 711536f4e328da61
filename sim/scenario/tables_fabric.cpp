#include <algorithm>

#include "models/catalog/network.hpp"
#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

/// A bandwidth, or the name of a network between hosts of the catalogue.
Type<BytesPerSecond> port_rate() {
  const Type<BytesPerSecond> plain = quantity<BytesPerSecond>(positive);
  return {plain.form,
          [plain](Reader& r, const Node& node, BytesPerSecond& out) {
            const catalog::Network* named = node.is(Node::Kind::string) ? catalog::find_network(node.text) : nullptr;
            if (named == nullptr) {
              if (!node.is(Node::Kind::string) || node.text.empty() || std::string_view(" +-.0123456789").find(node.text.front()) != std::string_view::npos) {
                return plain.read(r, node, out);
              }
              std::vector<std::string_view> names;
              for (const catalog::Network& network : catalog::networks()) {
                if (network.scope == "scale_out" && network.bandwidth.known()) names.push_back(network.id);
              }
              r.fault(node, fmt::format("there is no network {}", to_json(node, 60)), "a network of the catalogue, or a bandwidth, e.g. \"400 Gb/s\"", nearest(node.text, names).value_or(""));
              return false;
            }
            if (named->scope != "scale_out" || !named->bandwidth.known()) {
              r.fault(node, fmt::format("{} is no network between hosts", json_string(named->id)), "one of the scope scale_out, or a bandwidth");
              return false;
            }
            out = named->bandwidth.value();
            return true;
          },
          {}};
}

const Table<NetworkPurchase>& purchase_table() {
  static const Table<NetworkPurchase> table = [] {
    Table<NetworkPurchase> t("network purchase", "Switches and transceivers of a fabric, paid when they are built in.");
    t.add("id", &NetworkPurchase::id, id(), "Name of the purchase.").required().example("\"spring\"");
    t.add("ordered", &NetworkPurchase::ordered, day(), "Day of the order.").required();
    t.add("lead", &NetworkPurchase::lead, span(), "From the order until they are built in.").required().example("\"26 weeks\"");
    t.add("switches", &NetworkPurchase::switches, count(), "Switches of `switch_ports` ports.");
    t.add("optics", &NetworkPurchase::optics, count(), "Transceivers, two for each optical link.");
    t.add("switch_price", &NetworkPurchase::switch_price, money(), "Of a switch.").absent("nothing").example("\"25000 USD\"");
    t.add("optic_price", &NetworkPurchase::optic_price, money(), "Of a transceiver.").absent("nothing").example("\"900 USD\"");
    t.add("budget", &NetworkPurchase::budget, name_of("budget purpose"),
          "Purpose of the budget line that pays: it takes as many as it holds, or where it defers the whole order comes with the next year's.").absent("outside the budgets");
    t.check([](Reader& r, const Node& node, NetworkPurchase& p) {
      if (p.budget.empty()) return;
      if (!p.switch_price && !p.optic_price) r.fault_below(node, "budget", "parts without a price use no budget", "\"switch_price\" or \"optic_price\", or no such key");
      if (r.horizon && p.ordered < r.horizon->begin) {
        r.fault_below(node, "budget", fmt::format("ordered on {}, before the scenario's first budget", headroom::to_string(p.ordered)), "a later day, or no such key");
      }
    });
    return t;
  }();
  return table;
}

const SiteFabric* fabric_of(const Site& site, const std::string& chip) {
  for (const SiteFabric& fabric : site.fabric) {
    if (fabric.chips.empty() || std::find(fabric.chips.begin(), fabric.chips.end(), chip) != fabric.chips.end()) return &fabric;
  }
  return nullptr;
}

/// A chip that may stand at a site with a fabric for it.
struct Joined {
  std::size_t site;
  const SiteFabric* fabric;
  const catalog::Chip* chip;
  std::string at;                              ///< place of the fabric in the file
};

std::vector<Joined> joined(const Scenario& s) {
  std::vector<Joined> all;
  for (std::size_t i = 0; i < s.sites.size(); ++i) {
    for (const catalog::Chip& chip : s.chips) {
      const SiteFabric* fabric = fabric_of(s.sites[i], chip.id);
      const auto names = [&](const auto& list) {
        return std::any_of(list.begin(), list.end(), [&](const auto& x) { return x.site == s.sites[i].id && x.chip == chip.id; });
      };
      if (fabric == nullptr || !(names(s.fleet) || names(s.orders) || names(s.leases) || names(s.responses))) continue;
      all.push_back({i, fabric, &chip, fmt::format("sites/{}/fabric/{}", i, fabric - s.sites[i].fabric.data())});
    }
  }
  return all;
}

/// What a fabric takes from the chip must be known there.
void check_chips(Reader& r, const Node& root, const Scenario& s) {
  for (const Joined& x : joined(s)) {
    if (x.fabric->port.base() <= 0 && !x.chip->scaleout_bandwidth.known()) {
      r.fault_below(root, x.at, fmt::format("the catalogue does not know the scale-out bandwidth of {}", x.chip->id), "\"port\", e.g. \"400 Gb/s\"");
    }
    if (x.fabric->domain == 0 && !(x.chip->scaleup_domain.known() && x.chip->scaleup_domain.value() <= 1024)) {
      r.fault_below(root, x.at, fmt::format("{} has no scale-up domain of at most 1024 in the catalogue", x.chip->id),
                    "\"domain\": accelerators that are placed as one, e.g. 8 or a slice of 64");
    }
  }
}

/// The network is drawn and paid once: the catalogue's all-in power contains it, and so does a bundle's share.
void check_once(Reader& r, const Node& root, const Scenario& s) {
  for (const Joined& x : joined(s)) {
    const catalog::Chip* listed = catalog::find_chip(x.chip->id);
    const auto& power = x.chip->all_in_power;
    const bool own = x.chip->kind != catalog::Chip::Kind::catalogued && power.known() && !(listed != nullptr && listed->all_in_power.known() && listed->all_in_power.value() == power.value());
    for (const auto& [key, drawn] : {std::pair("switch_power", x.fabric->switch_power), std::pair("optic_power", x.fabric->optic_power)}) {
      if (drawn.base() <= 0 || own) continue;
      r.fault_below(root, x.at + "/" + key, fmt::format("the all-in power of {} contains the network already", x.chip->id),
                    "\"all_in_power\" of the chip without it, under \"chips\", or no such key");
    }
    const bool paid = std::any_of(x.fabric->parts.begin(), x.fabric->parts.end(), [](const NetworkPurchase& p) { return p.switch_price || p.optic_price; });
    for (std::size_t o = 0; o < s.orders.size() && paid; ++o) {
      if (s.orders[o].site != s.sites[x.site].id || s.orders[o].chip != x.chip->id || s.orders[o].bundle.network_share <= 0) continue;
      r.fault_below(root, fmt::format("orders/{}/bundle/network_share", o), fmt::format("the fabric {} of {} buys its network apart", x.fabric->id, s.orders[o].site),
                    "no such key, or a fabric without prices");
    }
  }
}

/// The parts of queues stand on the fabrics of their sites, domain by domain; elsewhere they say themselves what a group is.
void check_queues(Reader& r, const Node& root, const Scenario& s) {
  const auto all = joined(s);
  const auto check = [&](const std::string& at, const QueuePart& part, const JobQueueRule& queue) {
    const auto here = std::find_if(all.begin(), all.end(), [&](const Joined& x) { return s.sites[x.site].id == part.site && x.chip->id == part.chip; });
    if (here == all.end()) {
      if (queue.placement == "topology" && part.group == 0) {
        r.fault_below(root, at + "/placement", "a placement by groups without \"group\"", "\"placement\": \"topology\" with \"group\" or at a site with \"fabric\", or neither");
      }
      return false;
    }
    const std::int64_t of_chip = here->chip->scaleup_domain.known() ? here->chip->scaleup_domain.value() : part.node;
    const std::int64_t domain = here->fabric->domain > 0 ? here->fabric->domain : of_chip;
    if (part.node != domain) {
      r.fault_below(root, at + "/node", fmt::format("nodes of {} on the fabric {} of {}, whose scale-up domains have {}", part.node, here->fabric->id, part.site, domain),
                    fmt::format("{}, or another \"domain\" of the fabric", domain));
    }
    if (part.group > 0) r.fault_below(root, at + "/group", fmt::format("the fabric {} of {} says what hangs on one group of leaves", here->fabric->id, part.site), "no such key");
    return true;
  };
  for (std::size_t q = 0; q < s.policies.queues.size(); ++q) {
    const JobQueueRule& queue = s.policies.queues[q];
    const std::string at = fmt::format("policies/queues/{}", q);
    bool any = check(at, queue, queue);
    for (std::size_t i = 0; i < queue.also.size(); ++i) any = check(fmt::format("{}/also/{}", at, i), queue.also[i], queue) || any;
    for (std::size_t w = 0; w < s.workloads.size() && !any; ++w) {
      if (s.workloads[w].queue != queue.id || !s.workloads[w].job_communication) continue;
      r.fault_below(root, fmt::format("workloads/{}/communication_share", w), fmt::format("no site of queue {} has a fabric, so nothing reads it", queue.id), "\"fabric\" of a site, or no such key");
    }
  }
}

/// A rate knows no network, so that a run at one says how much of its time is communication; a model knows it itself.
void check_runs(Reader& r, const Node& root, const Scenario& s) {
  const bool any = std::any_of(s.sites.begin(), s.sites.end(), [](const Site& site) { return !site.fabric.empty(); });
  for (std::size_t w = 0; w < s.workloads.size(); ++w) {
    const Workload& workload = s.workloads[w];
    for (std::size_t i = 0; i < workload.runs.size(); ++i) {
      const TrainingRun& run = workload.runs[i];
      const std::string at = fmt::format("workloads/{}/runs/{}", w, i);
      if (run.communication_share && !any) {
        r.fault_below(root, at + "/communication_share", "no site has a fabric, so nothing reads it", "\"fabric\" of a site, or no such key");
      } else if (run.communication_share && workload.model != "table") {
        r.fault_below(root, at + "/communication_share", fmt::format("the performance model {} knows its communication itself", json_string(workload.model)), "no such key");
      } else if (any && !run.communication_share && workload.model == "table") {
        r.fault_below(root, at, "key \"communication_share\" is missing: a site has a fabric and the run's rates know no network",
                      "the share of a step that waits for the ports at the chip's own scale-out bandwidth, e.g. 0.1");
      }
    }
  }
}

}  // namespace

const Table<SiteFabric>& site_fabric_table() {
  static const Table<SiteFabric> table = [] {
    Table<SiteFabric> t("fabric", "How accelerators are joined between scale-up domains; each chip has a tree of its own.");
    t.add("id", &SiteFabric::id, id(), "Name of the fabric.").required().example("\"rail\"");
    t.add("chips", &SiteFabric::chips, list_of(name_of("chip"), 1), "Chips that it joins.").absent("all that no earlier fabric names");
    t.add("port", &SiteFabric::port, port_rate(), "Bandwidth of an accelerator into it, one direction, or a network of the catalogue (\"ib_ndr\").")
        .absent("the chip's scale-out bandwidth").example("\"400 Gb/s\"");
    t.add("domain", &SiteFabric::domain, count(1, 1024), "Accelerators that are placed as one: a scale-up domain, or a slice of a torus.").absent("the chip's");
    t.add("domains_per_leaf", &SiteFabric::domains_per_leaf, count(1, 100000), "Domains under one group of leaves, one leaf a rail.");
    t.add("leaves_per_pod", &SiteFabric::leaves_per_pod, count(1, 100000), "Groups of leaves under the spines of a pod; pods meet in a core.");
    t.add("leaf_oversubscription", &SiteFabric::leaf_oversubscription, number({1, 1000}), "Bandwidth of a group's ports over that of its links to the spines.");
    t.add("spine_oversubscription", &SiteFabric::spine_oversubscription, number({1, 1000}), "Bandwidth of a pod's links to its leaves over that of its links to the core.");
    t.add("placement", &SiteFabric::placement,
          words<std::string>({{"topology", "topology"}, {"packed", "packed"}, {"neighbours", "neighbours"}, {"spread", "spread"}}),
          "How training runs are laid over its domains: topology keeps a run under one group of leaves where it fits, else under the fewest.");
    t.add("rails", &SiteFabric::rails, small_integer(1, 1024), "Leaves of a group, at least.");
    t.add("switch_ports", &SiteFabric::switch_ports, small_integer(2, 4096), "Ports of every switch, each as fast as an accelerator's.");
    t.add("optical_leaf_links", &SiteFabric::optical_leaf_links, truth(), "Whether accelerators reach their leaves by fibre; else by copper.");
    t.add("parts", &SiteFabric::parts, list_of(object(purchase_table), 1),
          "Switches and transceivers bought apart: accelerators for which there are none wait at the dock.").absent("as many as needed, in the accelerators' bundles");
    t.add("life", &SiteFabric::life, span(), "Straight-line life of bought parts.").absent("60 months");
    t.add("switch_power", &SiteFabric::switch_power, quantity<Watts>(), "Draw of a switch beyond what the chips' all-in power says.");
    t.add("optic_power", &SiteFabric::optic_power, quantity<Watts>(), "Draw of a transceiver beyond what the chips' all-in power says.");
    t.check([](Reader& r, const Node& node, SiteFabric& fabric) {
      if (fabric.parts.empty() && node.find("life") != nullptr) r.fault_below(node, "life", "a life of parts that nobody buys", "\"parts\", or no such key");
    });
    return t;
  }();
  return table;
}

void check_fabrics(Reader& r, const Node& root, const Scenario& s) {
  check_chips(r, root, s);
  check_once(r, root, s);
  check_queues(r, root, s);
  check_runs(r, root, s);
}

}  // namespace headroom::scenario
