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

// What messages and attributes have in common: a header that starts with the length of header and payload, then padding
// to four bytes. A length that is too small or reaches past the end ends the walk and sets damaged().
class LengthWalk {
 public:
  // Bytes were left that are no message or attribute.
  bool damaged() const { return damaged_; }

 protected:
  explicit LengthWalk(Bytes bytes) : rest_(bytes) {}

  // Cuts the next one off, without its padding. `Length` is the type of the length.
  template <class Length, size_t kHeader>
  bool Cut(Bytes& out) {
    if (rest_.empty()) return false;
    if (rest_.size() < kHeader) return Damaged();
    const Length length = Load<Length>(rest_.data());
    if (length < kHeader || length > rest_.size()) return Damaged();
    out = rest_.first(length);
    const size_t step = Align4(length);
    rest_ = step >= rest_.size() ? Bytes{} : rest_.subspan(step);
    return true;
  }

 private:
  bool Damaged() {
    damaged_ = true;
    rest_ = {};
    return false;
  }
  Bytes rest_;
  bool damaged_ = false;
};

// Gives the messages of a datagram one after the other.
class MessageWalk : public LengthWalk {
 public:
  explicit MessageWalk(Bytes datagram) : LengthWalk(datagram) {}

  bool Next(Message& out) {
    Bytes message;
    if (!Cut<uint32_t, kHeaderSize>(message)) return false;
    const uint8_t* p = message.data();
    out = {Load<uint16_t>(p + 4), Load<uint16_t>(p + 6), Load<uint32_t>(p + 8), Load<uint32_t>(p + 12),
           message.subspan(kHeaderSize)};
    return true;
  }
};

// The same for the attributes of a message. `type` comes without the nested and byte-order flags.
struct Attribute {
  uint16_t type = 0;
  Bytes value;  // without padding
};

class AttributeWalk : public LengthWalk {
 public:
  explicit AttributeWalk(Bytes attributes) : LengthWalk(attributes) {}

  bool Next(Attribute& out) {
    Bytes attribute;
    if (!Cut<uint16_t, kAttributeHeader>(attribute)) return false;
    out = {static_cast<uint16_t>(Load<uint16_t>(attribute.data() + 2) & kAttributeTypeMask),
           attribute.subspan(kAttributeHeader)};
    return true;
  }
};

}  // namespace xtcp2::netlink
