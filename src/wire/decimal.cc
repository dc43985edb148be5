#include "wire/decimal.h"

namespace xtcp2::wire {

uint8_t* PutDecimal(uint8_t* at, uint64_t value) { return PutDecimalInline(at, value); }

uint8_t* PutLongDecimal(uint8_t* at, uint64_t value) {
  using internal::kTenTo8;
  if (value == UINT64_MAX) {  // "no limit", in nearly every row
    std::memcpy(at, "18446744073709551615", kMaxDecimal);
    return at + kMaxDecimal;
  }
  const uint64_t high = value / kTenTo8;
  if (high < kTenTo8)
    at = internal::PutUpToEight(at, high);
  else
    at = internal::PutAllEight(internal::PutUpToEight(at, high / kTenTo8), high % kTenTo8);
  return internal::PutAllEight(at, value % kTenTo8);
}

}  // namespace xtcp2::wire
