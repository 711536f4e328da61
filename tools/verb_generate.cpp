#include <fmt/format.h>

#include <filesystem>
#include <ostream>

#include "sim/results/directory.hpp"
#include "tools/completion.hpp"

namespace headroom::tools {
namespace {

namespace fs = std::filesystem;

void describe(po::options_description& options) {
  options.add_options()("out", po::value<std::string>()->value_name("DIR"), "write into this folder, under the names that shells and man look for");
}

void write(const fs::path& file, const std::string& text) {
  results::write_file(file, [&](std::ostream& out) { out << text; });
}

int run(const Arguments& arguments) {
  const std::string kind = arguments.positional("KIND");
  const std::string text = kind == "bash" ? bash_completion() : kind == "zsh" ? zsh_completion() : manual_page();
  if (!arguments.has("out")) {
    fmt::print("{}", text);
    return Exit::ok;
  }
  const fs::path folder = arguments.get<std::string>("out");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw results::WriteError(fmt::format("{}: {}", folder.string(), error.message()));
  write(folder / (kind == "bash" ? "headroom" : kind == "zsh" ? "_headroom" : "headroom.1"), text);
  if (kind != "man") return Exit::ok;
  for (const Verb& verb : verbs()) write(folder / fmt::format("headroom-{}.1", verb.name), manual_page(verb));
  return Exit::ok;
}

}  // namespace

Verb verb_generate() {
  return {"generate",
          "completion scripts and manual pages, as the package installs them",
          {{"KIND", "what to write; without --out man is the page headroom(1)", true, false, "bash|zsh|man"}},
          describe,
          run,
          {"source <(headroom generate bash)", "headroom generate zsh --out ~/.zsh/functions", "headroom generate man --out ~/.local/share/man/man1"}};
}

}  // namespace headroom::tools
