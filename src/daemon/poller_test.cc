// The real kernel, this process's own namespace: needs no privilege. Several readers, so that a thread sanitizer has
// something to see.
#include "daemon/poller.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "collect/output_for_test.h"

namespace xtcp2::daemon {
namespace {

class Listener {
 public:
  explicit Listener(int family) : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage address{};
    address.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET) reinterpret_cast<sockaddr_in*>(&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (family == AF_INET6) reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr = in6addr_loopback;
    ok_ = bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && listen(fd_.get(), 1) == 0;
    socklen_t length = sizeof address;
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);  // at the same place in both families
  }
  bool ok() const { return ok_; }
  uint16_t port() const { return port_; }

 private:
  Fd fd_;
  bool ok_ = false;
  uint16_t port_ = 0;
};

class PollerTest : public testing::Test {
 protected:
  void Start(const PollerOptions& options) {
    host_.hostname = "test";
    auto readers = ReaderPool::Start(
        3,
        [this](unsigned index) {
          return Reader::Make(index, host_, read_, collect::MakeRowSink({}, output_), collect::MakeSyscallRunner(), {});
        },
        stop_);
    ASSERT_TRUE(readers) << readers.error().Text();
    readers_ = std::move(*readers);
    const auto home = netlink::NetnsHome::Here();
    ASSERT_TRUE(home) << home.error().Text();
    poller_ = std::make_unique<Poller>(options, NetnsScanner({"/proc", {}, true}, home->id()), *readers_, stop_,
                                       [this] { finished_ = true; });
    poller_->Start();
  }

  collect::SharedOutput output_;
  HostFacts host_;
  ReadSettings read_;
  std::atomic<bool> stop_{false}, finished_{false};
  std::unique_ptr<ReaderPool> readers_;
  std::unique_ptr<Poller> poller_;
};

PollerOptions Fast(uint64_t loops) {
  PollerOptions options;
  options.frequency_ns = 20 * kNsPerMs;
  options.timeout_ns = 10 * kNsPerSecond;
  options.jitter_pct = 0;
  options.max_loops = loops;
  return options;
}

TEST_F(PollerTest, EachPollHasEachListenerOnceUnderOneTimestamp) {
  const Listener v4(AF_INET), v6(AF_INET6);
  ASSERT_TRUE(v4.ok());
  Start(Fast(3));
  ASSERT_TRUE(poller_->WaitEnded(std::chrono::seconds(30)));
  EXPECT_TRUE(finished_);
  EXPECT_EQ(poller_->GetStatus().polls, 3u);
  EXPECT_EQ(poller_->GetStatus().partial, 0u);
  std::map<int64_t, std::map<uint32_t, int>> seen;  // by poll and port
  std::map<int64_t, std::set<uint64_t>> numbers;
  for (const auto& row : output_.kept.Rows()) {
    EXPECT_TRUE(numbers[row.timestamp_ns()].insert(row.record_counter()).second);
    EXPECT_EQ(row.hostname(), "test");
    if (row.inet_diag_msg_state() == 10) ++seen[row.timestamp_ns()][row.inet_diag_msg_socket_source_port()];
  }
  EXPECT_EQ(seen.size(), 3u);
  for (const auto& [poll, ports] : seen) {
    EXPECT_EQ(ports.at(v4.port()), 1);
    if (v6.ok()) {
      EXPECT_EQ(ports.at(v6.port()), 1);
    }
    EXPECT_EQ(*numbers[poll].begin(), 1u);
    EXPECT_EQ(*numbers[poll].rbegin(), numbers[poll].size());
  }
}

TEST_F(PollerTest, StopEndsALongWait) {
  PollerOptions options = Fast(0);
  options.frequency_ns = 3600 * kNsPerSecond;
  Start(options);
  while (poller_->GetStatus().polls == 0 || poller_->GetStatus().polling) std::this_thread::yield();
  stop_ = true;
  poller_->Wake();
  EXPECT_TRUE(poller_->WaitEnded(std::chrono::seconds(10)));
  EXPECT_EQ(poller_->GetStatus().polls, 1u);
}

}  // namespace
}  // namespace xtcp2::daemon
