// Standard output: pipes nobody reads, readers that leave, and that nothing leaks into the shared description.
#include "ship/standard_stream.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>

#include "ship/test_support.h"

namespace xtcp2::ship::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Ends {
  Fd read, write;
};

Ends Pipe() {
  int fds[2];
  EXPECT_EQ(pipe2(fds, O_CLOEXEC), 0);
  return {Fd(fds[0]), Fd(fds[1])};
}
Ends SocketPair() {
  int fds[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  return {Fd(fds[0]), Fd(fds[1])};
}
// A terminal without the translation of \n.
Ends Terminal() {
  int master = -1;
  int slave = -1;
  termios raw{};
  cfmakeraw(&raw);
  EXPECT_EQ(openpty(&master, &slave, nullptr, &raw, nullptr), 0);
  fcntl(master, F_SETFD, FD_CLOEXEC);
  fcntl(slave, F_SETFD, FD_CLOEXEC);
  return {Fd(master), Fd(slave)};
}

std::unique_ptr<Shipper> ShipTo(const Fd& fd, const encode::Framing& framing, Shipper::FatalCallback on_fatal = {},
                                const ShipOptions& options = Quick()) {
  auto made = StandardStream::Open(fd.get(), "stdout", framing);
  if (!made) {
    ADD_FAILURE() << made.error().Text();
    std::abort();
  }
  return std::make_unique<Shipper>(std::move(*made), Spec("stdout"), options, std::move(on_fatal));
}

class StandardStreams : public ::testing::TestWithParam<std::pair<const char*, Ends (*)()>> {
 protected:
  Ends ends_ = GetParam().second();
  encode::BatchPool pool_{4};
};

TEST_P(StandardStreams, DeliversEverythingToASlowReaderInOrder) {
  const auto shipper = ShipTo(ends_.write, Csv());
  std::thread producer([&] {
    for (size_t i = 0; i < 10; ++i) EXPECT_TRUE(shipper->Push(MakeBatch(pool_, Csv(), i * 500, 500, 200)));
  });
  std::string got;
  char buffer[3001];
  while (NumbersIn(got.substr(got.size() < 2000 ? 0 : got.size() - 2000)).empty() ||
         NumbersIn(got.substr(got.size() < 2000 ? 0 : got.size() - 2000)).back() != 4999) {
    const ssize_t n = read(ends_.read.get(), buffer, sizeof buffer);
    ASSERT_GT(n, 0);
    got.append(buffer, static_cast<size_t>(n));
  }
  producer.join();
  EXPECT_EQ(NumbersIn(got), FromTo(0, 4999));
  EXPECT_THAT(got, StartsWith("n,p\n{\"n\":0"));
  EXPECT_EQ(got.find("n,p\n", 1), std::string::npos);
}

TEST_P(StandardStreams, AReaderThatDoesNotReadMakesTheProducerWaitAndStopReturnsInTime) {
  ShipOptions options = Quick();
  options.queue_bytes = 500'000;
  const Delta dropped = RowsDropped("stdout", "shutdown");
  const Delta sent = RowsSent("stdout");
  const Delta waits{"xtcp2_destination_push_waits_total", {{"destination", "stdout"}}};
  const auto shipper = ShipTo(ends_.write, Jsonl(), {}, options);
  std::atomic<size_t> pushed{0};
  std::thread producer([&] {
    while (shipper->Push(MakeBatch(pool_, Jsonl(), 0, 1000, 200))) ++pushed;
  });
  EXPECT_TRUE(Eventually([&] { return waits() >= 1; }));
  EXPECT_LE(shipper->GetLevel().bytes, options.queue_bytes);
  const int64_t start = MonotonicNs();
  shipper->Stop(milliseconds(100));
  EXPECT_LT(MonotonicNs() - start, kNsPerSecond);
  producer.join();
  EXPECT_EQ(sent() + dropped(), (pushed + 1) * 1000);
}

TEST_P(StandardStreams, NonBlockingModeDoesNotLeakToOthers) {
  const int before = fcntl(ends_.write.get(), F_GETFL);
  const auto shipper = ShipTo(ends_.write, Jsonl());
  shipper->Push(MakeBatch(pool_, Jsonl(), 0, 1));
  ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(fcntl(ends_.write.get(), F_GETFL), before);
  EXPECT_EQ(before & O_NONBLOCK, 0);
}

TEST_P(StandardStreams, AReaderThatLeavesIsFatal) {
  std::atomic<int> calls{0};
  const Delta dropped = RowsDropped("stdout", "fatal");
  const auto shipper = ShipTo(ends_.write, Jsonl(), [&](const Error&) { ++calls; });
  EXPECT_FALSE(shipper->Fatal());
  EXPECT_TRUE(shipper->Ready());
  ends_.read.Close();
  EXPECT_TRUE(shipper->Push(MakeBatch(pool_, Jsonl(), 0, 10)));
  ASSERT_TRUE(Eventually([&] { return calls == 1; }));
  ASSERT_TRUE(shipper->Fatal());
  EXPECT_THAT(shipper->Fatal()->Text(), HasSubstr("writing to stdout"));
  EXPECT_FALSE(shipper->Ready());
  EXPECT_FALSE(shipper->Push(MakeBatch(pool_, Jsonl(), 0, 10)));
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(dropped(), 20u);
  EXPECT_EQ(calls, 1);
}

using Param = std::pair<const char*, Ends (*)()>;
INSTANTIATE_TEST_SUITE_P(All, StandardStreams,
                         ::testing::Values(Param{"pipe", Pipe}, Param{"socket", SocketPair},
                                           Param{"terminal", Terminal}),
                         [](const auto& kind) { return std::string(kind.param.first); });

// Another process fills the pipe between our looking and our writing: that must not block us.
TEST(StandardStream, APipeSharedWithAnotherWriterDoesNotBlock) {
  Ends ends = Pipe();
  encode::BatchPool pool(4);
  std::atomic<bool> stop{false};
  Fd other(dup(ends.write.get()));
  const auto shipper = ShipTo(ends.write, Jsonl());
  std::thread greedy([&] {
    const std::string block(4096, 'z');
    while (!stop) {
      pollfd room{other.get(), POLLOUT, 0};
      if (poll(&room, 1, 5) == 1) {
        EXPECT_EQ(write(other.get(), block.data(), block.size()), 4096);
      }
    }
  });
  std::thread reader([&] {
    char buffer[512];
    while (!stop && read(ends.read.get(), buffer, sizeof buffer) > 0) continue;
    char rest[65536];
    while (read(ends.read.get(), rest, sizeof rest) > 0) continue;
  });
  for (size_t i = 0; i < 5; ++i) shipper->Push(MakeBatch(pool, Jsonl(), 0, 1000, 200));
  const int64_t start = MonotonicNs();
  shipper->Stop(milliseconds(50));
  EXPECT_LT(MonotonicNs() - start, kNsPerSecond);
  stop = true;
  greedy.join();
  ends.write.Close();
  other.Close();
  reader.join();
}

TEST(StandardStream, AFileBehindItIsAppendedTo) {
  const TempDir dir;
  const Fd file(open((dir / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(write(file.get(), "first\n", 6), 6);  // as "(echo first; xtcp2) > out" leaves it
  encode::BatchPool pool(1);
  const auto shipper = ShipTo(file, Csv());
  for (size_t i = 0; i < 3; ++i) shipper->Push(MakeBatch(pool, Csv(), i, 1));
  shipper->Stop(milliseconds(5000));
  EXPECT_THAT(ReadFile(dir / "out"), StartsWith("first\nn,p\n{\"n\":0"));
  EXPECT_EQ(NumbersIn(ReadFile(dir / "out")), FromTo(0, 2));
}

TEST(StandardStream, AClosedOneIsAnErrorAtStart) {
  const auto made = StandardStream::Open(987, "stdout", Jsonl());
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().Text(), HasSubstr("opening stdout as the destination: it is not open"));
  const Ends ends = Pipe();
  EXPECT_FALSE(StandardStream::Open(ends.read.get(), "stdout", Jsonl()));
}

}  // namespace
}  // namespace xtcp2::ship::test
