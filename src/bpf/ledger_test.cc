// The ledger on the running kernel: every way to end a connection, made by real sockets on loopback in a namespace of
// the test's own. Needs root.
#include "bpf/ledger.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <map>

#include "base/fd.h"

namespace xtcp2::bpf {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kNetnsCookie = 71;  // SO_NETNS_COOKIE

sockaddr_in Address(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}
const sockaddr* Plain(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

uint16_t LocalPort(const Fd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

struct Row {
  xtcp2_ledger_event event;
  uint16_t sport() const { return static_cast<uint16_t>(event.row.msg[4] << 8 | event.row.msg[5]); }
  uint16_t dport() const { return static_cast<uint16_t>(event.row.msg[6] << 8 | event.row.msg[7]); }
  tcp_info info() const {
    tcp_info out;
    static_assert(sizeof out <= sizeof event.row.info);
    std::memcpy(&out, event.row.info, sizeof out);
    return out;
  }
  uint64_t cookie() const {
    uint64_t out;
    std::memcpy(&out, event.row.msg + 44, sizeof out);
    return out;
  }
};

class LedgerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    home_ = Fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    Loopback(true);
    const Fd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    socklen_t size = sizeof netns_;
    ASSERT_EQ(getsockopt(probe.get(), SOL_SOCKET, kNetnsCookie, &netns_, &size), 0);
  }
  void TearDown() override {
    if (home_.ok()) {
      ASSERT_EQ(setns(home_.get(), CLONE_NEWNET), 0);
    }
  }

  static void Loopback(bool up) {
    const Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = up ? IFF_UP : 0;
    ASSERT_EQ(ioctl(any.get(), SIOCSIFFLAGS, &request), 0) << errno;
  }
  static void Set(const char* path, const char* text) {
    const Fd file(open(path, O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(write(file.get(), text, std::strlen(text)), static_cast<ssize_t>(std::strlen(text))) << path;
  }

  void Load(LedgerOptions options = {.mode = LedgerOptions::kRows}) {
    auto loaded = LedgerProgram::Load(options);
    ASSERT_TRUE(loaded) << loaded.error().Text();
    program_ = std::move(*loaded);
  }

  // Events of this namespace, until there are `count`; another look shows those that there should not be.
  std::vector<Row> Rows(size_t count) {
    std::vector<Row> rows;
    const auto take = [&](const xtcp2_ledger_event& event) {
      if (event.row.netns_cookie == netns_) rows.push_back({event});
    };
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    while (rows.size() < count && Clock::now() < deadline)
      if (program_->Drain(1000, take) == 0) usleep(1000);
    program_->Drain(100000, take);
    EXPECT_EQ(rows.size(), count);
    return rows;
  }
  // The same by local port.
  std::map<uint16_t, Row> ByPort(size_t count) {
    std::map<uint16_t, Row> out;
    for (const Row& row : Rows(count))
      EXPECT_TRUE(out.emplace(row.sport(), row).second) << "twice: port " << row.sport();
    return out;
  }
  xtcp2_ledger_counts Counts() {
    const auto lines = program_->Namespaces();
    if (lines)
      for (const LedgerLine& line : *lines)
        if (line.key.netns_cookie == netns_) return line.counts;
    return {};
  }

  static Fd Listener(uint16_t port, int backlog = 128) {
    Fd made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = Address(port);
    const int on = 1;
    setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    EXPECT_EQ(bind(made.get(), Plain(address), sizeof address), 0);
    EXPECT_EQ(listen(made.get(), backlog), 0);
    return made;
  }
  static Fd Client(uint16_t port, int flags = 0, int expected = 0) {
    Fd made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    const sockaddr_in address = Address(port);
    const int result = connect(made.get(), Plain(address), sizeof address);
    EXPECT_EQ(result == 0 ? 0 : errno, expected);
    return made;
  }
  struct Pair {
    Fd client, server;
    uint16_t port;
  };
  static Pair Connect(const Fd& listener, uint16_t port) {
    Pair pair{Client(port), {}, 0};
    pair.server = Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    EXPECT_TRUE(pair.server.ok());
    pair.port = LocalPort(pair.client);
    return pair;
  }
  static void Say(const Fd& from, const Fd& to, size_t size) {
    const std::vector<char> text(size);
    std::vector<char> heard(size);
    EXPECT_EQ(send(from.get(), text.data(), size, 0), static_cast<ssize_t>(size));
    EXPECT_EQ(recv(to.get(), heard.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
  }
  static void Abort(Fd& socket) {
    const linger zero{1, 0};
    setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &zero, sizeof zero);
    socket.Close();
  }
  // Until the peer's FIN or RST has come.
  static void AwaitEnd(const Fd& socket) {
    pollfd wanted{socket.get(), POLLIN | POLLRDHUP, 0};
    EXPECT_EQ(poll(&wanted, 1, 5000), 1);
  }
  static void Expect(const Row& row, int opened_as, int ending, int first) {
    EXPECT_EQ(row.event.kind, XTCP2_EVENT_CLOSE);
    EXPECT_EQ(row.event.row.msg[1], 7);
    EXPECT_EQ(row.event.facts.opened_as, opened_as);
    EXPECT_EQ(row.event.facts.ending, ending);
    EXPECT_EQ(row.event.facts.closed_first, first);
    EXPECT_NE(row.cookie(), 0u);
    EXPECT_EQ(row.event.facts.duration_ns,
              opened_as ? row.event.facts.event_time_ns - row.event.facts.birth_time_ns : 0);
  }

  Fd home_;
  uint64_t netns_ = 0;
  std::unique_ptr<LedgerProgram> program_;
};

TEST_F(LedgerTest, BothSidesByFin) {
  Load();
  const Fd listener = Listener(4000);
  Pair pair = Connect(listener, 4000);
  Say(pair.client, pair.server, 1234);
  Say(pair.server, pair.client, 77);
  pair.client.Close();
  AwaitEnd(pair.server);
  pair.server.Close();
  auto rows = ByPort(2);
  Expect(rows[pair.port], XTCP2_OPENED_ACTIVE, XTCP2_ENDING_CLOSED, XTCP2_SIDE_LOCAL);
  Expect(rows[4000], XTCP2_OPENED_PASSIVE, XTCP2_ENDING_CLOSED, XTCP2_SIDE_REMOTE);
  EXPECT_EQ(rows[pair.port].event.facts.pid, static_cast<uint32_t>(getpid()));
  char name[16] = {};
  const Fd comm(open("/proc/self/comm", O_RDONLY | O_CLOEXEC));
  const ssize_t size = read(comm.get(), name, sizeof name);
  ASSERT_GT(size, 1);
  EXPECT_EQ(std::string(rows[pair.port].event.facts.comm), std::string(name, static_cast<size_t>(size - 1)));
  EXPECT_EQ(rows[4000].event.facts.pid, 0u);
  EXPECT_EQ(rows[pair.port].info().tcpi_bytes_sent, 1234u);
  EXPECT_EQ(rows[4000].info().tcpi_bytes_sent, 77u);
  EXPECT_EQ(rows[4000].info().tcpi_bytes_received, 1235u);  // the FIN counts as one
  EXPECT_EQ(rows[4000].dport(), pair.port);
  const auto counts = Counts();
  EXPECT_EQ(counts.opened, 1u);
  EXPECT_EQ(counts.accepted, 1u);
  EXPECT_EQ(counts.closed, 2u);
  EXPECT_EQ(counts.failed + counts.reset + counts.rows_lost + counts.stillborn, 0u);
  size_t lines = 0;
  const auto ports = program_->Ports();
  ASSERT_TRUE(ports);
  for (const LedgerLine& line : *ports) {
    if (line.key.netns_cookie != netns_) continue;
    ++lines;
    EXPECT_EQ(line.key.port, 4000);
    EXPECT_EQ(line.counts.closed, 1u);
    EXPECT_EQ(line.counts.opened, line.key.opened_as == XTCP2_OPENED_ACTIVE ? 1u : 0u);
  }
  EXPECT_EQ(lines, 2u);
  EXPECT_EQ(program_->Forget(std::vector{netns_}).value(), 2u);
  EXPECT_EQ(Counts().closed, 0u);
}

TEST_F(LedgerTest, ServerFirst) {
  Load();
  const Fd listener = Listener(4000);
  Pair pair = Connect(listener, 4000);
  pair.server.Close();
  AwaitEnd(pair.client);
  pair.client.Close();
  auto rows = ByPort(2);
  Expect(rows[pair.port], XTCP2_OPENED_ACTIVE, XTCP2_ENDING_CLOSED, XTCP2_SIDE_REMOTE);
  Expect(rows[4000], XTCP2_OPENED_PASSIVE, XTCP2_ENDING_CLOSED, XTCP2_SIDE_LOCAL);
}

TEST_F(LedgerTest, Resets) {
  Load();
  const Fd listener = Listener(4000);
  Pair aborted = Connect(listener, 4000);
  Abort(aborted.client);
  AwaitEnd(aborted.server);
  aborted.server.Close();
  auto rows = ByPort(2);
  Expect(rows[aborted.port], XTCP2_OPENED_ACTIVE, XTCP2_ENDING_RESET_SENT, XTCP2_SIDE_LOCAL);
  Expect(rows[4000], XTCP2_OPENED_PASSIVE, XTCP2_ENDING_RESET_RECEIVED, XTCP2_SIDE_REMOTE);
  EXPECT_EQ(rows[4000].event.facts.error, ECONNRESET);

  Pair unread = Connect(listener, 4000);  // closed with data that nobody read
  EXPECT_EQ(send(unread.client.get(), "x", 1, 0), 1);
  AwaitEnd(unread.server);
  unread.server.Close();
  AwaitEnd(unread.client);
  unread.client.Close();
  rows = ByPort(2);
  Expect(rows[4000], XTCP2_OPENED_PASSIVE, XTCP2_ENDING_RESET_SENT, XTCP2_SIDE_LOCAL);
  Expect(rows[unread.port], XTCP2_OPENED_ACTIVE, XTCP2_ENDING_RESET_RECEIVED, XTCP2_SIDE_REMOTE);

  Pair half = Connect(listener, 4000);  // reset after the peer's FIN
  shutdown(half.client.get(), SHUT_WR);
  AwaitEnd(half.server);
  Abort(half.server);
  AwaitEnd(half.client);
  half.client.Close();
  rows = ByPort(2);
  Expect(rows[4000], XTCP2_OPENED_PASSIVE, XTCP2_ENDING_RESET_SENT, XTCP2_SIDE_REMOTE);
  Expect(rows[half.port], XTCP2_OPENED_ACTIVE, XTCP2_ENDING_RESET_RECEIVED, XTCP2_SIDE_LOCAL);

  Pair cut = Connect(listener, 4000);
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  EXPECT_EQ(connect(cut.client.get(), &nobody, sizeof nobody), 0);
  rows = ByPort(2);
  Expect(rows[cut.port], XTCP2_OPENED_ACTIVE, XTCP2_ENDING_RESET_SENT, XTCP2_SIDE_LOCAL);
  EXPECT_EQ(Counts().reset, 8u);
  EXPECT_EQ(Counts().failed, 0u);
}

TEST_F(LedgerTest, ConnectsThatFail) {
  Load();
  Client(4001, 0, ECONNREFUSED).Close();
  Row refused = Rows(1).at(0);
  Expect(refused, XTCP2_OPENED_ACTIVE, XTCP2_ENDING_REFUSED, XTCP2_SIDE_UNKNOWN);
  EXPECT_EQ(refused.event.facts.error, ECONNREFUSED);
  EXPECT_EQ(refused.dport(), 4001);

  const Fd full = Listener(4002, 0);  // takes one, then drops SYNs
  Fd first = Client(4002);
  Fd waiting = Client(4002, SOCK_NONBLOCK, EINPROGRESS);
  waiting.Close();
  Row given_up = Rows(1).at(0);
  Expect(given_up, XTCP2_OPENED_ACTIVE, XTCP2_ENDING_FAILED, XTCP2_SIDE_UNKNOWN);
  EXPECT_EQ(given_up.event.facts.last_state, 2);
  const auto counts = Counts();
  EXPECT_EQ(counts.opened, 3u);
  EXPECT_EQ(counts.failed, 2u);
  EXPECT_EQ(counts.reset + counts.unsent, 0u);
}

TEST_F(LedgerTest, NeverAccepted) {
  Load();
  Fd listener = Listener(4000);
  Fd client = Client(4000), gone = Client(4000);
  const uint16_t first = LocalPort(client), second = LocalPort(gone);
  EXPECT_EQ(send(client.get(), "abc", 3, 0), 3);
  gone.Close();
  Expect(Rows(1).at(0), XTCP2_OPENED_ACTIVE, XTCP2_ENDING_CLOSED, XTCP2_SIDE_LOCAL);
  listener.Close();
  AwaitEnd(client);
  std::map<uint16_t, Row> children;
  for (const Row& row : Rows(3)) {
    if (row.sport() == 4000)
      children.emplace(row.dport(), row);
    else
      Expect(row, XTCP2_OPENED_ACTIVE, XTCP2_ENDING_RESET_RECEIVED, XTCP2_SIDE_REMOTE);
  }
  Expect(children[first], XTCP2_OPENED_PASSIVE, XTCP2_ENDING_RESET_SENT, XTCP2_SIDE_LOCAL);
  EXPECT_EQ(children[first].info().tcpi_bytes_received, 3u);
  Expect(children[second], XTCP2_OPENED_PASSIVE, XTCP2_ENDING_RESET_SENT, XTCP2_SIDE_REMOTE);
}

TEST_F(LedgerTest, WhatIsNoConnection) {
  Load();
  Fd listener = Listener(4000);
  Fd bound(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Address(4003);
  EXPECT_EQ(bind(bound.get(), Plain(address), sizeof address), 0);
  bound.Close();
  listener.Close();
  Client(4001, 0, ECONNREFUSED).Close();  // comes after them
  EXPECT_EQ(Rows(1).at(0).dport(), 4001);
  EXPECT_EQ(Counts().closed, 1u);
}

TEST_F(LedgerTest, ConnectedToItself) {
  Load();
  Fd alone(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Address(4000);
  ASSERT_EQ(bind(alone.get(), Plain(address), sizeof address), 0);
  ASSERT_EQ(connect(alone.get(), Plain(address), sizeof address), 0);
  alone.Close();
  Expect(Rows(1).at(0), XTCP2_OPENED_ACTIVE, XTCP2_ENDING_CLOSED, XTCP2_SIDE_LOCAL);
  EXPECT_EQ(Counts().opened, 1u);
  EXPECT_EQ(Counts().accepted, 0u);
}

TEST_F(LedgerTest, NobodyAnswersAnyMore) {
  Load();
  const Fd listener = Listener(4000);
  Pair pair = Connect(listener, 4000);
  const int patience_ms = 100;
  setsockopt(pair.client.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof patience_ms);
  Loopback(false);
  EXPECT_EQ(send(pair.client.get(), "x", 1, 0), 1);
  AwaitEnd(pair.client);
  Loopback(true);
  Expect(Rows(1).at(0), XTCP2_OPENED_ACTIVE, XTCP2_ENDING_TIMED_OUT, XTCP2_SIDE_UNKNOWN);
}

TEST_F(LedgerTest, FastOpen) {
  Load();
  Set("/proc/sys/net/ipv4/tcp_fastopen", "1543");  // both sides, no cookie asked for, every listener
  const Fd listener = Listener(4000);
  const sockaddr_in address = Address(4000);
  Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(sendto(client.get(), "fast", 4, MSG_FASTOPEN, Plain(address), sizeof address), 4);
  Fd server(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  char heard[4];
  EXPECT_EQ(recv(server.get(), heard, 4, MSG_WAITALL), 4);
  client.Close();
  AwaitEnd(server);
  server.Close();
  auto rows = ByPort(2);
  Expect(rows[4000], XTCP2_OPENED_PASSIVE, XTCP2_ENDING_CLOSED, XTCP2_SIDE_REMOTE);
  EXPECT_EQ(rows[4000].info().tcpi_bytes_received, 5u);
  EXPECT_EQ(Counts().accepted, 1u);
}

TEST_F(LedgerTest, OlderThanUs) {
  const Fd listener = Listener(4000);
  Pair pair = Connect(listener, 4000);
  Load();
  pair.client.Close();
  AwaitEnd(pair.server);
  pair.server.Close();
  auto rows = ByPort(2);
  Expect(rows[4000], XTCP2_OPENED_UNKNOWN, XTCP2_ENDING_CLOSED, XTCP2_SIDE_REMOTE);
  EXPECT_EQ(rows[4000].event.facts.duration_ns, 0u);
  EXPECT_GE(program_->Totals()->births_unknown, 2u);
}

TEST_F(LedgerTest, OpenRowsHaveTheCookie) {
  Load({.mode = LedgerOptions::kRows, .open_rows = true});
  const Fd listener = Listener(4000);
  Pair pair = Connect(listener, 4000);
  for (const Row& row : Rows(2)) {
    EXPECT_EQ(row.event.kind, XTCP2_EVENT_OPEN);
    EXPECT_EQ(row.event.row.msg[1], 1);
    uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    getsockopt((row.sport() == 4000 ? pair.server : pair.client).get(), SOL_SOCKET, SO_COOKIE, &cookie, &size);
    EXPECT_EQ(row.cookie(), cookie);
  }
}

TEST_F(LedgerTest, WhatTheRingCannotTakeIsCounted) {
  Load({.mode = LedgerOptions::kRows, .ring_bytes = 64 << 10});
  const Fd listener = Listener(4000);
  for (int i = 0; i < 200; ++i) {
    Pair pair = Connect(listener, 4000);
    Abort(pair.client);
    AwaitEnd(pair.server);
  }
  pollfd readable{program_->poll_fd(), POLLIN, 0};
  EXPECT_EQ(poll(&readable, 1, 1000), 1);
  const auto counts = Counts();
  EXPECT_EQ(counts.closed, 400u);
  EXPECT_GT(counts.rows_lost, 200u);
  Rows(counts.closed - counts.rows_lost);
}

TEST_F(LedgerTest, PortsWithoutAPlaceAreInTheirNamespace) {
  Load({.mode = LedgerOptions::kCounts, .max_ports = 1});
  for (const uint16_t port : {4001, 4002, 4003}) Client(port, 0, ECONNREFUSED).Close();
  EXPECT_EQ(program_->Ports()->size(), 1u);
  EXPECT_EQ(Counts().opened, 3u);
  EXPECT_EQ(Counts().failed, 3u);
  EXPECT_GE(program_->Totals()->uncounted_ports, 4u);
}

TEST_F(LedgerTest, WhatAChangeCosts) {
  for (const auto mode : {LedgerOptions::kCounts, LedgerOptions::kRows}) {
    Load({.mode = mode});
    const Fd statistics(bpf_enable_stats(BPF_STATS_RUN_TIME));
    ASSERT_TRUE(statistics.ok());
    const Fd listener = Listener(4000);
    for (int i = 0; i < 2000; ++i) {
      Pair pair = Connect(listener, 4000);
      pair.client.Close();
      AwaitEnd(pair.server);
      pair.server.Close();
      program_->Drain(100, [](const xtcp2_ledger_event&) {});
    }
    uint64_t spent_ns = 0, runs = 0;
    for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
      const Fd fd(bpf_prog_get_fd_by_id(id));
      bpf_prog_info info{};
      uint32_t size = sizeof info;
      if (!fd.ok() || bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0) continue;
      const std::string name = info.name;
      if (name != "ledger_first" && name != "ledger_nested") continue;
      spent_ns += info.run_time_ns;
      if (name == "ledger_first") runs += info.run_cnt;
    }
    ASSERT_GT(runs, 2000u * 8);
    std::printf("[  cost    ] %s: %llu ns a change, memory %zu\n", mode == LedgerOptions::kCounts ? "counts" : "rows",
                static_cast<unsigned long long>(spent_ns / runs), program_->MemoryBytes());
    program_.reset();
  }
}

TEST(LedgerOptionsTest, ARingOfTheWrongSizeIsRefused) {
  const auto loaded = LedgerProgram::Load({.mode = LedgerOptions::kRows, .ring_bytes = 100000});
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().what.find("100000"), std::string::npos);
}

}  // namespace
}  // namespace xtcp2::bpf
