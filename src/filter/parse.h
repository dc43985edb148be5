// From a filter's text to its tree and back. The grammar is that of ss, see docs/filter.md.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "filter/names.h"
#include "filter/node.h"

namespace xtcp2::filter {

inline constexpr size_t kLongestText = 16 * 1024;
inline constexpr int kDeepest = 64;  // levels of and, or, not

// Empty for a text without words. An Error names the offending word, its column and what is allowed there.
Result<NodePtr> Parse(std::string_view text, const Names& names);

// Text that Parse makes the same tree of.
std::string Print(const Node& node);

}  // namespace xtcp2::filter
