// The name somebody probably meant, for error messages about unknown flags, fields, formats and schemes. Not for the
// data path. Thread-safe: no state.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace xtcp2 {

// How many single-character insertions, deletions, replacements and swaps of neighbours turn `a` into `b` (bytes;
// letters of either case are equal).
size_t EditDistance(std::string_view a, std::string_view b);

// The member of `known` with the smallest distance to `wrong`, the first of equals; "" when none is within a third of
// `wrong`'s length (at least one edit), so that nonsense gets no suggestion.
std::string Nearest(std::string_view wrong, std::span<const std::string> known);

}  // namespace xtcp2
