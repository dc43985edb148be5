// pcap files: both byte orders, microseconds and nanoseconds, link type 253 only.
#include <fmt/format.h>

#include "base/clock.h"
#include "collect/capture_format.h"
#include "collect/pcap_format.h"

namespace xtcp2::collect {
namespace {

class PcapFile final : public CaptureFormat {
 public:
  PcapFile(PcapInput input, bool swap, int64_t ns_per_unit)
      : CaptureFormat(std::move(input)), swap_(swap), ns_per_unit_(ns_per_unit) {}

  const char* name() const override { return "pcap"; }
  bool Next(Packet& packet, CaptureReader::Counts& counts) override;

 private:
  const bool swap_;
  const int64_t ns_per_unit_;
  const CaptureInterface interface_;  // the format has no facts of it
  uint64_t step_ = kPcapFileHeader;   // from here to the next packet header
};

bool PcapFile::Next(Packet& packet, CaptureReader::Counts&) {
  if (!damage_) return false;
  input_.Skip(step_);
  step_ = 0;
  const uint64_t offset = input_.offset();
  Bytes bytes = input_.Peek(kPcapPacketHeader);
  if (bytes.empty()) return input_.status() ? false : Damage(offset, "");
  if (bytes.size() < kPcapPacketHeader)
    return Damage(offset, fmt::format("the file ends after {} of 16 bytes of a packet header", bytes.size()));
  const uint32_t captured = LoadOrdered32(bytes.data() + 8, swap_);
  if (captured > kMaxPacketBytes)
    return Damage(offset, fmt::format("a packet claims {} bytes, more than netlink ever sends", captured));
  bytes = input_.Peek(kPcapPacketHeader + captured);
  packet = Packet{};
  packet.data = bytes.subspan(kPcapPacketHeader);
  packet.offset = offset;
  packet.interface = &interface_;
  packet.time_ns =
      LoadOrdered32(bytes.data(), swap_) * kNsPerSecond + LoadOrdered32(bytes.data() + 4, swap_) * ns_per_unit_;
  packet.cut = packet.data.size() < LoadOrdered32(bytes.data() + 12, swap_);
  if (packet.data.size() < captured)
    Damage(offset, fmt::format("the file ends after {} of {} bytes of a packet", packet.data.size(), captured));
  step_ = bytes.size();
  return true;
}

}  // namespace

Result<std::unique_ptr<CaptureFormat>> OpenPcap(PcapInput input) {
  const Bytes header = input.Peek(kPcapFileHeader);
  if (header.size() < kPcapFileHeader)
    return Fail(fmt::format("a pcap file that ends after {} of 24 bytes of its header", header.size()));
  const uint32_t magic = Load<uint32_t>(header.data());
  const bool swap = magic != kPcapMagicUs && magic != kPcapMagicNs;
  const bool is_ns = LoadOrdered32(header.data(), swap) == kPcapMagicNs;
  const uint16_t major = LoadOrdered16(header.data() + 4, swap);
  if (major != kPcapMajor) return Fail(fmt::format("a pcap file of version {}; only 2 is known", major));
  const uint32_t link_type = LoadOrdered32(header.data() + 20, swap) & 0xffff;  // the upper half has other meanings
  if (link_type != kLinkTypeNetlink)
    return Fail(fmt::format("a pcap file of link type {}, not 253 (NETLINK): capture on a netlink monitor device",
                            LinkTypeText(link_type)));
  return std::make_unique<PcapFile>(std::move(input), swap, is_ns ? 1 : kNsPerSecond / 1'000'000);
}

}  // namespace xtcp2::collect
