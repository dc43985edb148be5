#include "bench/sockstat.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace xtcp2::bench {
namespace {

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> out;
  while (!line.empty()) {
    const size_t blank = std::min(line.find(' '), line.size());
    if (blank != 0) out.push_back(line.substr(0, blank));
    line.remove_prefix(std::min(line.size(), blank + 1));
  }
  return out;
}

}  // namespace

uint64_t SockstatNumber(std::string_view text, std::string_view protocol, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::vector<std::string_view> words = Words(line);
    if (words.empty() || words[0] != protocol) continue;
    for (size_t i = 1; i + 1 < words.size(); i += 2) {
      if (words[i] != name) continue;
      uint64_t value = 0;
      std::from_chars(words[i + 1].data(), words[i + 1].data() + words[i + 1].size(), value);
      return value;
    }
  }
  return 0;
}

}  // namespace xtcp2::bench
