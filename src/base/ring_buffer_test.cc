#include "base/ring_buffer.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>

namespace xtcp2 {
namespace {

TEST(RingBuffer, AgreesWithADequeOfTheLibrary) {
  std::mt19937 random(3);
  RingBuffer<int> ring;
  std::deque<int> truth;
  for (int i = 0; i < 20'000; ++i) {
    const bool growing = i / 1000 % 2 == 0;
    if (random() % 3 != 0 ? growing : !growing) {
      ring.push_back(i);
      truth.push_back(i);
    } else if (!truth.empty()) {
      ASSERT_EQ(ring.Pop(), truth.front());
      truth.pop_front();
    }
    ASSERT_EQ(ring.size(), truth.size());
    if (!truth.empty()) {
      ASSERT_EQ(ring[truth.size() / 2], truth[truth.size() / 2]);
    }
  }
}

TEST(RingBuffer, WhatIsTakenOutIsLetGoAtOnce) {
  RingBuffer<std::shared_ptr<int>> ring;
  const auto item = std::make_shared<int>(1);
  ring.push_back(item);
  EXPECT_EQ(item.use_count(), 2);
  ring.Pop();
  EXPECT_EQ(item.use_count(), 1);
}

}  // namespace
}  // namespace xtcp2
