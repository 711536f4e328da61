/// The only place that turns exceptions into messages and exit codes.
#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "models/catalog/fact.hpp"
#include "models/text/nearest.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {
namespace {

void print_overview() {
  fmt::print("headroom {}: will the compute that we can buy carry the load that we expect?\n\nUsage: headroom VERB ...\n\n", HEADROOM_VERSION);
  for (const Verb& verb : verbs()) fmt::print("  {:<10} {}\n", verb.name, verb.summary);
  fmt::print("\n'headroom VERB --help' tells more. First steps: headroom run scenarios/bytedance-2025-2028.json\n");
}

const Verb& find_verb(const std::string& name) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) {
    if (verb.name == name) return verb;
    names.emplace_back(verb.name);
  }
  throw UsageError(fmt::format("there is no verb \"{}\"{}; see 'headroom --help'", name, did_you_mean(name, names)));
}

int run(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    if (words.size() == 2 && words[0] == "help") {
      fmt::print("{}", help(find_verb(words[1])));
    } else {
      print_overview();
    }
    return words.empty() ? Exit::usage : Exit::ok;
  }
  if (words[0] == "--version") {
    fmt::print("headroom {}\n", HEADROOM_VERSION);
    return Exit::ok;
  }
  const Verb& verb = find_verb(words[0]);
  const Arguments arguments = parse(verb, {words.begin() + 1, words.end()});
  if (arguments.has("help")) {
    fmt::print("{}", help(verb));
    return Exit::ok;
  }
  return verb.run(arguments);
}

}  // namespace
}  // namespace headroom::tools

int main(int argc, char** argv) {
  using namespace headroom;
  int code = tools::Exit::failure;
  // A file that reaches its size limit is an error of writing, with a message, and not the end of the process.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    code = tools::run({argv + 1, argv + argc});
    if (std::fflush(stdout) != 0) throw std::runtime_error("cannot write to standard output");
  } catch (const InputError& e) {
    fmt::print(stderr, "headroom: {}\n", e.what());
    code = tools::Exit::usage;
  } catch (const catalog::UnknownFact& e) {
    fmt::print(stderr, "headroom: {}\n", e.what());
    code = tools::Exit::usage;
  } catch (const std::logic_error& e) {
    fmt::print(stderr, "headroom: broken invariant, please report: {}\n", e.what());
  } catch (const std::exception& e) {
    fmt::print(stderr, "headroom: {}\n", e.what());
  }
  return code;
}
