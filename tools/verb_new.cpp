#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "models/text/nearest.hpp"
#include "sim/scenario/templates.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {
namespace {

void describe(po::options_description& options) {
  options.add_options()("out,o", po::value<std::string>(), "file to write, which must not exist yet; standard output without it");
}

const scenario::Template& find(const std::string& name) {
  std::vector<std::string> names;
  for (const scenario::Template& t : scenario::templates()) {
    if (t.name == name) return t;
    names.emplace_back(t.name);
  }
  throw UsageError(fmt::format("new: there is no template \"{}\"{}; there are {}", name, did_you_mean(name, names), fmt::join(names, ", ")));
}

void write(const std::string& path, std::string_view text) {
  if (std::filesystem::exists(path)) throw UsageError(fmt::format("new: {} exists; it is left as it is", path));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "wbx"), &std::fclose};
  if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) {
    throw UsageError(fmt::format("new: cannot write {}", path));
  }
}

int run(const Arguments& arguments) {
  const std::string name = arguments.positional("TEMPLATE");
  const scenario::Template& chosen = name.empty() ? scenario::templates().front() : find(name);
  if (!arguments.has("out")) {
    fmt::print("{}", chosen.text);
    return Exit::ok;
  }
  const std::string& path = arguments.get<std::string>("out");
  write(path, chosen.text);
  fmt::print(stderr, "wrote {}; next: headroom validate {}\n", path, path);
  return Exit::ok;
}

}  // namespace

Verb verb_new() {
  return {"new",
          "writes a commented starting scenario",
          {{"TEMPLATE", "serving (unless said) or training", false}},
          describe,
          run,
          {"headroom new > plan.json", "headroom new training --out cluster.json"}};
}

}  // namespace headroom::tools
