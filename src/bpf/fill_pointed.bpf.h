// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What lies behind a socket's pointers: namespace, owner, cgroup, congestion control, upper layer protocol. Part of
 * fill.bpf.h. With bulk reads each pointer costs a helper call, so the answers for the last ones met are kept. */
#ifndef XTCP2_BPF_FILL_POINTED_BPF_H
#define XTCP2_BPF_FILL_POINTED_BPF_H

/* Up to the end of a block: a row may be of another namespace every time, seldom is. */
struct xtcp2_cache {
  __u64 net, net_cookie;
  __u64 cgroup, cgroup_id;
  __u64 ca_ops, ca_name[2], ca_get_info;
  __u32 net_inode;
};

struct xtcp2_pair {
  __u64 word[2];
};

static __always_inline __u64 xtcp2_net_cookie(const struct net* net) {
  if (bpf_core_field_exists(struct net, net_cookie)) return XTCP2_DEREF(net, net_cookie);
  if (bpf_core_field_exists(struct net___atomic, net_cookie)) {
    const struct net___atomic* older = (const struct net___atomic*)net;
    return XTCP2_DEREF(older, net_cookie.counter);
  }
  return 0;
}

static __always_inline void xtcp2_fill_net(struct xtcp2_bpf_row* row, const struct net* net,
                                           const struct xtcp2_clocks* clocks) {
  if (!net) return;
#ifdef XTCP2_BULK_READS
  struct xtcp2_cache* cache = clocks->cache;
  if (cache->net != (__u64)net) {
    cache->net_inode = XTCP2_DEREF(net, ns.inum);
    cache->net_cookie = xtcp2_net_cookie(net);
    cache->net = (__u64)net;
  }
  row->netns_inode = cache->net_inode;
  row->netns_cookie = cache->net_cookie;
#else
  row->netns_inode = net->ns.inum;
  row->netns_cookie = xtcp2_net_cookie(net);
#endif
}

/* sock_i_uid() and sock_i_ino(); since 6.17 both are in struct sock. */
static __always_inline void xtcp2_fill_owner(__u32* uid, __u32* inode, const struct sock* sk) {
  const int has_ino = bpf_core_field_exists(struct sock, sk_ino);
  if (!xtcp2_config.uid_from_inode) *uid = sk->sk_uid.val;
  if (has_ino) *inode = sk->sk_ino;
  if (has_ino && !xtcp2_config.uid_from_inode) return;
  const struct socket* socket = sk->sk_socket;
  if (!socket) return;
  if (xtcp2_config.uid_from_inode) *uid = XTCP2_DEREF_AS(struct socket_alloc, socket, vfs_inode.i_uid.val);
  if (!has_ino) *inode = XTCP2_DEREF_AS(struct socket_alloc, socket, vfs_inode.i_ino);
}

static __always_inline __u64 xtcp2_cgroup_id(const struct cgroup* cgroup, const struct xtcp2_clocks* clocks) {
  if (!cgroup) return 0;
#ifdef XTCP2_BULK_READS
  struct xtcp2_cache* cache = clocks->cache;
  if (cache->cgroup != (__u64)cgroup) {
    const struct kernfs_node* kn = XTCP2_DEREF(cgroup, kn);
    cache->cgroup_id = kn ? XTCP2_DEREF(kn, id) : 0;
    cache->cgroup = (__u64)cgroup;
  }
  return cache->cgroup_id;
#else
  const struct kernfs_node* kn = cgroup->kn;
  return kn ? kn->id : 0;
#endif
}

/* icsk_ca_priv as 32 bit words; a bitfield of at most 32 bits at a known place in it. */
static __always_inline __u32 xtcp2_private(const __u64* area, __u32 bit, __u32 bits) {
  const __u32 word = bit / 64 < 12 ? bit / 64 : 12, shift = bit % 64;
  __u64 value = area[word] >> shift;
  if (shift + bits > 64 && word < 12) value |= area[word + 1] << (64 - shift);
  return bits == 32 ? (__u32)value : (__u32)value & ((1u << bits) - 1);
}

/* bbr_get_info() (net/ipv4/tcp_bbr.c), struct tcp_bbr_info. */
static __always_inline void xtcp2_fill_bbr(struct xtcp2_bpf_row* row, const __u64* area, __u32 mss) {
  const volatile struct xtcp2_bbr_offsets* at = &xtcp2_config.bbr;
  __u64 rate =
      xtcp2_private(area, at->lt_use_bw, 1) ? xtcp2_private(area, at->lt_bw, 32) : xtcp2_private(area, at->bw, 32);
  rate = rate * mss * 1000000 >> 24;
  row->ca_info[0] = (__u32)rate;
  row->ca_info[1] = (__u32)(rate >> 32);
  row->ca_info[2] = xtcp2_private(area, at->min_rtt_us, 32);
  row->ca_info[3] = xtcp2_private(area, at->pacing_gain, 10);
  row->ca_info[4] = xtcp2_private(area, at->cwnd_gain, 10);
  row->parts |= 1ull << 16;
}

/* dctcp_get_info() (net/ipv4/tcp_dctcp.c), struct tcp_dctcp_info. "dctcp-reno" gives zeros. */
static __always_inline void xtcp2_fill_dctcp(struct xtcp2_bpf_row* row, const __u64* area, const struct tcp_sock* tp) {
  const volatile struct xtcp2_dctcp_offsets* at = &xtcp2_config.dctcp;
  const __u32 mss = tp->mss_cache;
  row->ca_info[0] = 1 | (xtcp2_private(area, at->ce_state, 32) & 0xffff) << 16;
  row->ca_info[1] = xtcp2_private(area, at->alpha, 32);
  row->ca_info[2] = mss * (tp->delivered_ce - xtcp2_private(area, at->old_delivered_ce, 32));
  row->ca_info[3] = mss * (tp->delivered - xtcp2_private(area, at->old_delivered, 32));
}

/* tcp_vegas_get_info() (net/ipv4/tcp_vegas.c), struct tcpvegas_info. */
static __always_inline void xtcp2_fill_vegas(struct xtcp2_bpf_row* row, const __u64* area) {
  const volatile struct xtcp2_vegas_offsets* at = &xtcp2_config.vegas;
  row->ca_info[0] = xtcp2_private(area, at->doing_vegas_now, 8);
  row->ca_info[1] = xtcp2_private(area, at->rtt_count, 16);
  row->ca_info[2] = xtcp2_private(area, at->base_rtt, 32);
  row->ca_info[3] = xtcp2_private(area, at->min_rtt, 32);
  row->parts |= 1ull << 3;
}

#define XTCP2_NAME8(a, b, c, d, e, f, g, h)                                                                   \
  ((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 | (__u64)(f) << 40 | \
   (__u64)(g) << 48 | (__u64)(h) << 56)
#define XTCP2_BBR XTCP2_NAME8('b', 'b', 'r', 0, 0, 0, 0, 0)
#define XTCP2_VEGAS XTCP2_NAME8('v', 'e', 'g', 'a', 's', 0, 0, 0)
#define XTCP2_YEAH XTCP2_NAME8('y', 'e', 'a', 'h', 0, 0, 0, 0) /* its state begins with that of vegas */
#define XTCP2_DCTCP XTCP2_NAME8('d', 'c', 't', 'c', 'p', 0, 0, 0)
#define XTCP2_DCTCP_RENO XTCP2_NAME8('d', 'c', 't', 'c', 'p', '-', 'r', 'e')

/* The private state: of the algorithms that we know. One whose module came after us is marked. */
static __always_inline void xtcp2_fill_private(struct xtcp2_bpf_row* row, const struct tcp_sock* tp, __u64 name) {
  __u64 area[13];
  if (name == XTCP2_DCTCP_RENO) {
    row->parts |= 1ull << 9;
    return;
  }
  const int bbr = name == XTCP2_BBR, dctcp = name == XTCP2_DCTCP, vegas = name == XTCP2_VEGAS || name == XTCP2_YEAH;
  if (!bbr && !dctcp && !vegas) return;
  if ((bbr && !xtcp2_config.bbr.known) || (dctcp && !xtcp2_config.dctcp.known) ||
      (vegas && !xtcp2_config.vegas.known)) {
    row->ca_odd = 1;
    return;
  }
#pragma unroll
  for (int i = 0; i < 13; ++i) area[i] = tp->inet_conn.icsk_ca_priv[i];
  if (bbr) {
    xtcp2_fill_bbr(row, area, tp->mss_cache);
  } else if (vegas) {
    xtcp2_fill_vegas(row, area);
  } else {
    row->parts |= 1ull << 9;
    xtcp2_fill_dctcp(row, area, tp);
  }
}

static __always_inline struct xtcp2_pair xtcp2_name_of(const struct tcp_congestion_ops* ops) {
  struct xtcp2_pair pair;
#ifdef XTCP2_BULK_READS
  bpf_core_read(&pair, sizeof pair, &ops->name);
#else
  pair.word[0] = *(const __u64*)&ops->name[0];
  pair.word[1] = *(const __u64*)&ops->name[8];
#endif
  return pair;
}

static __always_inline void xtcp2_fill_congestion(struct xtcp2_bpf_row* row, const struct tcp_sock* tp, __u8 state,
                                                  const struct xtcp2_clocks* clocks) {
  const struct tcp_congestion_ops* ops = tp->inet_conn.icsk_ca_ops;
  __u64* name = (__u64*)row->cong;
  if (!ops) return;
  row->parts |= 1ull << 4;
#ifdef XTCP2_BULK_READS
  struct xtcp2_cache* cache = clocks->cache;
  if (cache->ca_ops != (__u64)ops) {
    const struct xtcp2_pair pair = xtcp2_name_of(ops);
    cache->ca_name[0] = pair.word[0];
    cache->ca_name[1] = pair.word[1];
    cache->ca_get_info = (__u64)XTCP2_DEREF(ops, get_info);
    cache->ca_ops = (__u64)ops;
  }
  name[0] = cache->ca_name[0];
  name[1] = cache->ca_name[1];
  const __u64 get_info = cache->ca_get_info;
#else
  const struct xtcp2_pair pair = xtcp2_name_of(ops);
  name[0] = pair.word[0];
  name[1] = pair.word[1];
  const __u64 get_info = (__u64)ops->get_info;
#endif
  if (get_info && state < XTCP2_TIME_WAIT) xtcp2_fill_private(row, tp, name[0]);
}

/* tcp_diag_put_ulp() (net/ipv4/tcp_diag.c). */
static __always_inline void xtcp2_fill_ulp(struct xtcp2_bpf_row* row, const struct tcp_sock* tp) {
  const struct tcp_ulp_ops* ops = tp->inet_conn.icsk_ulp_ops;
  __u64* name = (__u64*)row->ulp;
  if (!ops) return;
  row->parts |= 1ull << 19;
#ifdef XTCP2_BULK_READS
  bpf_core_read(name, 16, &ops->name);
#else
  name[0] = *(const __u64*)&ops->name[0];
  name[1] = *(const __u64*)&ops->name[8];
#endif
}

#endif
