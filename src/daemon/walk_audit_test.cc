// The audit of polls by the walk in BPF, on this host's tables. Needs the rights to load it.
#include "daemon/walk_audit.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <map>
#include <set>
#include <thread>

#include "collect/output_for_test.h"
#include "daemon/netns_for_test.h"
#include "daemon/poller.h"

namespace xtcp2::daemon {
namespace {

constexpr unsigned kReaders = 2;
// What WalkOptions::sabotage moves, in its order, and the field that then is wrong.
constexpr std::array kMoved = {"tcp_info_snd_cwnd", "inet_diag_class_id", "tcp_info_segs_in"};

uint64_t Sockets(const char* result) {
  return Metrics::Global().AddCounter("xtcp2_audit_sockets_total", "", {{"result", result}}).Value();
}
uint64_t Disagreements(const char* field) {
  return Metrics::Global().AddCounter("xtcp2_audit_disagreements_total", "", {{"field", field}}).Value();
}

class Audit : public testing::Test {
 protected:
  Audit() {
    options_.frequency_ns = 20 * kNsPerMs;
    options_.timeout_ns = 10 * kNsPerSecond;
    options_.jitter_pct = 0;
    options_.max_loops = 3;
    options_.own_only = true;
  }

  void MakeSockets() {
    port_.emplace(AF_INET);
    for (int i = 0; i < 20; ++i) {
      sockets_.push_back(port_->Connect(AF_INET));
      sockets_.push_back(port_->Accept());
      const int priority = 3;
      setsockopt(sockets_.back().get(), SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
      EXPECT_EQ(write(sockets_.back().get(), "unread", 6), 6);
    }
  }

  // Sockets that nobody else touches, and the walk.
  void InOwnNetns(int sabotage, const std::function<void()>& body) {
    if (!Load(sabotage)) GTEST_SKIP() << "NOT TESTED: the walk cannot be loaded here";
    InNewNetns([&] {
      MakeSockets();
      body();
      sockets_.clear();
      port_.reset();
    });
  }

  bool Load(int sabotage) {
    walk_options_.walkers = kReaders;
    walk_options_.sabotage = sabotage;
    auto program = bpf::WalkProgram::Load(walk_options_);
    if (!program) return false;
    program_ = std::move(*program);
    return true;
  }

  void Poll(bool may_give_up) {
    auto readers = ReaderPool::Start(
        kReaders,
        [this](unsigned index) {
          return Reader::Make(index, host_, read_, collect::MakeRowSink({}, output_), collect::MakeSyscallRunner(), {});
        },
        stop_);
    ASSERT_TRUE(readers) << readers.error().Text();
    const auto home = netlink::NetnsHome::Here();
    ASSERT_TRUE(home) << home.error().Text();
    auto source = std::make_unique<WalkSource>(walk_options_, program_, may_give_up, audit_);
    source_ = source.get();
    Poller poller(options_, NetnsScanner({"/proc", {}, true}, home->id()), **readers, stop_, {}, std::move(source));
    poller.Start();
    EXPECT_TRUE(poller.WaitEnded(std::chrono::minutes(5)));
    in_use_ = source_->in_use();
  }

  void OpenSendClose() {
    const Fd one = port_->Connect(AF_INET), other = port_->Accept();
    const linger reset{1, 0};  // half of them leave no TIME_WAIT behind
    if (++opened_ % 2 == 0) setsockopt(one.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    char bytes[256] = {};
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(write(one.get(), bytes, sizeof bytes), ssize_t{sizeof bytes});
      EXPECT_GT(read(other.get(), bytes, sizeof bytes), 0);
    }
  }

  // Long enough that the readers get a processor, which they yield after each block.
  static void Rest() { std::this_thread::sleep_for(std::chrono::microseconds(20)); }

  // Which collectors the rows name, by poll.
  std::map<int64_t, std::set<int>> Collectors() {
    std::map<int64_t, std::set<int>> out;
    for (const auto& row : output_.kept.Rows()) out[row.timestamp_ns()].insert(row.collector());
    return out;
  }

  std::optional<TcpPort> port_;
  std::vector<Fd> sockets_;
  bpf::WalkOptions walk_options_;
  std::shared_ptr<bpf::WalkProgram> program_;
  PollerOptions options_;
  AuditOptions audit_{16};
  collect::SharedOutput output_;
  HostFacts host_;
  ReadSettings read_;
  std::atomic<bool> stop_{false};
  WalkSource* source_ = nullptr;
  int opened_ = 0;
  bool in_use_ = false;
};

TEST_F(Audit, SocketsAtRestAgree) {
  InOwnNetns(0, [this] {
    const uint64_t agreed = Sockets("agreed"), disagreed = Sockets("disagreed");
    Poll(true);
    EXPECT_EQ(Sockets("agreed"), agreed + 3 * 16);
    EXPECT_EQ(Sockets("disagreed"), disagreed);
    EXPECT_TRUE(in_use_);
  });
}

TEST_F(Audit, AsksForNothingWhereNobodyWantsIt) {
  InOwnNetns(0, [this] {
    audit_.sockets = 0;
    const uint64_t agreed = Sockets("agreed");
    Poll(true);
    EXPECT_EQ(Sockets("agreed"), agreed);
  });
}

TEST_F(Audit, CountingForABudgetIsNotAudited) {
  InOwnNetns(0, [this] {
    options_.budget.rows_per_second = 1'000'000;
    const uint64_t agreed = Sockets("agreed");
    Poll(true);
    EXPECT_EQ(Sockets("agreed"), agreed + 3 * 16);
  });
}

class AuditOfMoved : public Audit, public testing::WithParamInterface<int> {};

TEST_P(AuditOfMoved, MembersAreFoundAndNetlinkTakesOver) {
  InOwnNetns(GetParam(), [this] {
    std::vector<uint64_t> before;
    for (const char* field : kMoved) before.push_back(Disagreements(field));
    Poll(true);
    EXPECT_FALSE(in_use_);
    for (size_t i = 0; i < kMoved.size(); ++i)
      EXPECT_EQ(Disagreements(kMoved[i]) > before[i], static_cast<int>(i) < GetParam()) << kMoved[i];
    const auto collectors = Collectors();
    ASSERT_EQ(collectors.size(), 3u);
    EXPECT_EQ(collectors.begin()->second, std::set<int>{3});
    EXPECT_EQ(collectors.rbegin()->second, std::set<int>{1});
  });
}
INSTANTIATE_TEST_SUITE_P(Each, AuditOfMoved, testing::Range(1, static_cast<int>(kMoved.size()) + 1));

TEST_F(Audit, WithoutAnotherWayTheWalkGoesOn) {
  InOwnNetns(1, [this] {
    const uint64_t disagreed = Sockets("disagreed");
    Poll(false);
    EXPECT_GT(Sockets("disagreed"), disagreed);
    EXPECT_TRUE(in_use_);
  });
}

TEST_F(Audit, LogOnlyCountsInEachPoll) {
  InOwnNetns(1, [this] {
    audit_.action = AuditAction::kLog;
    const uint64_t disagreed = Sockets("disagreed");
    Poll(true);
    EXPECT_GE(Sockets("disagreed"), disagreed + 3);
    EXPECT_TRUE(in_use_);
  });
}

TEST_F(Audit, ExitIsCalledForOnce) {
  InOwnNetns(1, [this] {
    audit_.action = AuditAction::kExit;
    int called = 0;
    audit_.exit = [&] { ++called; };
    Poll(true);
    EXPECT_EQ(called, 1);
  });
}

// Connections that open, send and close, and an owner who changes an option all the time, are no mistakes.
TEST_F(Audit, TrafficAndOwnersAtWorkAreNoMistakes) {
  InOwnNetns(0, [this] {
    audit_.sockets = 64;
    options_.max_loops = 20;
    std::atomic<bool> over{false};
    std::thread owner([&] {
      for (int tos = 0; !over; tos ^= 0x20, Rest())
        for (const Fd& fd : sockets_) setsockopt(fd.get(), IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    });
    std::thread peers([&] {
      for (; !over; Rest()) OpenSendClose();
    });
    const uint64_t disagreed = Sockets("disagreed"), agreed = Sockets("agreed");
    Poll(true);
    over = true;
    owner.join();
    peers.join();
    EXPECT_EQ(Sockets("disagreed"), disagreed);
    EXPECT_GT(Sockets("agreed"), agreed + 200);
    EXPECT_TRUE(in_use_);
  });
}

}  // namespace
}  // namespace xtcp2::daemon
