#pragma once

#include <string>
#include <string_view>

namespace headroom::text {

/// Text for an XML 1.0 element or attribute: the five marks and line ends become references. Control characters, for which XML 1.0
/// has no place, and bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string xml_escaped(std::string_view text);

/// Text for the message of a GitHub workflow command ("::error ...::MESSAGE") or, stricter, for the value of one of its
/// properties (actions/toolkit, packages/core/src/command.ts).
[[nodiscard]] std::string workflow_message(std::string_view text);
[[nodiscard]] std::string workflow_property(std::string_view text);

/// A path as the relative reference of RFC 3986, or as a file URI if it is absolute.
[[nodiscard]] std::string uri_of_path(std::string_view path);

}  // namespace headroom::text
