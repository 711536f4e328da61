#pragma once

#include <string>

namespace headroom::results {

/// One equation that a run must satisfy, checked at its end.
struct Audit {
  std::string name;  ///< the equation: "money: ledger sums to zero per currency and book"
  bool ok = false;
  double worst = 0;  ///< largest relative (exact laws: absolute) deviation
  std::string at;    ///< where the worst stands: date, site, chip, currency; empty if none
};

}  // namespace headroom::results
