#include "decode/bpf_row.h"

#include <cstring>

#include "decode/take.h"

namespace xtcp2::decode {
namespace {

using schema::Part;

// Where the row keeps each attribute; they are all there, absent ones as zeros.
struct Place {
  Part part;
  uint16_t offset;
};
#define XTCP2_PLACE(part, member) \
  Place { Part::part, offsetof(xtcp2_bpf_row, member) }
constexpr Place kPlaces[] = {
    XTCP2_PLACE(kMemInfo, meminfo), XTCP2_PLACE(kTos, tos),           XTCP2_PLACE(kTclass, tclass),
    XTCP2_PLACE(kSkMem, skmem),     XTCP2_PLACE(kShutdown, shutdown), XTCP2_PLACE(kSkV6Only, v6only),
    XTCP2_PLACE(kMark, mark),       XTCP2_PLACE(kClassId, class_id),  XTCP2_PLACE(kCgroup, cgroup_id),
    XTCP2_PLACE(kSockopt, sockopt), XTCP2_PLACE(kVegas, ca_info),     XTCP2_PLACE(kDctcp, ca_info),
    XTCP2_PLACE(kBbr, ca_info),
};
#undef XTCP2_PLACE

void TakeRowInfo(const xtcp2_bpf_row& row, const LocateOptions& options, schema::Socket& socket) {
  LocateCounters never;  // a row's tcp_info is never longer than the table knows
  TakeInfo({row.info, row.info_length}, options, socket, never);
}

}  // namespace

void LocateRow(const xtcp2_bpf_row& row, const LocateOptions& options, schema::Socket& socket) {
  const auto* const base = reinterpret_cast<const uint8_t*>(&row);
  const uint64_t parts = (row.parts | Bit(Part::kMsg)) & options.wanted;
  const auto has = [parts](Part part) { return (parts & Bit(part)) != 0; };
  socket.row = {};
  socket.row.parts_present = parts;
  socket.part[schema::Index(Part::kMsg)] = row.msg;
  socket.part[schema::Index(Part::kRow)] = reinterpret_cast<const uint8_t*>(&socket.row);
  socket.part[schema::Index(Part::kLedger)] = schema::kZeros.data();
  for (const Place& place : kPlaces)
    socket.part[static_cast<size_t>(place.part)] = has(place.part) ? base + place.offset : schema::kZeros.data();
  socket.part[schema::Index(Part::kInfo)] = schema::kZeros.data();
  if (has(Part::kInfo)) [[likely]]
    TakeRowInfo(row, options, socket);
  if (has(Part::kCong)) [[likely]]
    TakeCong({reinterpret_cast<const uint8_t*>(row.cong), sizeof row.cong}, socket);
  if (has(Part::kUlp)) std::memcpy(socket.row.ulp, row.ulp, sizeof row.ulp);
}

void LocateEvent(const xtcp2_ledger_event& event, const LocateOptions& options, schema::Socket& socket) {
  LocateRow(event.row, options, socket);
  socket.part[schema::Index(Part::kLedger)] = reinterpret_cast<const uint8_t*>(&event.facts);
}

}  // namespace xtcp2::decode
