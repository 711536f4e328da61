#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headroom::text {

/// Bytes of the UTF-8 character that begins `text` (Unicode 15, table 3-7: no overlong forms, no surrogates), 0 if it is none.
[[nodiscard]] int utf8_length(std::string_view text);
/// Appends a code point below 0x110000.
void append_utf8(std::string& out, unsigned code);
/// Characters of a text: bytes that do not continue one.
[[nodiscard]] std::uint32_t characters(std::string_view text);

}  // namespace headroom::text
