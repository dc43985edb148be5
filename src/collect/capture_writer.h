// Saves netlink datagrams, as a reader thread received them, in a pcapng file: link type 253, one interface per network
// namespace whose description carries inode and cookie, kernel release in the section header. What `xtcp2 replay`,
// tshark and Wireshark read. It is not on the way of the rows: whatever goes wrong here ends the capture (one log line,
// one counter) and nothing else.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace xtcp2::collect {

// The network namespace a datagram came from.
struct NetnsLabel {
  std::string_view name;  // as in the record's netns field
  uint64_t inode = 0;
  uint64_t cookie = 0;  // 0: the kernel has none (before 5.14)
};

// What a capture says of itself, besides the kernel's release.
struct CaptureNotes {
  std::string_view application = "xtcp2";  // "xtcp2 0.1.0"
  uint64_t boot_id = 0;                    // as in the record, so that replayed rows have it; 0: not known
};

// One file. Thread-safe; normally each reader thread has its own.
class CaptureWriter {
 public:
  // Creates "<prefix>netlink.<now, RFC 3339 in UTC with nanoseconds>.pcapng", mode 0600, never over an existing file or
  // through a link. `prefix` is put in front as it is ("/var/tmp/" or "./host1-"). At most `max_datagrams` are saved.
  // `application` goes into the section header ("xtcp2 0.1.0").
  static Result<std::unique_ptr<CaptureWriter>> Open(std::string_view prefix, unsigned reader, uint64_t max_datagrams,
                                                     const CaptureNotes& notes = {});

  // Saves one datagram received at `realtime_ns` (since 1970 UTC) with one write(2), so that the file is whole after
  // every call. Does nothing once full or stopped.
  void Write(Bytes datagram, const NetnsLabel& netns, int64_t realtime_ns);

  // Nothing more will be saved: the limit is reached or a write failed. Costs one relaxed load.
  bool full() const { return full_.load(std::memory_order_relaxed); }
  const std::string& path() const { return path_; }

 private:
  using NetnsKey = std::tuple<uint64_t, uint64_t, std::string>;  // cookie, inode, name

  CaptureWriter(Fd fd, std::string path, uint64_t max_datagrams)
      : fd_(std::move(fd)), path_(std::move(path)), left_(max_datagrams) {}

  void AppendPacket(uint32_t interface, Bytes datagram, int64_t realtime_ns);
  // Writes pending_ whole, or cuts the file back to its last whole block and stops.
  Result<> Flush();
  void Stop();

  std::mutex mutex_;
  Fd fd_;
  const std::string path_;
  uint64_t left_;
  uint64_t saved_ = 0;
  uint64_t file_bytes_ = 0;
  Buffer pending_;
  std::map<NetnsKey, uint32_t> interfaces_;
  std::atomic<bool> full_{false};
};

}  // namespace xtcp2::collect
