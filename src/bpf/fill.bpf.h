// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Fills a row (abi/bpf_row.h) from a socket with what inet_diag (net/ipv4/inet_diag.c, tcp_diag.c) would answer to
 * CAP_NET_ADMIN asking for everything. For every BPF program of ours; the pointer may be of three kinds:
 *   a trusted one (tp_btf: the tcp_sock from bpf_skc_to_tcp_sock()): define nothing;
 *   one of bpf_rdonly_cast():  #define XTCP2_TYPED_LOADS before including;
 *   a copy of the socket in map memory:  #define XTCP2_BULK_READS.
 * The program's .rodata.config map holds xtcp2_config, which the loader fills (bpf/fill_config.h) before loading. The
 * row is zeroed here. `sk` (the address) is the caller's to set. */
#ifndef XTCP2_BPF_FILL_BPF_H
#define XTCP2_BPF_FILL_BPF_H

#include "bpf/fill_config.bpf.h"
#include "bpf/kernel.bpf.h"

const volatile struct xtcp2_fill_config xtcp2_config SEC(".rodata.config");

/* Read once for some sockets: times are told as of then. */
struct xtcp2_clocks {
  __u64 jiffies; /* bpf_jiffies64() */
  __u64 now_ns;  /* bpf_ktime_get_ns(); 0: read where it is needed, which is seldom */
#ifdef XTCP2_BULK_READS
  struct xtcp2_cache* cache;
#endif
};

/* XTCP2_DEREF follows a pointer that was read from the socket; XTCP2_DEREF_AS one whose type the verifier would not
 * believe, or an address that is a number. */
#ifdef XTCP2_TYPED_LOADS
extern void* bpf_rdonly_cast(const void* obj__ign, __u32 btf_id__k) __ksym __weak;
#define XTCP2_CAST(type, address) ((const type*)bpf_rdonly_cast((void*)(address), bpf_core_type_id_kernel(type)))
#define XTCP2_DEREF(pointer, member) ((pointer)->member)
#define XTCP2_DEREF_AS(type, address, member) (XTCP2_CAST(type, address)->member)
#else
#ifdef XTCP2_BULK_READS
#define XTCP2_DEREF(pointer, member) BPF_CORE_READ(pointer, member)
#else
#define XTCP2_DEREF(pointer, member) ((pointer)->member)
#endif
#define XTCP2_DEREF_AS(type, address, member) BPF_CORE_READ((type*)(address), member)
#endif

#include "bpf/fill_info.bpf.h"
/* After it: uses its conversions. */
#include "bpf/fill_pointed.bpf.h"

/* struct inet_diag_msg. */
struct xtcp2_msg {
  __u8 family, state, timer, retrans;
  __be16 sport, dport;
  __be32 src[4], dst[4];
  __u32 interface;
  __u64 cookie __attribute__((packed, aligned(4)));
  __u32 expires, rqueue, wqueue, uid, inode;
};
_Static_assert(sizeof(struct xtcp2_msg) == 72, "inet_diag_msg");

#define XTCP2_PART(attribute) (1ull << (attribute))

static __always_inline void xtcp2_zero_row(struct xtcp2_bpf_row* row) {
  __u64* word = (__u64*)row;
#pragma unroll
  for (int i = 0; i < (int)(sizeof *row / 8); ++i) word[i] = 0;
}

/* inet_diag_msg_common_fill(); the same for full, time-wait and request sockets. */
static __always_inline void xtcp2_fill_common(struct xtcp2_bpf_row* row, const struct sock_common* sk,
                                              const struct xtcp2_clocks* clocks) {
  struct xtcp2_msg* msg = (struct xtcp2_msg*)row->msg;
  xtcp2_zero_row(row);
  msg->family = sk->skc_family;
  msg->sport = __builtin_bswap16(sk->skc_num);
  msg->dport = sk->skc_dport;
  if (sk->skc_family == XTCP2_AF_INET6) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      msg->src[i] = sk->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
      msg->dst[i] = sk->skc_v6_daddr.in6_u.u6_addr32[i];
    }
  } else {
    msg->src[0] = sk->skc_rcv_saddr;
    msg->dst[0] = sk->skc_daddr;
  }
  msg->interface = sk->skc_bound_dev_if;
  msg->cookie = sk->skc_cookie.counter;
  xtcp2_fill_net(row, sk->skc_net.net, clocks);
}

static __always_inline __u32 xtcp2_expires_ms(unsigned long expires, __u64 jiffies) {
  const __s64 left = (__s64)(expires - jiffies);
  return left > 0 ? xtcp2_ms(left) : 0;
}

static __always_inline void xtcp2_fill_time_wait(struct xtcp2_bpf_row* row, const struct inet_timewait_sock* tw,
                                                 const struct xtcp2_clocks* clocks) {
  struct xtcp2_msg* msg = (struct xtcp2_msg*)row->msg;
  xtcp2_fill_common(row, (const struct sock_common*)tw, clocks);
  msg->state = tw->tw_substate;
  msg->timer = 3;
  msg->expires = xtcp2_expires_ms(tw->tw_timer.expires, clocks->jiffies);
  row->mark = tw->tw_mark;
  row->parts = XTCP2_PART(15);
}

static __always_inline void xtcp2_fill_request(struct xtcp2_bpf_row* row, const struct inet_request_sock* request,
                                               const struct xtcp2_clocks* clocks) {
  struct xtcp2_msg* msg = (struct xtcp2_msg*)row->msg;
  xtcp2_fill_common(row, (const struct sock_common*)request, clocks);
  msg->state = XTCP2_SYN_RECV;
  msg->timer = 1;
  msg->retrans = request->req.num_retrans;
  msg->expires = xtcp2_expires_ms(request->req.rsk_timer.expires, clocks->jiffies);
  row->mark = request->ir_mark;
  row->parts = XTCP2_PART(15);
}

/* The timer that inet_sk_diag_fill() tells of. */
static __always_inline void xtcp2_fill_timer(struct xtcp2_msg* msg, const struct tcp_sock* tp, __u64 jiffies) {
  const struct inet_connection_sock* icsk = &tp->inet_conn;
  const struct sock* sk = (const struct sock*)tp;
  const __u8 pending = icsk->icsk_pending;
  if (pending == 1 || pending == 3 || pending == 5 || pending == 6) {
    unsigned long expires;
    if (bpf_core_field_exists(struct inet_connection_sock, icsk_timeout))
      expires = icsk->icsk_timeout;
    else if (bpf_core_field_exists(struct inet_connection_sock, icsk_retransmit_timer))
      expires = icsk->icsk_retransmit_timer.expires;
    else
      expires = sk->tcp_retransmit_timer.expires;
    msg->timer = pending == 3 ? 4 : 1;
    msg->retrans = pending == 3 ? icsk->icsk_probes_out : icsk->icsk_retransmits;
    msg->expires = xtcp2_expires_ms(expires, jiffies);
    return;
  }
  __u64 armed;
  unsigned long expires;
  if (bpf_core_field_exists(struct inet_connection_sock, icsk_keepalive_timer)) {
    armed = (__u64)icsk->icsk_keepalive_timer.entry.pprev;
    expires = icsk->icsk_keepalive_timer.expires;
  } else {
    armed = (__u64)sk->sk_timer.entry.pprev;
    expires = sk->sk_timer.expires;
  }
  if (!armed) return;
  msg->timer = 2;
  msg->retrans = icsk->icsk_probes_out;
  msg->expires = xtcp2_expires_ms(expires, jiffies);
}

/* sk_get_meminfo() (net/core/sock.c), and INET_DIAG_MEMINFO. */
static __always_inline void xtcp2_fill_memory(struct xtcp2_bpf_row* row, const struct sock* sk) {
  row->skmem[0] = sk->sk_backlog.rmem_alloc.counter;
  row->skmem[1] = sk->sk_rcvbuf;
  row->skmem[2] = sk->sk_wmem_alloc.refs.counter - 1;
  row->skmem[3] = sk->sk_sndbuf;
  row->skmem[4] = sk->sk_forward_alloc;
  row->skmem[5] = sk->sk_wmem_queued;
  row->skmem[6] = sk->sk_omem_alloc.counter;
  row->skmem[7] = sk->sk_backlog.len;
  row->skmem[8] = sk->sk_drops.counter;
  row->meminfo[0] = row->skmem[0];
  row->meminfo[1] = row->skmem[5];
  row->meminfo[2] = row->skmem[4];
  row->meminfo[3] = row->skmem[2];
}

static __always_inline __u16 xtcp2_sockopt(const struct inet_sock* inet) {
  if (bpf_core_field_exists(struct inet_sock, inet_flags)) {
    const __u32 f = inet->inet_flags; /* enum INET_FLAGS_*, from RECVERR (9) */
    return (f >> 9 & 1) | (f >> 16 & 1) << 1 | (f >> 11 & 1) << 2 | (f >> 12 & 1) << 3 | (f >> 13 & 1) << 4 |
           (f >> 15 & 1) << 5 | (f >> 14 & 1) << 6 | (f >> 17 & 1) << 7 | (f >> 18 & 1) << 8 | (f >> 10 & 1) << 9 |
           (f >> 19 & 1) << 10;
  }
#define XTCP2_BIT(name, bit) ((__u16)BPF_CORE_READ_BITFIELD(inet, name) << (bit))
  return XTCP2_BIT(recverr, 0) | XTCP2_BIT(is_icsk, 1) | XTCP2_BIT(freebind, 2) | XTCP2_BIT(hdrincl, 3) |
         XTCP2_BIT(mc_loop, 4) | XTCP2_BIT(transparent, 5) | XTCP2_BIT(mc_all, 6) | XTCP2_BIT(nodefrag, 7) |
         XTCP2_BIT(bind_address_no_port, 8) | XTCP2_BIT(recverr_rfc4884, 9) | XTCP2_BIT(defer_connect, 10);
#undef XTCP2_BIT
}

/* inet_diag_msg_attrs_fill(). */
static __always_inline void xtcp2_fill_attributes(struct xtcp2_bpf_row* row, const struct tcp_sock* tp, __u8 state,
                                                  const struct xtcp2_clocks* clocks) {
  const struct sock* sk = (const struct sock*)tp;
  const struct inet_sock* inet = (const struct inet_sock*)tp;
  __u64 parts =
      XTCP2_PART(1) | XTCP2_PART(5) | XTCP2_PART(7) | XTCP2_PART(8) | XTCP2_PART(15) | XTCP2_PART(17) | XTCP2_PART(22);
  row->shutdown = sk->sk_shutdown;
  row->tos = inet->tos;
  if (sk->__sk_common.skc_family == XTCP2_AF_INET6) {
    const struct ipv6_pinfo* pinet6 = inet->pinet6;
    if (pinet6) row->tclass = XTCP2_DEREF(pinet6, tclass);
    parts |= XTCP2_PART(6);
    if (state == XTCP2_LISTEN || state == XTCP2_CLOSE) {
      row->v6only = BPF_CORE_READ_BITFIELD(sk, __sk_common.skc_ipv6only);
      parts |= XTCP2_PART(11);
    }
  }
  row->mark = sk->sk_mark;
  if (bpf_core_field_exists(struct sock_cgroup_data, classid)) row->class_id = sk->sk_cgrp_data.classid;
  if (!row->class_id) row->class_id = sk->sk_priority;
  if (bpf_core_field_exists(struct sock_cgroup_data, cgroup)) {
    row->cgroup_id = xtcp2_cgroup_id(sk->sk_cgrp_data.cgroup, clocks);
    parts |= XTCP2_PART(21);
  }
  const __u16 sockopt = xtcp2_sockopt(inet);
  row->sockopt[0] = sockopt;
  row->sockopt[1] = sockopt >> 8;
  xtcp2_fill_memory(row, sk);
  row->parts = parts;
}

static __always_inline void xtcp2_fill_base(struct xtcp2_bpf_row* row, const struct tcp_sock* tp, __u8 state,
                                            const struct xtcp2_clocks* clocks) {
  struct xtcp2_msg* msg = (struct xtcp2_msg*)row->msg;
  xtcp2_fill_common(row, (const struct sock_common*)tp, clocks);
  msg->state = state;
  msg->rqueue = xtcp2_ahead(tp->rcv_nxt, tp->copied_seq);
  msg->wqueue = tp->write_seq - tp->snd_una;
  xtcp2_fill_owner(&msg->uid, &msg->inode, (const struct sock*)tp);
  xtcp2_fill_attributes(row, tp, state, clocks);
}

/* A bound socket that neither listens nor is connected: no timer, no tcp_info. */
static __always_inline void xtcp2_fill_bound(struct xtcp2_bpf_row* row, const struct tcp_sock* tp,
                                             const struct xtcp2_clocks* clocks) {
  xtcp2_fill_base(row, tp, XTCP2_CLOSE, clocks);
}

/* Any full socket; `state` is what skc_state was when the caller decided so. */
static __always_inline void xtcp2_fill_full(struct xtcp2_bpf_row* row, const struct tcp_sock* tp, __u8 state,
                                            const struct xtcp2_clocks* clocks) {
  const struct sock* sk = (const struct sock*)tp;
  struct xtcp2_msg* msg = (struct xtcp2_msg*)row->msg;
  const __u32 length = bpf_core_type_size(struct tcp_info);
  xtcp2_fill_base(row, tp, state, clocks);
  xtcp2_fill_timer(msg, tp, clocks->jiffies);
  if (state == XTCP2_LISTEN) {
    msg->rqueue = sk->sk_ack_backlog;
    msg->wqueue = sk->sk_max_ack_backlog;
  }
  row->info_length = length < XTCP2_INFO_BYTES ? length : XTCP2_INFO_BYTES;
  row->parts |= XTCP2_PART(2);
  xtcp2_fill_info((struct xtcp2_tcp_info*)row->info, tp, state, clocks);
  xtcp2_fill_congestion(row, tp, state, clocks);
  xtcp2_fill_ulp(row, tp);
}

#endif
