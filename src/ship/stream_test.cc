// tcp and unix against real peers: delivery, losses, stalls, returns.
#include <gmock/gmock.h>

#include "ship/test_peers.h"

namespace xtcp2::ship::test {
namespace {

using ::testing::StartsWith;

struct Kind {
  const char* scheme;
  bool ring;
  std::string name() const { return std::string(scheme) + (ring ? "_ring" : ""); }
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name(); }

class Stream : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (const auto why = WhyNoRing(); GetParam().ring && !why.empty()) GTEST_SKIP() << why;
  }
  ShipOptions Quick() const { return test::Quick(GetParam().ring); }
  bool is_unix() const { return std::string(GetParam().scheme) == "unix"; }
  std::string scheme() const { return GetParam().scheme; }
  std::string where() const { return is_unix() ? dir_ / "s" : "ip4:" + std::to_string(port_); }
  std::string dest(const StreamPeer& peer) const { return is_unix() ? "unix:" + (dir_ / "s") : peer.tcp(); }
  // A peer at the same place as the last one.
  std::unique_ptr<StreamPeer> NewPeer(StreamPeer::Limit limit = {}, int receive_buffer = 0) {
    std::filesystem::remove(dir_ / "s");
    auto peer = std::make_unique<StreamPeer>(where(), std::move(limit), receive_buffer);
    if (!is_unix()) port_ = peer->port();
    return peer;
  }
  // The payloads of a connection without the prefix that unix has.
  std::string Payloads(const std::string& connection) const {
    if (!is_unix()) return connection;
    std::string all;
    for (const auto& message : WholeFrames(connection)) all += message;
    return all;
  }
  // The rows of the whole frames (protobufList) of all connections.
  std::set<size_t> RowsOfWholeFrames(const StreamPeer& peer) const {
    std::set<size_t> rows;
    for (const auto& connection : peer.Connections())
      for (const auto& frame : WholeFrames(Payloads(connection)))
        for (const size_t number : NumbersIn(frame)) rows.insert(number);
    return rows;
  }

  TempDir dir_;
  uint16_t port_ = 0;
  encode::BatchPool pool_{4};
};

TEST_P(Stream, DeliversFramesInOrder) {
  const auto peer = NewPeer();
  const auto shipper = MakeShipper(dest(*peer), Jsonl(), Quick());
  const Delta sent = RowsSent(scheme());
  const Delta closed = ErrorsOf(scheme(), "closed");
  for (size_t i = 0; i < 20; ++i) EXPECT_TRUE(shipper->Push(MakeBatch(pool_, Jsonl(), i * 10, 10)));
  shipper->Stop(milliseconds(5000));
  ASSERT_TRUE(Eventually([&] { return NumbersIn(Payloads(peer->All())).size() >= 200; }));
  EXPECT_EQ(NumbersIn(Payloads(peer->All())), FromTo(0, 199));
  EXPECT_EQ(sent(), 200u);
  EXPECT_EQ(closed(), 0u);  // the end is no failure
  EXPECT_EQ(peer->Connections().size(), 1u);
}

TEST_P(Stream, UnixFramesCarryTheirLengthAndTcpFramesNothing) {
  const auto peer = NewPeer();
  const auto shipper = MakeShipper(dest(*peer), Jsonl(), Quick());
  shipper->Push(MakeBatch(pool_, Jsonl(), 7, 1, 200));
  shipper->Stop(milliseconds(5000));
  const std::string payload = RowText(7, 200) + "\n";
  std::string expected = payload;
  if (is_unix()) {
    expected.clear();
    PutVarint(expected, payload.size());
    expected += payload;
  }
  EXPECT_TRUE(Eventually([&] { return peer->All() == expected; })) << peer->All();
}

TEST_P(Stream, EveryConnectionBeginsWithTheHeader) {
  const auto peer = NewPeer([](size_t) { return size_t{3000}; });
  const auto shipper = MakeShipper(dest(*peer), Csv(), Quick());
  for (size_t i = 0; i < 10; ++i) shipper->Push(MakeBatch(pool_, Csv(), i * 10, 10, 50));
  shipper->Stop(milliseconds(10'000));
  const auto connections = peer->Connections();
  EXPECT_GE(connections.size(), 3u);
  for (std::string connection : connections) {
    if (is_unix() && !connection.empty()) connection = connection.substr(connection.find('n'));  // behind the length
    if (connection.size() > 4) {
      EXPECT_THAT(connection, StartsWith("n,p\n{\"n\":"));
      EXPECT_EQ(connection.find("n,p\n", 1), std::string::npos);
    }
  }
}

// The peer takes a random number of bytes of each connection and closes, with more unread as a rule.
TEST_P(Stream, APeerThatClosesAnywhereHasEveryRowInWholeFrames) {
  constexpr size_t kBatches = 20;
  ShipOptions options = Quick();
  options.settle_ms = 300;  // tcp: far longer than the peer's thread may be late
  std::vector<std::thread> seeds;
  for (const uint32_t seed : {1u, 2u, 3u, 4u})
    seeds.emplace_back([this, seed, options] {
      std::minstd_rand random(seed);
      const auto limit = [&random](size_t) { return std::uniform_int_distribution<size_t>(0, 40'000)(random); };
      const std::string path = dir_ / ("seed" + std::to_string(seed));
      StreamPeer peer(is_unix() ? path : "ip4:0", limit);
      const auto shipper = MakeShipper(is_unix() ? "unix:" + path : peer.tcp(), ProtobufList(), options);
      for (size_t i = 0; i < kBatches; ++i)
        ASSERT_TRUE(shipper->Push(MakeBatch(pool_, ProtobufList(), i * 20, 20, 10 + i * 37 % 200)));
      shipper->Stop(milliseconds(30'000));
      EXPECT_EQ(RowsOfWholeFrames(peer).size(), kBatches * 20)
          << "seed " << seed << ", connections " << peer.Connections().size();
      EXPECT_GT(peer.Connections().size(), 1u);
    });
  for (auto& seed : seeds) seed.join();
}

TEST_P(Stream, APeerThatComesBackGetsWhatWaited) {
  auto peer = NewPeer();
  const auto shipper = MakeShipper(dest(*peer), ProtobufList(), Quick());
  shipper->Push(MakeBatch(pool_, ProtobufList(), 0, 10));
  ASSERT_TRUE(Eventually([&] { return RowsOfWholeFrames(*peer).size() == 10; }));
  peer->Stop();
  const Delta errors = ErrorsOf(scheme(), "refused");
  for (size_t i = 1; i < 10; ++i) shipper->Push(MakeBatch(pool_, ProtobufList(), i * 10, 10));
  ASSERT_TRUE(Eventually([&] { return errors() >= 3; }));
  const auto again = NewPeer();
  EXPECT_TRUE(Eventually([&] { return RowsOfWholeFrames(*again).size() == 90; }));
  EXPECT_EQ(*RowsOfWholeFrames(*again).begin(), 10u);  // what the first one had read does not come again
}

TEST_P(Stream, APeerThatIsAwayAtStartIsNoError) {
  auto peer = NewPeer();
  const std::string to = dest(*peer);
  peer.reset();
  const auto shipper = MakeShipper(to, Jsonl(), Quick());
  shipper->Push(MakeBatch(pool_, Jsonl(), 1, 1));
  EXPECT_FALSE(shipper->Drain(milliseconds(30)));
  peer = NewPeer();
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
}

// Accepts and never reads, for longer than every timeout: memory stays within the bound and every row that is lost is
// counted.
TEST_P(Stream, AStalledPeerCostsRowsNotMemory) {
  const Fd stalled = Bind(is_unix() ? dir_ / "stalled" : "ip4:0", SOCK_STREAM, 4096);
  const std::string to = is_unix() ? "unix:" + (dir_ / "stalled") : "tcp:127.0.0.1:" + std::to_string(PortOf(stalled));
  ShipOptions options = Quick();
  options.queue_bytes = 4 << 20;
  options.write_timeout_ms = 50;
  const Delta sent = RowsSent(scheme());
  const Delta dropped = RowsDropped(scheme(), "queue_full");
  const Delta dropped_batches = BatchesDropped(scheme(), "queue_full");
  const Delta at_stop = RowsDropped(scheme(), "shutdown");
  const Delta timeouts = ErrorsOf(scheme(), "timeout");
  const auto shipper = MakeShipper(to, ProtobufList(), options);
  constexpr size_t kBatches = 200;
  constexpr size_t kRows = 100;
  for (size_t i = 0; i < kBatches; ++i) {
    ASSERT_TRUE(shipper->Push(MakeBatch(pool_, ProtobufList(), i * kRows, kRows, 1000)));
    EXPECT_LE(shipper->GetLevel().bytes, options.queue_bytes);
  }
  EXPECT_LT(pool_.GetStats().out, 50u);  // some 40 fit into the bound, one is being sent
  EXPECT_TRUE(Eventually([&] { return timeouts() >= 3; }));
  EXPECT_GT(dropped(), 100 * kRows);
  EXPECT_EQ(dropped(), dropped_batches() * kRows);
  const int64_t start = MonotonicNs();
  shipper->Stop(milliseconds(50));
  EXPECT_LT(MonotonicNs() - start, 2 * kNsPerSecond);
  EXPECT_EQ(sent() + dropped() + at_stop(), kBatches * kRows);
}

TEST_P(Stream, StopEndsAWriteThatIsStuck) {
  const Fd stalled = Bind(is_unix() ? dir_ / "stalled" : "ip4:0", SOCK_STREAM, 4096);
  const std::string to = is_unix() ? "unix:" + (dir_ / "stalled") : "tcp:127.0.0.1:" + std::to_string(PortOf(stalled));
  ShipOptions options = Quick();
  options.write_timeout_ms = 600'000;
  const auto shipper = MakeShipper(to, Jsonl(), options);
  for (size_t i = 0; i < 10; ++i) shipper->Push(MakeBatch(pool_, Jsonl(), i * 1000, 1000, 1000));
  const int64_t start = MonotonicNs();
  shipper->Stop(milliseconds(100));
  EXPECT_LT(MonotonicNs() - start, 2 * kNsPerSecond);
}

// The deadline is for progress, not for the whole frame.
TEST_P(Stream, ASlowReaderIsNotCutOff) {
  const Fd listener = Bind(is_unix() ? dir_ / "slow" : "ip4:0", SOCK_STREAM, 16'384);
  const std::string to = is_unix() ? "unix:" + (dir_ / "slow") : "tcp:127.0.0.1:" + std::to_string(PortOf(listener));
  ShipOptions options = Quick();
  options.write_timeout_ms = 700;
  const Delta timeouts = ErrorsOf(scheme(), "timeout");
  const auto shipper = MakeShipper(to, Jsonl(), options);
  const int64_t start = MonotonicNs();
  shipper->Push(MakeBatch(pool_, Jsonl(), 0, 1000, 10'000));  // far more than the kernel buffers
  const Fd fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  size_t got = 0;
  std::vector<char> buffer(200'000);
  while (got < 10'000'000) {
    const ssize_t n = recv(fd.get(), buffer.data(), buffer.size(), 0);
    ASSERT_GT(n, 0);
    got += static_cast<size_t>(n);
    if (MonotonicNs() - start < 1'000 * kNsPerMs) std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_GT(MonotonicNs() - start, options.write_timeout_ms * kNsPerMs);
  EXPECT_EQ(timeouts(), 0u);
}

// nc and socat close their sending direction at once and go on reading.
TEST_P(Stream, APeerThatOnlyShutsItsOwnDirectionIsStillWrittenTo) {
  const Fd listener = Bind(is_unix() ? dir_ / "half" : "ip4:0", SOCK_STREAM);
  const std::string to = is_unix() ? "unix:" + (dir_ / "half") : "tcp:127.0.0.1:" + std::to_string(PortOf(listener));
  const Delta reconnects{"xtcp2_destination_reconnects_total", {{"destination", scheme()}}};
  const auto shipper = MakeShipper(to, ProtobufList(), Quick());
  shipper->Push(MakeBatch(pool_, ProtobufList(), 0, 10));
  const Fd fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  shutdown(fd.get(), SHUT_WR);
  std::string got;
  for (size_t i = 1; i <= 20; ++i) {
    char buffer[65536];
    while (NumbersIn(got).size() < i * 10) {
      const ssize_t n = recv(fd.get(), buffer, sizeof buffer, 0);
      ASSERT_GT(n, 0);
      got.append(buffer, static_cast<size_t>(n));
    }
    shipper->Push(MakeBatch(pool_, ProtobufList(), i * 10, 10));
  }
  EXPECT_EQ(reconnects(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Each, Stream,
                         ::testing::Values(Kind{"tcp", false}, Kind{"unix", false}, Kind{"tcp", true},
                                           Kind{"unix", true}),
                         [](const auto& kind) { return kind.param.name(); });

TEST(Unix, ReachesAnAbstractSocket) {
  const std::string name = "xtcp2-ship-test-" + std::to_string(getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, name.size());
  const Fd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  encode::BatchPool pool(1);
  const auto shipper = MakeShipper("unix:@" + name, Jsonl(), Quick());
  shipper->Push(MakeBatch(pool, Jsonl(), 1, 3));
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
}

TEST(Tcp, SpeaksIpv6) {
  const StreamPeer peer("ip6:0");
  encode::BatchPool pool(1);
  const auto shipper = MakeShipper("tcp:[::1]:" + std::to_string(peer.port()), Jsonl(), Quick());
  shipper->Push(MakeBatch(pool, Jsonl(), 1, 3));
  shipper->Stop(milliseconds(5000));
  EXPECT_TRUE(Eventually([&] { return NumbersIn(peer.All()) == FromTo(1, 3); }));
}

TEST(Tcp, LooksTheNameUpForEachConnection) {
  auto first = std::make_unique<StreamPeer>();
  auto second = std::make_unique<StreamPeer>();
  std::atomic<uint16_t> leads_to{first->port()};
  std::atomic<int> lookups{0};
  ShipOptions options = Quick();
  options.lookup = [&](const std::string& host, uint16_t port) -> Result<std::vector<Address>> {
    EXPECT_EQ(host, "collector.test");
    EXPECT_EQ(port, 9000);
    ++lookups;
    Address address;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    *v4 = {AF_INET, htons(leads_to.load()), {htonl(INADDR_LOOPBACK)}, {}};
    address.length = sizeof *v4;
    return std::vector{address};
  };
  encode::BatchPool pool(1);
  const auto shipper = MakeShipper("tcp:collector.test:9000", Jsonl(), options);
  shipper->Push(MakeBatch(pool, Jsonl(), 1, 1));
  ASSERT_TRUE(Eventually([&] { return NumbersIn(first->All()) == FromTo(1, 1); }));
  EXPECT_EQ(lookups, 1);
  leads_to = second->port();
  first.reset();
  shipper->Push(MakeBatch(pool, Jsonl(), 2, 1));
  EXPECT_TRUE(Eventually([&] { return NumbersIn(second->All()) == FromTo(2, 2); }));
  EXPECT_GE(lookups, 2);
}

TEST(Tcp, ALookupThatHangsEndsWithTheDeadlineAndWithStop) {
  ShipOptions options = Quick();
  options.connect_timeout_ms = 20;
  auto release = std::make_shared<std::atomic<bool>>(false);
  auto running = std::make_shared<std::atomic<int>>(0);
  auto most = std::make_shared<std::atomic<int>>(0);
  options.lookup = [release, running, most](const std::string&, uint16_t) -> Result<std::vector<Address>> {
    *most = std::max(most->load(), ++*running);
    while (!*release) std::this_thread::sleep_for(milliseconds(1));
    --*running;
    return Fail("no such host");
  };
  const Delta timeouts = ErrorsOf("tcp", "timeout");
  encode::BatchPool pool(1);
  const auto shipper = MakeShipper("tcp:silent.test:9000", Jsonl(), options);
  shipper->Push(MakeBatch(pool, Jsonl(), 1, 1));
  EXPECT_TRUE(Eventually([&] { return timeouts() >= 3; }));
  const int64_t start = MonotonicNs();
  shipper->Stop(milliseconds(10));
  EXPECT_LT(MonotonicNs() - start, kNsPerSecond);
  EXPECT_EQ(*most, 1);  // threads do not pile up
  *release = true;
  EXPECT_TRUE(Eventually([&] { return *running == 0; }));
}

}  // namespace
}  // namespace xtcp2::ship::test
