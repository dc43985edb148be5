// The numbers of the pcap and pcapng file formats and of the cooked netlink header, as far as captures of
// NETLINK_SOCK_DIAG need them. Facts only, no code: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng and the
// LINKTYPE_NETLINK page of tcpdump.org.
#pragma once

#include <cstddef>
#include <cstdint>

namespace xtcp2::collect {

// pcap: 24 bytes of file header, then packets of 16 bytes of header and their data. The magic says byte order and unit
// of time.
inline constexpr uint32_t kPcapMagicUs = 0xa1b2c3d4;
inline constexpr uint32_t kPcapMagicNs = 0xa1b23c4d;
inline constexpr size_t kPcapFileHeader = 24;
inline constexpr size_t kPcapPacketHeader = 16;
inline constexpr uint16_t kPcapMajor = 2;

// pcapng: blocks of type u32, total length u32, body, total length again; everything padded to 4.
inline constexpr uint32_t kBlockSection = 0x0a0d0d0a;  // reads the same in both byte orders
inline constexpr uint32_t kBlockInterface = 1;
inline constexpr uint32_t kBlockObsoletePacket = 2;
inline constexpr uint32_t kBlockSimplePacket = 3;
inline constexpr uint32_t kBlockEnhancedPacket = 6;
inline constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
inline constexpr size_t kBlockHeader = 8;
inline constexpr size_t kBlockOverhead = 12;  // header and the length behind the body

// Options: code u16, length u16, value padded to 4. Codes are per block type.
inline constexpr uint16_t kOptionEnd = 0;
inline constexpr uint16_t kOptionComment = 1;
inline constexpr uint16_t kSectionOs = 3;
inline constexpr uint16_t kSectionApplication = 4;
inline constexpr uint16_t kInterfaceName = 2;
inline constexpr uint16_t kInterfaceDescription = 3;
inline constexpr uint16_t kInterfaceTimeResolution = 9;
inline constexpr uint16_t kInterfaceOs = 12;
inline constexpr uint16_t kInterfaceTimeOffset = 14;

// LINKTYPE_NETLINK: 16 bytes in front of each datagram. Bytes 0-1 are a packet type (a monitor device gives 4,
// "outgoing", for both directions), 2-3 ARPHRD_NETLINK, 4-13 whatever the kernel had there, 14-15 the netlink protocol;
// all big-endian.
inline constexpr uint16_t kLinkTypeNetlink = 253;
inline constexpr size_t kCookedHeader = 16;
inline constexpr size_t kCookedProtocolAt = 14;
inline constexpr uint16_t kCookedPacketType = 4;
inline constexpr uint16_t kArphrdNetlink = 824;
inline constexpr uint16_t kNetlinkSockDiag = 4;  // NETLINK_SOCK_DIAG, formerly NETLINK_INET_DIAG

// What a pcapng reader or writer of ours takes for one packet at most. The kernel puts at most 32 KiB into one datagram
// of a dump.
inline constexpr size_t kMaxPacketBytes = 1 << 20;
// How long a text of an option may be; what is longer is cut.
inline constexpr size_t kMaxOptionText = 512;

}  // namespace xtcp2::collect
