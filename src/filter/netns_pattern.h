// Which network namespaces are read, by patterns for -netnsInclude and -netnsExclude. A pattern is a shell pattern for
// the namespace's whole name (*, ?, [...]; fnmatch(3)) or, of digits only, its inode number. An immutable value; any
// thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace xtcp2::filter {

class NetnsPattern {
 public:
  // An Error for a text that no name can match: empty, or with a zero byte.
  static Result<NetnsPattern> Parse(const std::string& text);

  // `name` as rows have it: "default", the mount's or the container's name, or "netns:[4026532441]" for a nameless one.
  bool Matches(const std::string& name, uint64_t inode) const;
  const std::string& text() const { return text_; }

 private:
  explicit NetnsPattern(std::string text) : text_(std::move(text)) {}
  std::string text_;
  uint64_t inode_ = 0;  // 0: no number
};

class NetnsSelection {
 public:
  // Selects every namespace.
  NetnsSelection() = default;
  static Result<NetnsSelection> Parse(std::span<const std::string> include, std::span<const std::string> exclude);

  // One of the included (all, where none are given) and none of the excluded.
  bool Selected(const std::string& name, uint64_t inode) const;
  bool everything() const { return include_.empty() && exclude_.empty(); }

 private:
  std::vector<NetnsPattern> include_, exclude_;
};

}  // namespace xtcp2::filter
