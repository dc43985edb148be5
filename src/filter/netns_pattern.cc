#include "filter/netns_pattern.h"

#include <fnmatch.h>

#include <algorithm>
#include <charconv>

#include "filter/words.h"

namespace xtcp2::filter {
namespace {

Result<std::vector<NetnsPattern>> ParseAll(std::span<const std::string> texts) {
  std::vector<NetnsPattern> out;
  for (const std::string& text : texts) {
    Result<NetnsPattern> pattern = NetnsPattern::Parse(text);
    if (!pattern) return tl::unexpected(std::move(pattern.error()));
    out.push_back(*std::move(pattern));
  }
  return out;
}

}  // namespace

Result<NetnsPattern> NetnsPattern::Parse(const std::string& text) {
  if (text.empty())
    return Fail("an empty pattern for namespaces; allowed are a name, *, ?, [...], and an inode number");
  if (text.find('\0') != std::string::npos)
    return Fail("the pattern for namespaces " + Shown(text) + " has a zero byte in it");
  NetnsPattern pattern(text);
  if (std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    std::from_chars(text.data(), text.data() + text.size(),
                    pattern.inode_);  // too large for a number: a name all the same
  return pattern;
}

bool NetnsPattern::Matches(const std::string& name, uint64_t inode) const {
  return (inode_ != 0 && inode == inode_) || fnmatch(text_.c_str(), name.c_str(), 0) == 0;
}

Result<NetnsSelection> NetnsSelection::Parse(std::span<const std::string> include,
                                             std::span<const std::string> exclude) {
  NetnsSelection selection;
  Result<std::vector<NetnsPattern>> included = ParseAll(include), excluded = ParseAll(exclude);
  if (!included) return tl::unexpected(std::move(included.error()));
  if (!excluded) return tl::unexpected(std::move(excluded.error()));
  selection.include_ = *std::move(included);
  selection.exclude_ = *std::move(excluded);
  return selection;
}

bool NetnsSelection::Selected(const std::string& name, uint64_t inode) const {
  const auto matches = [&](const NetnsPattern& pattern) { return pattern.Matches(name, inode); };
  if (!include_.empty() && std::none_of(include_.begin(), include_.end(), matches)) return false;
  return std::none_of(exclude_.begin(), exclude_.end(), matches);
}

}  // namespace xtcp2::filter
