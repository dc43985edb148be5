// From a run of rows of a batch to one message: size, parts for writev, one contiguous copy, and where to cut so that
// it fits. Pure functions.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <initializer_list>

#include "base/bytes.h"
#include "encode/batch.h"
#include "encode/framing.h"

namespace xtcp2::ship {

// Rows [first, last) of a batch, which must be at least one.
struct RowRange {
  const encode::Batch& batch;
  size_t first;
  size_t last;
  bool with_header;  // the framing's header line stands in front

  size_t count() const { return last - first; }
  Bytes rows() const { return batch.Rows(first, last); }
};

// Bytes of the message.
size_t PayloadSize(const RowRange& range, const encode::Framing& framing);
// Appends the message to `out`.
void AppendPayload(const RowRange& range, const encode::Framing& framing, Buffer& out);

// Up to four stretches of bytes that are written one behind the other. Borrows them.
class ByteParts {
 public:
  ByteParts(std::initializer_list<Bytes> parts);
  size_t size() const { return size_; }
  // What is left after `skip` bytes, as parts for writev; the count is returned.
  size_t From(size_t skip, std::array<iovec, 4>& parts) const;

 private:
  std::array<Bytes, 4> parts_;
  size_t size_ = 0;
};

// The message as header, head, rows and tail, uncopied. Borrows from the range's batch and the framing.
class PayloadParts {
 public:
  PayloadParts(const RowRange& range, const encode::Framing& framing);
  PayloadParts(const PayloadParts&) = delete;  // the parts point into frame_
  PayloadParts& operator=(const PayloadParts&) = delete;
  const ByteParts& parts() const { return parts_; }

 private:
  const encode::Frame frame_;
  const ByteParts parts_;
};

// The largest `last` such that the rows [first, last) fit into `limit` bytes as one message; `first` when not even one
// row does.
size_t LastThatFits(const encode::Batch& batch, const encode::Framing& framing, size_t first, size_t limit,
                    bool with_header);

}  // namespace xtcp2::ship
