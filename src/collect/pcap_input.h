// A capture file as a stream with look-ahead: plain buffered read(2), so that pipes work and a file that shrinks while
// it is read cannot kill the program. Memory is bounded by what callers peek at (kMaxPeek). One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace xtcp2::collect {

class PcapInput {
 public:
  static constexpr size_t kMaxPeek = (1 << 20) + 4096;

  // Opens a file, or standard input for "-".
  static Result<PcapInput> Open(const std::string& path);
  // Reads from memory; for tests and fuzzers.
  static PcapInput FromBytes(Bytes bytes);

  // The next `count` bytes (at most kMaxPeek), or as many as the file still has. Valid until the next call of Peek or
  // Skip.
  Bytes Peek(size_t count);
  // Moves on by `count` bytes; false when the file ends before.
  bool Skip(uint64_t count);
  // Where the next byte stands in the file.
  uint64_t offset() const { return offset_; }
  // The first read error, which looks like the end of the file to Peek and Skip.
  const Result<>& status() const { return status_; }

 private:
  PcapInput() = default;
  size_t Buffered() const { return end_ - begin_; }
  // Reads once, behind what is buffered; false at the end of the file.
  bool Fill();

  Fd fd_;
  std::unique_ptr<uint8_t[]> buffer_;
  size_t capacity_ = 0, begin_ = 0, end_ = 0;
  uint64_t offset_ = 0;
  Result<> status_;
};

}  // namespace xtcp2::collect
