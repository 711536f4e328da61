#pragma once

#include <stdexcept>

namespace headroom {

/// Wrong input: a file, an option or a value that the user can mend. Exit code 2.
struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// An impossible request: the input is well formed, but what it asks for does not exist; the message names what binds. Exit code 1.
struct Infeasible : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace headroom
