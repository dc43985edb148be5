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

using Clock = std::chrono::steady_clock;
constexpr int kNetnsCookie = 71;  // SO_NETNS_COOKIE

inline sockaddr_in Address(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}
inline const sockaddr* Plain(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

inline uint16_t LocalPort(const Fd& socket) {
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

  void Load(const LedgerOptions& options = {.mode = LedgerOptions::kRows}) {
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

}  // namespace xtcp2::bpf
