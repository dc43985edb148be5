// What NETLINK_SOCK_DIAG answers for a TCP socket, in the kernel's own layouts: include/uapi/linux/inet_diag.h, tcp.h,
// sock_diag.h. Own structs, because Debian 12's headers are from 6.1 and lack what 6.2 to 7.0 added. These layouts are
// ABI: they only grow at the end. Every offset that the table names is compared with these by the compiler
// (schema/table.cc).
#pragma once

#include <cstddef>
#include <cstdint>

namespace xtcp2::abi {

// struct inet_diag_sockid. Ports and addresses are big-endian; IPv4 addresses stand in the first four bytes.
struct InetDiagSockId {
  uint16_t sport;
  uint16_t dport;
  uint8_t src[16];
  uint8_t dst[16];
  uint32_t interface;
  uint8_t cookie[8];  // __u32[2], low half first on every host order that Linux/x86 and arm64 use
};
static_assert(sizeof(InetDiagSockId) == 48);

// struct inet_diag_msg; filled by inet_diag_msg_common_fill() and inet_sk_diag_fill() (net/ipv4/inet_diag.c).
struct InetDiagMsg {
  uint8_t family;
  uint8_t state;
  uint8_t timer;
  uint8_t retrans;
  InetDiagSockId id;
  uint32_t expires;
  uint32_t rqueue;
  uint32_t wqueue;
  uint32_t uid;
  uint32_t inode;
};
static_assert(sizeof(InetDiagMsg) == 72);

// struct inet_diag_req_v2.
struct InetDiagReqV2 {
  uint8_t family;
  uint8_t protocol;
  uint8_t ext;
  uint8_t pad;
  uint32_t states;
  InetDiagSockId id;
};
static_assert(sizeof(InetDiagReqV2) == 56);

// struct inet_diag_req, of the older request type TCPDIAG_GETSOCK. Has no protocol: it is TCP.
struct InetDiagReq {
  uint8_t family;
  uint8_t src_len;
  uint8_t dst_len;
  uint8_t ext;
  InetDiagSockId id;
  uint32_t states;
  uint32_t dbs;
};
static_assert(sizeof(InetDiagReq) == 60);
inline constexpr uint16_t kInetDiagReqBytecode = 1;  // INET_DIAG_REQ_BYTECODE, an attribute of either request

// Attributes of an answer (enum INET_DIAG_*). The request's ext mask has a bit for 1 to 8 only.
enum InetDiagAttribute : uint16_t {
  kInetDiagMemInfo = 1,
  kInetDiagInfo = 2,
  kInetDiagVegasInfo = 3,
  kInetDiagCong = 4,
  kInetDiagTos = 5,
  kInetDiagTclass = 6,
  kInetDiagSkMemInfo = 7,
  kInetDiagShutdown = 8,
  kInetDiagDctcpInfo = 9,
  kInetDiagProtocol = 10,
  kInetDiagSkV6Only = 11,
  kInetDiagMark = 15,
  kInetDiagBbrInfo = 16,
  kInetDiagClassId = 17,
  kInetDiagUlpInfo = 19,
  kInetDiagCgroupId = 21,
  kInetDiagSockopt = 22,
};
inline constexpr uint16_t kInetUlpInfoName = 1;  // INET_ULP_INFO_NAME, inside kInetDiagUlpInfo

// struct inet_diag_meminfo (INET_DIAG_MEMINFO).
struct MemInfo {
  uint32_t rmem, wmem, fmem, tmem;
};
static_assert(sizeof(MemInfo) == 16);

// SK_MEMINFO_* (INET_DIAG_SKMEMINFO); sk_get_meminfo() (net/core/sock.c).
struct SkMemInfo {
  uint32_t rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog, drops;
};
static_assert(sizeof(SkMemInfo) == 36);

// struct tcpvegas_info, tcp_dctcp_info, tcp_bbr_info: at most one of them per socket, by its congestion algorithm.
struct VegasInfo {
  uint32_t enabled, rttcnt, rtt, minrtt;
};
struct DctcpInfo {
  uint16_t enabled, ce_state;
  uint32_t alpha, ab_ecn, ab_tot;
};
struct BbrInfo {
  uint32_t bw_lo, bw_hi, min_rtt, pacing_gain, cwnd_gain;
};
static_assert(sizeof(VegasInfo) == 16 && sizeof(DctcpInfo) == 16 && sizeof(BbrInfo) == 20);

// struct tcp_info as of 6.18; tcp_get_info() (net/ipv4/tcp.c). Lengths by release: 168 (4.9), 192 (4.10), 200 (4.18),
// 224 (4.19), 232 (5.4), 240 (6.2), 248 (6.7), 280 (6.18 and 7.0).
struct TcpInfo {
  uint8_t state, ca_state, retransmits, probes, backoff, options;
  uint8_t wscale;        // bits 0-3 tcpi_snd_wscale, 4-7 tcpi_rcv_wscale
  uint8_t rate_and_tfo;  // bit 0 tcpi_delivery_rate_app_limited, 1-2 tcpi_fastopen_client_fail
  uint32_t rto, ato, snd_mss, rcv_mss;
  uint32_t unacked, sacked, lost, retrans, fackets;
  uint32_t last_data_sent, last_ack_sent, last_data_recv, last_ack_recv;
  uint32_t pmtu, rcv_ssthresh, rtt, rttvar, snd_ssthresh, snd_cwnd, advmss, reordering;
  uint32_t rcv_rtt, rcv_space, total_retrans;
  uint64_t pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
  uint32_t segs_out, segs_in, notsent_bytes, min_rtt, data_segs_in, data_segs_out;
  uint64_t delivery_rate, busy_time, rwnd_limited, sndbuf_limited;
  uint32_t delivered, delivered_ce;
  uint64_t bytes_sent, bytes_retrans;
  uint32_t dsack_dups, reord_seen, rcv_ooopack, snd_wnd, rcv_wnd, rehash;
  uint16_t total_rto, total_rto_recoveries;
  uint32_t total_rto_time;
  uint32_t received_ce, delivered_e1_bytes, delivered_e0_bytes, delivered_ce_bytes;
  uint32_t received_e1_bytes, received_e0_bytes, received_ce_bytes;
  // 6.18: u16 tcpi_accecn_fail_mode, u16 tcpi_accecn_opt_seen. 7.0: one u32, bits 0-1 tcpi_ecn_mode, 2-3
  // tcpi_accecn_opt_seen, 4-7 tcpi_accecn_fail_mode, 8-31 tcpi_options2. The length is 280 in both.
  uint32_t accecn_word;
};
static_assert(sizeof(TcpInfo) == 280 && offsetof(TcpInfo, accecn_word) == 276 && offsetof(TcpInfo, pacing_rate) == 104);

}  // namespace xtcp2::abi
