#include "ship/socket_writer.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "ship/ring_writer.h"

namespace xtcp2::ship {
namespace {

constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

msghdr MessageOf(std::span<const iovec> parts) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  return message;
}

class SyscallWriter final : public SocketWriter {
 public:
  ssize_t Write(int fd, std::span<const iovec> parts) override {
    const msghdr message = MessageOf(parts);
    return sendmsg(fd, &message, kFlags);
  }
};

}  // namespace

Result<std::unique_ptr<RingWriter>> RingWriter::Make(uring::Calls& calls) {
  uring::RingOptions options;
  options.operations = options.completion_batch = 1;
  Result<std::unique_ptr<uring::Ring>> ring = uring::Ring::Make(options, calls);
  if (!ring) return tl::unexpected(ring.error());
  return std::unique_ptr<RingWriter>(new RingWriter(std::move(*ring)));
}

ssize_t RingWriter::Write(int fd, std::span<const iovec> parts) {
  const msghdr message = MessageOf(parts);
  if (ring_ == nullptr) return sendmsg(fd, &message, kFlags);
  XTCP2_CHECK(ring_->SendMessage(fd, message, kFlags, answer_), "a ring has no room for a write");
  while (answer_.in_flight()) {
    const Result<unsigned> reaped = ring_->SubmitAndReap(kNsPerSecond);
    if (reaped) continue;
    // What it has not answered it has not done: it answers within the call that asks.
    LogWarning("{}: writing goes on by system calls", reaped.error().Text());
    const bool answered = !answer_.in_flight();
    ring_.reset();
    if (!answered) return sendmsg(fd, &message, kFlags);
  }
  if (answer_.result >= 0) return answer_.result;
  errno = -answer_.result;
  return -1;
}

Result<std::unique_ptr<SocketWriter>> MakeSocketWriter(const ShipOptions& options, const std::string& destination,
                                                       uring::Calls& calls) {
  if (!options.io_uring) return std::make_unique<SyscallWriter>();
  Result<std::unique_ptr<RingWriter>> ring = RingWriter::Make(calls);
  if (ring) return std::unique_ptr<SocketWriter>(std::move(*ring));
  if (options.io_uring_require)
    return Fail(fmt::format("no io_uring for {}: {}", destination, ring.error().what), ring.error().code);
  LogWarning("no io_uring for {}, which is written to by system calls: {}", destination, ring.error().Text());
  return std::make_unique<SyscallWriter>();
}

}  // namespace xtcp2::ship
