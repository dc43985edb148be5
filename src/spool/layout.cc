#include "spool/layout.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>

namespace xtcp2::spool {
namespace {

static_assert(std::endian::native == std::endian::little, "the files are little-endian, and written as they are");

constexpr std::string_view kSegmentMagic = "xtcp2spl";
// Where things stand in a segment's header; the hash is of everything behind it.
enum SegmentAt : size_t {
  kMagicAt = 0,
  kHashAt = 8,
  kVersionAt = 16,
  kSizeAt = 18,
  kFormatSizeAt = 20,
  kMadeAt = 24,
  kFormatAt = 32
};
static_assert(kFormatAt + kLongestFormat == kSegmentHeaderBytes);

constexpr size_t kCheckedFrom = 8;  // of a record's header: behind magic and check

}  // namespace

uint64_t Hash(Bytes bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }
uint64_t FormatHash(std::string_view format) { return Hash(AsBytes(format)); }

void PutSegmentHeader(const SegmentHeader& header, uint8_t* to) {
  std::memset(to, 0, kSegmentHeaderBytes);
  const std::string_view format = std::string_view(header.format).substr(0, kLongestFormat);
  std::memcpy(to + kMagicAt, kSegmentMagic.data(), kSegmentMagic.size());
  Store<uint16_t>(to + kVersionAt, header.version);
  Store<uint16_t>(to + kSizeAt, kSegmentHeaderBytes);
  Store<uint32_t>(to + kFormatSizeAt, static_cast<uint32_t>(format.size()));
  Store<int64_t>(to + kMadeAt, header.made_ns);
  std::memcpy(to + kFormatAt, format.data(), format.size());
  Store<uint64_t>(to + kHashAt, Hash({to + kVersionAt, kSegmentHeaderBytes - kVersionAt}));
}

std::optional<SegmentHeader> ReadSegmentHeader(Bytes bytes) {
  if (bytes.size() < kSegmentHeaderBytes || AsText(bytes.first(kSegmentMagic.size())) != kSegmentMagic) return {};
  const uint8_t* const at = bytes.data();
  if (Load<uint64_t>(at + kHashAt) != Hash({at + kVersionAt, kSegmentHeaderBytes - kVersionAt})) return {};
  const auto format_size = Load<uint32_t>(at + kFormatSizeAt);
  if (format_size > kLongestFormat) return {};
  return SegmentHeader{Load<uint16_t>(at + kVersionAt), std::string(AsText({at + kFormatAt, format_size})),
                       Load<int64_t>(at + kMadeAt)};
}

void PutRecordHeader(const RecordHeader& header, uint8_t* to) {
  Store<uint32_t>(to, kRecordMagic);
  Store<uint32_t>(to + 8, header.stored);
  Store<uint32_t>(to + 12, header.raw);
  Store<uint32_t>(to + 16, header.rows);
  Store<uint32_t>(to + 20, header.first_row);
  Store<int64_t>(to + 24, header.origin_ns);
  Store<uint64_t>(to + 32, header.sequence);
  Store<int64_t>(to + 40, header.poll_ns);
  Store<int64_t>(to + 48, header.spooled_ns);
  Store<uint64_t>(to + 56, header.payload_hash);
  Store<uint64_t>(to + 64, header.format_hash);
  Store<uint64_t>(to + 72, 0);  // for later
  Store<uint32_t>(to + 4, static_cast<uint32_t>(Hash({to + kCheckedFrom, kRecordHeaderBytes - kCheckedFrom})));
}

std::optional<RecordHeader> ReadRecordHeader(Bytes bytes) {
  if (bytes.size() < kRecordHeaderBytes || Load<uint32_t>(bytes.data()) != kRecordMagic) return {};
  const uint8_t* const at = bytes.data();
  if (Load<uint32_t>(at + 4) != static_cast<uint32_t>(Hash({at + kCheckedFrom, kRecordHeaderBytes - kCheckedFrom})))
    return {};
  RecordHeader header{Load<uint32_t>(at + 8),  Load<uint32_t>(at + 12), Load<uint32_t>(at + 16),
                      Load<uint32_t>(at + 20), Load<int64_t>(at + 24),  Load<uint64_t>(at + 32),
                      Load<int64_t>(at + 40),  Load<int64_t>(at + 48),  Load<uint64_t>(at + 56),
                      Load<uint64_t>(at + 64)};
  if (header.stored > kLargestPayload || header.raw > kLargestPayload || header.first_row > header.rows ||
      header.rows > header.raw / sizeof(uint32_t))
    return {};
  return header;
}

}  // namespace xtcp2::spool
