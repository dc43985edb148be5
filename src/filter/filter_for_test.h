// For the tests of filters: sockets made by hand, random filter texts, and a reader of bytecode of its own that does
// what the kernel's inet_diag_bc_audit() and inet_diag_bc_run() do, so that bytecode is tested without a kernel as
// well.
#pragma once

#include <arpa/inet.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "abi/inet_diag.h"
#include "base/bytes.h"
#include "filter/names.h"
#include "schema/socket.h"

namespace xtcp2::filter {

// Services and groups that are the same on every host: "web" is 80, "/one" has the id 101, "/two" 102.
inline Names MadeNames() {
  Names names;
  names.service = [](const std::string& name) -> std::optional<uint16_t> {
    if (name == "web") return uint16_t{80};
    return {};
  };
  names.cgroup = [](const std::string& path) -> Result<uint64_t> {
    if (path == "/one") return 101;
    if (path == "/two" || path == "/with blank") return 102;
    return Fail("no control group " + path);
  };
  return names;
}

struct MadeSocket {
  MadeSocket(uint8_t state, const std::string& source, uint16_t sport, const std::string& peer, uint16_t dport) {
    message.state = state;
    message.family = source.find(':') == std::string::npos ? AF_INET : AF_INET6;
    message.id.sport = htons(sport);
    message.id.dport = htons(dport);
    if (inet_pton(message.family, source.c_str(), message.id.src) != 1 ||
        inet_pton(message.family, peer.c_str(), message.id.dst) != 1)
      std::abort();
    socket.part[schema::Index(schema::Part::kMsg)] = reinterpret_cast<const uint8_t*>(&message);
  }
  MadeSocket& Device(uint32_t index) { return message.id.interface = index, *this; }
  MadeSocket& Mark(uint32_t value) {
    mark = value;
    socket.part[schema::Index(schema::Part::kMark)] = reinterpret_cast<const uint8_t*>(&mark);
    return *this;
  }
  MadeSocket& Cgroup(uint64_t id) {
    cgroup = id;
    socket.part[schema::Index(schema::Part::kCgroup)] = reinterpret_cast<const uint8_t*>(&cgroup);
    return *this;
  }

  abi::InetDiagMsg message{};
  uint32_t mark = 0;
  uint64_t cgroup = 0;
  schema::Socket socket;
};

// What random texts are made of; each list that is not empty is used.
struct Vocabulary {
  std::vector<std::string> hosts, ports, devices, marks, cgroups, states;
};

class RandomText {
 public:
  RandomText(const Vocabulary& vocabulary, std::mt19937_64& random) : words_(vocabulary), random_(random) {}

  // An expression of about `size` conditions.
  std::string Make(int size) {
    if (size <= 1) return Chance(6) ? Pick({"not", "!"}) + " " + Operand(1) : Operand(1);
    const int left = 1 + static_cast<int>(random_() % static_cast<uint64_t>(size - 1));
    const std::string join = Pick({" and ", " or ", " & ", " | ", " && ", " || ", " "});
    return Make(left) + join + (size - left > 1 || Chance(8) ? Operand(size - left) : Make(1));
  }

 private:
  bool Chance(unsigned one_in) { return random_() % one_in == 0; }
  template <class List>
  std::string PickOf(const List& list) {
    return std::string(*(std::begin(list) + static_cast<ptrdiff_t>(random_() % std::size(list))));
  }
  std::string Pick(std::initializer_list<const char*> list) { return PickOf(list); }

  std::string Operand(int size) {
    if (size > 1 || Chance(10)) return (Chance(4) ? "not ( " : "( ") + Make(size) + " )";
    for (;;) {
      switch (random_() % 8) {
        case 0:
        case 1:
          if (words_.hosts.empty()) break;
          return Pick({"src", "dst"}) + Pick({" ", " = ", " == ", " eq "}) + PickOf(words_.hosts);
        case 2:
        case 3:
          if (words_.ports.empty()) break;
          return Port();
        case 4:
          if (words_.devices.empty()) break;
          return "dev" + Equal() + PickOf(words_.devices);
        case 5:
          if (words_.marks.empty()) break;
          return "fwmark" + Equal() + PickOf(words_.marks);
        case 6:
          if (words_.cgroups.empty()) break;
          return "cgroup" + Equal() + PickOf(words_.cgroups);
        default:
          if (words_.states.empty()) break;
          return Pick({"state ", "exclude "}) + PickOf(words_.states);
      }
    }
  }
  std::string Equal() { return Pick({" ", " = ", " == ", " eq ", " != ", " ne ", " neq "}); }
  std::string Port() {
    const std::string comparison = Pick({" ", " = ", " == ", " eq ", " != ", " ne ", " neq ", " < ", " lt ", " > ",
                                         " gt ", " <= ", " le ", " leq ", " >= ", " ge ", " geq "});
    return Pick({"sport", "dport"}) + comparison + Pick({":", ""}) + PickOf(words_.ports);
  }

  const Vocabulary& words_;
  std::mt19937_64& random_;
};

// The kernel's part, by own hands: what it takes, and what it makes of a socket.
class BytecodeReader {
 public:
  explicit BytecodeReader(const std::vector<uint8_t>& code) : code_(code) {}

  // Empty where inet_diag_bc_audit() would take it.
  std::string Audit() const {
    if (code_.size() < 4) return "too short";
    std::vector<bool> starts(code_.size() + 1);
    size_t at = 0;
    for (; at < code_.size(); at += code_[at + 1]) {
      starts[at] = true;
      if (code_[at + 1] < 4 + Argument(at) || code_[at + 1] % 4 != 0) return "length of op " + std::to_string(at);
    }
    if (at != code_.size()) return "the last op is cut off";
    starts[at] = true;
    for (at = 0; at < code_.size(); at += code_[at + 1]) {
      const size_t to = at + No(at);
      if (No(at) < 4 + Argument(at) || No(at) % 4 != 0 || to > code_.size() + 4)
        return "jump of op " + std::to_string(at);
      if (to < code_.size() && !starts[to]) return "jump into op, from " + std::to_string(at);
    }
    return {};
  }

  bool Accepts(const MadeSocket& made) const {
    size_t at = 0;
    while (at < code_.size()) at += Holds(at, made) ? code_[at + 1] : No(at);
    return at == code_.size();
  }

 private:
  uint16_t No(size_t at) const { return Load<uint16_t>(&code_[at + 2]); }
  size_t Argument(size_t at) const {
    switch (code_[at]) {
      case 1:
        return 0;
      case 7:
      case 8:
        return 8 + (code_[at + 4] == AF_INET ? 4u : code_[at + 4] == AF_INET6 ? 16u : 0u);
      case 10:
      case 13:
        return 8;
      default:
        return 4;
    }
  }
  bool Holds(size_t at, const MadeSocket& made) const {
    if (code_[at] == 1) return false;
    const uint16_t sport = ntohs(made.message.id.sport), dport = ntohs(made.message.id.dport);
    const auto port = Load<uint16_t>(&code_[at + 6]);
    switch (code_[at]) {
      case 2:
        return sport >= port;
      case 3:
        return sport <= port;
      case 4:
        return dport >= port;
      case 5:
        return dport <= port;
      case 7:
        return HostHolds(&code_[at + 4], made.message.family, made.message.id.src, sport);
      case 8:
        return HostHolds(&code_[at + 4], made.message.family, made.message.id.dst, dport);
      case 9:
        return made.message.id.interface == Load<uint32_t>(&code_[at + 4]);
      case 10:
        return (made.mark & Load<uint32_t>(&code_[at + 8])) == Load<uint32_t>(&code_[at + 4]);
      case 13:
        return made.cgroup == Load<uint64_t>(&code_[at + 4]);
      default:
        std::abort();
    }
  }
  static bool HostHolds(const uint8_t* condition, uint8_t family, const uint8_t* address, uint16_t port) {
    const auto wanted = Load<int32_t>(condition + 4);
    if (wanted != -1 && wanted != port) return false;
    if (condition[0] != AF_UNSPEC && condition[0] != family) {
      constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
      if (family != AF_INET6 || condition[0] != AF_INET || std::memcmp(address, kMapped, 12) != 0) return false;
      address += 12;
    }
    for (int bit = 0; bit < condition[1]; ++bit)
      if (((address[bit / 8] ^ condition[8 + bit / 8]) >> (7 - bit % 8)) & 1) return false;
    return true;
  }
  const std::vector<uint8_t>& code_;
};

}  // namespace xtcp2::filter
