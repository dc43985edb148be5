// The ledger on the running kernel: every way to end a connection, made by real sockets on loopback in a namespace of
// the test's own. Needs root.
#include "bpf/ledger_for_test.h"

namespace xtcp2::bpf {
namespace {

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

TEST_F(LedgerTest, PausedItCountsOnly) {
  Load({.mode = LedgerOptions::kRows, .open_rows = true});
  const Fd listener = Listener(4000);
  const auto one = [&] {
    Pair pair = Connect(listener, 4000);
    pair.client.Close();
    AwaitEnd(pair.server);
    pair.server.Close();
  };
  program_->PauseRows(true);
  one();
  EXPECT_TRUE(Rows(0).empty());
  auto totals = program_->Totals();
  ASSERT_TRUE(totals);
  EXPECT_GE(totals->rows_paused, 2u);
  EXPECT_EQ(totals->counts.rows_lost, totals->rows_paused);
  EXPECT_EQ(Counts().closed, 2u);
  EXPECT_EQ(Counts().rows_lost, 2u);
  program_->PauseRows(false);
  one();
  EXPECT_EQ(Rows(4).size(), 4u);
  EXPECT_EQ(Counts().rows_lost, 2u);
}

TEST(LedgerOptionsTest, ARingOfTheWrongSizeIsRefused) {
  const auto loaded = LedgerProgram::Load({.mode = LedgerOptions::kRows, .ring_bytes = 100000});
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().what.find("100000"), std::string::npos);
}

}  // namespace
}  // namespace xtcp2::bpf
