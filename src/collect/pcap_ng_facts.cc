#include "collect/pcap_ng_facts.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "base/clock.h"
#include "collect/capture_format.h"
#include "collect/pcap_format.h"
#include "netlink/message.h"

namespace xtcp2::collect {
namespace {

using netlink::Align4;

// Walks a block's options; stops at the first that does not fit.
class OptionWalk {
 public:
  OptionWalk(Bytes options, bool swap) : rest_(options), swap_(swap) {}
  bool Next(uint16_t& code, Bytes& value) {
    if (rest_.size() < 4) return false;
    code = LoadOrdered16(rest_.data(), swap_);
    const size_t length = LoadOrdered16(rest_.data() + 2, swap_);
    if (code == kOptionEnd || length > rest_.size() - 4) return false;
    value = rest_.subspan(4, length);
    rest_ = rest_.subspan(std::min(rest_.size(), 4 + Align4(length)));
    return true;
  }

 private:
  Bytes rest_;
  const bool swap_;
};

std::string ShortText(Bytes value) { return std::string(AsText(value.first(std::min(value.size(), kMaxOptionText)))); }

// "6.18.44" of "Linux 6.18.44"; empty for anything else.
std::string ReleaseOf(Bytes os) {
  constexpr std::string_view kLinux = "Linux ";
  const std::string text = ShortText(os);
  return text.starts_with(kLinux) ? text.substr(kLinux.size()) : std::string();
}

// The number behind `key` ("netns_inode=") in a text of somebody else; false when it is not there.
bool NumberBehind(const std::string& text, std::string_view key, uint64_t& number, int base = 10) {
  const size_t at = text.find(key);
  if (at == std::string::npos) return false;
  number = std::strtoull(text.c_str() + at + key.size(), nullptr, base);
  return true;
}

void TakeOption(uint16_t code, Bytes value, bool swap, PcapngInterface& interface) {
  if (code == kInterfaceTimeResolution && value.size() == 1) interface.time.SetResolution(value[0]);
  if (code == kInterfaceTimeOffset && value.size() == 8) {
    const auto offset = Load<uint64_t>(value.data());
    interface.time.offset_seconds = static_cast<int64_t>(swap ? __builtin_bswap64(offset) : offset);
  }
  // Where a merged file's section names the machine that merged, its interfaces name those that captured.
  if (code == kInterfaceOs && !ReleaseOf(value).empty()) interface.facts.kernel_release = ReleaseOf(value);
}

}  // namespace

int64_t TimeScale::ToNs(uint64_t ticks) const {
  __int128 ns = ticks;
  if (binary) {
    ns = exponent >= 94 ? 0 : (ns * kNsPerSecond) >> exponent;  // ticks * 10^9 has 94 bits
  } else {
    for (int e = exponent; e < 9; ++e) ns *= 10;
    for (int e = 9; e < exponent && ns != 0; ++e) ns /= 10;
  }
  ns += static_cast<__int128>(offset_seconds) * kNsPerSecond;
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  return ns > kMax ? kMax : ns < 0 ? 0 : static_cast<int64_t>(ns);
}

SectionFacts ReadSectionOptions(Bytes options, bool swap) {
  SectionFacts facts;
  OptionWalk walk(options, swap);
  uint16_t code;
  for (Bytes value; walk.Next(code, value);) {
    if (code == kSectionOs) facts.kernel_release = ReleaseOf(value);
    if (code == kOptionComment) NumberBehind(ShortText(value), "boot_id=", facts.boot_id, 16);
  }
  return facts;
}

bool ReadInterface(Bytes body, bool swap, const SectionFacts& section, PcapngInterface& interface) {
  constexpr size_t kFixed = 8;  // link type, reserved, snap length
  interface.facts.kernel_release = section.kernel_release;
  interface.facts.boot_id = section.boot_id;
  if (body.size() < kFixed) return false;
  interface.link_type = LoadOrdered16(body.data(), swap);
  std::string name, description;
  OptionWalk walk(body.subspan(kFixed), swap);
  uint16_t code;
  for (Bytes value; walk.Next(code, value);) {
    if (code == kInterfaceName) name = ShortText(value);
    if (code == kInterfaceDescription) description = ShortText(value);
    TakeOption(code, value, swap, interface);
  }
  // A monitor device's name ("nlmon0") is no namespace's: the name means one where the description has the facts of
  // one.
  if (NumberBehind(description, "netns_inode=", interface.facts.netns_inode) &&
      NumberBehind(description, "netns_cookie=", interface.facts.netns_cookie))
    interface.facts.netns = std::move(name);
  return true;
}

}  // namespace xtcp2::collect
