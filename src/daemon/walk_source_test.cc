// Polls by the walk in BPF over this host's tables. Needs the rights to load it; this process's own namespace has the
// sockets that are looked for.
#include "daemon/walk_source.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <map>

#include "base/fd.h"
#include "collect/output_for_test.h"
#include "daemon/poller.h"

namespace xtcp2::daemon {
namespace {

// A listener on loopback and its port.
std::pair<Fd, uint16_t> Listen() {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(listen(fd.get(), 1), 0);
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return {std::move(fd), ntohs(address.sin_port)};
}

class WalkPolls : public testing::Test {
 protected:
  static constexpr unsigned kReaders = 3;

  void SetUp() override {
    walk_options_.walkers = kReaders;
    auto program = bpf::WalkProgram::Load(walk_options_);
    if (!program) GTEST_SKIP() << "NOT TESTED: the walk cannot be loaded here: " << program.error().Text();
    program_ = std::move(*program);
    options_.frequency_ns = 20 * kNsPerMs;
    options_.timeout_ns = 10 * kNsPerSecond;
    options_.jitter_pct = 0;
    options_.max_loops = 2;
  }

  void Run() {
    auto readers = ReaderPool::Start(
        kReaders,
        [this](unsigned index) {
          return Reader::Make(index, host_, read_, collect::MakeRowSink({}, output_), collect::MakeSyscallRunner(), {});
        },
        stop_);
    ASSERT_TRUE(readers) << readers.error().Text();
    const auto home = netlink::NetnsHome::Here();
    ASSERT_TRUE(home) << home.error().Text();
    auto source = std::make_unique<WalkSource>(walk_options_, program_, false);
    Poller poller(options_, NetnsScanner({"/proc", {}, true}, home->id()), **readers, stop_, {}, std::move(source));
    poller.Start();
    EXPECT_TRUE(poller.WaitEnded(std::chrono::seconds(60)));
    EXPECT_EQ(poller.GetStatus().partial, 0u);
  }

  // By poll: the names under which a port's row came.
  std::map<int64_t, std::vector<std::string>> NamesOf(uint16_t port) {
    std::map<int64_t, std::vector<std::string>> names;
    for (const auto& row : output_.kept.Rows())
      if (row.inet_diag_msg_socket_source_port() == port && row.inet_diag_msg_state() == 10)
        names[row.timestamp_ns()].push_back(row.netns());
    return names;
  }

  bpf::WalkOptions walk_options_;
  std::shared_ptr<bpf::WalkProgram> program_;
  PollerOptions options_;
  collect::SharedOutput output_;
  HostFacts host_;
  ReadSettings read_;
  std::atomic<bool> stop_{false};
};

TEST_F(WalkPolls, EachPollHasTheListenerOnceUnderItsNamespacesName) {
  const auto [listener, port] = Listen();
  Run();
  const auto names = NamesOf(port);
  EXPECT_EQ(names.size(), 2u);
  for (const auto& [poll, found] : names) EXPECT_EQ(found, std::vector<std::string>{"default"});
  for (const auto& row : output_.kept.Rows()) {
    ASSERT_EQ(row.collector(), 3);
    ASSERT_NE(row.netns_inode(), 0u);
  }
}

TEST_F(WalkPolls, RecordCountersNumberThePollsRows) {
  const auto [listener, port] = Listen();
  Run();
  std::map<int64_t, std::set<uint64_t>> counters;
  std::map<int64_t, uint64_t> rows;
  for (const auto& row : output_.kept.Rows()) {
    counters[row.timestamp_ns()].insert(row.record_counter());
    ++rows[row.timestamp_ns()];
  }
  ASSERT_EQ(counters.size(), 2u);
  for (const auto& [poll, numbers] : counters) {
    EXPECT_EQ(numbers.size(), rows[poll]);
    EXPECT_EQ(*numbers.rbegin(), rows[poll]);
  }
}

TEST_F(WalkPolls, OwnNamespaceOnly) {
  const auto [listener, port] = Listen();
  options_.own_only = true;
  Run();
  EXPECT_EQ(NamesOf(port).size(), 2u);
  for (const auto& row : output_.kept.Rows()) ASSERT_EQ(row.netns(), "default");
}

TEST_F(WalkPolls, AnExcludedNamespaceIsNotTakenForANamelessOne) {
  const auto [listener, port] = Listen();
  options_.selection = filter::NetnsSelection::Parse({}, std::vector<std::string>{"default"}).value();
  Run();
  EXPECT_EQ(NamesOf(port).size(), 0u);
}

TEST_F(WalkPolls, DevicesOfAFilterAreThoseOfTheNamespace) {
  const auto [bound, port] = Listen();
  const auto [unbound, other] = Listen();
  if (setsockopt(bound.get(), SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) != 0) GTEST_SKIP() << "NOT TESTED: needs root";
  options_.own_only = true;
  read_.filter = filter::Filter::Parse("dev lo").value();
  Run();
  EXPECT_EQ(NamesOf(port).size(), 2u);
  EXPECT_EQ(NamesOf(other).size(), 0u);
}

}  // namespace
}  // namespace xtcp2::daemon
