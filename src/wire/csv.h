// One field of delimited text, quoted by the rules of Go's csv writer, whose output consumers of the earlier program
// know: quoted when it holds the delimiter, a quote, CR or LF, when it starts with white space, or when it is exactly
// \. (which ends data for PostgreSQL). Delimiters and line ends are the writer's business. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace xtcp2::wire {

bool NeedsQuotes(std::string_view text, char delimiter);

// Bytes that PutCsvText needs at most for a text of `size`.
constexpr size_t MaxCsvText(size_t size) { return 3 * size + 2; }

// `text`, quoted where needed, with what is not UTF-8 repaired.
uint8_t* PutCsvText(uint8_t* at, std::string_view text, char delimiter);

}  // namespace xtcp2::wire
