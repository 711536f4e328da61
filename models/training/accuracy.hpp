#pragma once

#include <string>
#include <vector>

#include "models/training/fit.hpp"

namespace headroom::training {

/// Errors of one set of rows in per cent of the measured value, in the metric of each row.
struct GroupError {
  std::string name;
  long long rows = 0;
  double mean = 0, median = 0, p90 = 0, within10 = 0, within20 = 0, within30 = 0, signed_mean = 0, inside = 0;
};

/// Refits without a group and tests on it. `rows` is 0 if there is no such group.
[[nodiscard]] GroupError left_out_error(const std::vector<Sample>&, const std::vector<KernelSample>&, const std::string& group, const Spread&);
[[nodiscard]] std::string group_names(const std::vector<Sample>&);

/// models/ACCURACY.md: errors by left-out source, chip, precision, model kind and size; rank order inside sweeps; interval
/// coverage; constants with standard errors; what the model does not know. Made from the arguments alone, so that the same
/// data give the same page.
[[nodiscard]] std::string accuracy_page(const std::vector<Sample>&, const LeftOut&, const Fitted&);

}  // namespace headroom::training
