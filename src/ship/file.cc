#include "ship/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "ship/rotation.h"
#include "ship/write_all.h"

namespace xtcp2::ship {
namespace {

// When the file was made, so that its age survives a restart of the daemon; now, where the file system does not know.
int64_t BirthNs(int fd) {
  struct statx status;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) == 0 && (status.stx_mask & STATX_BTIME) != 0)
    return status.stx_btime.tv_sec * kNsPerSecond + status.stx_btime.tv_nsec;
  return RealtimeNs();
}

}  // namespace

FileDestination::FileDestination(const std::string& path, const encode::Framing& framing, const ShipOptions& options)
    : path_(path),
      framing_(framing),
      options_(options),
      rotate_failed_(LogLevel::kWarning, "xtcp2_destination_rotate_errors_total",
                     "Rotations of the destination's file that failed; writing goes on in the same file.", {}),
      rotations_(
          Metrics::Global().AddCounter("xtcp2_destination_rotations_total", "Rotations of the destination's file.")) {}

Result<std::unique_ptr<Destination>> FileDestination::Open(const std::string& path, const encode::Framing& framing,
                                                           const ShipOptions& options) {
  std::unique_ptr<FileDestination> file(new FileDestination(path, framing, options));
  if (auto opened = file->OpenFile(); !opened) return tl::unexpected(opened.error());
  return file;
}

Result<> FileDestination::OpenFile() {
  // O_NONBLOCK is for FIFOs (one that nobody reads is an error, not a wait); regular files do not know it.
  Fd fd(open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600));
  if (!fd.ok()) return FailErrno("opening the destination's file " + path_);
  struct stat status;
  if (fstat(fd.get(), &status) != 0) return FailErrno("asking for the size of " + path_);
  if (written_ != 0 && regular_) {
    // The last thing done to the old file: nothing torn is left behind.
    if (auto cut = CutTo(size_, size_ + written_); !cut) LogWarning("{}", cut.error().Text());
  }
  fd_ = std::move(fd);
  regular_ = S_ISREG(status.st_mode);
  written_ = 0;
  born_ns_ = BirthNs(fd_.get());
  ready_ = true;
  return {};
}

SendResult FileDestination::Send(const encode::Batch& batch, Progress& progress) {
  const size_t bare_size = PayloadSize({batch, progress.next_row, batch.count(), false}, framing_);
  if (SendResult ready = Prepare(bare_size); !ready) return ready;
  // An empty file gets the header, whoever emptied it.
  const bool with_header = size_ == 0;
  const PayloadParts payload({batch, progress.next_row, batch.count(), with_header}, framing_);
  if (SendResult result = Append(payload.parts()); !result) return result;
  if (!regular_) size_ = 1;  // a stream has one beginning
  progress.next_row = batch.count();
  progress.bytes += payload.parts().size();
  progress.payloads += 1;
  return {};
}

// Afterwards fd_ is the file to write to, size_ its size, and nothing torn is at its end.
SendResult FileDestination::Prepare(size_t payload_size) {
  if (!fd_.ok()) {
    if (auto opened = OpenFile(); !opened) return FailedCall(PeerKind::kFile, opened.error());
  }
  if (!regular_) return {};
  if (written_ != 0) {
    if (auto cut = CutTo(size_, size_ + written_); !cut) return FailedCall(PeerKind::kFile, cut.error());
    written_ = 0;
  }
  struct stat status;
  if (fstat(fd_.get(), &status) != 0) return FailedCall(PeerKind::kFile, {"asking for the size of " + path_, errno});
  if (status.st_nlink == 0 || RotationDue(static_cast<uint64_t>(status.st_size), payload_size)) {
    if (status.st_nlink != 0) Rotate();
    if (auto opened = OpenFile(); !opened) return FailedCall(PeerKind::kFile, opened.error());
    if (fstat(fd_.get(), &status) != 0) return FailedCall(PeerKind::kFile, {"asking for the size of " + path_, errno});
  }
  size_ = static_cast<uint64_t>(status.st_size);
  return {};
}

bool FileDestination::RotationDue(uint64_t size, size_t payload_size) const {
  if (size == 0) return false;
  if (options_.rotate_bytes != 0 && size + payload_size > options_.rotate_bytes) return true;
  return options_.rotate_age_ns != 0 && RealtimeNs() - born_ns_ >= options_.rotate_age_ns;
}

// A failure is reported and writing goes on in the same file: rows are worth more than their place.
void FileDestination::Rotate() {
  const auto renamed = RotateAway(path_, RealtimeNs());
  if (!renamed) return rotate_failed_.Happened("rotating: {}", renamed.error().Text());
  rotations_.Add();
  if (const auto removed = RemoveOldest(path_, options_.rotate_keep); !removed)
    rotate_failed_.Happened("removing old files: {}", removed.error().Text());
}

SendResult FileDestination::Append(const ByteParts& parts) {
  const std::string what = "writing to " + path_;
  const WriteJob job{fd_.get(), PeerKind::kFile, 0, what.c_str()};
  const auto write = [this](std::span<const iovec> pieces) {
    return writev(fd_.get(), pieces.data(), static_cast<int>(pieces.size()));
  };
  SendResult result = WriteAll(job, parts, write, interrupt(), &written_);
  if (!result && regular_ && written_ != 0 && CutTo(size_, size_ + written_)) written_ = 0;
  if (!result && !regular_ && result.error().cause == "closed")
    written_ = size_ = 0;  // the next reader gets a beginning
  if (result) written_ = 0;
  return result;
}

// Takes our own half message off the end. When the size is not what it must be, somebody else writes to the file: then
// nothing of theirs is cut.
Result<> FileDestination::CutTo(uint64_t size, uint64_t expected) {
  struct stat status;
  if (fstat(fd_.get(), &status) != 0) return FailErrno("asking for the size of " + path_);
  if (static_cast<uint64_t>(status.st_size) != expected) {
    LogError("{} has another writer: a row that was written in part stays in it", path_);
    return {};
  }
  if (ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return FailErrno("cutting half a message off " + path_);
  return {};
}

}  // namespace xtcp2::ship
