// The Go program's capture files: the messages of one datagram, nothing else; several such files put together are read
// as well.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <optional>

#include "base/clock.h"
#include "collect/capture_format.h"
#include "collect/pcap_format.h"
#include "netlink/message.h"

namespace xtcp2::collect {
namespace {

// Messages are handed out in runs of at most this many bytes (one longer message alone).
constexpr size_t kMaxRunBytes = 64 << 10;

class RawFile final : public CaptureFormat {
 public:
  RawFile(PcapInput input, int64_t time_ns) : CaptureFormat(std::move(input)), time_ns_(time_ns) {}

  const char* name() const override { return "raw netlink"; }
  bool is_raw() const override { return true; }
  bool Next(Packet& packet, CaptureReader::Counts& counts) override;

 private:
  // One run: messages of one dump, up to its DONE. False when no message could be taken.
  struct Run {
    size_t bytes = 0;
    uint64_t dump = 0;  // port id and sequence
    bool done = false, cut = false;
  };
  bool Extend(Run& run);

  const int64_t time_ns_;
  const CaptureInterface interface_;
  uint64_t step_ = 0;
};

bool RawFile::Next(Packet& packet, CaptureReader::Counts&) {
  if (!damage_) return false;
  input_.Skip(step_);
  Run run;
  while (!run.done && Extend(run)) {
  }
  step_ = run.bytes;
  if (run.bytes == 0) return false;
  packet = Packet{};
  packet.data = input_.Peek(run.bytes);
  packet.offset = input_.offset();
  packet.time_ns = time_ns_;
  packet.interface = &interface_;
  packet.cooked = false;
  packet.cut = run.cut;
  return true;
}

bool RawFile::Extend(Run& run) {
  const uint64_t offset = input_.offset() + run.bytes;
  const Bytes header = input_.Peek(run.bytes + netlink::kHeaderSize).subspan(run.bytes);
  if (header.empty()) return input_.status() ? false : Damage(offset, "");
  // Damage is told when it comes first: what is good before it goes out on its own.
  const bool first = run.bytes == 0;
  if (header.size() < netlink::kHeaderSize)
    return first &&
           Damage(offset, fmt::format("the file ends after {} of 16 bytes of a message header", header.size()));
  const uint32_t length = Load<uint32_t>(header.data());
  const uint16_t type = Load<uint16_t>(header.data() + 4);
  const uint64_t dump = Load<uint64_t>(header.data() + 8);
  if (length < netlink::kHeaderSize || length > kMaxPacketBytes)
    return first && Damage(offset, fmt::format("a netlink message claims {} bytes", length));
  if (!first && (dump != run.dump || run.bytes + length > kMaxRunBytes)) return false;

  const size_t padded = netlink::Align4(length);
  const size_t there = input_.Peek(run.bytes + padded).size() - run.bytes;
  if (there < length) {
    Damage(offset, fmt::format("the file ends after {} of {} bytes of a message", there, length));
    run.cut = true;
  }
  run.bytes += there < padded ? there : padded;
  run.dump = dump;
  run.done = type == netlink::kTypeDone || run.cut;
  return true;
}

// The two digits of an offset from UTC, "-07:00" or "Z" at `at`, in seconds.
std::optional<int64_t> ParseZone(const char* at) {
  if (*at == 'Z') return 0;
  int hours, minutes;
  if ((*at != '+' && *at != '-') || std::sscanf(at + 1, "%2d:%2d", &hours, &minutes) != 2) return std::nullopt;
  return (*at == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

// The time at the start of `text`, RFC 3339 with any number of digits behind the second, in nanoseconds since 1970 UTC.
std::optional<int64_t> ParseTime(const char* text) {
  tm local{};
  const char* at = strptime(text, "%Y-%m-%dT%H:%M:%S", &local);
  if (at == nullptr || local.tm_year < 70 || local.tm_year >= 360) return std::nullopt;  // what an int64_t of ns holds
  int64_t ns = 0;
  if (*at == '.')
    for (int64_t unit = kNsPerSecond / 10; std::isdigit(static_cast<unsigned char>(*++at)); unit /= 10)
      ns += (*at - '0') * unit;
  const auto zone = ParseZone(at);
  if (!zone) return std::nullopt;
  return std::max<int64_t>(0, (timegm(&local) - *zone) * kNsPerSecond + ns);
}

// When the file was written, by its name ("netlink.2024-08-29T12:10:36.56-07:00"); 0 when the name does not say.
int64_t TimeInName(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);  // npos + 1 == 0
  for (size_t i = 0; i < name.size(); ++i)
    if (std::isdigit(static_cast<unsigned char>(name[i])))
      if (const auto time = ParseTime(name.c_str() + i)) return *time;
  return 0;
}

}  // namespace

Result<std::unique_ptr<CaptureFormat>> OpenRawNetlink(PcapInput input, const std::string& path) {
  return std::make_unique<RawFile>(std::move(input), TimeInName(path));
}

}  // namespace xtcp2::collect
