// Standard output and standard error as destinations. Their descriptions are shared with other processes (and the log),
// so O_NONBLOCK is never set on them; nonblocking_writer.h says how writes stay interruptible all the same. A message
// that was written in part goes on where it stopped. A reader that has gone is fatal.
#pragma once

#include "ship/destination.h"
#include "ship/nonblocking_writer.h"

namespace xtcp2::ship {

class StandardStream final : public Destination {
 public:
  // `fd` is 1 or 2 and stays open and the process's own; `name` is "stdout" or "stderr".
  static Result<std::unique_ptr<Destination>> Open(int fd, const char* name, const encode::Framing& framing);
  SendResult Send(const encode::Batch& batch, Progress& progress) override;

 private:
  StandardStream(NonblockingWriter writer, const char* name, const encode::Framing& framing)
      : writer_(std::move(writer)), what_(std::string("writing to ") + name), framing_(framing) {}

  NonblockingWriter writer_;
  const std::string what_;
  const encode::Framing framing_;
  bool header_done_ = false;
  size_t written_ = 0;  // of the current message
};

}  // namespace xtcp2::ship
