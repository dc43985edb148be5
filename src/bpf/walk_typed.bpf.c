// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The walk by typed loads: bpf_rdonly_cast() makes a pointer of any address, and loads through it read 0 where there is
 * nothing. Two phases in a call: first the addresses of a block's sockets, then their rows, each after the cache lines
 * of the next were touched; cold lines are what a walk costs. */
#define XTCP2_TYPED_LOADS
/* A number at any address: struct timespec64 is every kernel's and begins with 64 bits. */
#define XTCP2_READ64(address) ((__u64)XTCP2_DEREF_AS(struct timespec64, address, tv_sec))

#include "bpf/walk.bpf.h"

static __always_inline __u64 xtcp2_head_of(const struct xtcp2_walk_run* run, __u32 bucket) {
  return XTCP2_READ64(run->base + (__u64)bucket * run->stride);
}
static __always_inline __u64 xtcp2_head(const struct xtcp2_walk_run* run) { return xtcp2_head_of(run, run->bucket); }

static __always_inline void xtcp2_fill_bound_at(struct xtcp2_bpf_row* row, __u64 sk, const struct xtcp2_walk_run* run) {
  (void)run;
  const struct xtcp2_clocks clocks = {bpf_jiffies64(), 0};
  xtcp2_fill_bound(row, XTCP2_CAST(struct tcp_sock, sk), &clocks);
}

#include "bpf/walk_bound.bpf.h"

/* ---- phase one: addresses. Bit 0 of an address: not a full socket */

/* The chain ended, or broke. */
static __always_inline void xtcp2_end_chain(struct xtcp2_walk_run* run, __u64 marker) {
  if ((marker & 1) && marker >> 1 == (__u64)run->bucket + run->mark) {
    ++run->bucket;
    run->node = 0;
  } else {
    xtcp2_restart(run);
  }
}

static __always_inline void xtcp2_take(struct xtcp2_walk_run* run, __u64 address, const struct sock_common* sk) {
  const __u8 state = sk->skc_state;
  if (!xtcp2_wanted(run, state, sk->skc_family)) return;
  const __u32 n = run->n;
  if (n >= XTCP2_ROWS) {
    ++run->truncated;
    return;
  }
  run->slot->address[n] = address | (state == XTCP2_TIME_WAIT || state == XTCP2_NEW_SYN_RECV);
  run->slot->bucket[n] = run->bucket;
  run->n = n + 1;
}

/* The first sockets of the buckets that come next, what phase one reads of them: their cache lines come at once, not
 * each when it is its turn. */
static __always_inline void xtcp2_touch_heads(struct xtcp2_walk_run* run) {
#pragma unroll
  for (int k = 0; k < XTCP2_EMPTY_AT_ONCE; ++k) {
    const __u64 head = run->bucket + k < run->end ? xtcp2_head_of(run, run->bucket + k) : 0;
    if (!head || (head & 1)) continue;
    const struct sock_common* sk =
        XTCP2_CAST(struct sock_common, head - XTCP2_OFFSET_OF(struct sock_common, skc_nulls_node));
    (void)*(const volatile __u32*)&sk->skc_hash;
    (void)*(const volatile int*)&sk->skc_refcnt.refs.counter;
    (void)*(volatile const typeof(sk->skc_nulls_node.next)*)&sk->skc_nulls_node.next;
  }
  run->touched = run->bucket + XTCP2_EMPTY_AT_ONCE;
}

static long xtcp2_gather_step(__u32 i, struct xtcp2_walk_run* run) {
  (void)i;
  if (run->node) {
    const __u64 address = run->node - XTCP2_OFFSET_OF(struct sock_common, skc_nulls_node);
    const struct sock_common* sk = XTCP2_CAST(struct sock_common, address);
    const __u64 next = XTCP2_READ64(run->node);
    const int here =
        run->kind == XTCP2_WALK_LISTENERS ? sk->skc_state == XTCP2_LISTEN : (sk->skc_hash & run->mask) == run->bucket;
    if (!here) {
      xtcp2_restart(run);
    } else {
      if (sk->skc_refcnt.refs.counter) xtcp2_take(run, address, sk);
      run->node = next;
      if ((next & 1) || !next) xtcp2_end_chain(run, next);
    }
    return 0;
  }
  if (run->bucket >= run->touched) xtcp2_touch_heads(run);
#pragma unroll
  for (int k = 0; k < XTCP2_EMPTY_AT_ONCE; ++k) {
    if (run->bucket >= run->end || run->n >= run->block) return 1;
    const __u64 head = xtcp2_head(run);
    if (!(head & 1) && head) {
      run->start = run->n;
      run->node = head;
      return 0;
    }
    ++run->bucket;
  }
  return 0;
}

/* ---- phase two: rows */

#define XTCP2_TOUCH(member) ((void)*(volatile const typeof((tp)->member)*)&(tp)->member)

/* One member in each cache line that a full row reads (as of 6.18; where others are arranged differently it is only
 * less fast). */
static __always_inline void xtcp2_touch(__u64 address) {
  const struct tcp_sock* tp = XTCP2_CAST(struct tcp_sock, address);
  XTCP2_TOUCH(inet_conn.icsk_inet.sk.__sk_common.skc_daddr);
  XTCP2_TOUCH(inet_conn.icsk_inet.sk.__sk_common.skc_cookie.counter);
  XTCP2_TOUCH(inet_conn.icsk_inet.sk.sk_drops.counter);
  XTCP2_TOUCH(inet_conn.icsk_inet.sk.sk_rcvbuf);
  XTCP2_TOUCH(inet_conn.icsk_inet.sk.sk_forward_alloc);
  XTCP2_TOUCH(inet_conn.icsk_inet.sk.sk_wmem_queued);
  XTCP2_TOUCH(inet_conn.icsk_inet.sk.sk_timer.expires);
  XTCP2_TOUCH(inet_conn.icsk_inet.sk.sk_max_pacing_rate);
  XTCP2_TOUCH(inet_conn.icsk_inet.sk.sk_shutdown);
  if (bpf_core_field_exists(struct sock, sk_ino)) XTCP2_TOUCH(inet_conn.icsk_inet.sk.sk_ino);
  XTCP2_TOUCH(inet_conn.icsk_inet.sk.sk_cgrp_data.classid);
  XTCP2_TOUCH(inet_conn.icsk_inet.pinet6);
  XTCP2_TOUCH(inet_conn.icsk_inet.tos);
  XTCP2_TOUCH(inet_conn.icsk_rto);
  XTCP2_TOUCH(inet_conn.icsk_ca_ops);
  XTCP2_TOUCH(inet_conn.icsk_ack.lrcvtime);
  XTCP2_TOUCH(inet_conn.icsk_ack.rcv_mss);
  XTCP2_TOUCH(reordering);
  XTCP2_TOUCH(snd_wnd);
  XTCP2_TOUCH(copied_seq);
  XTCP2_TOUCH(rtt_min.s[0].v);
  XTCP2_TOUCH(segs_out);
  XTCP2_TOUCH(lsndtime);
  XTCP2_TOUCH(rcv_nxt);
  XTCP2_TOUCH(rcv_wnd);
  XTCP2_TOUCH(bytes_received);
  XTCP2_TOUCH(bytes_acked);
  XTCP2_TOUCH(dsack_dups);
  XTCP2_TOUCH(reord_seen);
  XTCP2_TOUCH(total_retrans);
  XTCP2_TOUCH(rcv_ooopack);
}

static __always_inline void xtcp2_fill_at(struct xtcp2_bpf_row* row, __u64 address, __u8 state) {
  const struct xtcp2_clocks clocks = {bpf_jiffies64(), 0};
  if (state == XTCP2_TIME_WAIT)
    xtcp2_fill_time_wait(row, XTCP2_CAST(struct inet_timewait_sock, address), &clocks);
  else if (state == XTCP2_NEW_SYN_RECV)
    xtcp2_fill_request(row, XTCP2_CAST(struct inet_request_sock, address), &clocks);
  else
    xtcp2_fill_full(row, XTCP2_CAST(struct tcp_sock, address), state, &clocks);
  row->sk = address;
}

/* Still the same socket in the same chain. A listener's hash is no help. */
static __always_inline int xtcp2_still(__u64 address, __u32 hash, __u8 state, const struct xtcp2_walk_run* run) {
  const struct sock_common* sk = XTCP2_CAST(struct sock_common, address);
  if (sk->skc_state != state || state == XTCP2_CLOSE || !sk->skc_nulls_node.pprev) return 0;
  if (run->kind == XTCP2_WALK_LISTENERS) return state == XTCP2_LISTEN;
  return sk->skc_hash == hash && (hash & run->mask) == run->filled_bucket && sk->skc_refcnt.refs.counter;
}

static long xtcp2_fill_step(__u32 i, struct xtcp2_walk_run* run) {
  struct xtcp2_walk_slot* slot = run->slot;
  if (i >= XTCP2_ROWS) return 1;
  const __u64 address = slot->address[i] & ~1ull;
  const __u32 bucket = slot->bucket[i];
  if (bucket != run->filled_bucket) {
    run->filled_bucket = bucket;
    run->start = run->rows;
  }
  const __u64 following = slot->address[(i + 1) % XTCP2_ROWS];
  if (i + 1 < run->n && !(following & 1)) xtcp2_touch(following);
  __u32 index = run->row_base + run->rows;
  struct xtcp2_bpf_row* row = bpf_map_lookup_elem(&xtcp2_rows, &index);
  if (!row) return 1;
  const struct sock_common* sk = XTCP2_CAST(struct sock_common, address);
  const __u32 hash = sk->skc_hash;
  const __u8 state = sk->skc_state;
  xtcp2_fill_at(row, address, state);
  if (xtcp2_still(address, hash, state, run)) {
    if (state != XTCP2_TIME_WAIT || (run->states >> (row->msg[1] & 31)) & 1) ++run->rows;
    return 0;
  }
  ++run->restarts;
  if (run->tolerant) return 0;
  run->rows = run->start;
  run->bucket = bucket; /* the next call begins it again */
  return 1;
}

SEC("raw_tp")
int xtcp2_walk(struct bpf_raw_tracepoint_args* ctx) {
  __u32 walker;
  struct xtcp2_walk_slot* slot = xtcp2_slot_of(ctx, &walker);
  struct xtcp2_walk_run run = {};
  if (!slot) return 1;
  if (!xtcp2_begin(&run, slot, walker)) {
    xtcp2_answer_gone(slot);
    return 0;
  }
  bpf_loop(XTCP2_STEPS, xtcp2_gather_step, &run, 0);
  run.rows = slot->zero;
  bpf_loop(run.n, xtcp2_fill_step, &run, 0);
  xtcp2_answer(slot, &run, run.rows);
  return 0;
}
