/* What our BPF programs are told about the running kernel that CO-RE cannot tell them; the loader writes it before the
 * program is verified (bpf/fill_config.h), so that the verifier sees constants. Shared by BPF (C) and C++. */
#ifndef XTCP2_BPF_FILL_CONFIG_BPF_H
#define XTCP2_BPF_FILL_CONFIG_BPF_H

#include "abi/bpf_row.h"

/* Where a congestion module keeps what its get_info() reports: bit offsets into icsk_ca_priv. They come from the
 * module's own BTF, read in user space, because CO-RE towards modules would need CAP_SYS_ADMIN. */
struct xtcp2_bbr_offsets {
  uint32_t known;
  uint32_t min_rtt_us, bw, lt_use_bw, lt_bw, pacing_gain, cwnd_gain;
};
struct xtcp2_dctcp_offsets {
  uint32_t known;
  uint32_t old_delivered, old_delivered_ce, alpha, ce_state;
};

struct xtcp2_vegas_offsets {
  uint32_t known;
  uint32_t doing_vegas_now, rtt_count, base_rtt, min_rtt;
};

struct xtcp2_fill_config {
  uint32_t hz;             /* the kernel's tick */
  uint32_t tick_ms;        /* 1000 / hz where that is exact, else 0 */
  uint32_t tick_us;        /* 1000000 / hz, cut off as the kernel does */
  uint32_t uid_from_inode; /* sock_i_uid() exists: netlink reports the inode's owner, not sk_uid (up to 6.16) */
  uint32_t ato_capped;     /* tcp_delack_max() exists: tcpi_ato is capped by it */
  struct xtcp2_bbr_offsets bbr;
  struct xtcp2_dctcp_offsets dctcp;
  struct xtcp2_vegas_offsets vegas;
};

#endif
