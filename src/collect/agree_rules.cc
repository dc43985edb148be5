// What may differ between netlink's and the walk's word on a socket.
#include <algorithm>
#include <array>

#include "collect/agree.h"

namespace xtcp2::collect {

namespace {

using schema::Field;
using schema::kFieldCount;
using schema::kFields;
using schema::Part;

constexpr std::string_view kNoBtf =
    "private state of a congestion module is read for bbr, dctcp, vegas and yeah only (not illinois, nv, westwood), "
    "and "
    "where their type information (BTF) was there when the walk was loaded";
constexpr std::string_view kAdmin = "netlink tells it to CAP_NET_ADMIN only; the walk needs no capability";
constexpr std::string_view kPackets = "packets and timers move it, and two looks are never at the same moment";
constexpr std::string_view kCounter = "it counts what packets and timers do";
constexpr std::string_view kClock = "it is how long ago something was, or how long something has lasted";

// The first that fits counts.
constexpr Exception kExceptions[] = {
    {"inet_diag_msg_family", Rule::kIdentity, MayLack::kNobody, "who the socket is"},
    {"inet_diag_msg_socket_cookie", Rule::kIdentity, MayLack::kWalk,
     "made when it is first asked for; netlink asks, the walk cannot: 0 until somebody did"},
    {"inet_diag_msg_socket_source*", Rule::kIdentity, MayLack::kNobody, "who the socket is"},
    {"inet_diag_msg_socket_destination*", Rule::kIdentity, MayLack::kNobody, "who the socket is"},
    {"inet_diag_msg_expires", Rule::kFalls, MayLack::kNobody, "time left of a running timer"},
    {"inet_diag_msg_state", Rule::kTraffic, MayLack::kNobody, kPackets},
    {"inet_diag_msg_timer", Rule::kTraffic, MayLack::kNobody, kPackets},
    {"inet_diag_msg_retrans", Rule::kTraffic, MayLack::kNobody, kPackets},
    {"inet_diag_msg_rqueue", Rule::kTraffic, MayLack::kNobody, kPackets},
    {"inet_diag_msg_wqueue", Rule::kTraffic, MayLack::kNobody, kPackets},
    {"mem_info_*", Rule::kTraffic, MayLack::kNobody, kPackets},
    {"sk_mem_info_*", Rule::kTraffic, MayLack::kNobody, kPackets},
    {"tcp_info_last_*", Rule::kRises, MayLack::kNobody, kClock},
    {"tcp_info_busy_time", Rule::kRises, MayLack::kNobody, kClock},
    {"tcp_info_rwnd_limited", Rule::kRises, MayLack::kNobody, kClock},
    {"tcp_info_sndbuf_limited", Rule::kRises, MayLack::kNobody, kClock},
    {"tcp_info_total_rto_time", Rule::kRises, MayLack::kNobody, kClock},
    {"tcp_info_max_pacing_rate", Rule::kEqual, MayLack::kNobody, "set by the owner"},
    {"tcp_info_snd_wscale", Rule::kEqual, MayLack::kNobody, "agreed at the start"},
    {"tcp_info_rcv_wscale", Rule::kEqual, MayLack::kNobody, "agreed at the start"},
    {"tcp_info_length", Rule::kEqual, MayLack::kNobody, "the kernel's"},
    {"tcp_info_bytes_*", Rule::kCounts, MayLack::kNobody, kCounter},
    {"tcp_info_segs_*", Rule::kCounts, MayLack::kNobody, kCounter},
    {"tcp_info_data_segs_*", Rule::kCounts, MayLack::kNobody, kCounter},
    {"tcp_info_delivered*", Rule::kCounts, MayLack::kNobody, kCounter},
    {"tcp_info_received_*", Rule::kCounts, MayLack::kNobody, kCounter},
    {"tcp_info_total_*", Rule::kCounts, MayLack::kNobody, kCounter},
    {"tcp_info_dsack_dups", Rule::kCounts, MayLack::kNobody, kCounter},
    {"tcp_info_reord_seen", Rule::kCounts, MayLack::kNobody, kCounter},
    {"tcp_info_rcv_ooopack", Rule::kCounts, MayLack::kNobody, kCounter},
    {"tcp_info_*", Rule::kTraffic, MayLack::kNobody, kPackets},
    {"vegas_info_*", Rule::kTraffic, MayLack::kWalk, kNoBtf},
    {"dctcp_info_*", Rule::kTraffic, MayLack::kWalk, kNoBtf},
    {"bbr_info_*", Rule::kTraffic, MayLack::kWalk, kNoBtf},
    {"inet_diag_mark", Rule::kEqual, MayLack::kNetlink, kAdmin},
    {"inet_diag_class_id", Rule::kEqual, MayLack::kNetlink, kAdmin},
    {"inet_diag_shutdown", Rule::kTraffic, MayLack::kNobody, "the peer's FIN sets it"},
    {"parts_present", Rule::kEqual, MayLack::kNobody,
     "compared without attributes that are in no field (MD5 signatures, socket storages), and those one may lack"},
    {"record_counter", Rule::kNotOfSocket, MayLack::kNobody, "the daemon's count of rows"},
    {"observed_delay_us", Rule::kNotOfSocket, MayLack::kNobody, "the daemon's clock"},
};

constexpr bool Fits(std::string_view pattern, std::string_view name) {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
}
static_assert(std::ranges::all_of(kExceptions,
                                  [](const Exception& e) {
                                    return std::ranges::any_of(kFields,
                                                               [&](const Field& f) { return Fits(e.fields, f.name); });
                                  }),
              "an exception for no field");

constexpr Exception kPlain{"", Rule::kEqual, MayLack::kNobody, ""};
constexpr Exception kForeign{"", Rule::kNotOfSocket, MayLack::kNobody, ""};

constexpr Exception Find(const Field& field) {
  if (field.part == Part::kContext || field.part == Part::kLedger || field.part == Part::kNone) return kForeign;
  for (const Exception& exception : kExceptions)
    if (Fits(exception.fields, field.name)) return exception;
  return kPlain;
}

struct Ruling {
  Rule rule;
  MayLack may_lack;
};
constexpr auto kRulings = [] {
  std::array<Ruling, kFieldCount> out{};
  for (size_t i = 0; i < kFieldCount; ++i) out[i] = {Find(kFields[i]).rule, Find(kFields[i]).may_lack};
  return out;
}();

}  // namespace

std::span<const Exception> Exceptions() { return kExceptions; }
Rule RuleOf(size_t field) { return kRulings[field].rule; }
MayLack MayLackOf(size_t field) { return kRulings[field].may_lack; }

}  // namespace xtcp2::collect
