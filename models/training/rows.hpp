#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/training/search.hpp"
#include "models/units/date.hpp"

namespace headroom::training {

/// One line of a table of configurations (columns of training_calibration.csv). Absent columns and empty cells read as "".
class Row {
 public:
  explicit Row(std::map<std::string, std::string, std::less<>> cells) : cells_(std::move(cells)) {}
  [[nodiscard]] const std::string& text(std::string_view column) const;
  [[nodiscard]] std::optional<double> number(std::string_view column) const;
  /// Nothing if it lies outside.
  [[nodiscard]] std::optional<double> within(std::string_view column, double low, double high) const;
  [[nodiscard]] std::optional<int> whole(std::string_view column) const;

 private:
  std::map<std::string, std::string, std::less<>> cells_;
};
/// Throws text::CsvError.
[[nodiscard]] std::vector<Row> read_rows(const std::filesystem::path& file);

/// What a row asks: a transformer's step, or samples of a ranking model.
enum class Kind { transformer, ranking };

/// A row in the model's terms. `bounds` holds what the row says of the plan; `layout.plan` is set by `settle`.
struct Case {
  std::string id, source, group;  ///< group: releases of one product and rounds of one benchmark are one
  std::string metric;
  Kind kind = Kind::transformer;
  catalog::Architecture architecture;
  Layout layout;
  DeviceGroup devices;
  PlanBounds bounds;
  bool plan_given = false;        ///< tensor, pipeline and micro-batch stand in the row and agree with the counts
  int dies_counted = 1;           ///< what the source counts as one accelerator is this part of ours
  bool assumed_shape = false;     ///< dimensions were made up from a parameter count
  bool proxy = false;             ///< layer-reduced stand-in
  bool counts_hardware_flops = false;  ///< the source's TFLOP/s include recompute
  std::optional<double> peak_tflops;   ///< denominator that the source used
  std::optional<Bytes> peak_memory;    ///< of a rank, where the source prints it; only the accuracy page reads it
  bool mended = false;                 ///< run on or after the day on which the notes say that its machine was mended; only the accuracy page reads it
  std::vector<std::string> notes;
  std::optional<std::string> unsupported;  ///< why no answer can be given
};

/// Never reads `value`.
[[nodiscard]] Case read_case(const Row&);
/// Sets `layout.plan`: the row's own, else the fastest that fits under `constants`; says in the notes what was chosen.
void settle(Case&, const Constants&);

/// The source group of a row, as the scorer joins them.
[[nodiscard]] std::string source_group(const std::string& source);

}  // namespace headroom::training
