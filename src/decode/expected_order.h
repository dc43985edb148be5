// The walk for answers as kernels write them, always in one order and with the same lengths (inet_sk_diag_fill() in
// net/ipv4/inet_diag.c): each whole attribute header is compared with a constant and passed over by a constant, so that
// the processor foresees every position instead of loading it. What looks otherwise in any way is left to the general
// walk, which gives the same (locate_test, locate_fuzz). Internal to this folder.
#pragma once

#include "decode/take.h"

namespace xtcp2::decode {

class ExpectedOrder {
 public:
  // False: not the expected order; then `counters` are untouched and `socket` holds anything.
  [[gnu::always_inline]] static inline bool Locate(Bytes payload, const LocateOptions& options, schema::Socket& socket,
                                                   LocateCounters& counters) {
    ExpectedOrder walk(payload, socket);
    walk.TakeFixed<abi::kInetDiagShutdown>();
    walk.TakeFixed<abi::kInetDiagTos>();
    walk.TakeFixed<abi::kInetDiagTclass>();
    walk.TakeFixed<abi::kInetDiagSkV6Only>();
    walk.TakeFixed<abi::kInetDiagMark>();
    walk.TakeFixed<abi::kInetDiagClassId>();
    walk.TakeFixed<abi::kInetDiagCgroupId>();
    walk.TakeFixed<abi::kInetDiagSockopt>();
    walk.TakeFixed<abi::kInetDiagMemInfo>();
    walk.TakeFixed<abi::kInetDiagSkMemInfo>();
    const uint8_t* const info = walk.Pass<abi::kInetDiagInfo>();
    const uint8_t* const cong = walk.Pass<abi::kInetDiagCong>();
    walk.TakeFixed<abi::kInetDiagVegasInfo>();
    walk.TakeFixed<abi::kInetDiagDctcpInfo>();
    walk.TakeFixed<abi::kInetDiagBbrInfo>();
    if (walk.at_ != walk.end_) [[unlikely]]
      return false;
    if (walk.present_ & ~options.wanted) [[unlikely]]
      walk.LeaveOut(~options.wanted);
    socket.row.parts_present = walk.present_;
    socket.part[abi::kInetDiagInfo] = schema::kZeros.data();
    if (walk.present_ & uint64_t{1} << abi::kInetDiagInfo) TakeInfo(Value(info), options, socket, counters);
    if (walk.present_ & uint64_t{1} << abi::kInetDiagCong) TakeCong(Value(cong), socket);
    return true;
  }

 private:
  ExpectedOrder(Bytes payload, schema::Socket& socket)
      : socket_(socket), at_(payload.data() + sizeof(abi::InetDiagMsg)), end_(payload.data() + payload.size()) {}

  // An attribute of exactly kKnownSize bytes, if one is here. May look past the message's end, where nothing that
  // matches could make at_ equal to end_ again; all of them together stay within kReadSlack.
  template <uint16_t kType>
  [[gnu::always_inline]] inline void TakeFixed() {
    constexpr uint32_t kLength = netlink::kAttributeHeader + kKnownSize[kType];
    const uint8_t* value = schema::kZeros.data();
    if (Load<uint32_t>(at_) == (kLength | uint32_t{kType} << 16)) {
      value = at_ + netlink::kAttributeHeader;
      at_ += netlink::Align4(kLength);
      present_ |= uint64_t{1} << kType;
    }
    socket_.part[kType] = value;
  }

  // An attribute of any length, if one is here and ends within the message: passed over; gives where it was.
  template <uint16_t kType>
  [[gnu::always_inline]] inline const uint8_t* Pass() {
    const uint32_t header = Load<uint32_t>(at_);
    const ptrdiff_t length = header & 0xffff;
    const uint8_t* const attribute = at_;
    if (header >> 16 != kType || length < ptrdiff_t{netlink::kAttributeHeader} || length > end_ - at_) return attribute;
    at_ += netlink::Align4(static_cast<size_t>(length));
    present_ |= uint64_t{1} << kType;
    return attribute;
  }
  static Bytes Value(const uint8_t* attribute) {
    return {attribute + netlink::kAttributeHeader, Load<uint16_t>(attribute) - netlink::kAttributeHeader};
  }

  // What came and is not wanted is as if it had not come.
  void LeaveOut(uint64_t unwanted) {
    for (uint64_t left = present_ & unwanted & ~uint64_t{1}; left != 0; left &= left - 1)
      socket_.part[static_cast<size_t>(__builtin_ctzll(left))] = schema::kZeros.data();
    present_ &= ~unwanted | 1;
  }

  schema::Socket& socket_;
  const uint8_t* at_;
  const uint8_t* const end_;
  uint64_t present_ = Bit(schema::Part::kMsg);
};

}  // namespace xtcp2::decode
