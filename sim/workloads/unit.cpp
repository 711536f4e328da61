#include "sim/workloads/unit.hpp"

namespace headroom::workloads {

std::string unit_of(const scenario::Workload& workload) {
  using Kind = scenario::Workload::Kind;
  switch (workload.kind) {
    case Kind::ranking: return "candidates/s";
    case Kind::video: return "clip-seconds/s";
    case Kind::accelerator_hours: return "reference accelerators";
    case Kind::serving:
    case Kind::training:
    case Kind::jobs: break;
  }
  return "tokens/s";
}

Grade grade_of(const std::string& word) {
  for (const Grade g : {Grade::measured, Grade::interpolated, Grade::extrapolated, Grade::datasheet}) {
    if (word == to_string(g)) return g;
  }
  return Grade::assumed;
}

}  // namespace headroom::workloads
