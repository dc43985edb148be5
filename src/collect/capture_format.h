// What the three readers of capture files have in common, for capture_reader.cc only: each turns a PcapInput into
// packets, checks every length against what is there, and at the end says whether the file was whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "collect/capture_reader.h"
#include "collect/pcap_input.h"

namespace xtcp2::collect {

// Integers of a file in its own byte order; `swap` says that it is not ours.
inline uint16_t LoadOrdered16(const uint8_t* at, bool swap) {
  return swap ? __builtin_bswap16(Load<uint16_t>(at)) : Load<uint16_t>(at);
}
inline uint32_t LoadOrdered32(const uint8_t* at, bool swap) {
  return swap ? __builtin_bswap32(Load<uint32_t>(at)) : Load<uint32_t>(at);
}

struct Packet {
  Bytes data;           // valid until the next call of Next()
  uint64_t offset = 0;  // where its header stands in the file
  int64_t time_ns = 0;
  const CaptureInterface* interface = nullptr;
  bool cooked = true;  // a cooked header comes first
  bool cut = false;    // the packet was longer than `data`
};

class CaptureFormat {
 public:
  explicit CaptureFormat(PcapInput input) : input_(std::move(input)) {}
  virtual ~CaptureFormat() = default;

  virtual const char* name() const = 0;
  virtual bool is_raw() const { return false; }
  // The next packet; false at the end of the file or at damage that cannot be passed.
  virtual bool Next(Packet& packet, CaptureReader::Counts& counts) = 0;
  // What ended the file before its time; without the file's name.
  const Result<>& damage() const { return damage_; }
  // What had to be skipped on the way; empty: nothing.
  std::string SkippedText() const;

 protected:
  // Ends the file with "at offset N: what"; returns false for `return Damage(...)`. A read error explains more than
  // what it looks like.
  bool Damage(uint64_t offset, const std::string& what);
  // Remembers that something was unusable but could be passed.
  void Skipped(uint64_t offset, const std::string& what);

  PcapInput input_;
  Result<> damage_;

 private:
  std::string skipped_;
  uint64_t skipped_count_ = 0;
};

// Each fails when the file's header cannot be used, saying why.
Result<std::unique_ptr<CaptureFormat>> OpenPcap(PcapInput input);
Result<std::unique_ptr<CaptureFormat>> OpenPcapng(PcapInput input);
Result<std::unique_ptr<CaptureFormat>> OpenRawNetlink(PcapInput input, const std::string& path);

// "0 (NULL)", "1 (ETHERNET)", ... for error messages.
std::string LinkTypeText(uint32_t link_type);

}  // namespace xtcp2::collect
