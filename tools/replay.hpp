#pragma once

#include <string>
#include <string_view>

#include "tools/verbs.hpp"

namespace headroom::tools {

/// One kind of public trace that `headroom replay KIND FILES...` can run.
struct ReplayKind {
  std::string_view name;
  std::string_view summary;
  void (*describe)(po::options_description&);  ///< adds the options that this kind takes; another may take one of them too
  int (*run)(const Arguments&);
};

/// The option --policy of jobs and pack.
void describe_policy(po::options_description& options);

// Each is defined in replay_<name>.cpp.
ReplayKind replay_jobs();
ReplayKind replay_pack();
ReplayKind replay_requests();

}  // namespace headroom::tools
