// Reading a field's value out of a Socket: by a constant index, inlined (encoders), or by any Field, at run time
// (filters, tools, the test that shows each offset matters). Both go through LoadNumber/LoadText, so there is one place
// that knows what a Load means.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "schema/table.h"

namespace xtcp2::schema {

// The number at `at`; kBytes16, kText and kName16 have none.
[[gnu::always_inline]] inline uint64_t LoadNumber(Load load, uint8_t shift, uint8_t bits, const uint8_t* at) {
  switch (load) {
    case Load::kU8:
      return *at;
    case Load::kU16:
      return xtcp2::Load<uint16_t>(at);
    case Load::kU32:
      return xtcp2::Load<uint32_t>(at);
    case Load::kU64:
      return xtcp2::Load<uint64_t>(at);
    case Load::kBig16:
      return LoadBig<uint16_t>(at);
    case Load::kBits:
      return (*at >> shift) & ((1u << bits) - 1);
    default:
      return 0;
  }
}

// Bytes of a name before its NUL, at most 16; `at` has 16 readable bytes.
[[gnu::always_inline]] inline size_t NameSize(const uint8_t* at) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHigh = kOnes << 7;
  const auto zero = [](uint64_t bytes) { return (bytes - kOnes) & ~bytes & kHigh; };  // bit 7 of the first zero byte
  if (const uint64_t first = zero(xtcp2::Load<uint64_t>(at))) return static_cast<size_t>(__builtin_ctzll(first)) / 8;
  if (const uint64_t second = zero(xtcp2::Load<uint64_t>(at + 8)))
    return 8 + static_cast<size_t>(__builtin_ctzll(second)) / 8;
  return 16;
}

// The text or bytes at `at`; empty for numbers. kBytes16 gives its 16 bytes.
[[gnu::always_inline]] inline std::string_view LoadText(Load load, const uint8_t* at) {
  const char* text = reinterpret_cast<const char*>(at);
  switch (load) {
    case Load::kName16:
      return {text, NameSize(at)};
    case Load::kBytes16:
      return {text, 16};
    case Load::kText:
      return xtcp2::Load<std::string_view>(at);
    default:
      return {};
  }
}

// Where the field's value lies in this socket's parts. Fields without a source read zeros.
inline const uint8_t* Place(const Field& field, const Socket& socket) {
  return field.part == Part::kNone ? kZeros.data() : socket[field.part] + field.offset;
}
inline uint64_t ReadNumber(const Field& field, const Socket& socket) {
  return LoadNumber(field.load, field.shift, field.bits, Place(field, socket));
}
inline std::string_view ReadText(const Field& field, const Socket& socket) {
  return LoadText(field.load, Place(field, socket));
}

// The same for a field known to the compiler, from where its value lies: one load.
template <size_t I>
[[gnu::always_inline]] inline uint64_t NumberAt(const uint8_t* at) {
  constexpr Field f = kFields[I];
  return LoadNumber(f.load, f.shift, f.bits, at);
}
template <size_t I>
[[gnu::always_inline]] inline std::string_view TextAt(const uint8_t* at) {
  return LoadText(kFields[I].load, at);
}

// The same from a socket.
template <size_t I>
inline uint64_t Number(const Socket& socket) {
  constexpr Field f = kFields[I];
  if constexpr (f.part == Part::kNone)
    return 0;
  else
    return LoadNumber(f.load, f.shift, f.bits, socket[f.part] + f.offset);
}
template <size_t I>
inline std::string_view Text(const Socket& socket) {
  constexpr Field f = kFields[I];
  if constexpr (f.part == Part::kNone)
    return {};
  else
    return LoadText(f.load, socket[f.part] + f.offset);
}

}  // namespace xtcp2::schema
