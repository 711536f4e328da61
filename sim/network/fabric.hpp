#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <compare>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "models/units/quantity.hpp"

namespace headroom::network {

/// A site's training fabric: scale-up domains (boxes of 8, racks of 72, supernodes of 384) under groups of leaves, those
/// under a pod's spines, pods under a core. Rail-optimised: NIC r of every domain of a group hangs on the group's leaf r.
struct FabricSpec {
  std::int32_t accelerators_per_domain = 8;
  BytesPerSecond scale_up;                 ///< of each accelerator inside its domain, one direction
  BytesPerSecond nic;                      ///< of each accelerator into the fabric, one direction
  std::int32_t rails = 8;                  ///< leaves of a group; divides accelerators_per_domain or is 1
  std::int32_t domains_per_group = 32;
  std::int32_t groups_per_pod = 8;
  std::int32_t pods = 1;
  double leaf_oversubscription = 1;        ///< capacity down over capacity up, 1 or more
  double spine_oversubscription = 1;
  std::int32_t switch_ports = 64;          ///< of every switch, each as fast as a NIC
  bool optical_leaf_links = true;          ///< else copper between NIC and leaf
};

enum class Level : std::uint8_t { domain, group, pod, core };
[[nodiscard]] std::string_view name_of(Level level);

/// Accelerators of a gang in one scale-up domain (numbered over the site).
struct DomainShare {
  std::int32_t domain = 0;
  std::int32_t accelerators = 0;
};

/// How a gang talks: rings pass every border once a rail; all-to-all sends each accelerator's share to all others alike.
enum class Pattern : std::uint8_t { ring, all_to_all };

/// What a placed gang sees.
struct GangBandwidth {
  BytesPerSecond per_accelerator;      ///< sustained by all at once, one direction
  Level bottleneck = Level::domain;    ///< the border that binds
  std::int32_t domains = 0, groups = 0, pods = 0;  ///< that it is spread over
};

/// The fabric as a tree of Boost.Graph: an edge from each part to the one above it, with its capacity. Failed switches and
/// links lower capacities.
class Fabric {
 public:
  /// Throws std::invalid_argument for counts below 1, oversubscription below 1 or bandwidths that are not above 0.
  explicit Fabric(const FabricSpec& spec);
  Fabric(const Fabric&) = delete;
  Fabric& operator=(const Fabric&) = delete;

  [[nodiscard]] const FabricSpec& spec() const { return spec_; }
  [[nodiscard]] std::int32_t domains() const { return spec_.domains_per_group * spec_.groups_per_pod * spec_.pods; }
  [[nodiscard]] std::int64_t accelerators() const { return std::int64_t{domains()} * spec_.accelerators_per_domain; }
  [[nodiscard]] BytesPerSecond uplink(Level level, std::int32_t index) const;
  /// Leaves `share` (0 to 1) of an uplink's capacity, as when one of eight spines fails (0.875).
  void degrade(Level level, std::int32_t index, double share);

  /// Bandwidth of a gang. With `contended` a border's capacity is shared in proportion to accelerators, as if all others
  /// below it used theirs; else the gang has it alone. Throws std::invalid_argument for an empty gang or an unknown domain.
  [[nodiscard]] GangBandwidth bandwidth(std::span<const DomainShare> gang, Pattern pattern, bool contended = true) const;

 private:
  struct Part {
    Level level;
    std::int64_t accelerators;  ///< below it
  };
  struct Uplink {
    double capacity = 0;        ///< bytes a second
    double left = 1;            ///< share that works
  };
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Part, Uplink>;
  [[nodiscard]] std::size_t vertex(Level level, std::int32_t index) const;
  [[nodiscard]] const Uplink& up(std::size_t v) const { return graph_[*boost::out_edges(v, graph_).first]; }

  FabricSpec spec_;
  Graph graph_;
  std::size_t first_group_, first_pod_, core_;
};

/// What gets through for each accelerator, all sending at once, in equal groups of neighbours of a gang that span at most
/// `accelerators` of it.
struct Reach {
  std::int64_t accelerators = 0;
  BytesPerSecond ring, all_to_all;
  friend auto operator<=>(const Reach&, const Reach&) = default;
};
/// A gang by how far its groups reach, narrowest first: under one group of leaves, in one pod, all of it; its accelerators are numbered
/// in the order of its domains. Where parts of a level hold different numbers of them, groups stay inside one that divide every border
/// between two; what the slowest part lets through counts. At least one reach; a level that the gang fills alone or cuts into single
/// domains has none.
[[nodiscard]] std::vector<Reach> reaches(const Fabric& fabric, std::span<const DomainShare> gang);

/// Switches, ports and optics that a fabric of some size takes: planned capacity that may bind before accelerators do.
struct FabricParts {
  std::int64_t leaves = 0, spines = 0, cores = 0;
  std::int64_t ports = 0;    ///< in use, both ends of each switch link and the NICs' leaf ports
  std::int64_t optics = 0;   ///< transceivers, two for each optical link
  [[nodiscard]] std::int64_t switches() const { return leaves + spines + cores; }
};
[[nodiscard]] FabricParts parts_for(const FabricSpec& spec, std::int64_t accelerators);

/// What stands in stock.
struct FabricStock {
  std::int64_t switches = 0;
  std::int64_t optics = 0;
};
struct Connectable {
  std::int64_t accelerators = 0;   ///< whole domains
  std::string_view binding;        ///< "accelerators", "switches" or "optics"
};
/// The most of `accelerators` (whole domains) that the stock can connect, and what binds.
[[nodiscard]] Connectable connectable(const FabricSpec& spec, std::int64_t accelerators, const FabricStock& stock);

/// A torus of accelerators without switches. Bandwidth of a gang on a box inside it under uniform all-to-all, bound by the
/// narrowest cut across the box; a dimension wraps around only where the box spans it wholly.
struct TorusSpec {
  std::int32_t x = 16, y = 16, z = 16;
  BytesPerSecond link;             ///< of each link, one direction
};
struct Box {
  std::int32_t x = 1, y = 1, z = 1;
};
[[nodiscard]] BytesPerSecond torus_all_to_all(const TorusSpec& torus, const Box& box);

/// Free accelerators by where they can serve a gang of `size` without leaving one part of a level.
struct Fragmentation {
  std::int64_t free = 0;
  std::int64_t usable = 0;         ///< in parts with at least `size` free
  std::int64_t largest = 0;        ///< free in the freest part: the largest gang that stays inside one
};
/// `free_in_domain` by domain of the fabric.
[[nodiscard]] Fragmentation fragmentation(const FabricSpec& spec, std::span<const std::int32_t> free_in_domain, Level level, std::int64_t size);

}  // namespace headroom::network
