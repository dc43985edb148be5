// The bytes of a segment file: a SegmentHeader, then records, each a RecordHeader and its payload. docs/spec/spool.md
// is the text for it. Pure functions over bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace xtcp2::spool {

inline constexpr uint16_t kVersion = 1;  // what is written, and the highest that is read
inline constexpr size_t kSegmentHeaderBytes = 128;
inline constexpr size_t kRecordHeaderBytes = 80;
inline constexpr size_t kLongestFormat = 96;
inline constexpr uint32_t kRecordMagic = 0xB70C5EAD;
inline constexpr uint32_t kLargestPayload = uint32_t{1} << 30;  // a length above is no length

struct SegmentHeader {
  uint16_t version = kVersion;
  std::string format;
  int64_t made_ns = 0;  // wall time
};

struct RecordHeader {
  uint32_t stored = 0;  // bytes of the payload in the file
  uint32_t raw = 0;     // ... and when it is unpacked
  uint32_t rows = 0;
  uint32_t first_row = 0;  // rows before it were delivered before the batch was spooled
  int64_t origin_ns = 0;   // identity of the batch
  uint64_t sequence = 0;
  int64_t poll_ns = 0;
  int64_t spooled_ns = 0;  // wall time
  uint64_t payload_hash = 0;
  uint64_t format_hash = 0;

  uint32_t rows_left() const { return rows - first_row; }
};

uint64_t Hash(Bytes bytes);
uint64_t FormatHash(std::string_view format);

void PutSegmentHeader(const SegmentHeader& header, uint8_t* to);  // kSegmentHeaderBytes
// Nothing when it is none, or damaged. One of a later version is given with its version and format only.
std::optional<SegmentHeader> ReadSegmentHeader(Bytes bytes);

void PutRecordHeader(const RecordHeader& header, uint8_t* to);  // kRecordHeaderBytes
std::optional<RecordHeader> ReadRecordHeader(Bytes bytes);

}  // namespace xtcp2::spool
