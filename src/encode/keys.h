// Texts known at compile time: field names in the spelling of each format with the punctuation around them, so that
// writing a key is one copy of constant size.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace xtcp2::encode {

// A text being put together; shrunk to its size by Exactly.
struct KeyText {
  std::array<char, 96> text{};
  size_t size = 0;

  constexpr KeyText& Add(std::string_view more) {
    for (const char c : more) text[size++] = c;
    return *this;
  }
  constexpr KeyText& AddByte(uint8_t byte) {
    text[size++] = static_cast<char>(byte);
    return *this;
  }
  // "tcp_info_rtt" as "tcpInfoRtt"; with `raise` "TcpInfoRtt". The rule of schema::JsonName and GoName, for constants
  // (a test holds them to each other).
  constexpr KeyText& AddCamel(std::string_view name, bool raise) {
    for (const char c : name) {
      if (c != '_') text[size++] = raise && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      raise = c == '_';
    }
    return *this;
  }
};

template <size_t N>
constexpr std::array<char, N> Exactly(const KeyText& key) {
  std::array<char, N> text{};
  for (size_t i = 0; i < N; ++i) text[i] = key.text[i];
  return text;
}

template <size_t N>
[[gnu::always_inline]] inline uint8_t* PutKey(uint8_t* at, const std::array<char, N>& key) {
  std::memcpy(at, key.data(), N);
  return at + N;
}

}  // namespace xtcp2::encode
