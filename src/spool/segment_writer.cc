#include "spool/segment_writer.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/clock.h"

namespace xtcp2::spool {

SegmentWriter::SegmentWriter(Fd fd) : fd_(std::move(fd)), synced_at_ns_(MonotonicNs()) {}

Result<SegmentWriter> SegmentWriter::Begin(Fd fd, const SegmentHeader& header) {
  SegmentWriter writer(std::move(fd));
  std::array<uint8_t, kSegmentHeaderBytes> bytes;
  PutSegmentHeader(header, bytes.data());
  if (const Result<> written = writer.Append(bytes); !written) return tl::unexpected(written.error());
  return writer;
}

Result<> SegmentWriter::Append(Bytes record) {
  for (Bytes left = record; !left.empty();) {
    const ssize_t written = write(fd_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int why = errno;
      // Where even that fails a torn record stays; readers step over it.
      if (left.size() != record.size() && ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0)
        size_ += record.size() - left.size();
      return Fail("writing to the spool", why);
    }
    left = left.subspan(static_cast<size_t>(written));
  }
  size_ += record.size();
  return {};
}

Result<> SegmentWriter::Sync() {
  synced_at_ns_ = MonotonicNs();
  if (synced()) return {};
  if (fdatasync(fd_.get()) != 0) return FailErrno("syncing the spool");
  synced_ = size_;
  return {};
}

}  // namespace xtcp2::spool
