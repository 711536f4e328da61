#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "models/serving/estimate.hpp"

namespace headroom::serving {

/// Answer to one row, in the unit of its metric.
struct Prediction {
  std::string id;
  std::optional<double> predicted, low, high;  ///< 80 % interval; set only when status is "ok"
  std::string status;                          ///< ok | out_of_range | does_not_fit | unsupported
  std::string limit;                           ///< what binds: "memory", "slo", "budget", ... or why there is no answer
  std::string notes;                           ///< grade and assumptions
  std::optional<Grade> grade;                  ///< of the model's answer; nothing without one
};

/// One answer for every row that is scoreable, in the order of the rows. Rows of one run are estimated once.
[[nodiscard]] std::vector<Prediction> predict_rows(const std::vector<Row>& rows, const ConstantSet& constants);

/// CSV with columns id, predicted, low, high, status, limit, notes.
void write_predictions(std::ostream& out, const std::vector<Prediction>& predictions);

}  // namespace headroom::serving
