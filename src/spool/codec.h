// A batch as the payload of a record: the ends of its rows and its rows, packed with zstd. Keeps the library's contexts
// between calls; one thread's at a time.
#pragma once

#include <memory>

#include "base/result.h"
#include "encode/batch.h"
#include "spool/layout.h"

namespace xtcp2::spool {

class Packer {
 public:
  Packer();
  ~Packer();
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  // Replaces `out` by header and payload of the batch.
  Result<> Pack(const encode::Batch& batch, size_t first_row, int64_t spooled_ns, std::string_view format, Buffer& out);

 private:
  void* const context_;
  Buffer raw_;
};

class Unpacker {
 public:
  Unpacker();
  ~Unpacker();
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  // Fills `batch`. False when the payload is not the one the header was written for.
  bool Unpack(const RecordHeader& header, Bytes payload, encode::Batch& batch);

 private:
  void* const context_;
  Buffer raw_;
};

}  // namespace xtcp2::spool
