#include "config/cpu_list.h"

#include <fmt/format.h>

#include <charconv>
#include <set>

namespace xtcp2::config {
namespace {

constexpr unsigned kMost = 1024;  // CPU_SETSIZE

// Takes a number off the front; false where there is none.
bool TakeNumber(std::string_view& text, unsigned& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

}  // namespace

Result<std::vector<unsigned>> ParseCpuList(std::string_view text) {
  std::set<unsigned> cpus;
  while (!text.empty()) {
    const std::string entry(text.substr(0, text.find(',')));
    unsigned first = 0, last = 0;
    if (!TakeNumber(text, first)) return Fail("is no list of processors");
    last = first;
    if (text.starts_with('-') && (text.remove_prefix(1), !TakeNumber(text, last)))
      return Fail("is no list of processors");
    if (last >= kMost || first > last) return Fail(fmt::format("has the range \"{}\", which cannot be", entry));
    for (unsigned cpu = first; cpu <= last; ++cpu) cpus.insert(cpu);
    if (text.empty()) break;
    if (!text.starts_with(',') || text.size() == 1) return Fail("is no list of processors");
    text.remove_prefix(1);
  }
  return std::vector<unsigned>(cpus.begin(), cpus.end());
}

}  // namespace xtcp2::config
