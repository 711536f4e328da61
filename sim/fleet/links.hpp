#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sim/fleet/state.hpp"
#include "sim/placement/problem.hpp"

/// Users' traffic to sites outside their region: what it takes of the links, how long it is under way, what it costs. Without
/// links in the scenario there is nothing of this.
namespace headroom::fleet {

/// One direction of a link: 2 x its place in the scenario, plus 1 from its second end to its first.
struct WayUse {
  std::size_t way = 0;
  double bytes_per_unit = 0;         ///< of load that the arc serves
};

struct Links {
  explicit Links(const State& state);

  struct OfArc {
    const workloads::UserRoute* route = nullptr;  ///< null: at the users' own region
    std::vector<WayUse> uses;
    double carried = 0;              ///< units of load served this month, late ones included
    double egress_base = 0;          ///< of the month, in the base currency
    double waits = 0;                ///< share of this hour in which it has no weights (bulk.hpp)
  };
  std::vector<OfArc> arcs;
  struct OfWay {
    bool used = false;               ///< by any arc
    double hour = 0, left = 0;       ///< bytes that the present hour may carry, and those not yet used
    double crossed = 0;              ///< bytes of this month
    double peak = 0;                 ///< of this month: largest share of an hour
  };
  std::vector<OfWay> ways;
  struct Bill { std::size_t way, workload; double bytes, base; bool bulk; };
  std::vector<Bill> bills;           ///< of the month that was closed
  /// Weights or a checkpoint on their way to a site.
  struct Bulk {
    std::size_t workload = 0, pool = 0;  ///< whose they are; where they go
    std::string from;
    std::vector<std::size_t> ways;
    double left = 0, sent = 0;       ///< bytes still to go, and of this month
    std::optional<std::size_t> weights_of;  ///< model of the workload
  };
  std::vector<Bulk> bulk;            ///< first come, first sent
  std::set<std::tuple<std::size_t, std::size_t, std::size_t>> has_weights;  ///< workload, model and site
  std::set<std::tuple<std::size_t, std::size_t, std::size_t>> has_data;     ///< workload, run and site
};

/// Says on the first day which ways users' traffic takes, and which links nothing uses.
void note_links(State& state);
/// Rows of the placement problem for the ways that arcs use, and their capacity on a day.
void add_link_rows(const State& state, placement::Problem& problem);
void set_link_rows(const State& state, placement::Problem& problem, Date first, Date last);
/// Name of the link behind a row.
[[nodiscard]] std::string link_name(const State& state, std::size_t row);
/// What a unit of load on an arc pays for egress today, in the base currency.
[[nodiscard]] double egress_of_unit(const State& state, std::size_t arc);

/// Between an arc's users and its site.
[[nodiscard]] Seconds round_trip(const State& state, std::size_t arc);

/// Before an hour's load is served.
void begin_link_hour(State& state);
/// Units of load that the links can still carry to an arc and back this hour; infinite without any.
[[nodiscard]] double carriable(const State& state, std::size_t arc);
/// An arc served so many units of load.
void carry(State& state, std::size_t arc, double units);

/// Pays for bytes that took a way in a month; what that is in the base currency.
[[nodiscard]] double pay_bytes(State& state, std::size_t way, double bytes, Period month, Date day);
/// End of a month: egress is paid, metered and audited, and the meters are emptied.
void pay_egress(State& state, Period month, Date day);
void observe_links(State& state, int month);
/// Gaps between both sides of the month's equations, by name.
struct LinkBalance { const char* name; double left, right; std::string at; };
[[nodiscard]] std::vector<LinkBalance> link_balances(const State& state);
void empty_link_meters(State& state);

}  // namespace headroom::fleet
