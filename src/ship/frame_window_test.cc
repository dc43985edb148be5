#include "ship/frame_window.h"

#include <gtest/gtest.h>

#include "ship/interrupt.h"

namespace xtcp2::ship {
namespace {

Buffer Frame(size_t size) {
  Buffer buffer;
  buffer.Append(std::string(size, 'f'));
  return buffer;
}

// Adds and writes `count` frames of 100 bytes behind `offset`.
uint64_t Write(FrameWindow& window, size_t count, uint64_t offset) {
  for (size_t i = 0; i < count; ++i) {
    window.Add(Frame(100), 1);
    window.Written(offset += 100);
  }
  return offset;
}

TEST(FrameWindow, AFrameSettlesSomeTimeAfterItWasTaken) {
  FrameWindow window({1000, 1'000'000});
  Write(window, 2, 0);
  window.Taken(100, 5000);
  EXPECT_EQ(window.NextSettleNs(kNever), 6000);
  window.Taken(200, 5500);
  window.Taken(200, 5999);
  EXPECT_FALSE(window.AllSettled());
  window.Taken(200, 6000);  // the first one
  EXPECT_EQ(window.NextSettleNs(kNever), 6500);
  window.Taken(200, 6500);
  EXPECT_TRUE(window.AllSettled());
}

TEST(FrameWindow, WhatWasNotSettledGoesAgainOneByOne) {
  FrameWindow window({1000, 1'000'000});
  Write(window, 3, 0);
  window.Taken(100, 0);
  window.Taken(300, 1000);
  window.Lost(false);
  EXPECT_EQ(window.UnwrittenRows(), 2u);
  EXPECT_TRUE(window.NextWasSentBefore());
  EXPECT_TRUE(window.MayWrite());
  window.Written(100);
  EXPECT_FALSE(window.MayWrite());  // the window is one
  window.Taken(100, 2000);
  window.Taken(100, 3000);
  EXPECT_TRUE(window.MayWrite());  // and now two
}

TEST(FrameWindow, TheWindowDoublesAndEnds) {
  FrameWindow window({0, 0});
  Write(window, 1, 0);
  window.Lost(false);
  uint64_t offset = 0;
  window.Written(offset += 100);
  window.Taken(offset, 0);
  for (size_t size = 2; size < 64; size *= 2) {
    for (size_t i = 0; i < size; ++i) {
      EXPECT_TRUE(window.MayWrite());
      offset = Write(window, 1, offset);
    }
    EXPECT_FALSE(window.MayWrite()) << size;
    window.Taken(offset, 0);
  }
  offset = Write(window, 1000, offset);
  EXPECT_TRUE(window.MayWrite());
}

TEST(FrameWindow, ALossWithoutDoubtLeavesTheWindowOpen) {
  FrameWindow window({1000, 1'000'000});
  Write(window, 3, 0);
  window.Read(300);
  window.Lost(false);
  EXPECT_TRUE(window.AllWritten());
  Write(window, 2, 0);
  EXPECT_TRUE(window.MayWrite());
}

TEST(FrameWindow, APeerThatHadStoppedReadingGetsSettledFramesAgain) {
  FrameWindow window({1000, 1'000'000});
  Write(window, 3, 0);
  window.Taken(300, 0);
  window.Taken(300, 1000);
  EXPECT_TRUE(window.AllSettled());
  window.Lost(true);
  EXPECT_EQ(window.UnwrittenRows(), 3u);
}

TEST(FrameWindow, KeepsNoMoreThanAPeerCanHaveUnread) {
  FrameWindow window({1'000'000'000, 500});
  uint64_t offset = 0;
  for (int i = 0; i < 1000; ++i) {
    offset = Write(window, 1, offset);
    window.Taken(offset, i);
    EXPECT_LE(window.kept_bytes(), 600u);
  }
}

TEST(FrameWindow, ExactKnowledgeKeepsNothing) {
  FrameWindow window({0, 0});
  Write(window, 5, 0);
  window.Taken(300, 1);
  EXPECT_EQ(window.kept_bytes(), 200u);
  window.Taken(500, 1);
  EXPECT_EQ(window.kept_bytes(), 0u);
}

TEST(FrameWindow, AFrameThatIsGivenUpIsForgotten) {
  FrameWindow window({0, 0});
  window.Add(Frame(100), 7);
  EXPECT_EQ(window.UnwrittenRows(), 7u);
  window.DropLastUnwritten();
  EXPECT_TRUE(window.AllWritten());
}

}  // namespace
}  // namespace xtcp2::ship
