#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "models/training/rows.hpp"
#include "models/units/evidence.hpp"

namespace headroom::training {

/// Answer to one row, in the unit of its metric. `predicted`, `low` and `high` are meaningful when status is "ok".
struct Prediction {
  std::string id;
  double predicted = 0, low = 0, high = 0;
  std::string status = "ok";  ///< ok | out_of_range | does_not_fit | unsupported
  std::string limit;          ///< what takes most of the step
  std::string notes;
  std::optional<Grade> grade; ///< of the model's answer to a row of LLM training
};

/// Answers one settled case. Never throws for a row that cannot be answered; its status says so.
[[nodiscard]] Prediction predict_case(const Case&, const Fitted&);
/// Reads, settles and answers. Rows are answered one by one and never see each other.
[[nodiscard]] std::vector<Prediction> predict_rows(const std::vector<Row>&, const Fitted&);
/// CSV "id,predicted,low,high,status,limit,notes" in the order given.
void write_predictions(std::ostream&, const std::vector<Prediction>&);

/// Step time that a measured value of the row's metric stands for; nothing for metrics that depend on a counting convention.
[[nodiscard]] std::optional<double> seconds_of(const Case&, double value);

}  // namespace headroom::training
