// How many TCP connections a namespace's kernel says it has opened: the "Tcp:" lines of net/snmp, opened once from
// inside the namespace and read as often as wanted. The open file keeps the namespace alive (single_open_net() in
// fs/proc/proc_net.c): whoever holds one lets it go when nothing else shows the namespace. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace xtcp2::ledger {

// Numbers since the namespace was made; both families.
struct TcpOpens {
  uint64_t active = 0;           // ActiveOpens: a SYN was sent (tcp_connect() in net/ipv4/tcp_output.c)
  uint64_t passive = 0;          // PassiveOpens: a listener made a child (tcp_create_openreq_child())
  uint64_t failed_attempts = 0;  // AttemptFails: of either, and half-open ones that never were a child
  uint64_t resets = 0;           // EstabResets: ended otherwise than by FIN after they were established

  uint64_t opens() const { return active + passive; }
  bool operator==(const TcpOpens&) const = default;
};

// From the text of net/snmp: a line of names and, behind it, one of numbers, both beginning "Tcp: ". The error says
// what is not there.
Result<TcpOpens> ParseSnmp(std::string_view text);

class NetnsSnmp {
 public:
  NetnsSnmp() = default;
  // Of the namespace that the calling thread is in.
  static Result<NetnsSnmp> OpenHere(const std::string& proc_root = "/proc");

  bool open() const { return file_.ok(); }
  Result<TcpOpens> Read() const;

  static constexpr unsigned kDescriptors = 1;  // that an open one holds

 private:
  Fd file_;
};

}  // namespace xtcp2::ledger
