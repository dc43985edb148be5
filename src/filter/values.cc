#include "filter/values.h"

#include <fmt/format.h>

#include "filter/number.h"

namespace xtcp2::filter {
namespace {

constexpr uint64_t kMost32 = 0xffff'ffff;

bool LooksLikeNumber(std::string_view text) { return !text.empty() && text[0] >= '0' && text[0] <= '9'; }

}  // namespace

Result<Ports> ParsePort(std::string_view text, const Names& names) {
  if (text.starts_with(':')) text.remove_prefix(1);
  if (text.empty() || text == "*") return Ports{};
  if (const auto number = ParseNumber(text, 0xffff)) {
    const auto port = static_cast<uint16_t>(*number);
    return Ports{port, port};
  }
  if (!LooksLikeNumber(text) && !text.starts_with('-'))
    if (const std::optional<uint16_t> port = names.service(std::string(text))) return Ports{*port, *port};
  return Fail(
      "is no port; allowed are 0 to 65535, a TCP service of /etc/services, and * for any, with or without : before it");
}

Result<Condition> ParseDevice(std::string_view text) {
  Condition device;
  device.kind = Condition::Kind::kDevice;
  if (const auto index = ParseNumber(text, kMost32 - 1)) {
    device.value = static_cast<uint32_t>(*index);
    return device;
  }
  constexpr size_t kLongestName = 15;  // IFNAMSIZ, less its NUL
  if (text.size() > kLongestName || text.find('/') != std::string_view::npos)
    return Fail("is no device; allowed are a name of at most 15 characters and an index");
  device.value = kNoDevice;
  device.name = text;
  return device;
}

Result<Condition> ParseMark(std::string_view text) {
  const size_t slash = text.find('/');
  const auto mark = ParseNumber(text.substr(0, slash), kMost32);
  const auto mask =
      slash == std::string_view::npos ? std::optional<uint64_t>(kMost32) : ParseNumber(text.substr(slash + 1), kMost32);
  if (!mark || !mask) return Fail("is no mark; allowed are a number and number/mask, as in 0x10/0xff, each below 2^32");
  Condition condition;
  condition.kind = Condition::Kind::kMark;
  condition.value = static_cast<uint32_t>(*mark);
  condition.mask = static_cast<uint32_t>(*mask);
  return condition;
}

Result<Condition> ParseCgroup(std::string_view text, const Names& names) {
  Condition condition;
  condition.kind = Condition::Kind::kCgroup;
  if (const auto id = ParseNumber(text, ~uint64_t{0})) {
    condition.cgroup = *id;
    return condition;
  }
  condition.name = text;
  const Result<uint64_t> id = names.cgroup(condition.name);
  if (!id)
    return Fail(
        fmt::format("cannot be looked up: {}; allowed are the path of a control group, as in /system.slice, and its id",
                    id.error().Text()));
  condition.cgroup = *id;
  return condition;
}

}  // namespace xtcp2::filter
