#include "sim/workloads/estimates.hpp"

#include <fmt/format.h>

#include "models/catalog/fact.hpp"

namespace headroom::workloads {

namespace {

/// Calls `estimate`, which fills the capability, and keeps the reason where a chip cannot.
template <class Estimate>
Estimated guarded(std::size_t index, int devices, Estimate estimate) {
  Estimated found;
  found.able.chip = index;
  found.able.replica = devices;
  try {
    estimate(found);
  } catch (const serving::OutOfMemory& e) {
    found.why = e.what();
  } catch (const serving::UnsupportedPlan& e) {
    found.why = e.what();
  } catch (const catalog::UnknownFact& e) {
    found.why = e.what();
  }
  return found;
}

/// Requests of the largest batch that takes at most `longest`; 0 if one takes longer. Time rises with the batch.
int largest_batch(const scenario::RankingService& s, const catalog::Chip& chip, Seconds longest) {
  constexpr int most = 1 << 20;
  const auto fits = [&](int requests) { return serving::ranking_time(s.model, chip, s.devices, requests, s.candidates).latency <= longest; };
  if (!fits(1)) return 0;
  int good = 1, bad = most;
  while (bad - good > 1) {
    const int middle = good + (bad - good) / 2;
    (fits(middle) ? good : bad) = middle;
  }
  return good;
}

}  // namespace

Estimated ranking_on(const scenario::RankingService& service, std::size_t index, const catalog::Chip& chip) {
  return guarded(index, service.devices, [&](Estimated& found) {
    const int batch = largest_batch(service, chip, service.latency_p99 / 2);
    if (batch == 0) {
      const Seconds one = serving::ranking_time(service.model, chip, service.devices, 1, service.candidates).latency;
      found.why = fmt::format("one request takes {:.3g} ms, more than half of the latency target", one.base() * 1e3);
      return;
    }
    const auto estimate = serving::ranking_time(service.model, chip, service.devices, batch, service.candidates);
    found.able.units_per_second = estimate.requests_per_second.base() * service.candidates / service.devices;
    found.able.grade = to_string(estimate.grade);
    found.able.layout = fmt::format("{} accelerators, batches of {} requests in {:.3g} ms, p99 within {:.3g} ms", service.devices, batch,
                                    estimate.latency.base() * 1e3, service.latency_p99.base() * 1e3);
  });
}

Estimated video_on(const scenario::VideoService& service, std::size_t index, const catalog::Chip& chip) {
  return guarded(index, service.devices, [&](Estimated& found) {
    const auto estimate = serving::generation_time(service.model, chip, service.devices, service.clip);
    found.able.units_per_second = 1 / estimate.device_seconds_per_clip_second;
    found.able.grade = to_string(estimate.grade);
    found.able.layout = fmt::format("{} accelerators, a clip of {:.3g} s in {:.3g} s, {:.4g} accelerator-seconds a clip-second", service.devices,
                                    service.clip.base(), estimate.latency.base(), estimate.device_seconds_per_clip_second);
  });
}

}  // namespace headroom::workloads
