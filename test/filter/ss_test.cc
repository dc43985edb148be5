// Filters choose the sockets that ss chooses: 10,000 random expressions, each once by ss, once by the evaluator on a
// dump of everything, once by the kernel with our bytecode. Needs root (a namespace, marks) and iproute2.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <map>

#include "filter/bytecode.h"
#include "filter/filter.h"
#include "filter/filter_for_test.h"
#include "filter/kernel.h"
#include "filter/parse.h"
#include "live.h"
#include "room.h"

namespace xtcp2::test {
namespace {

using filter::Compiled;
using filter::Filter;
using Rows = std::vector<std::unique_ptr<Row>>;

const abi::InetDiagSockId& Id(const Row& row) {
  return reinterpret_cast<const abi::InetDiagMsg*>(row.bytes.data())->id;
}

std::string AddressText(const Row& row, const uint8_t* address) {
  std::array<char, INET6_ADDRSTRLEN> room{};
  return inet_ntop(row.family(), address, room.data(), room.size());
}

std::string Describe(const Rows& rows, uint64_t cookie) {
  for (const auto& row : rows)
    if (row->cookie == cookie)
      return fmt::format("state {} {} {} -> {} {}", row->state(), AddressText(*row, Id(*row).src),
                         ntohs(Id(*row).sport), AddressText(*row, Id(*row).dst), ntohs(Id(*row).dport));
  return "a socket that was not there before";
}

bool SameBits(const uint8_t* a, const uint8_t* b, int bits) {
  for (int bit = 0; bit < bits; ++bit)
    if (((a[bit / 8] ^ b[bit / 8]) >> (7 - bit % 8)) & 1) return false;
  return true;
}

// ss looks at what the kernel chose once more, and this second look does not mind the family: it compares the bytes of
// an IPv4 address with an IPv6 prefix, and takes a prefix of length 0 for both. Behind `not` that loses sockets.
// Filters do as the kernel does; hosts on which ss contradicts itself about one of these sockets are no measure.
bool SsContradictsItself(const std::string& host, const Rows& rows) {
  const Filter kernel = *Filter::Parse("src " + host), kernel_dst = *Filter::Parse("dst " + host);
  const filter::Condition condition = [&] {
    filter::Condition out;
    Result<filter::NodePtr> tree = filter::Parse("src " + host, filter::SystemNames());
    return (*tree)->condition;
  }();
  if (condition.family == filter::kAnyFamily) return false;
  for (const auto& row : rows)
    for (const bool remote : {false, true}) {
      const uint16_t port = ntohs(remote ? Id(*row).dport : Id(*row).sport);
      const uint8_t* address = remote ? Id(*row).dst : Id(*row).src;
      const bool blind = port >= condition.low && port <= condition.high &&
                         SameBits(address, condition.address.data(), condition.prefix_bits);
      if (blind && !(remote ? kernel_dst : kernel).Matches(row->socket)) return true;
    }
  return false;
}

class SsTest : public testing::Test {
 protected:
  static constexpr std::array<uint8_t, 9> kStates = {1, 2, 3, 4, 5, 6, 8, 9, 10};  // that have to be there
  static constexpr std::chrono::seconds kFresh{30};

  static void SetUpTestSuite() {
    room_ = new Room;
    made_ = std::chrono::steady_clock::now();
    socket_ = new netlink::DiagSocket(*netlink::DiagSocket::Open(5000));
    kernel_ = *filter::AskKernel(*socket_);
  }
  static void TearDownTestSuite() {
    delete socket_;
    delete room_;
  }

  static Rows All() { return Dump(*socket_, netlink::kAllStates, {}); }

  // Every socket, after waiting until each state is there in each family.
  static Rows Settled() {
    if (std::chrono::steady_clock::now() - made_ > kFresh) {
      room_->Refresh();
      made_ = std::chrono::steady_clock::now();
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (;;) {
      Rows rows = All();
      std::map<std::pair<uint8_t, uint8_t>, int> counts;
      for (const auto& row : rows) ++counts[{row->family(), row->state()}];
      bool complete = true;
      for (const uint8_t state : kStates)
        for (const uint8_t family : {filter::kInet, filter::kInet6}) complete = complete && counts[{family, state}] > 0;
      if (complete) return rows;
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("some state did not come about");
    }
  }

  // Those of `before` that are still there in the same state: what differs about others is no fault.
  static Cookies Stable(const Rows& before) {
    std::map<uint64_t, uint8_t> states;
    for (const auto& row : before) states[row->cookie] = row->state();
    Cookies stable;
    for (const auto& row : All())
      if (const auto found = states.find(row->cookie); found != states.end() && found->second == row->state())
        stable.insert(row->cookie);
    return stable;
  }
  static Cookies Within(const Cookies& cookies, const Cookies& stable) {
    Cookies out;
    std::set_intersection(cookies.begin(), cookies.end(), stable.begin(), stable.end(), std::inserter(out, out.end()));
    return out;
  }

  static Filter Parsed(const std::string& text) {
    const Result<Filter> filter = Filter::Parse(text);
    if (!filter) throw std::runtime_error(text + ": " + filter.error().Text());
    return filter->WithDevices([](const std::string& name) { return filter::DeviceIndex(socket_->fd(), name); });
  }

  // What the kernel and, where it has to, the evaluator make of a filter on living sockets.
  static Cookies Live(const Filter& filter, const Compiled& compiled) {
    Cookies out;
    for (const auto& row : Dump(*socket_, compiled.states, compiled.bytecode))
      if (compiled.exact || filter.Matches(row->socket)) out.insert(row->cookie);
    return out;
  }
  static Cookies Evaluated(const Filter& filter, const Rows& rows) {
    Cookies out;
    for (const auto& row : rows)
      if (filter.Matches(row->socket)) out.insert(row->cookie);
    return out;
  }

  static filter::Vocabulary Words(const Rows& rows, std::mt19937_64& random) {
    filter::Vocabulary words;
    words.hosts = {"*",
                   "any",
                   "*:443",
                   ":5000",
                   "127/8",
                   "10.77/16",
                   "127.0.0.1/32:443",
                   "[::1]",
                   "[::1]:443",
                   "fd77::/64",
                   "[::ffff:127.0.0.0/104]"};
    words.ports = {"0", "22", "443", "5000", "65535", "0x1bb"};
    for (int i = 0; i < 40; ++i) {
      const Row& row = *rows[random() % rows.size()];
      const bool remote = random() % 2, inet = row.family() == AF_INET;
      const std::string address = AddressText(row, remote ? Id(row).dst : Id(row).src);
      const std::string port = std::to_string(ntohs(remote ? Id(row).dport : Id(row).sport));
      const std::string prefix = random() % 2 ? "/" + std::to_string(random() % (inet ? 33 : 129)) : "";
      const std::string host =
          (inet ? address + prefix : "[" + address + prefix + "]") + (random() % 3 ? "" : ":" + port);
      if (!SsContradictsItself(host, rows)) words.hosts.push_back(host);
      words.ports.push_back(port);
    }
    words.devices = Room::Devices();
    words.marks = {"0", "0x10", "17", "0x10/0x10", "0x1/0xf", "0/0", "0x2110/0xff0f", "0x20/0x1"};
    words.cgroups = room_->cgroups();
    return words;
  }

  inline static Room* room_ = nullptr;
  inline static netlink::DiagSocket* socket_ = nullptr;
  inline static std::chrono::steady_clock::time_point made_;
  inline static filter::KernelOperations kernel_;
};

const char* const kStateWords[] = {"established", "syn-sent",   "syn-recv",     "fin-wait-1", "fin-wait-2", "time-wait",
                                   "closed",      "close-wait", "last-ack",     "listening",  "closing",    "all",
                                   "connected",   "bucket",     "synchronized", "big",        "ESTABLISHED"};

// One expression three times; differences about sockets that came or went meanwhile do not count.
struct Chosen {
  std::string text;
  Cookies ss, evaluated, live;
  bool exact;
};

TEST_F(SsTest, TenThousandRandomFiltersChooseWhatSsChooses) {
  const int kExpressions =
      std::getenv("XTCP2_EMULATED") ? 500 : 10'000;  // ./dev kernels: each ss takes a tenth of a second
  constexpr int kBatch = 250;
  std::mt19937_64 random(20);
  int done = 0, exact = 0, some = 0;
  while (done < kExpressions) {
    const Rows before = Settled();
    const filter::Vocabulary words = Words(before, random);
    std::vector<Chosen> batch;
    for (int i = 0; i < kBatch; ++i) {
      std::vector<std::string> arguments;
      std::string text;
      for (uint64_t n = random() % 4; n > 1; --n) {
        arguments.insert(arguments.end(),
                         {random() % 3 ? "state" : "exclude", kStateWords[random() % std::size(kStateWords)]});
        text += arguments[arguments.size() - 2] + " " + arguments.back() + " ";
      }
      // No state at all is to ss as if nothing had been said of states.
      if (!text.empty() && Parsed(text).Compile().states == 0) arguments.clear(), text.clear();
      arguments.push_back(filter::RandomText(words, random).Make(1 + static_cast<int>(random() % 8)));
      text += arguments.back();
      const Filter filter = Parsed(text);
      const Compiled compiled = filter.Compile(kernel_);
      batch.push_back({text, Ss(arguments), Evaluated(filter, before), Live(filter, compiled), compiled.exact});
    }
    const Cookies stable = Stable(before);
    ASSERT_GT(stable.size(), before.size() * 9 / 10);
    for (const Chosen& chosen : batch) {
      for (const uint64_t cookie : stable) {
        ASSERT_EQ(chosen.evaluated.count(cookie), chosen.ss.count(cookie)) << "evaluator: " << chosen.text << "\n"
                                                                           << Describe(before, cookie);
        ASSERT_EQ(chosen.live.count(cookie), chosen.ss.count(cookie)) << "kernel: " << chosen.text << "\n"
                                                                      << Describe(before, cookie);
      }
      exact += chosen.exact;
      some += !chosen.ss.empty() && chosen.ss.size() < before.size();
      ++done;
    }
  }
  // ss cannot ask for a state within an expression, so the kernel could do it all.
  EXPECT_EQ(exact, done);
  EXPECT_GT(some, done / 2);
}

// With states anywhere in the expression there is no ss to compare with: kernel and evaluator against each other.
TEST_F(SsTest, FiltersWithStatesInsideChooseTheSameLiveAndOnADump) {
  std::mt19937_64 random(21);
  Rows before = Settled();
  filter::Vocabulary words = Words(before, random);
  words.states.assign(std::begin(kStateWords), std::end(kStateWords));
  int inexact = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string text = filter::RandomText(words, random).Make(1 + i % 8);
    const Filter filter = Parsed(text);
    const Compiled compiled = filter.Compile(kernel_);
    inexact += !compiled.exact;
    if (i % 100 == 0) before = Settled();
    const Cookies live = Live(filter, compiled), stable = Stable(before);
    ASSERT_EQ(Within(live, stable), Within(Evaluated(filter, before), stable)) << text;
  }
  EXPECT_GT(inexact, 100);
}

// What docs/filter.md says of ss: its second look at what the kernel chose loses sockets behind `not`.
TEST_F(SsTest, SsLosesSocketsBehindNotThatFiltersKeep) {
  const Rows rows = Settled();
  for (const char* text : {"not src [::/0]", "not src 0.0.0.0/0", "not src [7f00::/8]"}) {
    const Cookies ours = Evaluated(Parsed(text), rows), theirs = Ss({text});
    EXPECT_TRUE(std::includes(ours.begin(), ours.end(), theirs.begin(), theirs.end())) << text;
    EXPECT_GT(ours.size(), theirs.size()) << text;
  }
}

// Every socket is in exactly one share, alone and together with a filter.
TEST_F(SsTest, SharesOfPortsAreAPartition) {
  for (const char* text : {"", "state established or dport = :443", "exclude listening and not src 127/8"}) {
    const Filter filter = Parsed(text);
    const Compiled compiled = filter.Compile(kernel_);
    for (const bool remote : {false, true})
      for (const int shares : {1, 2, 5, 16}) {
        const Rows before = Settled();
        std::map<uint64_t, int> found;
        for (int i = 0; i < shares; ++i) {
          const auto low = static_cast<uint16_t>(65536 * i / shares),
                     high = static_cast<uint16_t>(65536 * (i + 1) / shares - 1);
          Compiled share = compiled;
          share.bytecode = filter::And(filter::PortShare(remote, low, high), compiled.bytecode);
          for (const uint64_t cookie : Live(filter, share)) ++found[cookie];
        }
        const Cookies wanted = Evaluated(filter, before);
        for (const uint64_t cookie : Stable(before))
          EXPECT_EQ(found[cookie], static_cast<int>(wanted.count(cookie)))
              << text << ", " << shares << " shares: " << Describe(before, cookie);
      }
  }
}

}  // namespace
}  // namespace xtcp2::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (geteuid() != 0) {
    puts("needs root: a network namespace, marks on sockets, a control group");
    return 77;
  }
  if (std::system("ss -V >/dev/null 2>&1 && ip -V >/dev/null 2>&1") != 0) {
    puts("needs ss and ip (iproute2)");
    return 77;
  }
  return RUN_ALL_TESTS();
}
