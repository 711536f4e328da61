#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "models/text/sha256.hpp"
#include "models/training/accuracy.hpp"
#include "models/training/fit.hpp"
#include "tools/fit.hpp"

namespace headroom::tools {
namespace {

int run(const Arguments& arguments) {
  const std::filesystem::path file = calibration_file(arguments, "training_calibration.csv"), profiles = file.parent_path() / "kernel_profiles";
  const auto rows = training::read_rows(file);
  const auto samples = training::samples_of(rows);
  const auto kernels = training::read_profiles(profiles);

  if (arguments.has("leave-out")) {
    const std::string group = arguments.get<std::string>("leave-out");
    const training::GroupError e = training::left_out_error(samples, kernels, group, training::fitted().spread);
    if (e.rows == 0) throw UsageError(fmt::format("no source group is called '{}'; there are: {}", group, training::group_names(samples)));
    fmt::print("{}: {} rows, mean error {:.1f} %, median {:.1f} %, within 20 %: {:.0f} %, signed {:+.1f} %\n", e.name, e.rows, e.mean, e.median, e.within20, e.signed_mean);
    return Exit::ok;
  }
  training::LeftOut left = training::leave_groups_out(samples, kernels, training::Spread{});
  training::Fitted fitted = training::fit_all(samples, kernels, left, training::Spread{}, text::sha256_of_file(file));
  left = training::with_spread(std::move(left), samples, fitted.spread);
  fitted.profiles_sha256 = training::profiles_sha256(profiles);
  write_constants(arguments, training::to_json(fitted));
  if (arguments.has("predictions")) {
    std::ostringstream out;
    training::write_predictions(out, left.predictions);
    write_text(arguments.get<std::string>("predictions"), out.str());
  }
  if (arguments.has("accuracy")) write_section(arguments.get<std::string>("accuracy"), "training", training::accuracy_page(samples, left, fitted));
  return Exit::ok;
}

}  // namespace

FitKind fit_training() { return {"training", "constants of the training step model", run}; }

}  // namespace headroom::tools
