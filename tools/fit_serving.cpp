#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "models/serving/accuracy_page.hpp"
#include "models/text/sha256.hpp"
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
  if (arguments.has("data")) {
    folder = arguments.get<std::string>("data");
  } else if (const char* set = std::getenv("HEADROOM_DATA")) {
    folder = set;
  } else {
    throw UsageError("fit needs --data DIR or HEADROOM_DATA: the folder that holds inference_calibration.csv");
  }
  const std::filesystem::path file = folder / "inference_calibration.csv";
  const auto cases = serving::read_cases(file);
  serving::FitOptions options;
  if (arguments.has("leave-out")) {
    const std::string text = serving::left_out_text(cases, arguments.get<std::string>("leave-out"), options);
    if (text.empty()) throw UsageError(fmt::format("no group of sources is called '{}'", arguments.get<std::string>("leave-out")));
    fmt::print("{}", text);
    return Exit::ok;
  }
  const serving::FitReport report = serving::fit_report(cases, text::sha256_of_file(file), options);
  if (arguments.has("write")) {
    write(arguments.get<std::string>("write"), report.constants.to_json());
  } else {
    std::cout << report.constants.to_json();
  }
  if (arguments.has("accuracy")) write_section(arguments.get<std::string>("accuracy"), "serving", serving::accuracy_text(report));
  return Exit::ok;
}

}  // namespace

FitKind fit_serving() { return {"serving", "constants of the serving iteration model", run}; }

}  // namespace headroom::tools
