// Numbers as strtoul(3) reads them with base 0 (decimal, 0x hexadecimal, leading 0 octal), but nothing before, between
// or behind the digits.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace xtcp2::filter {

// Empty where `text` is no number or more than `most`.
inline std::optional<uint64_t> ParseNumber(std::string_view text, uint64_t most) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > most) return {};
  return value;
}

}  // namespace xtcp2::filter
