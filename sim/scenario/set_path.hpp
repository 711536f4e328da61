#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/scenario/issue.hpp"
#include "sim/scenario/node.hpp"

namespace headroom::scenario {

/// Applies "PATH=VALUE" to the tree (see `read_document`). Columns of its faults count within `argument`.
void set_path(Node& root, const std::string& argument, std::uint32_t source, const std::string& name,
              std::vector<Issue>& issues);

}  // namespace headroom::scenario
