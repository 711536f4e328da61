#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "sim/scenario/templates.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {
namespace {

void describe(po::options_description& options) {
  options.add_options()("out,o", po::value<std::string>()->value_name("FILE"), "file to write, which must not exist yet; standard output without it");
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
  const auto& all = scenario::templates();
  const auto found = std::find_if(all.begin(), all.end(), [&](const scenario::Template& t) { return t.name == name; });
  const scenario::Template& chosen = found == all.end() ? all.front() : *found;
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
          {{"TEMPLATE", "what the scenario begins with; the first unless said", false, false, alternatives(scenario::templates())}},
          describe,
          run,
          {"headroom new > plan.json", "headroom new training --out cluster.json"}};
}

}  // namespace headroom::tools
