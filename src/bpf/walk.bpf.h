// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What both variants of the walk share: maps, the state of one call, the list of namespaces. A variant defines how a
 * number in kernel memory is read (XTCP2_READ64) before including. */
#ifndef XTCP2_BPF_WALK_BPF_H
#define XTCP2_BPF_WALK_BPF_H

#include "bpf/fill.bpf.h"
#include "bpf/walk_slot.bpf.h"

char xtcp2_license[] SEC("license") = "Dual MIT/GPL";

/* Sizes are set before loading: a slot and XTCP2_ROWS rows for each walker. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct xtcp2_bpf_row);
} xtcp2_rows SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct xtcp2_walk_slot);
} xtcp2_slots SEC(".maps");

#define XTCP2_STEPS (1 << 23) /* bpf_loop()'s limit */
#define XTCP2_EMPTY_AT_ONCE 16
#define XTCP2_MAX_RESTARTS 64           /* of one call; then what is broken is left out */
#define XTCP2_LISTENERS_MARK (1u << 29) /* LISTENING_NULLS_BASE */
#define XTCP2_OFFSET_OF(type, member) bpf_core_field_offset(type, member)
#define XTCP2_READ_MEMBER64(type, address, member) XTCP2_READ64((address) + XTCP2_OFFSET_OF(type, member))

struct xtcp2_walk_run {
  struct xtcp2_walk_slot* slot;
  __u64 base;   /* of the buckets; the head's offset is in it */
  __u64 node;   /* where we are in a chain: address of its link; odd or 0: between chains */
  __u64 chain;  /* bound sockets: the bind2 bucket's link */
  __u64 owner;  /* and the bind2 bucket */
  __u32 stride; /* of buckets */
  __u32 bucket, end, mask, mark;
  __u32 n;     /* rows; of typed loads in the first phase: sockets found */
  __u32 start; /* what n was when the bucket began */
  __u32 rows;  /* typed loads, second phase */
  __u32 filled_bucket;
  __u32 block, states, kind, families, tolerant;
  __u32 row_base;
  __u32 restarts, truncated, steps, heads_first;
  __u32 touched; /* typed loads: the bucket up to which heads were touched */
};

/* As inet_diag_dump_icsk() does: a request socket counts as SYN_RECV. Of time-wait sockets the substate decides, which
 * is looked at when the row is there. */
static __always_inline int xtcp2_wanted(const struct xtcp2_walk_run* run, __u8 state, __u16 family) {
  if (!(run->families & (family == XTCP2_AF_INET ? 1u : family == XTCP2_AF_INET6 ? 2u : 0u))) return 0;
  if (state == XTCP2_TIME_WAIT) return (run->states & (1u << XTCP2_TIME_WAIT | 1u << XTCP2_FIN_WAIT2)) != 0;
  if (state == XTCP2_NEW_SYN_RECV) return (run->states & (1u << XTCP2_NEW_SYN_RECV | 1u << XTCP2_SYN_RECV)) != 0;
  return (run->states >> (state & 31)) & 1;
}

static __always_inline struct xtcp2_walk_slot* xtcp2_slot_of(struct bpf_raw_tracepoint_args* ctx, __u32* walker) {
  *walker = (__u32)ctx->args[0];
  return bpf_map_lookup_elem(&xtcp2_slots, walker);
}

/* Starts the state of a call. 0: the table is not where it was listed. */
static __always_inline int xtcp2_begin(struct xtcp2_walk_run* run, struct xtcp2_walk_slot* slot, __u32 walker) {
  const struct xtcp2_walk_request* request = &slot->request;
  const __u64 hashinfo = request->hashinfo;
  __u64 base, buckets;
  run->kind = request->kind;
  if (run->kind == XTCP2_WALK_LISTENERS) {
    base = XTCP2_READ_MEMBER64(struct inet_hashinfo, hashinfo, lhash2);
    buckets = 1ull + XTCP2_DEREF_AS(struct inet_hashinfo, hashinfo, lhash2_mask);
    run->stride = bpf_core_type_size(struct inet_listen_hashbucket);
    run->base = base + XTCP2_OFFSET_OF(struct inet_listen_hashbucket, nulls_head);
    run->mark = XTCP2_LISTENERS_MARK;
  } else if (run->kind == XTCP2_WALK_BOUND) {
    base = XTCP2_READ_MEMBER64(struct inet_hashinfo, hashinfo, bhash2);
    buckets = XTCP2_DEREF_AS(struct inet_hashinfo, hashinfo, bhash_size);
    run->stride = bpf_core_type_size(struct inet_bind_hashbucket);
    run->base = base + XTCP2_OFFSET_OF(struct inet_bind_hashbucket, chain);
  } else {
    base = XTCP2_READ_MEMBER64(struct inet_hashinfo, hashinfo, ehash);
    buckets = 1ull + XTCP2_DEREF_AS(struct inet_hashinfo, hashinfo, ehash_mask);
    run->stride = bpf_core_type_size(struct inet_ehash_bucket);
    run->base = base;
  }
  if (base != request->base || buckets != request->buckets) return 0;
  run->slot = slot;
  run->mask = request->buckets - 1;
  run->bucket = request->first;
  run->end = request->end < request->buckets ? request->end : request->buckets;
  run->block = request->block;
  run->states = request->states;
  run->families = request->families;
  run->tolerant = request->tolerant;
  run->row_base = walker * XTCP2_ROWS;
  run->node = slot->zero;
  run->n = slot->zero;
  run->filled_bucket = ~0u;
  run->heads_first = ~0u;
  return 1;
}

static __always_inline void xtcp2_answer(struct xtcp2_walk_slot* slot, const struct xtcp2_walk_run* run, __u32 rows) {
  slot->answer.rows = rows;
  slot->answer.next = run->bucket;
  slot->answer.restarts = run->restarts;
  slot->answer.truncated = run->truncated;
  slot->answer.gone = 0;
}

static __always_inline void xtcp2_answer_gone(struct xtcp2_walk_slot* slot) {
  __builtin_memset(&slot->answer, 0, sizeof slot->answer);
  slot->answer.gone = 1;
}

/* The bucket changed under us: forget what it gave. After too many times the rest of it is left out. */
static __always_inline void xtcp2_restart(struct xtcp2_walk_run* run) {
  if (run->restarts < XTCP2_MAX_RESTARTS) {
    ++run->restarts;
    run->n = run->start;
  } else {
    ++run->truncated;
    ++run->bucket;
  }
  run->node = 0;
  run->heads_first = ~0u; /* bulk reads: what was read ahead is old */
}

/* ---- the list of namespaces: the ring that net->list is part of; its head is no struct net, which ns.ops tells */

struct xtcp2_list_run {
  __u64 first, at, ops;
  __u32 n, row_base;
};

static __always_inline void xtcp2_list_one(struct xtcp2_listed* out, __u64 net) {
  const __u64 row = XTCP2_OFFSET_OF(struct net, ipv4) + XTCP2_OFFSET_OF(struct netns_ipv4, tcp_death_row);
  const __u64 hashinfo = XTCP2_READ64(net + row + XTCP2_OFFSET_OF(struct inet_timewait_death_row, hashinfo));
  out->inode = XTCP2_DEREF_AS(struct net, net, ns.inum);
  out->cookie = bpf_core_field_exists(struct net, net_cookie) ? XTCP2_READ_MEMBER64(struct net, net, net_cookie) : 0;
  if (!bpf_core_field_exists(struct net, net_cookie) && bpf_core_field_exists(struct net___atomic, net_cookie))
    out->cookie = XTCP2_READ64(net + XTCP2_OFFSET_OF(struct net___atomic, net_cookie));
  out->hashinfo = hashinfo;
  out->ehash = XTCP2_READ_MEMBER64(struct inet_hashinfo, hashinfo, ehash);
  out->lhash2 = XTCP2_READ_MEMBER64(struct inet_hashinfo, hashinfo, lhash2);
  out->bhash2 = XTCP2_READ_MEMBER64(struct inet_hashinfo, hashinfo, bhash2);
  out->ehash_buckets = 1 + XTCP2_DEREF_AS(struct inet_hashinfo, hashinfo, ehash_mask);
  out->lhash2_buckets = 1 + XTCP2_DEREF_AS(struct inet_hashinfo, hashinfo, lhash2_mask);
  out->bhash2_buckets = XTCP2_DEREF_AS(struct inet_hashinfo, hashinfo, bhash_size);
  out->own = XTCP2_DEREF_AS(struct inet_hashinfo, hashinfo, pernet);
}

static long xtcp2_list_step(__u32 i, struct xtcp2_list_run* run) {
  (void)i;
  const __u64 net = run->at - XTCP2_OFFSET_OF(struct net, list);
  if (XTCP2_READ_MEMBER64(struct net, net, ns.ops) == run->ops) {
    __u32 index = run->row_base + run->n / XTCP2_LISTED_IN_ROW;
    struct xtcp2_listed* listed = bpf_map_lookup_elem(&xtcp2_rows, &index);
    if (!listed) return 1;
    xtcp2_list_one(listed + run->n % XTCP2_LISTED_IN_ROW, net);
    if (++run->n == XTCP2_MAX_LISTED) return 1;
  }
  run->at = XTCP2_READ64(run->at);
  return run->at == 0 || run->at == run->first;
}

static __always_inline void xtcp2_list(struct xtcp2_walk_slot* slot, __u32 walker) {
  const struct task_struct* task = (const struct task_struct*)bpf_get_current_task_btf();
  struct xtcp2_list_run run = {.row_base = walker * XTCP2_ROWS};
  const __u64 nsproxy = XTCP2_READ_MEMBER64(struct task_struct, (__u64)task, nsproxy);
  const __u64 net = XTCP2_READ_MEMBER64(struct nsproxy, nsproxy, net_ns);
  run.first = run.at = net + XTCP2_OFFSET_OF(struct net, list);
  run.ops = XTCP2_READ_MEMBER64(struct net, net, ns.ops);
  run.n = slot->zero;
  bpf_loop(XTCP2_STEPS, xtcp2_list_step, &run, 0);
  slot->answer.rows = run.n;
  slot->answer.truncated = run.n == XTCP2_MAX_LISTED;
  slot->answer.gone = 0;
}

#endif
