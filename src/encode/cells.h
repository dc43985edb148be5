// The fields of csv and tsv for the unrolled row of every column (unrolled.h): the same cells that DelimitedStyle makes
// by its plan, with what is known of each field worked out by the compiler.
#pragma once

#include <array>

#include "encode/keys.h"
#include "encode/plan.h"
#include "encode/unrolled.h"
#include "wire/csv.h"
#include "wire/decimal.h"
#include "wire/utf8.h"

namespace xtcp2::encode {

// The texts of the numbers 0 to 15 of a state or an enum.
struct ShownNumbers {
  static constexpr size_t kCount = 16, kSize = 16;
  std::array<std::array<char, kSize>, kCount> text{};
  std::array<uint8_t, kCount> size{};
};
extern const ShownNumbers kShownStates;
extern const std::array<ShownNumbers, schema::kEnumerationCount> kShownEnums;  // by schema::Enumeration

[[gnu::always_inline]] inline bool IsShownBy(const ShownNumbers& shown, uint64_t number) {
  return number < shown.size.size();
}
[[gnu::always_inline]] inline uint8_t* PutShownNumber(uint8_t* at, const ShownNumbers& shown, uint64_t number) {
  std::memcpy(at, shown.text.data()[number].data(), ShownNumbers::kSize);
  return at + shown.size.data()[number];
}

template <char kDelimiter>
struct Cells {
  template <schema::Epoch E, size_t First>
  [[gnu::always_inline]] static uint8_t* PutZeros(uint8_t* at) {
    return PutKey(at, kZeros<E, First>);
  }

  template <schema::Epoch E, size_t I, class Isa>
  [[gnu::always_inline]] static uint8_t* Put(uint8_t* at, const uint8_t* value_at) {
    at = PutValue<I>(at, value_at);
    *at = kDelimiter;
    return at + 1;
  }

 private:
  template <schema::Epoch E, size_t First>
  static constexpr KeyText ZerosOf() {
    KeyText zeros;
    for (size_t i = First; i < kLayout<E>.rare_end[First]; ++i) {
      if (!schema::kFields[i].In(E)) continue;
      if (ShowOf(schema::kFields[i]) == Show::kNumber) zeros.Add("0");  // others are shown as nothing
      zeros.AddByte(kDelimiter);
    }
    return zeros;
  }
  template <schema::Epoch E, size_t First>
  static constexpr auto kZeros = Exactly<ZerosOf<E, First>().size>(ZerosOf<E, First>());

  template <size_t I>
  [[gnu::always_inline]] static uint8_t* PutValue(uint8_t* at, const uint8_t* value_at) {
    constexpr schema::Field f = schema::kFields[I];
    constexpr Show kShow = ShowOf(f);
    static_assert(!f.rare || kShow == Show::kNumber || kShow == Show::kEnum || kShow == Show::kText,
                  "kZeros knows what a zero of these becomes");
    if constexpr (kShow == Show::kAddress) return PutAddress(at, value_at - f.offset, value_at);
    if constexpr (kShow == Show::kText) return PutName(at, value_at);
    const uint64_t value = schema::NumberAt<I>(value_at);
    if constexpr (kShow == Show::kState)
      return IsShownBy(kShownStates, value) ? PutShownNumber(at, kShownStates, value) : PutState(at, value);
    if constexpr (kShow == Show::kEnum) {
      constexpr auto kEnumeration = static_cast<size_t>(f.enumeration);
      if (IsShownBy(kShownEnums[kEnumeration], value)) return PutShownNumber(at, kShownEnums[kEnumeration], value);
      return PutEnum(at, f.enumeration, static_cast<uint32_t>(value));
    }
    if constexpr (schema::LoadSize(f.load) == 1) return wire::PutOctet(at, static_cast<uint8_t>(value));
    if (value < 10) return *at = static_cast<uint8_t>('0' + value), at + 1;
    return wire::PutDecimal(at, value);
  }

  // A name of up to 16 bytes. What may need quotes lies below '0' in ASCII, or has such a character (\.).
  [[gnu::always_inline]] static uint8_t* PutName(uint8_t* at, const uint8_t* name) {
    constexpr uint64_t kOnes = 0x0101010101010101, kHigh = kOnes << 7;
    const size_t size = schema::NameSize(name);
    if (size == 0) return at;
    const uint64_t begin = Load<uint64_t>(name);
    const uint64_t within = ~uint64_t{0} >> (64 - 8 * (size < 8 ? size : 8));
    const uint64_t at_least_0 = ((begin | kHigh) - kOnes * '0') & ~begin & kHigh;
    if (size > 8 || (at_least_0 & within) != (kHigh & within)) [[unlikely]]
      return wire::PutCsvText(at, {reinterpret_cast<const char*>(name), size}, kDelimiter);
    Store(at, begin);
    return at + size;
  }
};

}  // namespace xtcp2::encode
