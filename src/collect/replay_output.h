// Batches written to a descriptor one after the other: the header of the format once, framing around each batch. Waits
// as long as the reader of the descriptor does. One thread.
#pragma once

#include <sys/uio.h>

#include "base/result.h"
#include "collect/row_sink.h"

namespace xtcp2::collect {

class FdOutput final : public BatchOutput {
 public:
  // Borrows `fd`.
  FdOutput(int fd, encode::Framing framing) : fd_(fd), framing_(std::move(framing)) {}

  encode::PooledBatch TakeBatch() override { return pool_.Take(); }
  // False once writing failed; see status().
  bool Push(encode::PooledBatch batch) override;
  // Writes the header where no batch brought it.
  void Finish();
  // The first failure, EPIPE where nobody reads any more.
  const Result<>& status() const { return status_; }

 private:
  void WriteAll(iovec* parts, int count);

  const int fd_;
  const encode::Framing framing_;
  encode::BatchPool pool_{4};
  bool header_written_ = false;
  Result<> status_;
};

}  // namespace xtcp2::collect
