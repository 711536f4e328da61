#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "models/text/sha256.hpp"
#include "models/training/accuracy.hpp"
#include "models/training/fit.hpp"
#include "tools/fit.hpp"

namespace headroom::tools {
namespace {

void write(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.flush();
  if (!out) throw UsageError(fmt::format("{}: cannot be written", file));
}

int run(const Arguments& arguments) {
  std::filesystem::path folder;
  if (arguments.has("data")) folder = arguments.get<std::string>("data");
  else if (const char* set = std::getenv("HEADROOM_DATA")) folder = set;
  else throw UsageError("fit needs --data DIR or HEADROOM_DATA: the folder that holds training_calibration.csv");
  const std::filesystem::path file = folder / "training_calibration.csv";
  const auto rows = training::read_rows(file);
  const auto samples = training::samples_of(rows);
  const auto kernels = training::read_profiles(folder / "kernel_profiles");

  if (arguments.has("leave-out")) {
    const std::string group = arguments.get<std::string>("leave-out");
    const training::GroupError e = training::left_out_error(samples, kernels, group, training::fitted().spread);
    if (e.rows == 0) throw UsageError(fmt::format("no source group is called '{}'; there are: {}", group, training::group_names(samples)));
    fmt::print("{}: {} rows, mean error {:.1f} %, median {:.1f} %, within 20 %: {:.0f} %, signed {:+.1f} %\n", e.name, e.rows, e.mean, e.median, e.within20, e.signed_mean);
    return Exit::ok;
  }
  const training::LeftOut left = training::leave_groups_out(samples, kernels, training::Spread{});
  training::Fitted fitted = training::fit_all(samples, kernels, left, text::sha256_of_file(file));
  fitted.profiles_sha256 = training::profiles_sha256(folder / "kernel_profiles");
  if (arguments.has("write")) write(arguments.get<std::string>("write"), training::to_json(fitted));
  else std::cout << training::to_json(fitted);
  if (arguments.has("predictions")) {
    std::ofstream out(arguments.get<std::string>("predictions"), std::ios::binary);
    training::write_predictions(out, training::widened(left.predictions, fitted.spread.quantile / training::Spread{}.quantile));
    out.flush();
    if (!out) throw UsageError(fmt::format("{}: cannot be written", arguments.get<std::string>("predictions")));
  }
  if (arguments.has("accuracy")) write_section(arguments.get<std::string>("accuracy"), "training", training::accuracy_page(samples, left, fitted));
  return Exit::ok;
}

}  // namespace

FitKind fit_training() { return {"training", "constants of the training step model", run}; }

}  // namespace headroom::tools
