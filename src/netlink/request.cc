#include "netlink/request.h"

#include <cstring>

#include "base/check.h"
#include "netlink/message.h"

namespace xtcp2::netlink {
namespace {
constexpr uint8_t kTcp = 6;  // IPPROTO_TCP
constexpr uint64_t Bit(int attribute) { return uint64_t{1} << attribute; }
template <class Body>
void AppendMessage(std::vector<uint8_t>& out, uint16_t type, uint32_t seq, const Body& body) {
  out.resize(kHeaderSize + sizeof body);
  Store<uint32_t>(out.data(), static_cast<uint32_t>(out.size()));
  Store<uint16_t>(out.data() + 4, type);
  Store<uint16_t>(out.data() + 6, kFlagRequest | kFlagDump);
  Store<uint32_t>(out.data() + 8, seq);
  std::memcpy(out.data() + kHeaderSize, &body, sizeof body);
}

std::array<uint8_t, 72> SockDiagMessage(uint16_t flags, uint32_t seq, abi::InetDiagReqV2 body) {
  std::array<uint8_t, 72> bytes{};
  body.protocol = kTcp;
  Store<uint32_t>(bytes.data(), bytes.size());
  Store<uint16_t>(bytes.data() + 4, kTypeSockDiag);
  Store<uint16_t>(bytes.data() + 6, flags);
  Store<uint32_t>(bytes.data() + 8, seq);
  std::memcpy(bytes.data() + kHeaderSize, &body, sizeof body);
  return bytes;
}

}  // namespace

std::array<uint8_t, 72> BuildDumpRequest(const DumpRequest& request) {
  abi::InetDiagReqV2 body{};
  body.family = request.family;
  body.ext = request.ext;
  body.states = request.states;
  return SockDiagMessage(kFlagRequest | kFlagDump, request.seq, body);
}

std::array<uint8_t, 72> BuildExactRequest(const ExactRequest& request) {
  abi::InetDiagReqV2 body{};
  body.family = request.family;
  body.ext = request.ext;
  body.states = kAllStates;
  body.id = request.id;
  // INET_DIAG_NOCOOKIE
  if (Load<uint64_t>(body.id.cookie) == 0) std::memset(body.id.cookie, 0xff, sizeof body.id.cookie);
  return SockDiagMessage(kFlagRequest, request.seq, body);
}

void BuildDumpRequest(const DumpRequest& request, std::vector<uint8_t>& out) {
  out.clear();
  if (request.family == kBothFamilies) {
    abi::InetDiagReq body{};
    body.ext = request.ext;
    body.states = request.states;
    AppendMessage(out, kTypeTcpDiag, request.seq, body);
  } else {
    const auto bytes = BuildDumpRequest(request);
    out.assign(bytes.begin(), bytes.end());
  }
  if (request.bytecode.empty()) return;
  const size_t length = kAttributeHeader + request.bytecode.size();
  XTCP2_CHECK(length <= 0xffff, "bytecode is longer than an attribute can be");
  uint8_t header[kAttributeHeader];
  Store<uint16_t>(header, static_cast<uint16_t>(length));
  Store<uint16_t>(header + 2, abi::kInetDiagReqBytecode);
  out.insert(out.end(), header, header + sizeof header);
  out.insert(out.end(), request.bytecode.begin(), request.bytecode.end());
  out.resize((out.size() + 3) & ~size_t{3});
  Store<uint32_t>(out.data(), static_cast<uint32_t>(out.size()));
}

uint8_t ExtMask(uint64_t attributes) {
  uint8_t ext = 0;
  for (int attribute = 1; attribute <= 8; ++attribute)
    if (attributes & Bit(attribute)) ext = static_cast<uint8_t>(ext | 1u << (attribute - 1));
  if (attributes & (Bit(abi::kInetDiagDctcpInfo) | Bit(abi::kInetDiagBbrInfo)))
    ext |= 1u << (abi::kInetDiagVegasInfo - 1);
  if (attributes & Bit(abi::kInetDiagClassId)) ext |= 1u << (abi::kInetDiagTclass - 1);
  return ext;
}

}  // namespace xtcp2::netlink
