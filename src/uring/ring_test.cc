// A real kernel: what is asked comes back once, buffers come back whatever happens, nothing overflows.
#include "uring/ring.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "base/clock.h"
#include "uring/ring_for_test.h"

namespace xtcp2::uring {
namespace {

constexpr int64_t kLong = 10 * kNsPerSecond;

TEST(Ring, WhatIsSentIsReceived) {
  const Pair pair;
  Noted send, receive;
  Message message(4096);
  const auto ring = MustMake(WithBuffers(2));
  ASSERT_TRUE(ring->Send(pair.theirs.get(), AsBytes("hello"), 0, send));
  ASSERT_TRUE(ring->Receive(pair.ours.get(), message.header, 0, receive));
  EXPECT_EQ(ring->in_flight(), 2u);
  Await(*ring, send);
  Await(*ring, receive);
  EXPECT_EQ(send.result, 5);
  ASSERT_TRUE(receive.buffer);
  EXPECT_EQ(receive.text(), "hello");
  EXPECT_EQ(send.count + receive.count, 2);
  EXPECT_EQ(ring->in_flight(), 0u);
  receive.buffer = {};
}

TEST(Ring, AMessageOfSeveralParts) {
  const Pair pair;
  Noted send;
  std::string a = "one ", b = "two";
  std::array<iovec, 2> parts{{{a.data(), a.size()}, {b.data(), b.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  const auto ring = MustMake({});
  ASSERT_TRUE(ring->SendMessage(pair.theirs.get(), message, MSG_NOSIGNAL, send));
  Await(*ring, send);
  char got[16] = {};
  EXPECT_EQ(recv(pair.ours.get(), got, sizeof got, 0), 7);
  EXPECT_STREQ(got, "one two");
}

TEST(Ring, TruncationTellsTheRealSize) {
  const Pair pair;
  Noted receive;
  Message message(8);
  const auto ring = MustMake(WithBuffers(1));
  ASSERT_EQ(send(pair.theirs.get(), "0123456789", 10, 0), 10);
  ASSERT_TRUE(ring->Receive(pair.ours.get(), message.header, MSG_TRUNC, receive));
  Await(*ring, receive);
  EXPECT_EQ(receive.result, 10);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(receive.buffer.data()), 8), "01234567");
  receive.buffer = {};
}

TEST(Ring, AReceiveWithoutABufferIsNotBegun) {
  const Pair pair;
  Noted first, second, third;
  Message message(4096);
  const auto ring = MustMake(WithBuffers(2));
  ASSERT_TRUE(ring->Receive(pair.ours.get(), message.header, 0, first));
  ASSERT_TRUE(ring->Receive(pair.ours.get(), message.header, 0, second));
  EXPECT_FALSE(ring->Receive(pair.ours.get(), message.header, 0, third));
  ASSERT_EQ(send(pair.theirs.get(), "x", 1, 0), 1);
  ASSERT_TRUE(ring->SubmitAndReap(kLong));
  Noted& got = first.count != 0 ? first : second;
  Noted& waiting = first.count != 0 ? second : first;
  ASSERT_TRUE(got.buffer);
  EXPECT_FALSE(ring->Receive(pair.ours.get(), message.header, 0, third));  // one is held, one lent
  got.buffer = {};
  ASSERT_TRUE(ring->Receive(pair.ours.get(), message.header, 0, third));
  ASSERT_EQ(send(pair.theirs.get(), "y", 1, 0), 1);
  ASSERT_EQ(send(pair.theirs.get(), "z", 1, 0), 1);
  Await(*ring, waiting);
  Await(*ring, third);
  waiting.buffer = {};
  third.buffer = {};
}

// A thousand rounds over three buffers: one that was lost would end them.
TEST(Ring, BuffersComeBackWhateverBecomesOfAReceive) {
  const Pair pair;
  Noted sending, receive, cancel;
  Message message(64);
  const auto ring = MustMake(WithBuffers(3, 64));
  for (int round = 0; round < 1000; ++round) {
    switch (round % 4) {
      case 0:  // a question and its answer
        ASSERT_EQ(send(pair.theirs.get(), "y", 1, 0), 1);
        ASSERT_TRUE(ring->SendThenReceive(pair.ours.get(), AsBytes("x"), sending, message.header, 0, receive));
        break;
      case 1:
        ASSERT_TRUE(ring->Receive(pair.ours.get(), message.header, 0, receive));
        ASSERT_TRUE(ring->Cancel(receive, cancel));
        break;
      case 2:  // no socket
        ASSERT_TRUE(ring->Receive(-1, message.header, 0, receive));
        break;
      default:  // a question that cannot be sent: the receive does not begin
        ASSERT_TRUE(ring->SendThenReceive(-1, AsBytes("x"), sending, message.header, 0, receive));
    }
    Await(*ring, receive);
    Await(*ring, sending);
    Await(*ring, cancel);
    const int expected[] = {1, -ECANCELED, -EBADF, -ECANCELED};
    EXPECT_EQ(receive.result, expected[round % 4]);
    EXPECT_EQ(static_cast<bool>(receive.buffer), round % 4 == 0);
    receive.buffer = {};
    char question[8];
    if (round % 4 == 0) {
      ASSERT_EQ(recv(pair.theirs.get(), question, sizeof question, MSG_DONTWAIT), 1);
    }
  }
  EXPECT_EQ(receive.count, 1000);
}

TEST(Ring, TheBufferUsedLastIsUsedNext) {
  const Pair pair;
  Noted receive;
  Message message(64);
  const auto ring = MustMake(WithBuffers(8, 64));
  const uint8_t* first = nullptr;
  for (int round = 0; round < 20; ++round) {
    ASSERT_EQ(send(pair.theirs.get(), "y", 1, 0), 1);
    ASSERT_TRUE(ring->Receive(pair.ours.get(), message.header, 0, receive));
    Await(*ring, receive);
    if (round == 0) first = receive.buffer.data();
    EXPECT_EQ(receive.buffer.data(), first);
    receive.buffer = {};
  }
}

TEST(Ring, AFullRingTakesNoMoreUntilOneHasCompleted) {
  const Pair pair;
  std::array<Noted, 4> waiting;
  Noted more, cancel;
  RingOptions options;
  options.operations = 4;
  const auto ring = MustMake(options);
  for (Noted& one : waiting) ASSERT_TRUE(ring->Poll(pair.ours.get(), POLLIN, one));
  EXPECT_EQ(ring->room(), 0u);
  EXPECT_FALSE(ring->Poll(pair.ours.get(), POLLIN, more));
  EXPECT_FALSE(ring->Send(pair.ours.get(), AsBytes("x"), 0, more));
  EXPECT_FALSE(ring->SendMessage(pair.ours.get(), {}, 0, more));
  EXPECT_FALSE(ring->Cancel(waiting[0], cancel));
  ASSERT_EQ(send(pair.theirs.get(), "y", 1, 0), 1);
  for (Noted& one : waiting) Await(*ring, one);
  for (Noted& one : waiting) EXPECT_EQ(one.result & POLLIN, POLLIN);
  EXPECT_EQ(ring->room(), 4u);
  ASSERT_TRUE(ring->Poll(pair.ours.get(), POLLIN, more));
  Await(*ring, more);
}

TEST(Ring, ManyMoreThanItHoldsOneAfterTheOther) {
  const Pair pair;
  std::array<Noted, 8> operations;
  RingOptions options;
  options.operations = 8;
  options.completion_batch = 3;
  const auto ring = MustMake(options);
  int begun = 0;
  while (begun < 4000) {
    for (Noted& one : operations)
      if (!one.in_flight() && ring->Poll(pair.ours.get(), POLLOUT, one)) ++begun;
    const auto reaped = ring->SubmitAndReap(kLong);
    ASSERT_TRUE(reaped);
    EXPECT_LE(*reaped, 3u);
  }
  int completed = 0;
  for (Noted& one : operations) Await(*ring, one);
  for (const Noted& one : operations) completed += one.count;
  EXPECT_EQ(completed, begun);
}

TEST(Ring, WaitsNoLongerThanItIsTold) {
  const Pair pair;
  Noted waiting;
  const auto ring = MustMake({});
  ASSERT_TRUE(ring->Poll(pair.ours.get(), POLLIN, waiting));
  const int64_t start = MonotonicNs();
  const auto reaped = ring->SubmitAndReap(20 * kNsPerMs);
  ASSERT_TRUE(reaped);
  EXPECT_EQ(*reaped, 0u);
  EXPECT_GE(MonotonicNs() - start, 20 * kNsPerMs);
  EXPECT_LT(MonotonicNs() - start, kLong);
  EXPECT_EQ(*ring->SubmitAndReap(0), 0u);
}

TEST(Ring, WithNothingInFlightItDoesNotWait) {
  const auto ring = MustMake({});
  const int64_t start = MonotonicNs();
  EXPECT_EQ(*ring->SubmitAndReap(kLong), 0u);
  EXPECT_LT(MonotonicNs() - start, kLong);
}

TEST(Ring, ThatGoesTellsWhatIsInFlight) {
  const Pair pair;
  Noted poll, receive;
  Message message(64);
  {
    const auto ring = MustMake(WithBuffers(1));
    ASSERT_TRUE(ring->Poll(pair.ours.get(), POLLIN, poll));
    ASSERT_TRUE(ring->SubmitAndReap(0));
    ASSERT_TRUE(ring->Receive(pair.ours.get(), message.header, 0, receive));  // prepared only
  }
  EXPECT_EQ(poll.count, 1);
  EXPECT_EQ(poll.result, -ECANCELED);
  EXPECT_EQ(receive.count, 1);
  EXPECT_EQ(receive.result, -ECANCELED);
}

TEST(Ring, MadeByOneThreadAndUsedByAnother) {
  const auto ring = MustMake(WithBuffers(1));
  std::thread([&] {
    const Pair pair;
    Noted poll;
    ASSERT_TRUE(ring->Poll(pair.ours.get(), POLLOUT, poll));
    Await(*ring, poll);
    EXPECT_EQ(poll.count, 1);
  }).join();
}

TEST(Ring, TakesNoMoreMemoryThanWasSaid) {
  for (const unsigned batch : {1u, 64u, 1000u}) {
    RingOptions options;
    options.operations = 3 * batch;
    options.buffers = {batch, 32 * 1024, 512};
    const auto ring = MustMake(options);
    EXPECT_LE(ring->MemoryBytes(), RequiredBytes(options));
    EXPECT_GE(ring->MemoryBytes() + 8192, RequiredBytes(options));
    EXPECT_GE(ring->MemoryBytes(), batch * (32u * 1024 + 512));
  }
}

}  // namespace
}  // namespace xtcp2::uring
