#include "spool/codec.h"

#include <fmt/format.h>
#include <zstd.h>

namespace xtcp2::spool {
namespace {

constexpr int kLevel = 1;  // readers wait for it when the queue is full

bool EndsAreInOrder(const encode::Batch& batch) {
  uint32_t last = 0;
  for (const uint32_t end : batch.row_end) {
    if (end < last) return false;
    last = end;
  }
  return last == batch.rows.size();
}

}  // namespace

Packer::Packer() : context_(ZSTD_createCCtx()) {}
Packer::~Packer() { ZSTD_freeCCtx(static_cast<ZSTD_CCtx*>(context_)); }

Result<> Packer::Pack(const encode::Batch& batch, size_t first_row, int64_t spooled_ns, std::string_view format,
                      Buffer& out) {
  raw_.Clear();
  raw_.Append(Bytes(reinterpret_cast<const uint8_t*>(batch.row_end.data()), batch.count() * sizeof(uint32_t)));
  raw_.Append(batch.rows.bytes());
  const size_t room = ZSTD_compressBound(raw_.size());
  if (context_ == nullptr || room > kLargestPayload) return Fail("a batch that is too large to be spooled", E2BIG);
  out.Clear();
  uint8_t* const at = out.Room(kRecordHeaderBytes + room);
  const size_t size = ZSTD_compressCCtx(static_cast<ZSTD_CCtx*>(context_), at + kRecordHeaderBytes, room, raw_.data(),
                                        raw_.size(), kLevel);
  if (ZSTD_isError(size) != 0) return Fail(fmt::format("compressing with zstd: {}", ZSTD_getErrorName(size)));
  RecordHeader header;
  header.stored = static_cast<uint32_t>(size);
  header.raw = static_cast<uint32_t>(raw_.size());
  header.rows = static_cast<uint32_t>(batch.count());
  header.first_row = static_cast<uint32_t>(first_row);
  header.origin_ns = batch.origin_ns;
  header.sequence = batch.sequence;
  header.poll_ns = batch.poll_ns;
  header.spooled_ns = spooled_ns;
  header.payload_hash = Hash({at + kRecordHeaderBytes, size});
  header.format_hash = FormatHash(format);
  PutRecordHeader(header, at);
  out.Commit(at + kRecordHeaderBytes + size);
  return {};
}

Unpacker::Unpacker() : context_(ZSTD_createDCtx()) {}
Unpacker::~Unpacker() { ZSTD_freeDCtx(static_cast<ZSTD_DCtx*>(context_)); }

bool Unpacker::Unpack(const RecordHeader& header, Bytes payload, encode::Batch& batch) {
  if (context_ == nullptr || payload.size() != header.stored || Hash(payload) != header.payload_hash) return false;
  // What the frame itself says bounds the room: a header that was made up cannot ask for a gigabyte.
  if (ZSTD_getFrameContentSize(payload.data(), payload.size()) != header.raw) return false;
  raw_.Clear();
  uint8_t* const to = raw_.Room(header.raw);
  const size_t size =
      ZSTD_decompressDCtx(static_cast<ZSTD_DCtx*>(context_), to, header.raw, payload.data(), payload.size());
  if (ZSTD_isError(size) != 0 || size != header.raw) return false;
  raw_.Commit(to + size);
  const size_t ends = header.rows * sizeof(uint32_t);
  batch.Reset();
  batch.row_end.resize(header.rows);
  if (ends != 0) std::memcpy(batch.row_end.data(), raw_.data(), ends);
  batch.rows.Append(raw_.bytes().subspan(ends));
  batch.origin_ns = header.origin_ns;
  batch.sequence = header.sequence;
  batch.poll_ns = header.poll_ns;
  return EndsAreInOrder(batch);
}

}  // namespace xtcp2::spool
