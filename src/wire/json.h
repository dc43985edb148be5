// The text between a JSON string's quotes. Objects, commas and numbers are their writers' business. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace xtcp2::wire {

inline constexpr size_t kMaxJsonEscape = 6;  // times the size of the text

// `text` with control characters, quotes and backslashes escaped, and what is not UTF-8 repaired (utf8.h); at most
// kMaxJsonEscape * size bytes.
uint8_t* PutJsonText(uint8_t* at, std::string_view text);

// The same, and <, >, &, U+2028 and U+2029 escaped as well, as Go's JSON encoder does so that the line can stand in
// HTML.
uint8_t* PutJsonTextForHtml(uint8_t* at, std::string_view text);

}  // namespace xtcp2::wire
