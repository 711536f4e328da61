#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/training/plan.hpp"

namespace headroom::training {

/// Reading of the free-text columns of measured rows: notes, source names, printed chip names.
[[nodiscard]] std::string lower(std::string_view);
/// The number that follows `key` ("moe_ffn=2048").
[[nodiscard]] std::optional<double> number_after(std::string_view text, std::string_view key);
/// The number that ends right before `key` ("1 shared expert").
[[nodiscard]] std::optional<double> number_before(std::string_view text, std::string_view key);
[[nodiscard]] std::optional<double> number_between(std::string_view text, std::string_view before, std::string_view after);

/// Billions of parameters that a model's name states ("gpt3-23b": 23, "gpt-126m": 0.126, "mixtral-8x7b": 47), 0 if none.
[[nodiscard]] double parameters_in_name(std::string_view model);

/// Chip by catalogue id, else by printed name ("h100", "a100-80gb", "tpu-v5p", "gaudi-2"); null if unknown.
[[nodiscard]] const catalog::Chip* chip_of(std::string_view id, std::string_view printed);

[[nodiscard]] Stack stack_of(std::string_view source, std::string_view notes, std::string_view reference);
/// True where CUDA_LAUNCH_BLOCKING is said to be set, and for BLOOM, whose launch script set it because its nodes hung without (its
/// tr11-176B-ml.slurm, from memory).
[[nodiscard]] bool launches_block(std::string_view source, std::string_view notes);
/// Release in the source's name (…-v24.11, …-26.02.01) as a year with fraction, else the middle of the row's year.
[[nodiscard]] double software_year(std::string_view source, double year);
/// "8x200G" per node, "400G per GPU", "4x Omni-Path 100G per node", "EFA 800/1600 Gb/s per node"; nothing if not stated.
[[nodiscard]] std::optional<BytesPerSecond> scaleout_of(std::string_view interconnect, int per_node);
/// True for a row of "date 2022-02-26" whose notes warn of a "fix on 02-25" of its machine: it ran on that day or later.
[[nodiscard]] bool ran_after_fix(std::string_view notes);
/// "h100-96gb-500w", "power cap 450 W".
[[nodiscard]] std::optional<Watts> power_cap_of(std::string_view printed, std::string_view notes);

}  // namespace headroom::training
