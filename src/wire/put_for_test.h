// What a Put function wrote, as a string; fails the test when it wrote past its maximum. For the tests of this folder
// only.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace xtcp2::wire {

template <class Put>
std::string Written(size_t max, Put put) {
  constexpr uint8_t kGuard = 0xee;
  std::vector<uint8_t> out(max + 16, kGuard);
  const uint8_t* end = put(out.data());
  for (size_t i = max; i < out.size(); ++i) EXPECT_EQ(out[i], kGuard) << "written past the maximum of " << max;
  EXPECT_LE(static_cast<size_t>(end - out.data()), max);
  return std::string(out.data(), out.data() + (end - out.data()));
}

}  // namespace xtcp2::wire
