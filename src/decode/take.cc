#include "decode/take.h"

#include <algorithm>
#include <cstring>

#include "schema/names.h"

namespace xtcp2::decode {
namespace {

using schema::Part;
using schema::Socket;

// Copies a NUL-ended name of at most `value.size()` bytes into 16 zero-padded ones.
void CopyName(Bytes value, char (&out)[16]) {
  const size_t room = std::min<size_t>(value.size(), sizeof out);
  const size_t length = strnlen(reinterpret_cast<const char*>(value.data()), room);
  std::memset(out, 0, sizeof out);
  std::memcpy(out, value.data(), length);
}

// Copies and zeros of constant size: a variable size costs a call each, and odd lengths are every socket's on an older
// kernel.
void CopyShorterInfo(Bytes value, Socket& socket) {
  uint8_t* const copy = socket.info_copy.data();
  constexpr size_t kKnown = sizeof(abi::TcpInfo), kStep = 40;
  static_assert(kKnown % kStep == 0);
  for (size_t i = 0; i < kKnown; i += kStep) std::memcpy(copy + i, value.data() + i, kStep);
  if (value.size() + schema::Socket::kInfoTail >= kKnown) [[likely]]
    std::memset(copy + value.size(), 0, schema::Socket::kInfoTail);
  else
    std::memset(copy + value.size(), 0, kKnown - value.size());
}

}  // namespace

void ReadLastWord(const uint8_t* info, AccEcnLayout layout, schema::RowFacts& row) {
  const uint8_t* word = info + offsetof(abi::TcpInfo, accecn_word);
  if (layout == AccEcnLayout::k6_18) {
    row.accecn_fail_mode = Load<uint16_t>(word);
    row.accecn_opt_seen = Load<uint16_t>(word + 2);
    return;
  }
  const uint32_t bits = Load<uint32_t>(word);
  row.ecn_mode = bits & 3;
  row.accecn_opt_seen = (bits >> 2) & 3;
  row.accecn_fail_mode = (bits >> 4) & 15;
  row.options2 = bits >> 8;
}

void TakeOddInfo(Bytes value, const LocateOptions& options, Socket& socket, LocateCounters& counters) {
  constexpr size_t kKnown = sizeof(abi::TcpInfo);
  if (value.size() < kKnown) {  // an older kernel's: what it does not have reads as zero
    CopyShorterInfo(value, socket);
    socket.part[schema::Index(Part::kInfo)] = socket.info_copy.data();
    return;
  }
  socket.part[schema::Index(Part::kInfo)] = value.data();
  ReadLastWord(value.data(), options.accecn, socket.row);
  ++counters.longer_tcp_info[std::min((value.size() - kKnown + 3) / 4, counters.longer_tcp_info.size() - 1)];
}

void TakeUlp(Bytes value, Socket& socket) {
  netlink::AttributeWalk walk(value);
  netlink::Attribute inner;
  while (walk.Next(inner))
    if (inner.type == abi::kInetUlpInfoName) CopyName(inner.value, socket.row.ulp);
}

void TakeAnyCong(Bytes value, Socket& socket) {
  CopyName(value, socket.row.cong);
  socket.row.congestion = schema::CongestionFromName({socket.row.cong, strnlen(socket.row.cong, 16)});
}

void TakeSmall(uint16_t type, Bytes value, Socket& socket, LocateCounters& counters) {
  const size_t known = kKnownSize[type];
  if (value.size() >= known) {
    socket.part[type] = value.data();
    return;
  }
  ++counters.short_attributes;
  uint8_t* copy = socket.small_copy[type].data();
  std::memset(copy, 0, known);
  if (!value.empty()) std::memcpy(copy, value.data(), value.size());
  socket.part[type] = copy;
}

}  // namespace xtcp2::decode
