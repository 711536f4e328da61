#include "sim/scenario/load.hpp"

// The edge to the disk and to the compiled catalogue; everything else takes both as arguments.

namespace headroom::scenario {

Catalogue compiled_catalogue() { return {catalog::chips(), catalog::architectures(), &catalog::suggest_chips}; }

Loaded inspect(const Request& request) { return inspect(request, read_from_disk, compiled_catalogue()); }

Scenario load(const std::string& path, const std::vector<std::string>& overlays, const std::vector<std::string>& sets) {
  return load({path, overlays, sets}, read_from_disk, compiled_catalogue());
}

}  // namespace headroom::scenario
