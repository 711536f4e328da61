#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sim/scheduling/job.hpp"
#include "sim/scheduling/queue_policies.hpp"

/// Jobs and policies of tests, in a line each.
namespace headroom::scheduling {

inline Job job(SimTime submit, int gpus, SimTime duration, std::int32_t tenant = 0, std::int32_t ways = 0) {
  Job j;
  j.submit = submit;
  j.gpus = gpus;
  j.duration = duration;
  j.tenant = tenant;
  j.ways = ways;
  return j;
}

inline std::unique_ptr<QueuePolicy> make(std::string_view name) {
  for (const auto& entry : queue_policies()) {
    if (entry.name == name) return entry.make();
  }
  throw std::logic_error("no policy called " + std::string(name));
}

}  // namespace headroom::scheduling
