#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/finance/budget.hpp"
#include "sim/fleet/state.hpp"
#include "sim/network/fabric.hpp"
#include "sim/scheduling/laying.hpp"

/// Where training runs outside queues stand in the fabric of a site, and what bandwidth they see there. Runs hold scale-up domains;
/// what queues hold of them says queue_places.hpp; services stand on what is left. Without a fabric in the scenario there is nothing
/// of this.
namespace headroom::fleet {

/// The fabric of one chip at one site.
struct PoolFabric {
  PoolFabric(const scenario::SiteFabric& rule, const catalog::Chip& chip, std::int64_t accelerators);

  const scenario::SiteFabric* rule;
  network::Fabric tree;
  scheduling::GangCluster cluster;   ///< a node is a scale-up domain, a group what hangs on a group of leaves
  scheduling::Laying laying;
  std::int32_t present = 0;          ///< domains that stand
  std::int32_t lowest_absent = 0;    ///< no domain below is absent
  std::uint64_t changes = 1;         ///< so often did domains come or go, or runs outside queues take or leave some
};

/// A purchase of network parts as it came to be: a budget line may have cut it or put it off.
struct PartsOrder {
  std::size_t site = 0;
  const scenario::SiteFabric* fabric = nullptr;
  const scenario::NetworkPurchase* rule = nullptr;
  Date ordered;
  std::int64_t switches = 0, optics = 0;
  std::optional<finance::ReservationId> switch_budget, optic_budget;
  [[nodiscard]] Date arrival() const { return ordered + rule->lead; }
};

struct Fabrics {
  explicit Fabrics(const State& state);
  std::vector<std::unique_ptr<PoolFabric>> pools;  ///< by pool; null: its runs see the bandwidth of their ports
  std::vector<PartsOrder> purchases;               ///< by site, fabric and place in its list
  std::map<std::pair<std::size_t, std::vector<network::Reach>>, double> speeds;  ///< by place in the list of abilities and what its groups see
};

/// Domains that a pool's accelerators fill now.
[[nodiscard]] std::int32_t wanted_domains(const State& state, std::size_t pool, const PoolFabric& fabric);
/// As many domains of a pool's fabric stand as that; idle ones come and go from the end of the line.
void stand(const State& state, std::size_t pool, PoolFabric& fabric);
/// Whether a pool's domains can take a gang if jobs give way; the pool's accelerators are counted elsewhere.
[[nodiscard]] bool has_place(State& state, std::size_t pool, std::int64_t accelerators);
/// Lays the parts of a gang, beside what queues hold if it finds a place there. False, and nothing changes, if there is no place for
/// all of them.
[[nodiscard]] bool take_place(State& state, std::vector<Gang::Part>& parts);
void leave_place(State& state, Gang::Part& part);

/// What a gang on these domains sees.
[[nodiscard]] network::GangBandwidth bandwidth_at(const PoolFabric& fabric, const scheduling::GangPlacement& domains, network::Pattern pattern);
/// That as a share of its ports; 1 inside a domain.
[[nodiscard]] double share_of_port(const PoolFabric& fabric, const network::GangBandwidth& seen);
/// What a part of a gang sees; nothing without a fabric.
[[nodiscard]] std::optional<network::GangBandwidth> bandwidth_of(const State& state, const Gang& gang, const Gang::Part& part);
/// Speed of the gang where it stands, beside that of its ability: that of its slowest part. Sets what its parts see.
[[nodiscard]] double speed_in_place(State& state, Gang& gang);
/// "32 domains under 2 groups of leaves see 0.25 of their ports"; empty without a fabric.
[[nodiscard]] std::string place_in_words(const State& state, const Gang& gang);

/// Free accelerators of which a gang has no use: with enough free in all, those in parts of the lowest level that could hold it that
/// are too small for it, and those in domains that are partly taken if it takes whole ones.
[[nodiscard]] double fragmented(const scheduling::GangCluster& cluster, const network::FabricSpec& spec, std::int64_t gang);
/// Once a day.
void meter_fragmentation(State& state);

}  // namespace headroom::fleet
