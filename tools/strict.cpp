#include "tools/strict.hpp"

#include <fmt/format.h>

namespace headroom::tools {

void describe_strict(po::options_description& options) {
  options.add_options()("strict", "exit code 4 if the result rests on a model's answer that is neither measured nor interpolated, or on an extrapolated rate");
}

int strict_code(const Arguments& arguments, const std::vector<std::string>& reasons, int otherwise) {
  if (!arguments.has("strict") || reasons.empty()) return otherwise;
  for (const auto& reason : reasons) fmt::print(stderr, "headroom: outside the validated range: {}\n", reason);
  return Exit::out_of_range;
}

}  // namespace headroom::tools
