#include "ship/standard_stream.h"

#include "ship/write_all.h"

namespace xtcp2::ship {

Result<std::unique_ptr<Destination>> StandardStream::Open(int fd, const char* name, const encode::Framing& framing) {
  auto writer = NonblockingWriter::Open(fd);
  if (!writer)
    return Fail(std::string("opening ") + name + " as the destination: " + writer.error().what, writer.error().code);
  return std::unique_ptr<Destination>(new StandardStream(std::move(*writer), name, framing));
}

SendResult StandardStream::Send(const encode::Batch& batch, Progress& progress) {
  const PayloadParts payload({batch, progress.next_row, batch.count(), !header_done_}, framing_);
  const WriteJob job{writer_.poll_fd(), PeerKind::kStandardStream, 0, what_.c_str()};
  const auto write = [this](std::span<const iovec> pieces) { return writer_.Write(pieces); };
  if (SendResult result = WriteAll(job, payload.parts(), write, interrupt(), &written_); !result) return result;
  header_done_ = true;
  written_ = 0;
  progress.next_row = batch.count();
  progress.bytes += payload.parts().size();
  progress.payloads += 1;
  return {};
}

}  // namespace xtcp2::ship
