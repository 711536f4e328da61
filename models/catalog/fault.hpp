#pragma once

#include <string>
#include <vector>

#include "models/units/error.hpp"

namespace headroom::catalog {

/// One fault of a JSON text: where, what stands there and what was expected.
struct Fault {
  std::string pointer;  ///< JSON pointer ("/memory/value")
  std::string message;
};

/// A description that has faults; the message lists them all.
struct CatalogError : InputError {
  CatalogError(const std::string& name, const std::vector<Fault>& faults);
};

}  // namespace headroom::catalog
