// Readers against the real kernel, in a namespace that a thread of the test makes (root), with both kinds of runner:
// parts of a namespace, empty ones, filters, samples.
#include "daemon/reader.h"

#include <gtest/gtest.h>

#include <set>

#include "base/clock.h"
#include "collect/dump_ring.h"
#include "collect/output_for_test.h"
#include "daemon/netns_for_test.h"
#include "daemon/poll_order.h"
#include "daemon/reader_pool.h"

namespace xtcp2::daemon {
namespace {

// A host of one namespace, the one that the calling thread is in, and three readers.
class Polls {
 public:
  Polls(ReadSettings settings, bool ring) : settings_(std::move(settings)) {
    settings_.readers = kReaders;
    auto pool = ReaderPool::Start(
        kReaders,
        [&](unsigned index) {
          auto runner = ring ? collect::MakeRingRunner({}) : collect::MakeSyscallRunner();
          if (!runner) return Result<std::unique_ptr<Reader>>(tl::unexpected(runner.error()));
          collect::SinkOptions sink;
          sink.filter_attributes = settings_.filter.NeededAttributes();
          return Reader::Make(index, host_, settings_, collect::MakeRowSink(sink, output_), std::move(*runner), {});
        },
        stop_);
    if (pool)
      pool_ = std::move(*pool);
    else
      why_not_ = pool.error().Text();
    own_ = netlink::NetnsHome::Here()->id();
  }
  bool ok() const { return pool_ != nullptr; }
  const std::string& why_not() const { return why_not_; }

  // One poll; gives how the namespace was served.
  ServeResult Poll(filter::Sampler sampler = {}) {
    output_.kept.batches.clear();
    counters = {};
    PollRun run(order_.Begin({{own_, "test", {}, true}}, true).tasks, ++timestamp_, MonotonicNs() + kNsPerSecond * 60);
    run.sampler = sampler;
    pool_->Run(run, counters);
    order_.End(run);
    return run.results()[0];
  }
  std::vector<xtcp_flat_record::v1::XtcpFlatRecord> Rows() const { return output_.kept.Rows(); }
  std::multiset<uint64_t> Cookies() const {
    std::multiset<uint64_t> cookies;
    for (const auto& row : Rows()) cookies.insert(row.inet_diag_msg_socket_cookie());
    return cookies;
  }

  static constexpr unsigned kReaders = 3;
  collect::SinkCounters counters;

 private:
  const HostFacts host_{};
  ReadSettings settings_;
  netlink::NetnsId own_;
  std::atomic<bool> stop_{false};
  collect::SharedOutput output_;
  std::unique_ptr<ReaderPool> pool_;
  std::string why_not_;
  PollOrder order_{4};
  int64_t timestamp_ = 1;
};

class ReaderTest : public testing::TestWithParam<bool> {
 protected:
  // Runs `body` in a new namespace with both ends of `connections`.
  static void WithConnections(int connections, const std::function<void(const TcpPort&)>& body) {
    InNewNetns([&] {
      const TcpPort port(AF_INET);
      std::vector<Fd> ends;
      for (int i = 0; i < connections; ++i) {
        ends.push_back(port.Connect(AF_INET));
        ends.push_back(port.Accept());
      }
      body(port);
    });
  }
  // Whether the ring is what is to be tested and cannot be had.
  static bool NoRing(const Polls& polls) {
    if (polls.ok()) return false;
    EXPECT_TRUE(GetParam()) << polls.why_not();
    std::printf("no io_uring: %s\n", polls.why_not().c_str());
    return true;
  }
};

TEST_P(ReaderTest, ALargeNamespaceIsDividedAndEverySocketIsInOnePart) {
  WithConnections(400, [](const TcpPort&) {
    ReadSettings settings;
    settings.sockets_per_part = 100;
    Polls polls(settings, GetParam());
    if (NoRing(polls)) return;
    EXPECT_EQ(polls.Poll().parts, 1u) << "its ports are not known yet";
    const std::multiset<uint64_t> whole = polls.Cookies();
    EXPECT_EQ(whole.size(), 801u);
    for (int i = 0; i < 5; ++i) {
      const ServeResult result = polls.Poll();
      EXPECT_EQ(result.parts, Polls::kReaders);
      EXPECT_EQ(result.served, Served::kComplete);
      EXPECT_EQ(polls.Cookies(), whole);
      EXPECT_EQ(polls.counters.duplicates, 0u);
    }
  });
}

TEST_P(ReaderTest, AnEmptyNamespaceIsNotDumpedUntilItHoldsSomething) {
  InNewNetns([] {
    Polls polls({}, GetParam());
    if (NoRing(polls)) return;
    for (int i = 0; i < 2; ++i) {
      const ServeResult result = polls.Poll();
      EXPECT_EQ(result.served, Served::kEmpty);
      EXPECT_EQ(result.dumps.datagrams, 0u);
    }
    const TcpPort port(AF_INET);
    EXPECT_EQ(polls.Poll().served, Served::kComplete);
    EXPECT_EQ(polls.Rows().size(), 1u);
  });
}

TEST_P(ReaderTest, BoundOnlySocketsAreLookedForWhereNothingIsInUse) {
  InNewNetns([] {
    ReadSettings settings;
    settings.states |= netlink::kBoundOnly;
    Polls polls(settings, GetParam());
    if (NoRing(polls)) return;
    EXPECT_EQ(polls.Poll().served, Served::kComplete);
  });
}

TEST_P(ReaderTest, AFilterIsObeyedByTheKernelAndByTheSink) {
  WithConnections(50, [](const TcpPort& port) {
    const std::string number = std::to_string(port.port());
    // What the kernel can do alone, and (a state inside an `or`) what it cannot.
    const std::vector<std::pair<std::string, size_t>> cases = {{"state established and sport = :" + number, 50},
                                                               {"dport = :" + number, 50},
                                                               {"state listening or dport = :" + number, 51},
                                                               {"sport = :1", 0}};
    for (const auto& [text, expected] : cases) {
      ReadSettings settings;
      settings.filter = filter::Filter::Parse(text).value();
      Polls polls(settings, GetParam());
      if (NoRing(polls)) return;
      EXPECT_EQ(polls.Poll().served, Served::kComplete) << text;
      EXPECT_EQ(polls.Rows().size(), expected) << text;
    }
  });
}

TEST_P(ReaderTest, ASampleKeepsBothEndsOfTheSameConnectionsInEveryPoll) {
  WithConnections(400, [](const TcpPort& port) {
    Polls polls({}, GetParam());
    if (NoRing(polls)) return;
    polls.Poll({7, 4});
    const std::multiset<uint64_t> kept = polls.Cookies();
    EXPECT_GT(kept.size(), 100u);
    EXPECT_LT(kept.size(), 300u);
    EXPECT_EQ(polls.counters.sampled_out + polls.counters.rows, 801u);
    std::map<uint32_t, int> ends;  // by the client's port
    for (const auto& row : polls.Rows()) {
      EXPECT_EQ(row.sample_rate(), 4u);
      const uint32_t source = row.inet_diag_msg_socket_source_port();
      if (row.inet_diag_msg_state() == 1)
        ++ends[source == port.port() ? row.inet_diag_msg_socket_destination_port() : source];
    }
    for (const auto& [client, count] : ends) EXPECT_EQ(count, 2) << client;
    polls.Poll({7, 4});
    EXPECT_EQ(polls.Cookies(), kept);
  });
}

INSTANTIATE_TEST_SUITE_P(Both, ReaderTest, testing::Bool(),
                         [](const auto& test) { return test.param ? "ring" : "syscalls"; });

}  // namespace
}  // namespace xtcp2::daemon
