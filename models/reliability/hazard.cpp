#include "models/reliability/hazard.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "models/units/math.hpp"

namespace headroom::reliability {

namespace {
constexpr double year = 365.25 * 86400;
}

PerSecond Hazard::at(Seconds age) const {
  const double a = age.base();
  const double infant = infant_excess == 0 ? 0 : infant_excess * math::exp(-a / infant_decay.base());
  const double wear = wear_slope * std::max(0.0, a - wear_onset.base()) / year;
  return base * (1 + infant + wear);
}

double Hazard::cumulative(Seconds age) const {
  const double a = age.base();
  const double tau = infant_decay.base();
  const double infant = infant_excess == 0 ? 0 : -infant_excess * tau * math::expm1(-a / tau);
  const double worn = std::max(0.0, a - wear_onset.base());
  return base.base() * (a + infant + wear_slope * worn * worn / (2 * year));
}

Seconds Hazard::next_failure(Seconds age, double u) const {
  if (!(base.base() > 0)) throw std::domain_error("a hazard must be above zero for a next failure");
  const double needed = -math::log1p(-u);
  if (infant_excess == 0 && wear_slope == 0) return age + Seconds{needed / base.base()};
  const double target = cumulative(age) + needed;
  // The hazard is at least base, so the failure comes no later than it would with base alone.
  double low = age.base();
  double high = low + needed / base.base();
  double x = high;
  for (int i = 0; i < 100 && high - low > 1e-12 * high; ++i) {
    const double miss = cumulative(Seconds{x}) - target;
    (miss > 0 ? high : low) = x;
    const double newton = x - miss / at(Seconds{x}).base();
    const double next = newton > low && newton < high ? newton : 0.5 * (low + high);
    if (std::fabs(next - x) <= 1e-13 * x) break;
    x = next;
  }
  return Seconds{std::max(x, age.base())};
}

Hazard Hazard::scaled(double factor) const {
  Hazard h = *this;
  h.base = base * factor;
  return h;
}

double Mixture::factor(double u) const {
  if (share <= 0 || share >= 1) return share >= 1 ? multiplier : 1;
  return u < share ? multiplier : (1 - share * multiplier) / (1 - share);
}

std::span<const Component> llama3_components() {
  constexpr double gpu_hours = 16384.0 * 54 * 24;
  constexpr auto rate = [](double count) { return count / gpu_hours * 1e6; };
  static constexpr std::array rows{
      Component{"accelerator", rate(148 + 19 + 17 + 6 + 6), Blast::node, "arXiv 2407.21783 table 5: GPU, SRAM, processor, silent corruption, thermal"},
      Component{"memory", rate(72), Blast::node, "arXiv 2407.21783 table 5: HBM3"},
      Component{"host", rate(32 + 3 + 3 + 2 + 2 + 2 + 2), Blast::node, "arXiv 2407.21783 table 5: unplanned maintenance, SSD, power supply, chassis, IO board, CPU, memory"},
      Component{"nic", rate(7), Blast::node, "arXiv 2407.21783 table 5: NIC"},
      Component{"switch", rate(35), Blast::domain, "arXiv 2407.21783 table 5: network switch or cable"},
      Component{"software", rate(54 + 7 + 2), Blast::gang, "arXiv 2407.21783 table 5: software bug, NCCL watchdog, dependency"},
  };
  return rows;
}

}  // namespace headroom::reliability
