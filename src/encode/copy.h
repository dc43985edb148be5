// Copies of a size known to the compiler, by the widest registers that the file may use: g++ 12 by itself stops at 16
// bytes each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace xtcp2::encode {

template <size_t kSize>
[[gnu::always_inline]] inline void CopyBytes(uint8_t* to, const uint8_t* from) {
#if defined(__AVX2__)
  typedef uint8_t Wide __attribute__((vector_size(32), aligned(1), may_alias));
  constexpr size_t kWide = kSize / sizeof(Wide) * sizeof(Wide);
#pragma GCC unroll 16
  for (size_t i = 0; i < kWide; i += sizeof(Wide))
    *reinterpret_cast<Wide*>(to + i) = *reinterpret_cast<const Wide*>(from + i);
#else
  constexpr size_t kWide = 0;
#endif
  if constexpr (kSize != kWide) std::memcpy(to + kWide, from + kWide, kSize - kWide);
}

}  // namespace xtcp2::encode
