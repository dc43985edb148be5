#include "ship/payload.h"

#include <algorithm>

#include "base/check.h"

namespace xtcp2::ship {

size_t PayloadSize(const RowRange& range, const encode::Framing& framing) {
  return (range.with_header ? framing.header.size() : 0) + framing.FramedSize(range.count(), range.rows().size());
}

void AppendPayload(const RowRange& range, const encode::Framing& framing, Buffer& out) {
  const PayloadParts payload(range, framing);
  out.Reserve(out.size() + payload.parts().size());
  std::array<iovec, 4> pieces;
  const size_t count = payload.parts().From(0, pieces);
  for (size_t i = 0; i < count; ++i)
    out.Append(Bytes{static_cast<const uint8_t*>(pieces[i].iov_base), pieces[i].iov_len});
}

ByteParts::ByteParts(std::initializer_list<Bytes> parts) {
  XTCP2_CHECK(parts.size() <= parts_.size(), "a message has four parts at most");
  std::copy(parts.begin(), parts.end(), parts_.begin());
  for (const Bytes part : parts_) size_ += part.size();
}

size_t ByteParts::From(size_t skip, std::array<iovec, 4>& parts) const {
  size_t count = 0;
  for (Bytes part : parts_) {
    const size_t gone = std::min(skip, part.size());
    skip -= gone;
    part = part.subspan(gone);
    if (!part.empty()) parts[count++] = {const_cast<uint8_t*>(part.data()), part.size()};
  }
  return count;
}

PayloadParts::PayloadParts(const RowRange& range, const encode::Framing& framing)
    : frame_(framing.Around(range.count(), range.rows().size())),
      parts_({range.with_header ? AsBytes(framing.header) : Bytes{}, frame_.Head(),
              range.rows().first(range.rows().size() - frame_.drop_last), AsBytes(frame_.tail)}) {}

size_t LastThatFits(const encode::Batch& batch, const encode::Framing& framing, size_t first, size_t limit,
                    bool with_header) {
  size_t fits = first;
  size_t too_many = batch.count() + 1;
  while (fits + 1 < too_many) {  // a message only grows with its rows
    const size_t middle = fits + (too_many - fits) / 2;
    if (PayloadSize({batch, first, middle, with_header}, framing) <= limit)
      fits = middle;
    else
      too_many = middle;
  }
  return fits;
}

}  // namespace xtcp2::ship
