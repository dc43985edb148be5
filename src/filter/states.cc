#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>

#include "base/nearest.h"
#include "filter/values.h"
#include "filter/words.h"

namespace xtcp2::filter {
namespace {

// enum in include/net/tcp_states.h.
constexpr uint32_t Bit(int state) { return 1u << state; }
constexpr uint32_t kSynSent = Bit(2), kSynRecv = Bit(3), kTimeWait = Bit(6), kClose = Bit(7), kListen = Bit(10);

struct Group {
  std::string_view name;
  uint32_t states;
};
// The eleven states first, by their number and the name that is printed; then groups and other spellings.
constexpr std::array<Group, 22> kGroups = {{
    {"established", Bit(1)},
    {"syn-sent", kSynSent},
    {"syn-recv", kSynRecv},
    {"fin-wait-1", Bit(4)},
    {"fin-wait-2", Bit(5)},
    {"time-wait", kTimeWait},
    {"closed", kClose},
    {"close-wait", Bit(8)},
    {"last-ack", Bit(9)},
    {"listening", kListen},
    {"closing", Bit(11)},
    {"all", kEveryState},
    {"connected", kEveryState & ~(kClose | kListen)},
    {"synchronized", kEveryState & ~(kClose | kListen | kSynSent)},
    {"bucket", kSynRecv | kTimeWait},
    {"big", kEveryState & ~(kSynRecv | kTimeWait)},
    {"close", kClose},
    {"unconnected", kClose},
    {"listen", kListen},
    {"syn-rcv", kSynRecv},
    {"fin-wait1", Bit(4)},
    {"fin-wait2", Bit(5)},
}};
constexpr size_t kStates = 11, kNamed = 16;  // those behind are not worth naming in a message

bool SameLetters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return lower(x) == lower(y);
  });
}

}  // namespace

Result<uint32_t> ParseStates(std::string_view text) {
  std::vector<std::string> known;
  std::string allowed;
  for (const Group& group : kGroups) {
    if (SameLetters(text, group.name)) return group.states;
    known.emplace_back(group.name);
    if (known.size() <= kNamed) allowed += (allowed.empty() ? "" : ", ") + known.back();
  }
  const std::string nearest = Nearest(text.substr(0, 64), known);
  return Fail(fmt::format("is no state; allowed are {}{}", allowed,
                          nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

std::string PrintStates(uint32_t states) {
  if (states == kEveryState) return "state all";
  if (states == 0) return "exclude all";
  const bool few = std::popcount(states) <= static_cast<int>(kStates) / 2;
  std::string out;
  for (size_t i = 0; i < kStates; ++i)
    if (((kGroups[i].states & states) != 0) == few)
      out += fmt::format("{}{} {}", out.empty() ? "" : " ", few ? "state" : "exclude", kGroups[i].name);
  return out;
}

}  // namespace xtcp2::filter
