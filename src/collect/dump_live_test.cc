// The kernel's own answers, by system calls and by a ring: the same sockets, the same account.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/socket.h>

#include <map>
#include <set>

#include "base/clock.h"
#include "collect/dump_ring.h"
#include "collect/output_for_test.h"
#include "netlink/request.h"

namespace xtcp2::collect {
namespace {

// Listeners on 127.0.0.1, which nobody else changes.
class Listeners {
 public:
  explicit Listeners(int count) {
    for (int i = 0; i < count; ++i) Add();
  }
  void Add() {
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd.get(), 1), 0);
    EXPECT_EQ(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    ports.insert(ntohs(address.sin_port));
    open_.push_back(std::move(fd));
  }
  std::multiset<uint32_t> ports;

 private:
  std::vector<Fd> open_;
};

class DumpLive : public testing::TestWithParam<const char*> {
 protected:
  DumpLive() : sink_(MakeRowSink({}, output_)) {
    sink_->BeginPoll(RealtimeNs(), &counter_);
    runner_ = MakeSyscallRunner();
    if (GetParam() == std::string("ring")) {
      auto ring = MakeRingRunner({.receive_batch = 8, .completion_batch = 16});
      if (ring)
        runner_ = std::move(*ring);
      else
        why_not_ = ring.error().Text();
    }
  }
  void SetUp() override {
    if (!why_not_.empty()) GTEST_SKIP() << why_not_;
  }

  struct Asked {
    netlink::DiagSocket socket;
    std::array<uint8_t, 72> request;
    Lane lane;
    Asked(uint8_t family, uint32_t seq)
        : socket(std::move(*netlink::DiagSocket::Open(200))),
          request(netlink::BuildDumpRequest({family, 0xff, netlink::kAllStates, seq})) {}
    DumpJob Job() { return {.channel = &socket, .fd = socket.fd(), .request = request, .lane = &lane}; }
  };
  std::multiset<uint32_t> PortsSeen(const Listeners& of, std::string_view netns) {
    sink_->Flush(encode::FlushReason::kPollEnd);
    std::multiset<uint32_t> seen;
    for (const auto& row : output_.Rows())
      if (row.netns() == netns && of.ports.contains(row.inet_diag_msg_socket_source_port()))
        seen.insert(row.inet_diag_msg_socket_source_port());
    return seen;
  }

  KeptOutput output_;
  std::atomic<uint64_t> counter_{0};
  std::unique_ptr<RowSink> sink_;
  std::unique_ptr<DumpRunner> runner_;
  std::string why_not_;
};

TEST_P(DumpLive, ManyDumpsEachInItsLane) {
  const Listeners listeners(150);  // several datagrams
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) names.push_back("lane" + std::to_string(i));  // more than the ring holds
  std::vector<std::unique_ptr<Asked>> asked;
  std::vector<DumpJob> jobs;
  for (uint32_t i = 0; i < names.size(); ++i) {
    asked.push_back(std::make_unique<Asked>(AF_INET, 100 + i));
    schema::Context context;
    context.netns = names[i];
    asked.back()->lane.Begin(context);
    jobs.push_back(asked.back()->Job());
  }
  runner_->Run(jobs, *sink_, {10 * kNsPerSecond, nullptr});
  for (const DumpJob& job : jobs) {
    EXPECT_TRUE(job.result.complete()) << DumpEndName(job.result.end) << " " << job.result.code;
    EXPECT_GE(job.result.answers, 150u);
    EXPECT_GE(job.result.datagrams, 2u);
  }
  for (const std::string& name : names) EXPECT_EQ(PortsSeen(listeners, name), listeners.ports) << name;
}

TEST_P(DumpLive, OneDumpAfterTheOtherOnASocket) {
  const Listeners listeners(5);
  Asked asked(AF_INET, 7);
  asked.lane.Begin({});
  for (int round = 0; round < 3; ++round) {
    DumpJob job = asked.Job();
    runner_->Run({&job, 1}, *sink_, {10 * kNsPerSecond, nullptr});
    EXPECT_TRUE(job.result.complete()) << DumpEndName(job.result.end) << " " << job.result.code;
  }
  EXPECT_EQ(PortsSeen(listeners, ""), listeners.ports);  // cookies of the lane: each once
  EXPECT_GE(sink_->TakeCounters().duplicates, 10u);
}

TEST_P(DumpLive, TheKernelRefusesAFamilyThatItDoesNotKnow) {
  Asked asked(AF_APPLETALK, 1);
  asked.lane.Begin({});
  DumpJob job = asked.Job();
  runner_->Run({&job, 1}, *sink_, {10 * kNsPerSecond, nullptr});
  EXPECT_EQ(job.result.end, DumpEnd::kRefused);
  EXPECT_EQ(job.result.code, ENOENT);
}

// Needs CAP_NET_ADMIN: a process that sends to our port id in the kernel's name.
TEST_P(DumpLive, ASenderThatIsNotTheKernelIsIgnored) {
  const Listeners listeners(3);
  Asked asked(AF_INET, 3), other(AF_INET, 3);
  asked.lane.Begin({});
  sockaddr_nl ours{};
  ours.nl_family = AF_NETLINK;
  ours.nl_pid = asked.socket.port_id();
  for (int i = 0; i < 3; ++i) {
    if (sendto(other.socket.fd(), other.request.data(), other.request.size(), 0, reinterpret_cast<sockaddr*>(&ours),
               sizeof ours) < 0)
      GTEST_SKIP() << "needs CAP_NET_ADMIN: " << strerror(errno);
  }
  DumpJob job = asked.Job();
  runner_->Run({&job, 1}, *sink_, {10 * kNsPerSecond, nullptr});
  EXPECT_TRUE(job.result.complete()) << DumpEndName(job.result.end);
  EXPECT_EQ(job.result.foreign, 3u);
  EXPECT_EQ(PortsSeen(listeners, ""), listeners.ports);
}

// The socket is made to lose messages by a multicast group (dying sockets) and a small buffer.
TEST_P(DumpLive, LostMessagesAreSaid) {
  const Listeners listeners(3);
  Asked asked(AF_INET, 3);
  asked.lane.Begin({});
  const int group = SKNLGRP_INET_TCP_DESTROY, size = 1;
  ASSERT_EQ(setsockopt(asked.socket.fd(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
  if (setsockopt(asked.socket.fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
    GTEST_SKIP() << "needs CAP_NET_ADMIN: " << strerror(errno);
  pollfd lost{asked.socket.fd(), 0, 0};  // the kernel tells of deaths by a thread of its own
  for (int i = 0; i < 10'000 && (lost.revents & POLLERR) == 0; ++i) {
    const Listeners dying(1);
    ASSERT_GE(poll(&lost, 1, i < 200 ? 0 : 1), 0);
  }
  ASSERT_NE(lost.revents & POLLERR, 0);
  ASSERT_EQ(setsockopt(asked.socket.fd(), SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof group), 0);
  DumpJob job = asked.Job();
  runner_->Run({&job, 1}, *sink_, {10 * kNsPerSecond, nullptr});
  EXPECT_EQ(job.result.end, DumpEnd::kOverrun) << DumpEndName(job.result.end) << " " << job.result.code;
  EXPECT_EQ(PortsSeen(listeners, ""), listeners.ports);
}

INSTANTIATE_TEST_SUITE_P(Both, DumpLive, testing::Values("syscalls", "ring"),
                         [](const auto& variant) { return std::string(variant.param); });

}  // namespace
}  // namespace xtcp2::collect
