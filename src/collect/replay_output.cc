#include "collect/replay_output.h"

#include <unistd.h>

namespace xtcp2::collect {
namespace {

iovec Part(const void* data, size_t size) { return {const_cast<void*>(data), size}; }

}  // namespace

bool FdOutput::Push(encode::PooledBatch batch) {
  const Bytes rows = batch->rows.bytes();
  const encode::Frame frame = framing_.Around(batch->count(), rows.size());
  iovec parts[] = {Part(framing_.header.data(), header_written_ ? 0 : framing_.header.size()),
                   Part(frame.head.data(), frame.head_size), Part(rows.data(), rows.size() - frame.drop_last),
                   Part(frame.tail.data(), frame.tail.size())};
  header_written_ = true;
  WriteAll(parts, 4);
  return status_.has_value();
}

void FdOutput::Finish() {
  if (header_written_) return;
  header_written_ = true;
  iovec header = Part(framing_.header.data(), framing_.header.size());
  WriteAll(&header, 1);
}

void FdOutput::WriteAll(iovec* parts, int count) {
  while (status_) {
    while (count > 0 && parts->iov_len == 0) ++parts, --count;
    if (count == 0) return;
    const ssize_t written = ::writev(fd_, parts, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) status_ = FailErrno("writing the rows");
    for (size_t left = written < 0 ? 0 : static_cast<size_t>(written); left > 0;) {
      const size_t step = std::min(left, parts->iov_len);
      *parts = Part(static_cast<char*>(parts->iov_base) + step, parts->iov_len - step);
      left -= step;
      if (parts->iov_len == 0) ++parts, --count;
    }
  }
}

}  // namespace xtcp2::collect
