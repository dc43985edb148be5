// A live dump of this namespace, captured on the way: what replay prints of the capture is what the live rows said.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "collect/capture_writer.h"
#include "collect/dump_runner.h"
#include "collect/output_for_test.h"
#include "collect/replay_for_test.h"
#include "netlink/channel.h"
#include "netlink/request.h"

namespace xtcp2::collect {
namespace {

using testing::Record;

// A listener on 127.0.0.1 and connections to it.
class Connections {
 public:
  explicit Connections(int count) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.get(), generic, size), 0);
    EXPECT_EQ(::listen(listener_.get(), count), 0);
    EXPECT_EQ(::getsockname(listener_.get(), generic, &size), 0);
    port_ = ntohs(address.sin_port);
    for (int i = 0; i < count; ++i) {
      clients_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      EXPECT_EQ(::connect(clients_.back().get(), generic, size), 0);
      EXPECT_EQ(::send(clients_.back().get(), "unread", 6, 0), 6);
    }
  }
  uint32_t port() const { return port_; }

 private:
  Fd listener_;
  std::vector<Fd> clients_;
  uint32_t port_ = 0;
};

// What is known only to the poll that read the socket, or is of the dump and not of the socket.
std::string Comparable(Record row) {
  row.clear_timestamp_ns();
  row.clear_observed_delay_us();
  row.clear_record_counter();
  row.clear_collector();
  return row.SerializeAsString();
}

TEST(ReplayLive, RowsOfACaptureAreTheRowsOfItsDump) {
  constexpr int kConnections = 200;  // several datagrams
  const Connections connections(kConnections);
  utsname kernel;
  ASSERT_EQ(uname(&kernel), 0);
  SinkOptions options;
  options.locate.accecn = AccEcnLayoutOf(*ParseKernelRelease(kernel.release));
  KeptOutput output;
  const auto sink = MakeRowSink(options, output);
  std::atomic<uint64_t> counter{0};
  schema::Context context;
  context.collector = 1;
  context.netns = "here";
  context.netns_inode = 11;
  context.netns_cookie = 12;
  context.boot_id = 13;
  sink->BeginPoll(RealtimeNs(), &counter);
  Lane lane(context);

  const testing::TempFolder folder;
  auto writer = CaptureWriter::Open(folder.File(""), 0, 100'000, {"xtcp2", context.boot_id});
  ASSERT_TRUE(writer);
  const DatagramTap tap = [&](Bytes datagram, int64_t realtime_ns) {
    (*writer)->Write(datagram, {context.netns, context.netns_inode, context.netns_cookie}, realtime_ns);
  };
  auto socket = netlink::DiagSocket::Open(1000);
  ASSERT_TRUE(socket) << socket.error().Text();
  const auto runner = MakeSyscallRunner();
  for (const uint8_t family : {AF_INET, AF_INET6}) {
    const auto request = netlink::BuildDumpRequest({family, 0xff, netlink::kAllStates, family});
    DumpJob job{.channel = &*socket, .request = request, .lane = &lane, .tap = &tap};
    runner->Run({&job, 1}, *sink, {10 * kNsPerSecond, nullptr});
    EXPECT_TRUE(family == AF_INET6 || job.result.complete()) << DumpEndName(job.result.end);  // there may be no IPv6
  }
  sink->Flush(encode::FlushReason::kPollEnd);

  const auto replayed = testing::RunReplay({(*writer)->path()});
  EXPECT_EQ(replayed.exit_code, 0);
  std::vector<std::string> live_rows, replayed_rows;
  int clients = 0;
  for (const Record& row : output.Rows()) {
    live_rows.push_back(Comparable(row));
    clients += row.inet_diag_msg_socket_destination_port() == connections.port();
  }
  EXPECT_EQ(clients, kConnections);
  for (const Record& row : replayed.Rows()) replayed_rows.push_back(Comparable(row));
  EXPECT_EQ(replayed_rows, live_rows);
}

}  // namespace
}  // namespace xtcp2::collect
