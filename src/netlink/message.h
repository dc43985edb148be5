// Walking the messages of a netlink datagram and the attributes of a message, without trusting a length. Views only:
// nothing is copied, nothing outlives the datagram. Layouts: include/uapi/linux/netlink.h.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace xtcp2::netlink {

inline constexpr size_t kHeaderSize = 16;      // struct nlmsghdr
inline constexpr size_t kAttributeHeader = 4;  // struct nlattr
inline constexpr uint16_t kTypeNoop = 1, kTypeError = 2, kTypeDone = 3, kTypeOverrun = 4;
inline constexpr uint16_t kTypeSockDiag = 20;  // SOCK_DIAG_BY_FAMILY
inline constexpr uint16_t kTypeTcpDiag = 18;   // TCPDIAG_GETSOCK, the older request and its answers
inline constexpr uint16_t kFlagRequest = 0x1, kFlagMulti = 0x2, kFlagDumpInterrupted = 0x10, kFlagDump = 0x300;
inline constexpr uint16_t kAttributeTypeMask = 0x3fff;  // without NLA_F_NESTED and NLA_F_NET_BYTEORDER

constexpr size_t Align4(size_t n) { return (n + 3) & ~size_t{3}; }

// One message of a datagram.
struct Message {
  uint16_t type = 0;
  uint16_t flags = 0;
  uint32_t seq = 0;
  uint32_t port_id = 0;
  Bytes payload;  // behind the header
};

// Gives the messages one after the other. A length that is too small or reaches past the datagram ends the walk and
// sets damaged().
class MessageWalk {
 public:
  explicit MessageWalk(Bytes datagram) : rest_(datagram) {}

  bool Next(Message& out) {
    if (rest_.empty()) return false;
    if (rest_.size() < kHeaderSize) return Damaged();
    const uint8_t* p = rest_.data();
    const uint32_t length = Load<uint32_t>(p);
    if (length < kHeaderSize || length > rest_.size()) return Damaged();
    out = {Load<uint16_t>(p + 4), Load<uint16_t>(p + 6), Load<uint32_t>(p + 8), Load<uint32_t>(p + 12),
           rest_.subspan(kHeaderSize, length - kHeaderSize)};
    const size_t step = Align4(length);
    rest_ = step >= rest_.size() ? Bytes{} : rest_.subspan(step);
    return true;
  }

  // Bytes were left that are no message.
  bool damaged() const { return damaged_; }

 private:
  bool Damaged() {
    damaged_ = true;
    rest_ = {};
    return false;
  }
  Bytes rest_;
  bool damaged_ = false;
};

// The same for the attributes of a message. `type` comes without the nested and byte-order flags.
struct Attribute {
  uint16_t type = 0;
  Bytes value;  // without padding
};

class AttributeWalk {
 public:
  explicit AttributeWalk(Bytes attributes) : rest_(attributes) {}

  bool Next(Attribute& out) {
    if (rest_.empty()) return false;
    if (rest_.size() < kAttributeHeader) return Damaged();
    const uint16_t length = Load<uint16_t>(rest_.data());
    if (length < kAttributeHeader || length > rest_.size()) return Damaged();
    out = {static_cast<uint16_t>(Load<uint16_t>(rest_.data() + 2) & kAttributeTypeMask),
           rest_.subspan(kAttributeHeader, length - kAttributeHeader)};
    const size_t step = Align4(length);
    rest_ = step >= rest_.size() ? Bytes{} : rest_.subspan(step);
    return true;
  }
  bool damaged() const { return damaged_; }

 private:
  bool Damaged() {
    damaged_ = true;
    rest_ = {};
    return false;
  }
  Bytes rest_;
  bool damaged_ = false;
};

}  // namespace xtcp2::netlink
