// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What the ledger's program keeps: its maps, what it is told before it is loaded, and finding the line of counts that a
 * change belongs to. Part of ledger.bpf.c, after fill.bpf.h. */
#ifndef XTCP2_BPF_LEDGER_STATE_BPF_H
#define XTCP2_BPF_LEDGER_STATE_BPF_H

#include "bpf/ledger_kernel.bpf.h"
#include "bpf/ledger_maps.h"

enum { kMapHash = 1, kNoPrealloc = 1, kProtocolTcp = 6, kKernelThread = 0x00200000 };
enum { kRingAvailable = 0, kNoWakeup = 1, kForceWakeup = 2, kWakeups = 8 };
enum { kRecordBytes = sizeof(struct xtcp2_ledger_event) + 8 };

const volatile __u32 ledger_mode = XTCP2_LEDGER_COUNTS;
const volatile __u32 ledger_open_rows = 0;
const volatile __u64 ledger_ring_full = 0; /* bytes in the ring from which on no row is made */
const volatile __u64 ledger_ring_wake = 0; /* bytes from which on the reader is woken */
volatile __u32 ledger_paused = 0;          /* written by user space at any time: counts only, no rows */

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct xtcp2_ledger_totals);
} totals SEC(".maps");

/* By socket address. Not a socket storage: that would be charged to the socket and show in its memory
 * (SK_MEMINFO_OPTMEM). Made in advance:
 * cheaper with each connection, and no birth is lost for want of memory. */
struct {
  __uint(type, kMapHash);
  __uint(max_entries, 1);
  __type(key, __u64);
  __type(value, struct xtcp2_ledger_birth);
} births SEC(".maps");

struct {
  __uint(type, kMapHash);
  __uint(map_flags, kNoPrealloc);
  __uint(max_entries, 1);
  __type(key, struct xtcp2_ledger_key); /* what found no place by port */
  __type(value, struct xtcp2_ledger_counts);
} namespaces SEC(".maps");

struct {
  __uint(type, kMapHash);
  __uint(map_flags, kNoPrealloc);
  __uint(max_entries, 1);
  __type(key, struct xtcp2_ledger_key);
  __type(value, struct xtcp2_ledger_counts);
} ports SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} ring SEC(".maps");

/* A change of a state, and what was looked up about it. */
struct change {
  struct sock* sk;
  struct tcp_sock* tp; /* the same */
  struct xtcp2_ledger_totals* totals;
  struct xtcp2_ledger_birth* birth;   /* NULL: not remembered */
  struct xtcp2_ledger_counts* counts; /* the port's; its namespace's where there was no place; NULL: nor there */
  __u64 now_ns;
  int oldstate, newstate;
  __u8 opened_as;
};

/* Another copy of this program may add to the same number in an interrupt, another CPU to that of a namespace. */
#define ADD(counter) __sync_fetch_and_add(&(counter), 1)
#define COUNT(change, what)                            \
  do {                                                 \
    ADD((change)->totals->counts.what);                \
    if ((change)->counts) ADD((change)->counts->what); \
  } while (0)

static __always_inline struct xtcp2_ledger_counts* counts_at(void* map, const struct xtcp2_ledger_key* key) {
  static const struct xtcp2_ledger_counts kNone;
  struct xtcp2_ledger_counts* found = bpf_map_lookup_elem(map, key);
  if (found) return found;
  bpf_map_update_elem(map, key, &kNone, BPF_NOEXIST); /* another CPU may have been first */
  return bpf_map_lookup_elem(map, key);
}

static __always_inline __u16 port_of(const struct change* change) {
  if (change->opened_as == XTCP2_OPENED_PASSIVE) return __builtin_bswap16(LEDGER_OF(inet_sock, change->tp)->inet_sport);
  return change->opened_as == XTCP2_OPENED_ACTIVE ? __builtin_bswap16(change->sk->__sk_common.skc_dport) : 0;
}

/* Finds the counters that this change belongs to: one line, since a namespace's numbers are the sum of its ports'. */
static __always_inline void find_counts(struct change* change) {
  const struct net* net = change->sk->__sk_common.skc_net.net;
  struct xtcp2_ledger_key key = {};
  key.netns_inode = net->ns.inum;
  key.netns_cookie = xtcp2_net_cookie(net);
  key.port = port_of(change);
  key.opened_as = change->opened_as;
  change->counts = counts_at(&ports, &key);
  if (change->counts) return;
  ADD(change->totals->uncounted_ports);
  key.port = 0;
  key.opened_as = 0;
  change->counts = counts_at(&namespaces, &key);
  if (!change->counts) ADD(change->totals->uncounted_netns);
}

static __always_inline struct xtcp2_ledger_birth* birth_of(const struct sock* sk) {
  const __u64 key = (__u64)sk;
  return bpf_map_lookup_elem(&births, &key);
}

static __always_inline void forget(const struct sock* sk) {
  const __u64 key = (__u64)sk;
  bpf_map_delete_elem(&births, &key);
}

#endif
