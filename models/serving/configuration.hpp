#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/catalog/architecture.hpp"
#include "models/catalog/chip.hpp"
#include "models/serving/load.hpp"
#include "models/serving/plan.hpp"

namespace headroom::serving {

/// One row of a table of measured (or asked-for) results, columns of inference_calibration.csv as they are.
/// The measured value is kept apart: a prediction must not be able to read it.
struct Row {
  std::string id, source, model, arch, accelerator, accelerator_id, engine, precision_weights, precision_kv, metric, notes, task, run_id;
  int year = 2025;
  double params_total = 0, params_active = 0;  ///< plain counts
  int accelerators = 1;
  std::optional<int> tp, pp, ep, dp;
  std::optional<double> input, output, concurrency, rate;  ///< rate: nothing also where the column says "inf"
  bool scoreable = true;
};

/// Rows of a file in its order. Throws text::CsvError.
[[nodiscard]] std::vector<Row> read_rows(const std::filesystem::path& file);
/// id -> measured value, for fitting and for the accuracy page only.
[[nodiscard]] std::map<std::string, double> read_values(const std::filesystem::path& file);

enum class Task { static_batch, offline_max, closed_loop, burst, open_loop, prefill, decode, slo_capacity, disaggregated };

/// A pool of prefill workers beside the decode workers of `plan`.
struct PrefillPool {
  ReplicaPlan plan;
  int workers = 1;
  int decode_workers = 1;
};

/// Limits within which `slo_capacity` asks for the highest throughput; seconds.
struct LatencyLimits {
  std::optional<double> ttft, tpot;
  double percentile = 0.99;
};

/// A row read as a question to the model.
struct Configuration {
  Task task = Task::static_batch;
  catalog::Architecture architecture;
  const catalog::Chip* chip = nullptr;
  double chip_share = 1;       ///< 0.5 where a row counts dies of a two-die package
  ReplicaPlan plan;
  int replicas = 1;            ///< copies of the plan on the row's accelerators
  int accelerators = 1;
  bool plan_open = false;      ///< the row does not say how it is laid out: the best plan is meant
  bool tp_told = true;         ///< false where the row names no tensor-parallel width: a model too large for its accelerators is spread wider
  bool attention_dp_open = false;  ///< the row says that its tensor-parallel group may split attention by requests instead
  SchedulerDefaults scheduler;
  double input = 0, output = 1;
  LengthSpread spread = LengthSpread::fixed;
  std::optional<double> concurrency, rate;
  std::optional<int> requests;  ///< of the whole run, where the row tells
  bool peak_concurrency = false;   ///< `concurrency` is the most that a log saw within one second, not what the clients were set to
  bool times_content_only = false; ///< the client's clock runs while the answer comes, not while the model reasons before it
  std::optional<PrefillPool> prefill;
  LatencyLimits limits;
  std::string doubts;          ///< assumptions made while reading, for the notes column; empty if none
};

/// Why a row cannot be read as a configuration.
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Unreadable, naming the column.
[[nodiscard]] Configuration read_configuration(const Row& row);

/// Release date of an engine version ("0.12.0" of vLLM), nothing if the version is not known. Public release pages.
[[nodiscard]] std::optional<Date> release_date(Engine engine, std::string_view version);

}  // namespace headroom::serving
