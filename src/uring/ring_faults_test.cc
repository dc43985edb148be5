// A kernel that refuses to serve a ring, for a while or for good, and misuse of a ring.
#include <gmock/gmock.h>
#include <poll.h>

#include <tuple>

#include "uring/ring_for_test.h"

namespace xtcp2::uring {
namespace {

using testing::HasSubstr;

TEST(RingFaults, ARefusalThatPassesLosesNothing) {
  for (const int code : {-EBUSY, -EAGAIN, -ENOMEM, -EINTR, -ETIME}) {
    FaultyCalls calls;
    const Pair pair;
    Noted poll;
    const auto ring = MustMake({}, calls);
    calls.enter_codes = {code, code, code};
    ASSERT_TRUE(ring->Poll(pair.ours.get(), POLLOUT, poll));
    Await(*ring, poll);
    EXPECT_EQ(poll.count, 1);
    EXPECT_GE(calls.enters, 4u);
  }
}

TEST(RingFaults, ARefusalThatStaysIsAnError) {
  for (const int code : {-EBADF, -EAGAIN}) {
    FaultyCalls calls;
    calls.enter_always = code;
    const Pair pair;
    Noted poll;
    const auto ring = MustMake({}, calls);
    ASSERT_TRUE(ring->Poll(pair.ours.get(), POLLOUT, poll));
    Result<unsigned> reaped = 0;
    for (int i = 0; i < 1000 && reaped; ++i) reaped = ring->SubmitAndReap(0);
    ASSERT_FALSE(reaped);
    EXPECT_EQ(reaped.error().code, -code);
    EXPECT_THAT(reaped.error().Text(), HasSubstr("submitting to an io_uring"));
  }
}

TEST(RingFaults, ARingThatCannotBeEnabled) {
  FaultyCalls calls;
  calls.enable_code = -EEXIST;
  const auto ring = MustMake({}, calls);
  const auto reaped = ring->SubmitAndReap(0);
  ASSERT_FALSE(reaped);
  EXPECT_EQ(reaped.error().code, EEXIST);
}

TEST(RingDeathTest, MisuseAborts) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const Pair pair;
  EXPECT_DEATH(
      {
        const auto ring = MustMake({});
        Noted poll;
        if (ring->Poll(pair.ours.get(), POLLIN, poll)) std::ignore = ring->Poll(pair.ours.get(), POLLIN, poll);
      },
      "given to an io_uring twice");
  EXPECT_DEATH(
      {
        const auto ring = MustMake({});
        const Noted* poll = new Noted;
        if (ring->Poll(pair.ours.get(), POLLIN, const_cast<Noted&>(*poll))) delete poll;
      },
      "gone while the kernel works on it");
  EXPECT_DEATH(
      {
        Noted receive;
        Message message(64);
        const auto ring = MustMake(WithBuffers(1));
        std::ignore = send(pair.theirs.get(), "y", 1, 0);
        if (ring->Receive(pair.ours.get(), message.header, 0, receive)) Await(*ring, receive);
      },
      "held longer than the ring");
}

}  // namespace
}  // namespace xtcp2::uring
