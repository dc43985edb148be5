#include "base/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace xtcp2 {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  // Three rows of the usual table: a swap looks back two rows.
  std::vector<size_t> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(previous);
    previous.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = Lower(a[i - 1]) == Lower(b[j - 1]);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && Lower(a[i - 1]) == Lower(b[j - 2]) && Lower(a[i - 2]) == Lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string Nearest(std::string_view wrong, std::span<const std::string> known) {
  size_t best = std::max<size_t>(1, wrong.size() / 3) + 1;
  std::string_view found;
  for (const std::string& name : known) {
    const size_t distance = EditDistance(wrong, name);
    if (distance >= best || distance >= name.size()) continue;  // as many edits as letters: nothing in common
    best = distance;
    found = name;
  }
  return std::string(found);
}

}  // namespace xtcp2
