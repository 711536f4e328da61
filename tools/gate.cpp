#include "tools/gate.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "models/text/csv.hpp"
#include "sim/results/directory.hpp"

namespace headroom::tools {

namespace fs = std::filesystem;

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

/// Colour only for a terminal that wants it (no-color.org).
bool colour() { return isatty(STDOUT_FILENO) != 0 && variable("NO_COLOR").empty() && variable("TERM") != "dumb"; }

void print_text(const Gate& gate) {
  if (gate.quiet) return;
  fmt::print("{}", results::to_lines(gate.outcomes, colour()));
  if (!gate.outcomes.empty()) fmt::print("\n");
  fmt::print("{}{}\n", gate.summary, gate.folder);
}

std::string markdown(const Gate& gate) {
  return fmt::format("{}\n```text\n{}```\n", results::to_markdown(gate.name, gate.outcomes), gate.summary);
}

void append(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::app);
  out << text;
  out.close();
  if (!out) throw results::WriteError(fmt::format("{}: {}", path, std::generic_category().message(errno)));
}

}  // namespace

void describe_gate(po::options_description& options) {
  options.add_options()
      ("format", po::value<std::string>()->default_value("text")->value_name("text|markdown|github"),
       "markdown: for a comment; github: text, annotations where an expectation is missed, Markdown into the job's summary")
      ("junit", po::value<std::string>()->value_name("FILE"), "write the expectations as JUnit XML too, a test case for each");
}

void check_gate(const Arguments& arguments) {
  if (!arguments.has("junit")) return;
  const fs::path folder = fs::absolute(arguments.get<std::string>("junit")).parent_path();
  if (!fs::is_directory(folder)) throw UsageError(fmt::format("--junit {}: there is no folder {}", arguments.get<std::string>("junit"), folder.string()));
}

void report(const Arguments& arguments, const Gate& gate) {
  const std::string& format = arguments.get<std::string>("format");
  if (format == "markdown" && !gate.quiet) fmt::print("{}", markdown(gate));
  if (format != "markdown") print_text(gate);
  if (format == "github") {
    std::vector<results::FilePlace> places = gate.places;
    for (auto& place : places) place.file = workspace_path(place.file);
    fmt::print("{}", results::to_github(gate.outcomes, places));
    if (const std::string file = variable("GITHUB_STEP_SUMMARY"); !file.empty()) append(file, markdown(gate) + "\n");
  }
  if (arguments.has("junit")) {
    results::write_file(arguments.get<std::string>("junit"), [&](std::ostream& out) { out << results::to_junit(gate.name, gate.outcomes); });
  }
}

std::vector<results::Outcome> outcomes_of_points(const fs::path& folder) {
  text::CsvReader rows(folder / "points.csv");
  const std::size_t status = rows.column("status"), message = rows.column("message");
  std::vector<results::Outcome> outcomes;
  while (rows.next()) {
    results::Outcome outcome;
    for (std::size_t i = 0; i < status; ++i) {
      outcome.text += i == 0 ? std::string{rows[i]} : fmt::format("  {}={}", rows.header()[i], rows[i].empty() ? "-" : rows[i]);
    }
    outcome.ok = rows[status] == "ok";
    outcome.broken = rows[status] == "failed";
    outcome.reason = rows[message].empty() ? std::string{rows[status]} : fmt::format("{}: {}", rows[status], rows[message]);
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

std::string workspace_path(const std::string& path) {
  const std::string workspace = variable("GITHUB_WORKSPACE");
  if (workspace.empty() || path.empty()) return path;
  std::error_code error;
  const fs::path relative = fs::weakly_canonical(path, error).lexically_relative(fs::weakly_canonical(workspace, error));
  return relative.empty() || *relative.begin() == ".." ? path : relative.string();
}

}  // namespace headroom::tools
