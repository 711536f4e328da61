#include "models/text/escape.hpp"

#include <fmt/format.h>

#include "models/text/utf8.hpp"

namespace headroom::text {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::string workflow(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') out += "%25";
    else if (c == '\r') out += "%0D";
    else if (c == '\n') out += "%0A";
    else if (property && c == ':') out += "%3A";
    else if (property && c == ',') out += "%2C";
    else out += c;
  }
  return out;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = static_cast<std::size_t>(utf8_length(text));
    const char c = text.front();
    if (length > 1) out += text.substr(0, length);
    else if (length == 0) out += replacement;
    else if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (c == '\'') out += "&apos;";
    else if (c == '\n') out += "&#10;";
    else if (c == '\t') out += "&#9;";
    else if (static_cast<unsigned char>(c) < 0x20) out += replacement;
    else out += c;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string workflow_message(std::string_view text) { return workflow(text, false); }
std::string workflow_property(std::string_view text) { return workflow(text, true); }

std::string uri_of_path(std::string_view path) {
  // Unreserved characters and the slash stand for themselves; a colon would make the first segment a scheme.
  constexpr std::string_view plain = "-._~/";
  std::string out = !path.empty() && path.front() == '/' ? "file://" : "";
  for (const char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != std::string_view::npos) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace headroom::text
