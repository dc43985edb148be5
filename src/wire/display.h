// Text for a person's terminal: what could move the cursor, break the line or turn the direction of reading is escaped.
// Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace xtcp2::wire {

inline constexpr size_t kMaxDisplayEscape = 4;  // times the size

// `text` with control characters (\n, \x1b, \u0085), line and paragraph separators and direction marks escaped, the
// backslash doubled (so that an escape cannot be faked), and what is not UTF-8 repaired; at most kMaxDisplayEscape *
// size bytes.
uint8_t* PutDisplayText(uint8_t* at, std::string_view text);

// Characters (code points) of valid UTF-8. Wide and combining characters count one.
size_t DisplayWidth(std::string_view text);

}  // namespace xtcp2::wire
