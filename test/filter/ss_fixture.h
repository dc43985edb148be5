// What the tests against ss have in common: a room full of sockets, dumps of it, filters parsed for it, and the words
// that random filters for it are made of.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>

#include "filter/bytecode.h"
#include "filter/filter.h"
#include "filter/filter_for_test.h"
#include "filter/kernel.h"
#include "filter/parse.h"
#include "live.h"
#include "room.h"

namespace xtcp2::test {

using filter::Compiled;
using filter::Filter;
using Rows = std::vector<std::unique_ptr<Row>>;

inline const abi::InetDiagSockId& Id(const Row& row) {
  return reinterpret_cast<const abi::InetDiagMsg*>(row.bytes.data())->id;
}

inline std::string AddressText(const Row& row, const uint8_t* address) {
  std::array<char, INET6_ADDRSTRLEN> room{};
  return inet_ntop(row.family(), address, room.data(), room.size());
}

inline std::string Describe(const Rows& rows, uint64_t cookie) {
  for (const auto& row : rows)
    if (row->cookie == cookie)
      return fmt::format("state {} {} {} -> {} {}", row->state(), AddressText(*row, Id(*row).src),
                         ntohs(Id(*row).sport), AddressText(*row, Id(*row).dst), ntohs(Id(*row).dport));
  return "a socket that was not there before";
}

inline bool SameBits(const uint8_t* a, const uint8_t* b, int bits) {
  for (int bit = 0; bit < bits; ++bit)
    if (((a[bit / 8] ^ b[bit / 8]) >> (7 - bit % 8)) & 1) return false;
  return true;
}

// ss looks at what the kernel chose once more, and this second look does not mind the family: it compares the bytes of
// an IPv4 address with an IPv6 prefix, and takes a prefix of length 0 for both. Behind `not` that loses sockets.
// Filters do as the kernel does; hosts on which ss contradicts itself about one of these sockets are no measure.
inline bool SsContradictsItself(const std::string& host, const Rows& rows) {
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

}  // namespace xtcp2::test
