// pcapng files: sections of either byte order, interfaces with namespace facts, all three kinds of packet block.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "collect/capture_format.h"
#include "collect/pcap_format.h"
#include "collect/pcap_ng_facts.h"

namespace xtcp2::collect {
namespace {

constexpr size_t kMaxInterfaces = 1 << 16;  // of one section

class PcapngFile final : public CaptureFormat {
 public:
  using CaptureFormat::CaptureFormat;

  const char* name() const override { return "pcapng"; }
  bool Next(Packet& packet, CaptureReader::Counts& counts) override;

 private:
  struct Block {
    uint64_t offset = 0;
    uint32_t type = 0;
    uint64_t total = 0;
    Bytes body;
    bool whole = true;  // false: the file ends inside
  };
  static bool IsPacket(uint32_t type) {
    return type == kBlockEnhancedPacket || type == kBlockSimplePacket || type == kBlockObsoletePacket;
  }
  bool NextBlock(Block& block);
  bool ReadHeader(Block& block);
  bool ReadBody(Block& block);
  bool SkipUnknown(const Block& block);
  bool TakeSection(const Block& block);
  void TakeInterface(const Block& block);
  bool TakePacket(const Block& block, Packet& packet, CaptureReader::Counts& counts);
  void NoteEnd(const CaptureReader::Counts& counts);

  uint16_t U16(const uint8_t* at) const { return LoadOrdered16(at, swap_); }
  uint32_t U32(const uint8_t* at) const { return LoadOrdered32(at, swap_); }

  bool swap_ = false;
  uint64_t step_ = 0;
  SectionFacts section_;
  std::deque<PcapngInterface> interfaces_;  // of the present section; addresses stay
  uint32_t next_id_ = 0;
  std::string other_link_;  // the first link type that is not ours
  bool any_netlink_ = false;
};

bool PcapngFile::Next(Packet& packet, CaptureReader::Counts& counts) {
  Block block;
  while (NextBlock(block)) {
    if (block.type == kBlockSection) {
      if (!TakeSection(block)) return false;
    } else if (block.type == kBlockInterface) {
      TakeInterface(block);
    } else if (IsPacket(block.type)) {
      if (TakePacket(block, packet, counts)) return true;
    } else {
      ++counts.other_blocks;
    }
  }
  NoteEnd(counts);
  return false;
}

// A file of another kind of traffic is no error of one packet but of the choice of file.
void PcapngFile::NoteEnd(const CaptureReader::Counts& counts) {
  if (damage_ && !any_netlink_ && counts.other_links > 0)
    damage_ = Fail(fmt::format("no interface of link type 253 (NETLINK), only {}: capture on a netlink monitor device",
                               other_link_));
}

bool PcapngFile::NextBlock(Block& block) {
  if (!damage_) return false;
  input_.Skip(step_);
  step_ = 0;
  block = Block{};
  block.offset = input_.offset();
  if (!ReadHeader(block)) return false;
  if (block.type == kBlockSection || block.type == kBlockInterface || IsPacket(block.type)) return ReadBody(block);
  return SkipUnknown(block);
}

// Type and length, and at a section's start the byte order that its length is in.
bool PcapngFile::ReadHeader(Block& block) {
  const Bytes head = input_.Peek(kBlockOverhead);
  if (head.empty()) return input_.status() ? false : Damage(block.offset, "");
  if (head.size() < kBlockOverhead)
    return Damage(block.offset, fmt::format("the file ends after {} of 12 bytes of a block's header", head.size()));
  if (Load<uint32_t>(head.data()) == kBlockSection) {
    const uint32_t magic = Load<uint32_t>(head.data() + kBlockHeader);
    if (magic != kByteOrderMagic && magic != __builtin_bswap32(kByteOrderMagic))
      return Damage(block.offset, fmt::format("a section with the byte-order magic {:#010x}", magic));
    swap_ = magic != kByteOrderMagic;
  }
  block.type = U32(head.data());
  block.total = U32(head.data() + 4);
  if (block.total < kBlockOverhead || block.total % 4 != 0)
    return Damage(block.offset, fmt::format("a block of type {} claims {} bytes", block.type, block.total));
  return true;
}

bool PcapngFile::ReadBody(Block& block) {
  if (block.total > PcapInput::kMaxPeek)
    return Damage(block.offset, fmt::format("a block of type {} claims {} bytes, more than one of netlink can have",
                                            block.type, block.total));
  const Bytes bytes = input_.Peek(block.total);
  step_ = bytes.size();
  if (bytes.size() < block.total) {
    Damage(block.offset, fmt::format("the file ends after {} of {} bytes of a block", bytes.size(), block.total));
    block.whole = false;
    block.body = bytes.subspan(kBlockHeader);
    return IsPacket(block.type);  // half a packet still holds sockets
  }
  block.body = bytes.subspan(kBlockHeader, block.total - kBlockOverhead);
  const uint32_t again = U32(bytes.data() + block.total - 4);
  if (again == block.total) return true;
  return Damage(block.offset, fmt::format("a block's two lengths differ: {} and {}", block.total, again));
}

bool PcapngFile::SkipUnknown(const Block& block) {
  if (!input_.Skip(block.total - 4))
    return Damage(block.offset, fmt::format("the file ends inside a block of {} bytes", block.total));
  const Bytes tail = input_.Peek(4);
  if (tail.size() < 4)
    return Damage(block.offset, fmt::format("the file ends inside a block of {} bytes", block.total));
  const uint32_t again = U32(tail.data());
  if (again != block.total)
    return Damage(block.offset, fmt::format("a block's two lengths differ: {} and {}", block.total, again));
  step_ = 4;
  return true;
}

bool PcapngFile::TakeSection(const Block& block) {
  constexpr size_t kFixed = 16;  // magic, version, section length
  if (block.body.size() < kFixed) return Damage(block.offset, "a section header that is too short");
  const uint16_t major = U16(block.body.data() + 4);
  if (major != 1) return Damage(block.offset, fmt::format("a section of pcapng version {}; only 1 is known", major));
  interfaces_.clear();
  section_ = ReadSectionOptions(block.body.subspan(kFixed), swap_);
  return true;
}

void PcapngFile::TakeInterface(const Block& block) {
  if (interfaces_.size() >= kMaxInterfaces) return Skipped(block.offset, "more than 65536 interfaces in a section");
  // One that cannot be read counts, too, or the numbers of the next would be wrong.
  PcapngInterface& interface = interfaces_.emplace_back();
  interface.facts.id = next_id_++;
  if (!ReadInterface(block.body, swap_, section_, interface))
    Skipped(block.offset, "an interface description that is too short");
}

// The packet in a block; false when there is none for us in it.
bool PcapngFile::TakePacket(const Block& block, Packet& packet, CaptureReader::Counts& counts) {
  const bool simple = block.type == kBlockSimplePacket;
  const size_t fixed = simple ? 4 : 20;
  if (block.body.size() < fixed) {
    if (block.whole) Skipped(block.offset, "a packet block that is too short");
    return false;
  }
  const uint8_t* at = block.body.data();
  const Bytes rest = block.body.subspan(fixed);
  const uint32_t id = simple ? 0 : block.type == kBlockObsoletePacket ? U16(at) : U32(at);
  const uint32_t real = U32(at + fixed - 4);
  // A simple packet has no length of its own: the snap length or the block ends it.
  const size_t captured = simple ? std::min<size_t>(real, rest.size()) : U32(at + 12);
  if (id >= interfaces_.size()) {
    Skipped(block.offset, fmt::format("a packet of interface {}, of which there are {}", id, interfaces_.size()));
    return false;
  }
  if (captured > rest.size() && block.whole) {
    Skipped(block.offset, fmt::format("a packet claims {} bytes in a block with {}", captured, rest.size()));
    return false;
  }
  const PcapngInterface& interface = interfaces_[id];
  if (interface.link_type != kLinkTypeNetlink) {
    if (counts.other_links++ == 0) other_link_ = LinkTypeText(interface.link_type);
    return false;
  }
  any_netlink_ = true;
  packet = Packet{};
  packet.data = rest.first(std::min(captured, rest.size()));
  packet.offset = block.offset;
  packet.interface = &interface.facts;
  if (!simple) packet.time_ns = interface.time.ToNs(uint64_t{U32(at + 4)} << 32 | U32(at + 8));
  packet.cut = packet.data.size() < real;
  return true;
}

}  // namespace

Result<std::unique_ptr<CaptureFormat>> OpenPcapng(PcapInput input) {
  return std::make_unique<PcapngFile>(std::move(input));
}

}  // namespace xtcp2::collect
