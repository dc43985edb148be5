// Sockets that the kernel frees, in a namespace of the test's own. Needs root, for the namespace.
#include "ledger/destroy_reader.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "base/clock.h"
#include "collect/output_for_test.h"
#include "ledger/fakes_for_test.h"

namespace xtcp2::ledger {
namespace {

class CountedOutput final : public collect::BatchOutput {
 public:
  encode::PooledBatch TakeBatch() override { return kept_.TakeBatch(); }
  bool Push(encode::PooledBatch batch) override {
    const size_t count = batch->count();
    const bool taken = kept_.Push(std::move(batch));
    rows += count;
    return taken;
  }
  auto Rows() const { return kept_.Rows(); }
  std::atomic<size_t> rows{0};

 private:
  collect::KeptOutput kept_;
};

class DestroyReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    // The thread ends with the test's process; tests of this file share its namespace.
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    ifreq up{};
    std::strcpy(up.ifr_name, "lo");
    up.ifr_flags = IFF_UP;
    const Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(ioctl(any.get(), SIOCSIFFLAGS, &up), 0);
    host_ = std::make_unique<FakeHost>();
    host_->Add({1, 100}, "here");
  }
  void Start(std::string_view filter = "") {
    options_.filter = WithPeer(filter).value();
    collect::SinkOptions sink;
    sink.encode.format = encode::Format::kProtobufList;
    sink.filter_attributes = options_.filter.NeededAttributes();
    auto reader = DestroyReader::Start(
        options_, {.source = [this] { return Result<std::unique_ptr<NetnsSource>>(std::move(host_)); },
                   .sink = collect::MakeRowSink(sink, output_),
                   .sampler = nullptr});
    ASSERT_TRUE(reader) << reader.error().Text();
    reader_ = std::move(*reader);
  }
  // The kernel tells of it a moment after it was freed.
  auto Rows(size_t count) {
    const int64_t deadline = MonotonicNs() + 20 * kNsPerSecond;
    while (output_.rows < count && MonotonicNs() < deadline) usleep(1000);
    reader_.reset();  // reads what is there
    return output_.Rows();
  }
  static uint16_t Connect(size_t bytes, uint16_t port = 0) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    socklen_t size = sizeof at;
    const Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    auto* address = reinterpret_cast<sockaddr*>(&at);
    EXPECT_EQ(bind(listener.get(), address, size), 0);
    EXPECT_EQ(listen(listener.get(), 8), 0);
    EXPECT_EQ(getsockname(listener.get(), address, &size), 0);
    EXPECT_EQ(connect(client.get(), address, size), 0);
    const Fd server(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const std::string text(bytes, 'x');
    EXPECT_EQ(send(client.get(), text.data(), bytes, 0), static_cast<ssize_t>(bytes));
    std::string heard(bytes, 0);
    EXPECT_EQ(recv(server.get(), heard.data(), bytes, MSG_WAITALL), static_cast<ssize_t>(bytes));
    client.Close();
    return ntohs(at.sin_port);
  }

  DestroyOptions options_;
  std::unique_ptr<FakeHost> host_;
  CountedOutput output_;
  std::unique_ptr<DestroyReader> reader_;
};

TEST_F(DestroyReaderTest, BothEndsAndNothingElse) {
  Start();
  const uint16_t port = Connect(333);  // and a listener that ends, too
  const auto rows = Rows(2);
  ASSERT_EQ(rows.size(), 2u);
  for (const auto& row : rows) {
    const bool client = row.inet_diag_msg_socket_destination_port() == port;
    EXPECT_EQ(client ? row.tcp_info_bytes_sent() : row.tcp_info_bytes_received(), client ? 333u : 334u)
        << "the FIN counts";
    EXPECT_EQ(row.record_kind(), XTCP2_EVENT_CLOSE);
    EXPECT_EQ(row.netns(), "here");
    EXPECT_EQ(row.inet_diag_msg_state(), 7u);
    EXPECT_EQ(row.parts_present() & decode::Bit(schema::Part::kSkMem), 0u) << "not told";
    EXPECT_NE(row.parts_present() & decode::Bit(schema::Part::kInfo), 0u);
    EXPECT_EQ(row.ending(), 0) << "not known";
  }
}

TEST_F(DestroyReaderTest, TheFilterHolds) {
  constexpr uint16_t kPort = 4321;
  Start(fmt::format("sport = :{0} or dport = :{0}", kPort));
  Connect(3);
  Connect(3, kPort);
  EXPECT_EQ(Rows(2).size(), 2u) << "and no others";
}

TEST_F(DestroyReaderTest, WhatTheSocketCannotHoldIsCounted) {
  options_.receive_bytes = 4096;
  Counter& overruns = Metrics::Global().AddCounter("xtcp2_ledger_overruns_total", "");
  const uint64_t before = overruns.Value();
  Start();
  const int64_t deadline = MonotonicNs() + 20 * kNsPerSecond;
  while (overruns.Value() == before && MonotonicNs() < deadline)
    for (int i = 0; i < 50; ++i) Connect(1);
  EXPECT_GT(overruns.Value(), before);
}

TEST(WithPeerTest, AnyFilter) {
  EXPECT_TRUE(WithPeer(""));
  EXPECT_TRUE(WithPeer("  "));
  EXPECT_TRUE(WithPeer("sport = :1 or dport = :2"));
  EXPECT_FALSE(WithPeer("sport ="));
}

}  // namespace
}  // namespace xtcp2::ledger
