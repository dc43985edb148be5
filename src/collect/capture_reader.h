// Reads captured netlink datagrams back: pcapng and pcap files with link type 253 (ours, tshark's, tcpdump's; either
// byte order), and the Go program's raw files (netlink messages without any header). Recognised by content, not by
// name. Lengths in the file are never trusted, memory is bounded, and a truncated or damaged file gives everything
// before the damage. Knows nothing of sockets: the datagrams go to the decoder as they are. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace xtcp2::collect {

// Readable bytes behind every datagram that a reader hands out; zeros.
inline constexpr size_t kDatagramSlack = 512;

// What a capture says of where its datagrams come from.
struct CaptureInterface {
  std::string netns;           // the namespace's name; empty where the capture does not say (a monitor device)
  uint64_t netns_inode = 0;    // 0: not known
  uint64_t netns_cookie = 0;   // 0: not known
  std::string kernel_release;  // "6.18.44-cloud-amd64"; empty: not known
  uint64_t boot_id = 0;        // as in the record; 0: not known
  uint32_t id = 0;             // differs between the interfaces and sections of one file
};

struct CapturedDatagram {
  Bytes bytes;                                  // with kDatagramSlack behind
  int64_t time_ns = 0;                          // when it was captured, since 1970 UTC, never negative; 0: not known
  const CaptureInterface* interface = nullptr;  // never null
  uint64_t offset = 0;                          // where its packet stands in the file
  bool is_request = false;                      // its first message is a request to the kernel (NLM_F_REQUEST)
  bool cut = false;                             // the file holds its beginning only
};

class CaptureFormat;
class PcapInput;
struct Packet;

class CaptureReader {
 public:
  // Opens `path` ("-": standard input) and recognises its format. An error names the file and what it is instead.
  static Result<std::unique_ptr<CaptureReader>> Open(const std::string& path);
  // The same on bytes in memory; `path` is for messages (and, for raw files, the time in the name).
  static Result<std::unique_ptr<CaptureReader>> FromBytes(Bytes file, const std::string& path);
  ~CaptureReader();

  // The next datagram of protocol NETLINK_SOCK_DIAG; null at the end, when Status() tells whether it was a good one.
  // What it points to is valid until the next call.
  const CapturedDatagram* Next();

  // After the end: an error that names file, offset and everything that was wrong or missing.
  Result<> Status() const;

  struct Counts {
    uint64_t datagrams = 0;        // handed out
    uint64_t other_protocols = 0;  // packets of other netlink protocols, skipped
    uint64_t other_links = 0;      // packets of interfaces of another link type, skipped
    uint64_t other_blocks = 0;     // pcapng blocks that hold no packets, skipped
  };
  const Counts& counts() const { return counts_; }
  // "pcapng", "pcap" or "raw netlink".
  const char* format() const;
  // One of the Go program's files: a dump may be spread over several of them.
  bool is_raw() const;
  // The file's name for messages.
  const std::string& path() const { return path_; }

 private:
  CaptureReader(std::string path, std::unique_ptr<CaptureFormat> format);
  static Result<std::unique_ptr<CaptureReader>> FromInput(PcapInput input, const std::string& path);
  // Takes a packet's cooked header off; false when it is none of ours.
  bool Uncook(Packet& packet);
  bool IsForeign(Bytes datagram) const;
  const CapturedDatagram* HandOut(const Packet& packet);

  // Packets with one kind of flaw: how many, and where the first stands.
  struct Flaw {
    uint64_t count = 0, first_offset = 0;
    void Add(uint64_t offset) {
      if (count++ == 0) first_offset = offset;
    }
  };

  const std::string path_;
  std::unique_ptr<CaptureFormat> format_;
  std::unique_ptr<uint8_t[]> bytes_;
  size_t capacity_ = 0;
  CapturedDatagram datagram_;
  Counts counts_;
  Flaw cut_, short_, foreign_;
};

}  // namespace xtcp2::collect
