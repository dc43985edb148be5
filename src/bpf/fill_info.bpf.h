// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* struct tcp_info as tcp_get_info() (net/ipv4/tcp.c) makes it, without the socket's lock. Part of fill.bpf.h. */
#ifndef XTCP2_BPF_FILL_INFO_BPF_H
#define XTCP2_BPF_FILL_INFO_BPF_H

/* abi/inet_diag.h has the same layout for C++. */
struct xtcp2_tcp_info {
  __u8 state, ca_state, retransmits, probes, backoff, options, wscale, rate_and_tfo;
  __u32 rto, ato, snd_mss, rcv_mss;
  __u32 unacked, sacked, lost, retrans, fackets;
  __u32 last_data_sent, last_ack_sent, last_data_recv, last_ack_recv;
  __u32 pmtu, rcv_ssthresh, rtt, rttvar, snd_ssthresh, snd_cwnd, advmss, reordering;
  __u32 rcv_rtt, rcv_space, total_retrans;
  __u64 pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
  __u32 segs_out, segs_in, notsent_bytes, min_rtt, data_segs_in, data_segs_out;
  __u64 delivery_rate, busy_time, rwnd_limited, sndbuf_limited;
  __u32 delivered, delivered_ce;
  __u64 bytes_sent, bytes_retrans;
  __u32 dsack_dups, reord_seen, rcv_ooopack, snd_wnd, rcv_wnd, rehash;
  __u16 total_rto, total_rto_recoveries;
  __u32 total_rto_time;
  __u32 received_ce, delivered_e1_bytes, delivered_e0_bytes, delivered_ce_bytes;
  __u32 received_e1_bytes, received_e0_bytes, received_ce_bytes;
  __u32 accecn_word;
};
_Static_assert(sizeof(struct xtcp2_tcp_info) == XTCP2_INFO_BYTES, "tcp_info of 6.18");

/* jiffies_to_msecs() and jiffies_to_usecs(): modulo 2^32, as the kernel's. */
static __always_inline __u32 xtcp2_ms(__u64 jiffies) {
  return xtcp2_config.tick_ms ? (__u32)jiffies * xtcp2_config.tick_ms : (__u32)(jiffies * 1000 / xtcp2_config.hz);
}
static __always_inline __u32 xtcp2_us(__u64 jiffies) {
  return xtcp2_config.tick_ms ? (__u32)jiffies * xtcp2_config.tick_us : (__u32)(jiffies * 1000000 / xtcp2_config.hz);
}

/* Time since a 32 bit stamp. One that lies a little ahead was set after our clock was read: no time has passed. Others
 * wrap as the kernel's do (a stamp that was never set gives jiffies themselves). */
static __always_inline __u32 xtcp2_age_ms(__u64 jiffies, __u32 stamp) {
  const __u32 age = (__u32)jiffies - stamp;
  return age > 0u - 16000u ? 0 : xtcp2_ms(age);
}

/* max(0, a - b) of sequence numbers. */
static __always_inline __u32 xtcp2_ahead(__u32 a, __u32 b) {
  const __u32 difference = a - b;
  return difference > 0x7fffffffu ? 0 : difference;
}

/* tcp_delack_max() (net/ipv4/tcp_output.c), in jiffies. */
static __always_inline __u32 xtcp2_delack_max(const struct tcp_sock* tp) {
  __u32 rto_min = tp->inet_conn.icsk_rto_min;
  const __u32 delack_max = tp->inet_conn.icsk_delack_max;
  const struct dst_entry* dst = ((const struct sock*)tp)->sk_dst_cache;
  if (dst) {
    const __u64 metrics = XTCP2_DEREF(dst, _metrics) & ~3ul;
    if (metrics && (XTCP2_DEREF_AS(struct dst_metrics, metrics, metrics[0]) & (1u << 13))) { /* RTAX_RTO_MIN locked */
      const __u64 ms = XTCP2_DEREF_AS(struct dst_metrics, metrics, metrics[12]);
      rto_min = xtcp2_config.tick_ms ? ((__u32)ms + xtcp2_config.tick_ms - 1) / xtcp2_config.tick_ms
                                     : (__u32)((ms * xtcp2_config.hz + 999) / 1000);
    }
  }
  const __u32 cap = (rto_min < 2 ? 2 : rto_min) - 1;
  return delack_max < cap ? delack_max : cap;
}

static __always_inline __u8 xtcp2_info_options(const struct tcp_sock* tp) {
  const __u8 ecn = tp->ecn_flags;
  __u8 options = 0;
  if (BPF_CORE_READ_BITFIELD(tp, rx_opt.tstamp_ok)) options |= 1;
  if (BPF_CORE_READ_BITFIELD(tp, rx_opt.sack_ok)) options |= 2;
  if (BPF_CORE_READ_BITFIELD(tp, rx_opt.wscale_ok)) options |= 4;
  if (ecn & 17) options |= 8; /* TCP_ECN_OK, or 6.18's AccECN mode */
  if (ecn & 8) options |= 16; /* TCP_ECN_SEEN */
  if (BPF_CORE_READ_BITFIELD(tp, syn_data_acked)) options |= 32;
  if (bpf_core_field_exists(struct tcp_sock, tcp_usec_ts) && BPF_CORE_READ_BITFIELD(tp, tcp_usec_ts)) options |= 64;
  if (bpf_core_field_exists(struct tcp_sock, syn_fastopen_child) && BPF_CORE_READ_BITFIELD(tp, syn_fastopen_child))
    options |= 128;
  return options;
}

/* tcp_get_info_chrono_stats(). */
static __always_inline void xtcp2_fill_chrono(struct xtcp2_tcp_info* info, const struct tcp_sock* tp, __u64 jiffies) {
  const __u32 running = BPF_CORE_READ_BITFIELD(tp, chrono_type);
  __u32 since = (__u32)jiffies - tp->chrono_start;
  if (since > 0u - 16000u) since = 0;
  __u64 busy = tp->chrono_stat[0], rwnd = tp->chrono_stat[1], sndbuf = tp->chrono_stat[2];
  if (running == 1) busy += since;
  if (running == 2) rwnd += since;
  if (running == 3) sndbuf += since;
  rwnd *= xtcp2_config.tick_us;
  sndbuf *= xtcp2_config.tick_us;
  info->busy_time = busy * xtcp2_config.tick_us + rwnd + sndbuf;
  info->rwnd_limited = rwnd;
  info->sndbuf_limited = sndbuf;
}

/* What came with some release. */
static __always_inline void xtcp2_fill_info_newer(struct xtcp2_tcp_info* info, const struct tcp_sock* tp,
                                                  __u64 now_ns) {
  info->rcv_wnd = tp->rcv_wnd;
  info->rehash = tp->timeout_rehash;
  if (bpf_core_field_exists(struct tcp_sock, plb_rehash)) info->rehash += tp->plb_rehash;
  if (bpf_core_field_exists(struct tcp_sock, rto_stamp)) {
    const __u32 stamp = tp->rto_stamp;
    info->total_rto = tp->total_rto;
    info->total_rto_recoveries = tp->total_rto_recoveries;
    info->total_rto_time = tp->total_rto_time;
    if (stamp) info->total_rto_time += xtcp2_ahead((__u32)((now_ns ? now_ns : bpf_ktime_get_ns()) / 1000000), stamp);
  }
  if (!bpf_core_field_exists(struct tcp_sock, received_ce)) return;
  info->received_ce = tp->received_ce;
  info->delivered_e1_bytes = tp->delivered_ecn_bytes[0];
  info->delivered_e0_bytes = tp->delivered_ecn_bytes[1];
  info->delivered_ce_bytes = tp->delivered_ecn_bytes[2];
  info->received_e1_bytes = tp->received_ecn_bytes[0];
  info->received_e0_bytes = tp->received_ecn_bytes[1];
  info->received_ce_bytes = tp->received_ecn_bytes[2];
  const __u32 fail_mode = BPF_CORE_READ_BITFIELD(tp, accecn_fail_mode);
  const __u32 seen = BPF_CORE_READ_BITFIELD(tp, saw_accecn_opt);
  if (bpf_core_field_exists(struct tcp_info, tcpi_ecn_mode)) {
    const __u8 ecn = tp->ecn_flags;
    info->accecn_word = (ecn & 16 ? 2 : ecn & 1) | seen << 2 | fail_mode << 4;
  } else {
    info->accecn_word = fail_mode | seen << 16;
  }
}

static __always_inline void xtcp2_fill_info_times(struct xtcp2_tcp_info* info, const struct tcp_sock* tp,
                                                  const struct xtcp2_clocks* clocks) {
  __u32 ato = BPF_CORE_READ_BITFIELD(tp, inet_conn.icsk_ack.ato);
  if (xtcp2_config.ato_capped) {
    const __u32 cap = xtcp2_delack_max(tp);
    if (cap < ato) ato = cap;
  }
  info->rto = xtcp2_us(tp->inet_conn.icsk_rto);
  info->ato = xtcp2_us(ato);
  info->last_data_sent = xtcp2_age_ms(clocks->jiffies, tp->lsndtime);
  info->last_data_recv = xtcp2_age_ms(clocks->jiffies, tp->inet_conn.icsk_ack.lrcvtime);
  info->last_ack_recv = xtcp2_age_ms(clocks->jiffies, tp->rcv_tstamp);
  xtcp2_fill_chrono(info, tp, clocks->jiffies);
}

static __always_inline void xtcp2_fill_info_counts(struct xtcp2_tcp_info* info, const struct tcp_sock* tp) {
  info->ca_state = BPF_CORE_READ_BITFIELD(tp, inet_conn.icsk_ca_state);
  info->retransmits = tp->inet_conn.icsk_retransmits;
  info->probes = tp->inet_conn.icsk_probes_out;
  info->backoff = tp->inet_conn.icsk_backoff;
  info->options = xtcp2_info_options(tp);
  if (info->options & 4)
    info->wscale = BPF_CORE_READ_BITFIELD(tp, rx_opt.snd_wscale) | BPF_CORE_READ_BITFIELD(tp, rx_opt.rcv_wscale) << 4;
  info->rate_and_tfo = BPF_CORE_READ_BITFIELD(tp, rate_app_limited) | BPF_CORE_READ_BITFIELD(tp, fastopen_client_fail)
                                                                          << 1;
  info->snd_mss = tp->mss_cache;
  info->rcv_mss = tp->inet_conn.icsk_ack.rcv_mss;
  info->unacked = tp->packets_out;
  info->sacked = tp->sacked_out;
  info->lost = tp->lost_out;
  info->retrans = tp->retrans_out;
  info->pmtu = tp->inet_conn.icsk_pmtu_cookie;
  info->rcv_ssthresh = tp->rcv_ssthresh;
  info->rtt = tp->srtt_us >> 3;
  info->rttvar = tp->mdev_us >> 2;
  info->snd_ssthresh = tp->snd_ssthresh;
  info->advmss = tp->advmss;
  info->rcv_rtt = tp->rcv_rtt_est.rtt_us >> 3;
  info->rcv_space = tp->rcvq_space.space;
  info->total_retrans = tp->total_retrans;
  info->bytes_acked = tp->bytes_acked;
  info->bytes_received = tp->bytes_received;
  info->segs_out = tp->segs_out;
  info->segs_in = tp->segs_in;
  info->notsent_bytes = xtcp2_ahead(tp->write_seq, tp->snd_nxt);
  info->min_rtt = tp->rtt_min.s[0].v;
  info->data_segs_in = tp->data_segs_in;
  info->data_segs_out = tp->data_segs_out;
  const __u32 delivered = tp->rate_delivered, interval = tp->rate_interval_us;
  if (delivered && interval) info->delivery_rate = (__u64)delivered * info->snd_mss * 1000000 / interval;
  info->delivered = tp->delivered;
  info->delivered_ce = tp->delivered_ce;
  info->bytes_sent = tp->bytes_sent;
  info->bytes_retrans = tp->bytes_retrans;
  info->dsack_dups = tp->dsack_dups;
  info->reord_seen = tp->reord_seen;
  info->rcv_ooopack = tp->rcv_ooopack;
  info->snd_wnd = tp->snd_wnd;
}

/* tcp_get_info(): a listener has a few fields only. `info` is all zeros. */
static __always_inline void xtcp2_fill_info(struct xtcp2_tcp_info* info, const struct tcp_sock* tp, __u8 state,
                                            const struct xtcp2_clocks* clocks) {
  const struct sock* sk = (const struct sock*)tp;
  info->state = state;
  info->pacing_rate = sk->sk_pacing_rate;
  info->max_pacing_rate = sk->sk_max_pacing_rate;
  info->reordering = tp->reordering;
  info->snd_cwnd = tp->snd_cwnd;
  if (state == XTCP2_LISTEN) {
    info->unacked = sk->sk_ack_backlog;
    info->sacked = sk->sk_max_ack_backlog;
    return;
  }
  xtcp2_fill_info_counts(info, tp);
  xtcp2_fill_info_times(info, tp, clocks);
  xtcp2_fill_info_newer(info, tp, clocks->now_ns);
}

#endif
