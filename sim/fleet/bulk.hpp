#pragma once

#include "sim/fleet/links.hpp"

/// Weights and checkpoints on the links between sites. They take what users' traffic leaves of an hour.
namespace headroom::fleet {

/// Sends the weights of models that serve from today on at a site that never had them, from the site that keeps them. What serves on
/// the first day is there already. A launch does not wait for its weights.
void send_weights(State& state);
/// A run goes on at another site than that of its last checkpoint: hours until it is there, with the narrowest link to itself. 0 where it
/// is known already or nothing is known of its size or way, which is noted.
[[nodiscard]] double send_checkpoint(State& state, Gang& gang);
/// After the hour's load was served.
void pass_bulk(State& state);
/// End of a month, for pay_egress.
void pay_bulk(State& state, Period month, Date day);

}  // namespace headroom::fleet
