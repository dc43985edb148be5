// For tests only: capture files built by hand, in either byte order, without the writer under test; and a folder that
// removes itself.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/temp_dir_for_test.h"
#include "collect/capture_reader.h"

namespace xtcp2::collect::testing {

class TempFolder : public TempDir {
 public:
  std::string File(const std::string& name) const { return *this / name; }
  std::vector<std::string> Files() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(path())) out.push_back(entry.path());
    return out;
  }
};

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Appends integers in host byte order, or in the other one.
class Maker {
 public:
  explicit Maker(bool swap = false) : swap_(swap) {}
  template <class T>
  Maker& Int(T value) {
    std::string bytes(reinterpret_cast<const char*>(&value), sizeof value);
    if (swap_) bytes.assign(bytes.rbegin(), bytes.rend());
    text += bytes;
    return *this;
  }
  Maker& U16(uint16_t value) { return Int(value); }
  Maker& U32(uint32_t value) { return Int(value); }
  Maker& U64(uint64_t value) { return Int(value); }
  Maker& Raw(const std::string& bytes) {
    text += bytes;
    return *this;
  }
  Maker& Option(uint16_t code, const std::string& value) {
    return U16(code)
        .U16(static_cast<uint16_t>(value.size()))
        .Raw(value)
        .Raw(std::string((4 - value.size() % 4) % 4, '\0'));
  }
  Maker& Block(uint32_t type, const std::string& body) {
    const std::string padded = body + std::string((4 - body.size() % 4) % 4, '\0');
    const auto total = static_cast<uint32_t>(padded.size() + 12);
    return U32(type).U32(total).Raw(padded).U32(total);
  }

  // pcap
  Maker& PcapHeader(uint32_t magic, uint32_t link_type = 253) {
    return U32(magic).U16(2).U16(4).U32(0).U32(0).U32(262144).U32(link_type);
  }
  Maker& PcapPacket(uint32_t seconds, uint32_t fraction, const std::string& data) {
    return PcapPacketHeader(seconds, fraction, data.size(), data.size()).Raw(data);
  }
  Maker& PcapPacketHeader(uint32_t seconds, uint32_t fraction, size_t captured, size_t real) {
    return U32(seconds).U32(fraction).U32(static_cast<uint32_t>(captured)).U32(static_cast<uint32_t>(real));
  }

  // pcapng
  Maker& Section(const std::string& os) {
    Maker body(swap_);
    body.U32(0x1a2b3c4d).U16(1).U16(0).U64(~uint64_t{0});
    if (!os.empty()) body.Option(3, os).Option(0, "");
    return Block(0x0a0d0d0a, body.text);
  }
  // `options` is what another Maker's Option() calls made.
  Maker& Interface(const std::string& options, uint16_t link_type = 253) {
    return Block(1, Maker(swap_).U16(link_type).U16(0).U32(0).Raw(options).text);
  }
  Maker& Netns(const std::string& name, uint64_t inode, uint64_t cookie) {
    Maker options(swap_);
    options.Option(2, name)
        .Option(3, "netns_inode=" + std::to_string(inode) + " netns_cookie=" + std::to_string(cookie))
        .Option(9, "\x09");
    return Interface(options.text);
  }
  Maker& Enhanced(uint32_t interface, uint64_t ticks, const std::string& data) {
    Maker body(swap_);
    body.U32(interface).U32(static_cast<uint32_t>(ticks >> 32)).U32(static_cast<uint32_t>(ticks));
    const auto length = static_cast<uint32_t>(data.size());
    return Block(6, body.U32(length).U32(length).Raw(data).text);
  }

  std::string text;

 private:
  bool swap_;
};

// One netlink message in host order.
inline std::string Message(uint16_t type, uint16_t flags, uint32_t seq, uint32_t port_id, const std::string& payload) {
  return Maker()
      .U32(static_cast<uint32_t>(16 + payload.size()))
      .U16(type)
      .U16(flags)
      .U32(seq)
      .U32(port_id)
      .Raw(payload)
      .text;
}
inline std::string Done(uint32_t seq, uint32_t port_id) { return Message(3, 2, seq, port_id, std::string(4, '\0')); }

// The 16 bytes in front of a datagram, as a monitor device gives them.
inline std::string Cooked(const std::string& datagram, uint16_t protocol = 4) {
  std::string header("\x00\x04\x03\x38\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 14);
  header += static_cast<char>(protocol >> 8);
  header += static_cast<char>(protocol);
  return header + datagram;
}

// A datagram with everything that its pointers point to.
struct Kept {
  std::string bytes, netns, kernel_release;
  uint64_t netns_inode, netns_cookie, boot_id;
  int64_t time_ns;
  bool is_request, cut;
};

// All datagrams; the slack behind each must be readable zeros.
inline std::vector<Kept> ReadAll(CaptureReader& reader) {
  std::vector<Kept> out;
  while (const CapturedDatagram* datagram = reader.Next()) {
    for (size_t i = 0; i < kDatagramSlack; ++i)
      if (datagram->bytes.data()[datagram->bytes.size() + i] != 0) std::abort();
    const CaptureInterface& from = *datagram->interface;
    out.push_back({std::string(AsText(datagram->bytes)), from.netns, from.kernel_release, from.netns_inode,
                   from.netns_cookie, from.boot_id, datagram->time_ns, datagram->is_request, datagram->cut});
  }
  return out;
}

// The same of a file in memory, with how it ended ("" is well).
struct ReadResult {
  std::vector<Kept> datagrams;
  std::string error;
  CaptureReader::Counts counts;
};
inline ReadResult ReadBytes(const std::string& file, const std::string& path = "test.pcap") {
  auto reader = CaptureReader::FromBytes(AsBytes(file), path);
  if (!reader) return {{}, reader.error().Text(), {}};
  ReadResult out;
  out.datagrams = ReadAll(**reader);
  if (auto status = (*reader)->Status(); !status) out.error = status.error().Text();
  out.counts = (*reader)->counts();
  return out;
}

}  // namespace xtcp2::collect::testing
