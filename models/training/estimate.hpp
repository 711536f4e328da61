#pragma once

#include "models/training/search.hpp"
#include "models/training/step.hpp"

namespace headroom::training {

/// The analytic answer under a given set of constants; see TrainingModel::step.
[[nodiscard]] StepEstimate estimate(const catalog::Architecture&, const Layout&, const DeviceGroup&, const Fitted&);

/// Standard deviation of ln(measured / predicted) to expect: quadrature of the parts of `Spread` that apply.
/// `assumed_shape`: dimensions came from a parameter count; `launch_share`: part of the step that is launch and overhead.
[[nodiscard]] double expected_error(const catalog::Architecture&, const DeviceGroup&, const Fitted&, Tuning, bool assumed_shape,
                                    double launch_share);

/// Largest part of a step in a word: linear, experts, attention, memory, recompute, tensor_comm, expert_comm, launch, bubble,
/// data_comm, optimizer, overhead.
[[nodiscard]] std::string largest_part(const StepParts&);

/// How well the chip is known: interpolated if rows of it were fitted, extrapolated if only its family was, else datasheet.
[[nodiscard]] Grade grade_of(const catalog::Chip&, const Fitted&);

}  // namespace headroom::training
