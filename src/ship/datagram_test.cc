// udp and unixgram against real sockets.
#include <gmock/gmock.h>

#include "ship/test_peers.h"

namespace xtcp2::ship::test {
namespace {

using ::testing::StartsWith;

class Datagram : public ::testing::TestWithParam<std::tuple<const char*, bool>> {
 protected:
  void SetUp() override {
    if (const auto why = WhyNoRing(); std::get<1>(GetParam()) && !why.empty()) GTEST_SKIP() << why;
  }
  ShipOptions Quick() const { return test::Quick(std::get<1>(GetParam())); }
  bool is_unix() const { return scheme() == "unixgram"; }
  std::string scheme() const { return std::get<0>(GetParam()); }
  std::unique_ptr<DatagramPeer> NewPeer() {
    std::filesystem::remove(dir_ / "g");
    auto peer = std::make_unique<DatagramPeer>(is_unix() ? dir_ / "g" : "ip4:" + std::to_string(port_));
    if (!is_unix()) port_ = peer->port();
    return peer;
  }
  std::string dest() const { return is_unix() ? "unixgram:" + (dir_ / "g") : "udp:127.0.0.1:" + std::to_string(port_); }
  static std::vector<size_t> Rows(const DatagramPeer& peer) {
    std::vector<size_t> rows;
    for (const auto& datagram : peer.Datagrams())
      for (const size_t row : NumbersIn(datagram)) rows.push_back(row);
    return rows;
  }

  TempDir dir_;
  uint16_t port_ = 0;
  encode::BatchPool pool_{4};
};

TEST_P(Datagram, SplitsAtRowBordersAndEachMessageIsWhole) {
  const auto peer = NewPeer();
  for (const auto& framing : {Csv(), ProtobufList(), ProtoJson()}) {
    const size_t before = peer->Count();
    const auto shipper = MakeShipper(dest(), framing, Quick());
    std::minstd_rand random(11);
    auto batch = pool_.Take();
    constexpr size_t kRows = 400;
    for (size_t i = 0; i < kRows; ++i)
      AddRow(*batch, framing, i, random() % 100 == 0 ? random() % 50'000 : random() % 900);
    const size_t bytes = batch->rows.size();
    ASSERT_TRUE(shipper->Push(std::move(batch)));
    ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
    std::vector<size_t> rows;
    ASSERT_TRUE(Eventually([&] {
      rows.clear();
      const auto datagrams = peer->Datagrams();
      for (size_t i = before; i < datagrams.size(); ++i)
        for (const size_t row : NumbersIn(datagrams[i])) rows.push_back(row);
      return rows.size() >= kRows;
    }));
    EXPECT_EQ(rows, FromTo(0, kRows - 1)) << framing.format;
    const auto datagrams = peer->Datagrams();
    EXPECT_LE(datagrams.size() - before, bytes / (is_unix() ? 100'000 : 32'000) + 1) << "datagrams are filled";
    for (size_t i = before; i < datagrams.size(); ++i) {
      const std::string& datagram = datagrams[i];
      EXPECT_LE(datagram.size(), is_unix() ? 1'000'000u : 65507u);
      if (framing.format == "csv") {
        EXPECT_THAT(datagram, StartsWith("n,p\n{\"n\":"));
      }
      if (framing.format == "protobufList") {
        const auto frames = WholeFrames(datagram);
        ASSERT_EQ(frames.size(), 1u);
        EXPECT_EQ(frames[0], datagram.substr(datagram.size() - frames[0].size()));
      }
      if (framing.format == "protoJson") {
        EXPECT_THAT(datagram, StartsWith("{\"row\":[{"));
        EXPECT_TRUE(datagram.ends_with("}]}\n"));
      }
    }
  }
}

TEST_P(Datagram, ARowThatFitsNoDatagramIsDroppedAndCountedTheOthersArrive) {
  const auto peer = NewPeer();
  const Delta dropped = RowsDropped(scheme(), "too_large");
  const Delta sent = RowsSent(scheme());
  const auto shipper = MakeShipper(dest(), Jsonl(), Quick());
  auto batch = pool_.Take();
  for (const size_t padding : {10u, 500'000u, 10u, 500'000u, 10u}) AddRow(*batch, Jsonl(), batch->count(), padding);
  shipper->Push(std::move(batch));
  ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_TRUE(Eventually([&] { return Rows(*peer) == std::vector<size_t>{0, 2, 4}; }));
  EXPECT_EQ(dropped(), 2u);
  EXPECT_EQ(sent(), 3u);
}

TEST_P(Datagram, APeerThatComesBackGetsWhatWaited) {
  auto peer = NewPeer();
  const auto shipper = MakeShipper(dest(), Jsonl(), Quick());
  shipper->Push(MakeBatch(pool_, Jsonl(), 0, 1));
  ASSERT_TRUE(Eventually([&] { return peer->Count() == 1; }));
  peer.reset();
  const Delta refused = ErrorsOf(scheme(), "refused");
  for (size_t i = 1; i <= 20; ++i) shipper->Push(MakeBatch(pool_, Jsonl(), i, 1));
  ASSERT_TRUE(Eventually([&] { return refused() >= 3; }));
  peer = NewPeer();
  EXPECT_TRUE(Eventually([&] { return Rows(*peer) == FromTo(1, 20); })) << ::testing::PrintToString(Rows(*peer));
}

INSTANTIATE_TEST_SUITE_P(Each, Datagram, ::testing::Combine(::testing::Values("udp", "unixgram"), ::testing::Bool()),
                         [](const auto& kind) {
                           return std::get<0>(kind.param) + std::string(std::get<1>(kind.param) ? "_ring" : "");
                         });

class Unixgram : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (const auto why = WhyNoRing(); GetParam() && !why.empty()) GTEST_SKIP() << why;
  }
  static ShipOptions Quick() { return test::Quick(GetParam()); }
};

TEST_P(Unixgram, AReaderThatIsSlowIsWaitedForAndOneThatStallsCostsRowsNotMemory) {
  const TempDir dir;
  DatagramPeer peer(dir / "g");
  peer.Pause(true);
  ShipOptions options = Quick();
  options.write_timeout_ms = 30;
  options.queue_bytes = 1 << 20;
  const Delta dropped = RowsDropped("unixgram", "queue_full");
  const Delta timeouts = ErrorsOf("unixgram", "timeout");
  encode::BatchPool pool(4);
  const auto shipper = MakeShipper("unixgram:" + (dir / "g"), Jsonl(), options);
  for (size_t i = 0; i < 200; ++i) {
    ASSERT_TRUE(shipper->Push(MakeBatch(pool, Jsonl(), i, 1, 50'000)));
    EXPECT_LE(shipper->GetLevel().bytes, options.queue_bytes);
  }
  EXPECT_TRUE(Eventually([&] { return timeouts() >= 2; }));
  peer.Pause(false);
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_TRUE(Eventually([&] { return peer.Count() + dropped() == 200; })) << peer.Count() << " " << dropped();
  EXPECT_GT(dropped(), 100u);
}

TEST_P(Unixgram, HalvesItsLimitWhenTheKernelTakesLess) {
  // What the send buffer says and what the kernel takes differ by some bytes between kernels: whatever the limit, rows
  // arrive.
  const TempDir dir;
  const DatagramPeer peer(dir / "g");
  encode::BatchPool pool(1);
  const auto shipper = MakeShipper("unixgram:" + (dir / "g"), Jsonl(), Quick());
  shipper->Push(MakeBatch(pool, Jsonl(), 0, 2000, 1000));
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  std::vector<size_t> rows;
  EXPECT_TRUE(Eventually([&] {
    rows.clear();
    for (const auto& datagram : peer.Datagrams())
      for (const size_t row : NumbersIn(datagram)) rows.push_back(row);
    return rows == FromTo(0, 1999);
  }));
}

INSTANTIATE_TEST_SUITE_P(Each, Unixgram, ::testing::Bool(),
                         [](const auto& ring) { return ring.param ? "ring" : "syscalls"; });

TEST(Udp, SpeaksIpv6) {
  const DatagramPeer peer("ip6:0");
  encode::BatchPool pool(1);
  const auto shipper = MakeShipper("udp:[::1]:" + std::to_string(peer.port()), Jsonl(), Quick());
  shipper->Push(MakeBatch(pool, Jsonl(), 1, 3));
  EXPECT_TRUE(Eventually([&] { return peer.Count() == 1; }));
}

}  // namespace
}  // namespace xtcp2::ship::test
