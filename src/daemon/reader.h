// A reader thread's work on one namespace: enter it, open a socket there, come back, dump both families. The socket
// lives for the dump only: whatever the number of namespaces, descriptors are bounded, and no dead namespace is kept
// alive between polls.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "collect/dump.h"
#include "collect/row_sink.h"
#include "daemon/netns_scan.h"

namespace xtcp2::daemon {

// What stays the same for every namespace and poll; texts live as long as the daemon.
struct HostFacts {
  std::string daemon_version, hostname, location, label, tag;
  uint64_t boot_id = 0;
  schema::Epoch epoch = schema::Epoch::k2;
};

struct ReadSettings {
  uint8_t ext = 0xff;  // netlink::ExtMask of the wanted attributes
  uint32_t states = netlink::kAllStates;
  int64_t receive_timeout_ms = 1000;  // -nltimeout
  int64_t silence_ns = 5'000'000'000;
  size_t buffer_bytes = collect::kMinReceiveBuffer;
};

// How serving a namespace ended; the names are those of the metric label `condition`.
enum class Served : uint8_t {
  kUnserved,  // no reader came to it before the poll's time was over
  kComplete,
  kIncomplete,  // a dump did not end as it should
  kVanished,    // it was gone when we came
  kFailed,      // it could not be entered
  kCancelled,   // the daemon is stopping
};
const char* ServedName(Served served);

struct ServeResult {
  Served served = Served::kUnserved;
  std::array<collect::DumpResult, 2> dumps;  // IPv4, IPv6
  int64_t open_ns = 0;                       // entering, opening, coming back
  int64_t dump_ns = 0;                       // both dumps, decoding and encoding included
  std::string error;                         // for kFailed
};

// A capture tap for the datagrams of one namespace, or nothing.
using TapFactory = std::function<collect::DatagramTap(const NetnsEntry& netns, uint64_t cookie)>;

class Reader {
 public:
  // To be made on the thread that will use it: it remembers the namespace that thread is in.
  static Result<std::unique_ptr<Reader>> Make(unsigned index, const HostFacts& host, const ReadSettings& settings,
                                              std::unique_ptr<collect::RowSink> sink, TapFactory taps);

  collect::RowSink& sink() { return *sink_; }
  // `seq`: sequence numbers are taken from it. `stop` cuts a dump.
  ServeResult Serve(const NetnsEntry& netns, int64_t timestamp_ns, std::atomic<uint32_t>& seq,
                    const std::atomic<bool>& stop);

 private:
  Reader(unsigned index, const HostFacts& host, const ReadSettings& settings, std::unique_ptr<collect::RowSink> sink,
         TapFactory taps, netlink::NetnsHome home);

  // A socket inside the namespace; fills `result` where there is none.
  std::optional<netlink::DiagSocket> OpenIn(const NetnsEntry& netns, ServeResult& result);
  collect::DumpResult DumpFamily(netlink::DiagSocket& socket, uint8_t family, std::atomic<uint32_t>& seq,
                                 const collect::DumpLimits& limits, const collect::DatagramTap& tap);
  schema::Context ContextOf(const NetnsEntry& netns, const netlink::DiagSocket& socket, uint64_t cookie,
                            int64_t timestamp_ns) const;

  const unsigned index_;
  const HostFacts& host_;
  const ReadSettings& settings_;
  const std::unique_ptr<collect::RowSink> sink_;
  const TapFactory taps_;
  const netlink::NetnsHome home_;
  const bool may_return_;  // the own namespace may belong to another user namespace; then setns(2) refuses it
  Buffer buffer_;
  collect::Lane lane_;
};

}  // namespace xtcp2::daemon
