// Where the kernel puts each value, written down by hand from the kernel's own headers (include/uapi/linux/inet_diag.h,
// tcp.h, sock_diag.h), independently of the table: tests hold the table against it. Never generate this file from the
// table.
#pragma once

#include <cstdint>
#include <string_view>

namespace xtcp2::schema {

enum class Order : uint8_t { kHost, kBig, kRaw };  // kRaw: bytes, not a number

struct KernelTruth {
  std::string_view name;  // epoch-2 name of the record's field
  int attribute;          // INET_DIAG_*; 0: struct inet_diag_msg
  int offset;             // bytes
  int width;              // bytes
  Order order = Order::kHost;
  int shift = 0;
  int bits = 0;  // 0: the whole width
};

// clang-format off
inline constexpr KernelTruth kKernelTruth[] = {
    // struct inet_diag_msg and the inet_diag_sockid in it
    {"inet_diag_msg_family", 0, 0, 1},
    {"inet_diag_msg_state", 0, 1, 1},
    {"inet_diag_msg_timer", 0, 2, 1},
    {"inet_diag_msg_retrans", 0, 3, 1},
    {"inet_diag_msg_socket_source_port", 0, 4, 2, Order::kBig},
    {"inet_diag_msg_socket_destination_port", 0, 6, 2, Order::kBig},
    {"inet_diag_msg_socket_source", 0, 8, 16, Order::kRaw},
    {"inet_diag_msg_socket_destination", 0, 24, 16, Order::kRaw},
    {"inet_diag_msg_socket_interface", 0, 40, 4},
    {"inet_diag_msg_socket_cookie", 0, 44, 8},
    {"inet_diag_msg_expires", 0, 52, 4},
    {"inet_diag_msg_rqueue", 0, 56, 4},
    {"inet_diag_msg_wqueue", 0, 60, 4},
    {"inet_diag_msg_uid", 0, 64, 4},
    {"inet_diag_msg_inode", 0, 68, 4},
    // 1 INET_DIAG_MEMINFO
    {"mem_info_rmem", 1, 0, 4},
    {"mem_info_wmem", 1, 4, 4},
    {"mem_info_fmem", 1, 8, 4},
    {"mem_info_tmem", 1, 12, 4},
    // 2 INET_DIAG_INFO, struct tcp_info
    {"tcp_info_state", 2, 0, 1},
    {"tcp_info_ca_state", 2, 1, 1},
    {"tcp_info_retransmits", 2, 2, 1},
    {"tcp_info_probes", 2, 3, 1},
    {"tcp_info_backoff", 2, 4, 1},
    {"tcp_info_options", 2, 5, 1},
    {"tcp_info_snd_wscale", 2, 6, 1, Order::kHost, 0, 4},
    {"tcp_info_rcv_wscale", 2, 6, 1, Order::kHost, 4, 4},
    {"tcp_info_delivery_rate_app_limited", 2, 7, 1, Order::kHost, 0, 1},
    {"tcp_info_fastopen_client_fail", 2, 7, 1, Order::kHost, 1, 2},
    {"tcp_info_rto", 2, 8, 4},
    {"tcp_info_ato", 2, 12, 4},
    {"tcp_info_snd_mss", 2, 16, 4},
    {"tcp_info_rcv_mss", 2, 20, 4},
    {"tcp_info_unacked", 2, 24, 4},
    {"tcp_info_sacked", 2, 28, 4},
    {"tcp_info_lost", 2, 32, 4},
    {"tcp_info_retrans", 2, 36, 4},
    {"tcp_info_fackets", 2, 40, 4},
    {"tcp_info_last_data_sent", 2, 44, 4},
    {"tcp_info_last_ack_sent", 2, 48, 4},
    {"tcp_info_last_data_recv", 2, 52, 4},
    {"tcp_info_last_ack_recv", 2, 56, 4},
    {"tcp_info_pmtu", 2, 60, 4},
    {"tcp_info_rcv_ssthresh", 2, 64, 4},
    {"tcp_info_rtt", 2, 68, 4},
    {"tcp_info_rttvar", 2, 72, 4},
    {"tcp_info_snd_ssthresh", 2, 76, 4},
    {"tcp_info_snd_cwnd", 2, 80, 4},
    {"tcp_info_advmss", 2, 84, 4},
    {"tcp_info_reordering", 2, 88, 4},
    {"tcp_info_rcv_rtt", 2, 92, 4},
    {"tcp_info_rcv_space", 2, 96, 4},
    {"tcp_info_total_retrans", 2, 100, 4},
    {"tcp_info_pacing_rate", 2, 104, 8},
    {"tcp_info_max_pacing_rate", 2, 112, 8},
    {"tcp_info_bytes_acked", 2, 120, 8},
    {"tcp_info_bytes_received", 2, 128, 8},
    {"tcp_info_segs_out", 2, 136, 4},
    {"tcp_info_segs_in", 2, 140, 4},
    {"tcp_info_notsent_bytes", 2, 144, 4},
    {"tcp_info_min_rtt", 2, 148, 4},
    {"tcp_info_data_segs_in", 2, 152, 4},
    {"tcp_info_data_segs_out", 2, 156, 4},
    {"tcp_info_delivery_rate", 2, 160, 8},
    {"tcp_info_busy_time", 2, 168, 8},
    {"tcp_info_rwnd_limited", 2, 176, 8},
    {"tcp_info_sndbuf_limited", 2, 184, 8},
    {"tcp_info_delivered", 2, 192, 4},
    {"tcp_info_delivered_ce", 2, 196, 4},
    {"tcp_info_bytes_sent", 2, 200, 8},
    {"tcp_info_bytes_retrans", 2, 208, 8},
    {"tcp_info_dsack_dups", 2, 216, 4},
    {"tcp_info_reord_seen", 2, 220, 4},
    {"tcp_info_rcv_ooopack", 2, 224, 4},
    {"tcp_info_snd_wnd", 2, 228, 4},
    {"tcp_info_rcv_wnd", 2, 232, 4},
    {"tcp_info_rehash", 2, 236, 4},
    {"tcp_info_total_rto", 2, 240, 2},
    {"tcp_info_total_rto_recoveries", 2, 242, 2},
    {"tcp_info_total_rto_time", 2, 244, 4},
    {"tcp_info_received_ce", 2, 248, 4},
    {"tcp_info_delivered_e1_bytes", 2, 252, 4},
    {"tcp_info_delivered_e0_bytes", 2, 256, 4},
    {"tcp_info_delivered_ce_bytes", 2, 260, 4},
    {"tcp_info_received_e1_bytes", 2, 264, 4},
    {"tcp_info_received_e0_bytes", 2, 268, 4},
    {"tcp_info_received_ce_bytes", 2, 272, 4},
    // 5 INET_DIAG_TOS, 6 INET_DIAG_TCLASS
    {"inet_diag_tos", 5, 0, 1},
    {"inet_diag_tclass", 6, 0, 1},
    // 7 INET_DIAG_SKMEMINFO, SK_MEMINFO_*
    {"sk_mem_info_rmem_alloc", 7, 0, 4},
    {"sk_mem_info_rcvbuf", 7, 4, 4},
    {"sk_mem_info_wmem_alloc", 7, 8, 4},
    {"sk_mem_info_sndbuf", 7, 12, 4},
    {"sk_mem_info_fwd_alloc", 7, 16, 4},
    {"sk_mem_info_wmem_queued", 7, 20, 4},
    {"sk_mem_info_optmem", 7, 24, 4},
    {"sk_mem_info_backlog", 7, 28, 4},
    {"sk_mem_info_drops", 7, 32, 4},
    // 8 INET_DIAG_SHUTDOWN
    {"inet_diag_shutdown", 8, 0, 1},
    // 3 INET_DIAG_VEGASINFO, 9 INET_DIAG_DCTCPINFO, 16 INET_DIAG_BBRINFO
    {"vegas_info_enabled", 3, 0, 4},
    {"vegas_info_rttcnt", 3, 4, 4},
    {"vegas_info_rtt", 3, 8, 4},
    {"vegas_info_minrtt", 3, 12, 4},
    {"dctcp_info_enabled", 9, 0, 2},
    {"dctcp_info_ce_state", 9, 2, 2},
    {"dctcp_info_alpha", 9, 4, 4},
    {"dctcp_info_ab_ecn", 9, 8, 4},
    {"dctcp_info_ab_tot", 9, 12, 4},
    {"bbr_info_bw_lo", 16, 0, 4},
    {"bbr_info_bw_hi", 16, 4, 4},
    {"bbr_info_min_rtt", 16, 8, 4},
    {"bbr_info_pacing_gain", 16, 12, 4},
    {"bbr_info_cwnd_gain", 16, 16, 4},
    // 17 INET_DIAG_CLASS_ID, 21 INET_DIAG_CGROUP_ID, 22 INET_DIAG_SOCKOPT, 15 INET_DIAG_MARK, 11 INET_DIAG_SKV6ONLY
    {"inet_diag_class_id", 17, 0, 4},
    {"inet_diag_sockopt", 22, 0, 2},
    {"inet_diag_cgroup_id", 21, 0, 8},
    {"inet_diag_mark", 15, 0, 4},
    {"inet_diag_skv6only", 11, 0, 1},
};
// clang-format on

}  // namespace xtcp2::schema
