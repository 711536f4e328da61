#pragma once

#include <functional>
#include <string>

#include "sim/scenario/node.hpp"

namespace headroom::scenario {

/// Told of each fault: where, at which pointer, what, what would be right, the nearest name.
using MergeFault = std::function<void(const Position&, const std::string& pointer, std::string problem, std::string expected,
                                      std::string nearest)>;

/// What a null does where nothing is to be deleted: a fault, or it stays for what lies below (a part or an overlay over its own
/// includes).
enum class UnusedNull { refuse, keep };

/// Lays `top` over `base` by the rules of `read_document`.
void merge(Node& base, Node top, const std::string& pointer, UnusedNull nulls, const MergeFault& fault);

}  // namespace headroom::scenario
