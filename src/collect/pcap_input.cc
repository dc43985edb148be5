#include "collect/pcap_input.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace xtcp2::collect {
namespace {
constexpr size_t kReadBytes = 64 << 10;
}

Result<PcapInput> PcapInput::Open(const std::string& path) {
  PcapInput input;
  input.fd_ = Fd(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!input.fd_.ok()) return FailErrno("opening " + path);
  struct stat facts;
  if (::fstat(input.fd_.get(), &facts) != 0) return FailErrno("looking at " + path);
  if (S_ISDIR(facts.st_mode)) return Fail("reading " + path, EISDIR);
  input.capacity_ = kReadBytes;
  input.buffer_ = std::make_unique<uint8_t[]>(input.capacity_);
  return input;
}

PcapInput PcapInput::FromBytes(Bytes bytes) {
  PcapInput input;
  input.capacity_ = std::max<size_t>(bytes.size(), 1);
  input.buffer_ = std::make_unique<uint8_t[]>(input.capacity_);
  std::copy(bytes.begin(), bytes.end(), input.buffer_.get());
  input.end_ = bytes.size();
  return input;
}

Bytes PcapInput::Peek(size_t count) {
  XTCP2_CHECK(count <= kMaxPeek, "a capture reader peeks further than it may: bound the length before");
  if (begin_ + count > capacity_) {
    const size_t capacity = std::max(capacity_, count + kReadBytes);
    auto moved = capacity > capacity_ ? std::make_unique<uint8_t[]>(capacity) : nullptr;
    std::memmove(moved ? moved.get() : buffer_.get(), buffer_.get() + begin_, Buffered());
    if (moved) buffer_ = std::move(moved);
    capacity_ = capacity;
    end_ -= begin_;
    begin_ = 0;
  }
  while (Buffered() < count && Fill()) {
  }
  return {buffer_.get() + begin_, std::min(count, Buffered())};
}

bool PcapInput::Skip(uint64_t count) {
  for (;;) {
    const size_t step = std::min<uint64_t>(count, Buffered());
    begin_ += step;
    offset_ += step;
    count -= step;
    if (count == 0) return true;
    begin_ = end_ = 0;
    if (!Fill()) return false;
  }
}

bool PcapInput::Fill() {
  if (!fd_.ok()) return false;
  if (end_ == capacity_ && begin_ == end_) begin_ = end_ = 0;
  ssize_t got;
  do got = ::read(fd_.get(), buffer_.get() + end_, capacity_ - end_);
  while (got < 0 && errno == EINTR);
  if (got < 0) status_ = FailErrno("reading");
  if (got <= 0) {
    fd_.Close();
    return false;
  }
  end_ += static_cast<size_t>(got);
  return true;
}

}  // namespace xtcp2::collect
