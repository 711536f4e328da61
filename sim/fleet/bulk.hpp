#pragma once

#include "sim/fleet/links.hpp"

/// Weights, checkpoints and runs' data on the links between sites. They take what users' traffic leaves of an hour.
namespace headroom::fleet {

/// Sends the weights of models that serve from today on at a site that never had them, from the site that keeps them. What serves on
/// the first day is there already. Until they have arrived nothing is served with them; without a way they are taken to be there.
void send_weights(State& state);
/// Says of each arc in what share of the hour that begins it waits for its weights: all of it, or until they would be there with the
/// links to themselves. What users' traffic leaves them may make it longer, then the next hour begins with the rest.
void wait_for_weights(State& state);
/// A run starts on a pool: hours until its data and, if it goes on at another one than that of its last checkpoint, its state are there, one
/// after the other with the narrowest link to itself. 0 where they are there already or nothing is known of a size or way, which is
/// noted.
[[nodiscard]] double send_state(State& state, Gang& gang, std::size_t pool);
/// After the hour's load was served.
void pass_bulk(State& state);
/// End of a month, for pay_egress.
void pay_bulk(State& state, Period month, Date day);

}  // namespace headroom::fleet
