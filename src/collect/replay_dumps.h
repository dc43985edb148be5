// From the datagrams of captures to the dumps they belong to: which rows share a timestamp and a row counter, and which
// answers are not of TCP at all. A dump is one (capture, interface, port id, sequence number) from its first answer to
// its DONE. Memory is bounded whatever the capture holds. One thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "base/bytes.h"

namespace xtcp2::collect {

struct CapturedDump {
  uint64_t id = 0;                   // never given twice by one tracker
  int64_t timestamp_ns = 0;          // of its first datagram
  std::atomic<uint64_t> counter{0};  // rows so far
  bool is_tcp = true;
};

// Does this datagram end its dump: with DONE, with an error, or because it is the one answer to a question about one
// socket?
bool EndsDump(Bytes datagram);

class DumpTracker {
 public:
  // Where a datagram comes from; dumps of different sources have nothing to do with each other.
  using Source = std::array<uint64_t, 2>;

  // Remembers what the requests in `datagram` ask for, so that the answers are understood.
  void OnRequest(const Source& source, Bytes datagram);
  // The dump that the answers in `datagram` belong to; null when there is no whole message in it. Valid until the next
  // call.
  CapturedDump* Find(const Source& source, Bytes datagram, int64_t time_ns);
  // The dump that Find() gave last has ended: the same numbers mean another one from now on.
  void Ended();
  // No more will come from `file` (the first number of its sources).
  void EndFile(uint64_t file);

 private:
  static constexpr size_t kMaxOpen = 4096;

  struct Key {
    Source source;
    uint32_t port_id, seq;
    auto operator<=>(const Key&) const = default;
  };
  struct Open {
    std::unique_ptr<CapturedDump> dump;
    uint64_t last_use = 0;
  };

  std::map<Key, Open> open_;
  std::map<Key, bool> asked_tcp_;  // by source and sequence of the request (port id 0)
  std::optional<Key> last_;
  uint64_t uses_ = 0, dumps_ = 0;
};

}  // namespace xtcp2::collect
