#pragma once

#include "models/training/plan.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {

/// Options of `train` that describe links and switches.
void describe_fabric(po::options_description& options);

/// Sets the links of `group` from those options: rates, latencies and in-switch sums of networks of the catalogue, the size of a
/// scale-up domain, and what groups of domains, pods and the whole job see of a fabric of leaves and spines (network::Fabric).
/// Throws UsageError for a network that is not in the catalogue or of the wrong scope, and for options that do not go together.
void read_fabric(const Arguments& arguments, training::DeviceGroup& group);

}  // namespace headroom::tools
