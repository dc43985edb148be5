// A segment of any bytes: reading ends, whatever comes out is consistent, and records that are whole behind it are
// found.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "spool/codec.h"
#include "spool/segment_reader.h"

namespace {

using namespace xtcp2;
using namespace xtcp2::spool;

void Require(bool holds) {
  if (!holds) std::abort();
}

// The bytes as a file, and one good record behind them.
Fd FileOf(Bytes bytes, Bytes behind) {
  Fd fd(memfd_create("segment", MFD_CLOEXEC));
  Require(fd.ok());
  Require(write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  Require(write(fd.get(), behind.data(), behind.size()) == static_cast<ssize_t>(behind.size()));
  return fd;
}

const Buffer& GoodRecord() {
  static const Buffer record = [] {
    encode::Batch batch;
    batch.rows.Append("row\n");
    batch.row_end.push_back(4);
    batch.sequence = 0xC0FFEE;
    Buffer out;
    Packer packer;
    Require(packer.Pack(batch, 0, 1, "jsonl", out).has_value());
    return out;
  }();
  return record;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Unpacker unpacker;
  const Bytes behind = GoodRecord().bytes();
  SegmentReader reader(FileOf({data, size}, behind), size + behind.size());
  if (const auto header = reader.ReadHeader()) Require(header->format.size() <= kLongestFormat);
  reader.Seek(0);
  Buffer payload;
  encode::Batch batch;
  bool good = false;
  uint64_t last = 0;
  while (const auto found = reader.Next()) {
    Require(found->offset >= last && found->end() <= size + behind.size());
    last = found->end();
    Require(reader.ReadPayload(*found, payload));
    if (!unpacker.Unpack(found->header, payload.bytes(), batch)) continue;
    Require(batch.count() == found->header.rows && batch.Rows(0, batch.count()).size() == batch.rows.size());
    good |= batch.sequence == 0xC0FFEE && found->offset == size;
  }
  // Unless something claims the bytes of it as its own.
  Require(good || last > size);
  return 0;
}
