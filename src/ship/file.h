// file:<path>. Appends whole messages: one that could be written only in part (a full disk) is cut off again, so that a
// reader never meets half a row. Rotates by size and age, is opened anew on SIGHUP and when somebody removed it.
// Something else than a regular file (a FIFO, a device) is written to as a stream.
#pragma once

#include <atomic>

#include "base/fd.h"
#include "base/log.h"
#include "ship/destination.h"
#include "ship/options.h"
#include "ship/payload.h"

namespace xtcp2::ship {

class FileDestination final : public Destination {
 public:
  // Opens or creates (mode 0600) the file. It should have no other writer.
  static Result<std::unique_ptr<Destination>> Open(const std::string& path, const encode::Framing& framing,
                                                   const ShipOptions& options);
  SendResult Send(const encode::Batch& batch, Progress& progress) override;
  Result<> Reopen() override { return OpenFile(); }
  bool Ready() const override { return ready_.load(std::memory_order_relaxed); }

 private:
  FileDestination(const std::string& path, const encode::Framing& framing, const ShipOptions& options);
  Result<> OpenFile();
  SendResult Prepare(size_t payload_size);
  bool RotationDue(uint64_t size, size_t payload_size) const;
  void Rotate();
  SendResult Append(const ByteParts& parts);
  Result<> CutTo(uint64_t size, uint64_t expected);

  const std::string path_;
  const encode::Framing framing_;
  const ShipOptions options_;
  Fd fd_;
  bool regular_ = true;
  int64_t born_ns_ = 0;  // wall time of the file's creation
  uint64_t size_ = 0;    // of the file when Prepare() looked
  size_t written_ = 0;   // streams: of the current message; files: of a message that must be cut off first
  std::atomic<bool> ready_{false};
  Event rotate_failed_;
  Counter& rotations_;
};

}  // namespace xtcp2::ship
