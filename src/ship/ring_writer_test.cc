// Writes through a ring, and what becomes of them when there is none or it is lost.
#include "ship/ring_writer.h"

#include <gmock/gmock.h>

#include "ship/test_support.h"
#include "uring/ring_for_test.h"

namespace xtcp2::ship::test {
namespace {

using ::testing::HasSubstr;

class RingWrites : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = WhyNoRing(); !why.empty()) GTEST_SKIP() << why;
    auto made = RingWriter::Make(calls_);
    ASSERT_TRUE(made) << made.error().Text();
    writer_ = std::move(*made);
  }
  ssize_t Write(const std::string& a, const std::string& b = "") {
    const iovec parts[] = {{const_cast<char*>(a.data()), a.size()}, {const_cast<char*>(b.data()), b.size()}};
    return writer_->Write(pair_.ours.get(), parts);
  }
  std::string Read(size_t most = 100) {
    std::string text(most, 0);
    const ssize_t got = recv(pair_.theirs.get(), text.data(), most, MSG_DONTWAIT);
    return text.substr(0, got > 0 ? static_cast<size_t>(got) : 0);
  }

  uring::FaultyCalls calls_;
  uring::Pair pair_{SOCK_STREAM};
  std::unique_ptr<RingWriter> writer_;
};

TEST_F(RingWrites, PartsBecomeOneMessage) {
  EXPECT_EQ(Write("hello", " again"), 11);
  EXPECT_EQ(Read(), "hello again");
}

TEST_F(RingWrites, WhereThereIsNoRoomItDoesNotWait) {
  const std::string much(1 << 16, 'x');
  ssize_t filled = 0;
  for (ssize_t n; (n = Write(much)) > 0;) filled += n;
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_GT(filled, 1 << 16);
  std::string all(static_cast<size_t>(filled), 0);
  EXPECT_EQ(recv(pair_.theirs.get(), all.data(), all.size(), MSG_WAITALL), filled);
  EXPECT_EQ(Read(), "");  // nothing came later
  EXPECT_EQ(Write("late"), 4);
  EXPECT_EQ(Read(), "late");
}

TEST_F(RingWrites, APeerThatIsGoneIsAnErrorAndNoSignal) {
  pair_.theirs.Close();
  EXPECT_EQ(Write("x"), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST_F(RingWrites, ALostRingIsReplacedBySystemCalls) {
  calls_.enter_codes = {-EBADF};
  EXPECT_EQ(Write("one "), 4);
  EXPECT_EQ(Write("two"), 3);
  EXPECT_EQ(Read(), "one two");  // nothing twice
}

TEST_F(RingWrites, ARefusalThatPassesIsNotSeen) {
  calls_.enter_codes = {-EBUSY, -EAGAIN, -EINTR};
  EXPECT_EQ(Write("one"), 3);
  EXPECT_EQ(Read(), "one");
}

TEST(MakeSocketWriter, WithoutARingSystemCallsOrAnError) {
  uring::FaultyCalls calls;
  calls.init_code = -EPERM;
  ShipOptions options;
  options.io_uring = true;
  const auto fallback = MakeSocketWriter(options, "tcp:host:1", calls);
  ASSERT_TRUE(fallback);
  const uring::Pair pair(SOCK_STREAM);
  char byte = 'x';
  const iovec part{&byte, 1};
  EXPECT_EQ((*fallback)->Write(pair.ours.get(), {&part, 1}), 1);
  options.io_uring_require = true;
  const auto refused = MakeSocketWriter(options, "tcp:host:1", calls);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().Text(), HasSubstr("no io_uring for tcp:host:1: io_uring is refused"));
  options.io_uring = false;
  EXPECT_TRUE(MakeSocketWriter(options, "tcp:host:1", calls));  // nobody asked
}

}  // namespace
}  // namespace xtcp2::ship::test
