#include "collect/capture_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "collect/capture_format.h"
#include "collect/pcap_format.h"
#include "netlink/message.h"

namespace xtcp2::collect {
namespace {

bool StartsWith(Bytes bytes, std::initializer_list<uint8_t> magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

// What a file that is no capture is instead.
std::string NotACapture(Bytes begin) {
  if (begin.empty()) return "the file is empty";
  if (StartsWith(begin, {0x1f, 0x8b})) return "a gzip file: unpack it first (gunzip)";
  if (StartsWith(begin, {0x28, 0xb5, 0x2f, 0xfd})) return "a zstd file: unpack it first (unzstd)";
  if (StartsWith(begin, {0xfd, '7', 'z', 'X', 'Z'})) return "an xz file: unpack it first (unxz)";
  const Bytes shown = begin.first(std::min<size_t>(begin.size(), 8));
  return fmt::format("neither pcapng nor pcap nor raw netlink messages: it begins with {:02x}", fmt::join(shown, " "));
}

bool IsPcapMagic(uint32_t magic) {
  for (const uint32_t known : {kPcapMagicUs, kPcapMagicNs})
    if (magic == known || magic == __builtin_bswap32(known)) return true;
  return false;
}

// The Go program's files are netlink messages from the first byte on; one about a socket has about 500 bytes.
constexpr uint32_t kMaxRawMessage = 64 << 10;
bool LooksLikeNetlink(Bytes begin) {
  if (begin.size() < netlink::kHeaderSize) return false;
  const uint32_t length = Load<uint32_t>(begin.data());
  const uint16_t type = Load<uint16_t>(begin.data() + 4);
  return length >= netlink::kHeaderSize && length <= kMaxRawMessage &&
         ((type >= netlink::kTypeNoop && type <= netlink::kTypeOverrun) || type == netlink::kTypeSockDiag ||
          type == netlink::kTypeTcpDiag);
}

Result<std::unique_ptr<CaptureFormat>> Recognise(PcapInput input, const std::string& path) {
  const Bytes begin = input.Peek(netlink::kHeaderSize);
  if (!input.status()) return tl::unexpected(input.status().error());
  const uint32_t magic = begin.size() >= 4 ? Load<uint32_t>(begin.data()) : 0;
  if (magic == kBlockSection) return OpenPcapng(std::move(input));
  if (IsPcapMagic(magic)) return OpenPcap(std::move(input));
  if (LooksLikeNetlink(begin)) return OpenRawNetlink(std::move(input), path);
  return Fail(NotACapture(begin));
}

}  // namespace

std::string LinkTypeText(uint32_t link_type) {
  struct Known {
    uint32_t number;
    const char* name;
  };
  static constexpr Known kKnown[] = {{0, "NULL"},         {1, "ETHERNET"}, {101, "RAW"},  {105, "IEEE802_11"},
                                     {113, "LINUX_SLL"},  {228, "IPV4"},   {229, "IPV6"}, {239, "NFLOG"},
                                     {276, "LINUX_SLL2"}, {253, "NETLINK"}};
  for (const Known& known : kKnown)
    if (known.number == link_type) return fmt::format("{} ({})", link_type, known.name);
  return fmt::to_string(link_type);
}

bool CaptureFormat::Damage(uint64_t offset, const std::string& what) {
  if (!damage_) return false;
  if (!input_.status())
    damage_ = Fail(fmt::format("at offset {}: {}", offset, input_.status().error().what), input_.status().error().code);
  else
    damage_ = Fail(fmt::format("at offset {}: {}", offset, what));
  return false;
}

void CaptureFormat::Skipped(uint64_t offset, const std::string& what) {
  if (skipped_count_++ == 0) skipped_ = fmt::format("at offset {}: {}", offset, what);
}

std::string CaptureFormat::SkippedText() const {
  if (skipped_count_ <= 1) return skipped_;
  return fmt::format("{} (and {} more packets or blocks that had to be skipped)", skipped_, skipped_count_ - 1);
}

CaptureReader::CaptureReader(std::string path, std::unique_ptr<CaptureFormat> format)
    : path_(std::move(path)), format_(std::move(format)) {}
CaptureReader::~CaptureReader() = default;
const char* CaptureReader::format() const { return format_->name(); }
bool CaptureReader::is_raw() const { return format_->is_raw(); }

Result<std::unique_ptr<CaptureReader>> CaptureReader::Open(const std::string& path) {
  auto input = PcapInput::Open(path);
  if (!input) return tl::unexpected(input.error());
  return FromInput(std::move(*input), path);
}

Result<std::unique_ptr<CaptureReader>> CaptureReader::FromBytes(Bytes file, const std::string& path) {
  return FromInput(PcapInput::FromBytes(file), path);
}

Result<std::unique_ptr<CaptureReader>> CaptureReader::FromInput(PcapInput input, const std::string& path) {
  const std::string name = path == "-" ? "standard input" : path;
  auto format = Recognise(std::move(input), path);
  if (!format) return Fail(fmt::format("{}: {}", name, format.error().what), format.error().code);
  return std::unique_ptr<CaptureReader>(new CaptureReader(name, std::move(*format)));
}

const CapturedDatagram* CaptureReader::Next() {
  Packet packet;
  while (format_->Next(packet, counts_)) {
    if (packet.cooked && !Uncook(packet)) continue;
    if (IsForeign(packet.data)) {
      foreign_.Add(packet.offset);
      continue;
    }
    if (packet.cut && format_->damage()) cut_.Add(packet.offset);  // else the damage says it
    return HandOut(packet);
  }
  return nullptr;
}

bool CaptureReader::Uncook(Packet& packet) {
  if (packet.data.size() < kCookedHeader) {
    short_.Add(packet.offset);
    return false;
  }
  if (LoadBig<uint16_t>(packet.data.data() + kCookedProtocolAt) != kNetlinkSockDiag) {
    ++counts_.other_protocols;
    return false;
  }
  packet.data = packet.data.subspan(kCookedHeader);
  return true;
}

// Netlink speaks the byte order of the machine it was captured on, whatever the file's headers speak.
bool CaptureReader::IsForeign(Bytes datagram) const {
  if (datagram.size() < netlink::kHeaderSize) return false;
  const uint32_t length = Load<uint32_t>(datagram.data());
  const uint32_t swapped = __builtin_bswap32(length);
  return length > kMaxPacketBytes && swapped >= netlink::kHeaderSize && swapped <= kMaxPacketBytes;
}

const CapturedDatagram* CaptureReader::HandOut(const Packet& packet) {
  const size_t size = packet.data.size();
  if (capacity_ < size + kDatagramSlack) {
    capacity_ = size + kDatagramSlack;
    bytes_ = std::make_unique<uint8_t[]>(capacity_);
  }
  std::copy(packet.data.begin(), packet.data.end(), bytes_.get());
  std::memset(bytes_.get() + size, 0, kDatagramSlack);
  ++counts_.datagrams;
  datagram_.bytes = {bytes_.get(), size};
  datagram_.time_ns = packet.time_ns;
  datagram_.interface = packet.interface;
  datagram_.offset = packet.offset;
  datagram_.cut = packet.cut;
  datagram_.is_request =
      size >= netlink::kHeaderSize && (Load<uint16_t>(bytes_.get() + 6) & netlink::kFlagRequest) != 0;
  return &datagram_;
}

Result<> CaptureReader::Status() const {
  std::vector<std::string> problems;
  const auto add = [&](const Flaw& flaw, const char* what) {
    if (flaw.count > 0)
      problems.push_back(fmt::format("at offset {}: {} ({} in all)", flaw.first_offset, what, flaw.count));
  };
  int code = 0;
  if (!format_->damage()) {
    problems.push_back(format_->damage().error().what);
    code = format_->damage().error().code;
  }
  add(cut_, "the capture holds only the beginning of a packet: capture without a snap length");
  if (std::string text = format_->SkippedText(); !text.empty()) problems.push_back(std::move(text));
  add(short_, "a packet is shorter than the netlink header in front of it");
  add(foreign_, "a netlink message in the other byte order: decode it on a machine like the one it was captured on");
  if (problems.empty()) return {};
  return Fail(fmt::format("{}: {}", path_, fmt::join(problems, "; ")), code);
}

}  // namespace xtcp2::collect
