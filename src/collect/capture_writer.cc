#include "collect/capture_writer.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "collect/pcap_format.h"

namespace xtcp2::collect {
namespace {

Counter& SavedCounter() {
  static Counter& counter =
      Metrics::Global().AddCounter("xtcp2_capture_datagrams_total", "netlink datagrams saved by -writeFiles");
  return counter;
}
Event& WriteError() {
  static Event event(LogLevel::kError, "xtcp2_capture_errors_total", "captures of -writeFiles ended by a write error");
  return event;
}

template <class T>
void Put(Buffer& out, T value) {
  Store(out.Room(sizeof value), value);
  out.Commit(out.data() + out.size() + sizeof value);
}
template <class T>
void PutBig(Buffer& out, T value) {
  for (size_t i = sizeof value; i-- > 0;) Put(out, static_cast<uint8_t>(value >> (8 * i)));
}
void Pad(Buffer& out) {
  while (out.size() % 4 != 0) Put(out, uint8_t{0});
}

void PutOption(Buffer& out, uint16_t code, std::string_view value) {
  value = value.substr(0, kMaxOptionText);
  Put(out, code);
  Put(out, static_cast<uint16_t>(value.size()));
  out.Append(value);
  Pad(out);
}

// Blocks begin and end with their total length, which is known at the end only. Offsets in `out` are multiples of 4
// throughout.
size_t BeginBlock(Buffer& out, uint32_t type) {
  const size_t begin = out.size();
  Put(out, type);
  Put(out, uint32_t{0});
  return begin;
}
void EndBlock(Buffer& out, size_t begin) {
  Pad(out);
  const auto total = static_cast<uint32_t>(out.size() - begin + 4);
  Put(out, total);
  Store(out.data() + begin + 4, total);
}

void PutSection(Buffer& out, unsigned reader, const CaptureNotes& notes) {
  utsname kernel{};
  uname(&kernel);
  const size_t begin = BeginBlock(out, kBlockSection);
  Put(out, kByteOrderMagic);
  Put(out, uint16_t{1});
  Put(out, uint16_t{0});
  Put(out, int64_t{-1});  // length of the section: not known in advance
  PutOption(out, kOptionComment, fmt::format("reader={} boot_id={:016x}", reader, notes.boot_id));
  PutOption(out, kSectionOs, fmt::format("{} {}", kernel.sysname, kernel.release));
  PutOption(out, kSectionApplication, notes.application);
  PutOption(out, kOptionEnd, "");
  EndBlock(out, begin);
}

void PutInterface(Buffer& out, const NetnsLabel& netns) {
  const size_t begin = BeginBlock(out, kBlockInterface);
  Put(out, kLinkTypeNetlink);
  Put(out, uint16_t{0});
  Put(out, uint32_t{0});  // no snap length
  PutOption(out, kInterfaceName, netns.name);
  PutOption(out, kInterfaceDescription,
            fmt::format("network namespace netns_inode={} netns_cookie={}", netns.inode, netns.cookie));
  PutOption(out, kInterfaceTimeResolution, "\x09");  // nanoseconds
  PutOption(out, kOptionEnd, "");
  EndBlock(out, begin);
}

// Nine digits always, so that the names of a run sort by time.
std::string FileName(std::string_view prefix, int64_t now_ns) {
  return fmt::format("{}netlink.{:%Y-%m-%dT%H:%M:%S}.{:09}Z.pcapng", prefix, fmt::gmtime(now_ns / kNsPerSecond),
                     now_ns % kNsPerSecond);
}

}  // namespace

Result<std::unique_ptr<CaptureWriter>> CaptureWriter::Open(std::string_view prefix, unsigned reader,
                                                           uint64_t max_datagrams, const CaptureNotes& notes) {
  std::string path;
  Fd fd;
  for (int attempt = 0; attempt < 100 && !fd.ok(); ++attempt) {  // two readers may meet in one nanosecond
    path = FileName(prefix, RealtimeNs());
    fd = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.ok() && errno != EEXIST) break;
  }
  if (!fd.ok())
    return FailErrno(fmt::format("creating the capture file {} (-capturePath is a prefix: end a folder with /)", path));

  std::unique_ptr<CaptureWriter> writer(new CaptureWriter(std::move(fd), path, max_datagrams));
  PutSection(writer->pending_, reader, notes);
  if (auto written = writer->Flush(); !written) {
    ::unlink(path.c_str());
    return tl::unexpected(written.error());
  }
  if (max_datagrams == 0) writer->Stop();
  return writer;
}

void CaptureWriter::Write(Bytes datagram, const NetnsLabel& netns, int64_t realtime_ns) {
  if (full()) return;
  std::lock_guard lock(mutex_);
  if (left_ == 0 || datagram.size() > kMaxPacketBytes - kCookedHeader) return;
  const auto next = static_cast<uint32_t>(interfaces_.size());
  const auto [interface, fresh] = interfaces_.try_emplace({netns.cookie, netns.inode, std::string(netns.name)}, next);
  if (fresh) PutInterface(pending_, netns);
  AppendPacket(interface->second, datagram, realtime_ns);
  if (auto written = Flush(); !written) {
    WriteError().Happened("capture stopped after {} datagrams: {}", saved_, written.error().Text());
    Stop();
    return;
  }
  ++saved_;
  SavedCounter().Add();
  if (--left_ > 0) return;
  LogInfo("capture complete: {} datagrams in {}", saved_, path_);
  Stop();
}

void CaptureWriter::AppendPacket(uint32_t interface, Bytes datagram, int64_t realtime_ns) {
  const auto length = static_cast<uint32_t>(datagram.size() + kCookedHeader);
  const auto time = static_cast<uint64_t>(realtime_ns);
  const size_t begin = BeginBlock(pending_, kBlockEnhancedPacket);
  Put(pending_, interface);
  Put(pending_, static_cast<uint32_t>(time >> 32));
  Put(pending_, static_cast<uint32_t>(time));
  Put(pending_, length);  // captured
  Put(pending_, length);  // on the wire
  PutBig(pending_, kCookedPacketType);
  PutBig(pending_, kArphrdNetlink);
  Put(pending_, uint64_t{0});
  Put(pending_, uint16_t{0});
  PutBig(pending_, kNetlinkSockDiag);
  pending_.Append(datagram);
  EndBlock(pending_, begin);
}

Result<> CaptureWriter::Flush() {
  ssize_t written;
  do written = ::write(fd_.get(), pending_.data(), pending_.size());
  while (written < 0 && errno == EINTR);
  const bool whole = written == static_cast<ssize_t>(pending_.size());
  // A short write to a regular file means that the disk, the quota or the size limit is reached.
  const int code = written < 0 ? errno : ENOSPC;
  pending_.Clear();
  if (whole) {
    file_bytes_ += static_cast<uint64_t>(written);
    return {};
  }
  if (written > 0 && ::ftruncate(fd_.get(), static_cast<off_t>(file_bytes_)) != 0)
    LogWarning("the last packet of {} is cut: {}", path_, ErrnoText(errno));
  return Fail("writing " + path_, code);
}

void CaptureWriter::Stop() {
  left_ = 0;
  full_.store(true, std::memory_order_relaxed);
  fd_.Close();
  interfaces_.clear();
  pending_ = Buffer();
}

}  // namespace xtcp2::collect
