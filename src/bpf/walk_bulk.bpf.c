// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The walk by bulk reads, for kernels without bpf_rdonly_cast(): bpf_probe_read_kernel() copies a socket into the
 * walker's slot, and its row is filled from the copy. After a full socket the next is copied whole at once: most are.
 */
#define XTCP2_BULK_READS
#define XTCP2_READ64(address) xtcp2_read64(address)

#include "bpf/kernel.bpf.h"

static __always_inline __u64 xtcp2_read64(__u64 address) {
  __u64 value = 0;
  bpf_probe_read_kernel(&value, sizeof value, (const void*)address);
  return value;
}

#include "bpf/walk.bpf.h"

/* Bucket heads, many at a time. */
static __always_inline __u64 xtcp2_head(struct xtcp2_walk_run* run) {
  const __u32 held = sizeof run->slot->heads / run->stride;
  if (run->bucket - run->heads_first >= held || run->heads_first == ~0u) {
    __u32 buckets = run->mask + 1 - run->bucket;
    if (buckets > held) buckets = held;
    /* The head's offset is in `base`: the last bucket's tail is not ours to read. */
    __u64 bytes = (__u64)(buckets - 1) * run->stride + 8;
    if (bytes > sizeof run->slot->heads) bytes = sizeof run->slot->heads;
    bpf_probe_read_kernel(run->slot->heads, bytes, (const void*)(run->base + (__u64)run->bucket * run->stride));
    run->heads_first = run->bucket;
  }
  const __u32 at = (run->bucket - run->heads_first) * run->stride / 8;
  return at < XTCP2_HEADS ? run->slot->heads[at] : 0;
}

static __always_inline struct xtcp2_clocks xtcp2_now(const struct xtcp2_walk_run* run) {
  const struct xtcp2_clocks clocks = {bpf_jiffies64(), bpf_ktime_get_ns(), (struct xtcp2_cache*)run->slot->cache};
  return clocks;
}

static __always_inline void xtcp2_fill_bound_at(struct xtcp2_bpf_row* row, __u64 sk, const struct xtcp2_walk_run* run) {
  const struct xtcp2_clocks clocks = xtcp2_now(run);
  bpf_probe_read_kernel(run->slot->scratch, bpf_core_type_size(struct tcp_sock), (const void*)sk);
  xtcp2_fill_bound(row, (const struct tcp_sock*)run->slot->scratch, &clocks);
}

#include "bpf/walk_bound.bpf.h"

static __always_inline void xtcp2_end_chain(struct xtcp2_walk_run* run, __u64 marker) {
  if ((marker & 1) && marker >> 1 == (__u64)run->bucket + run->mark) {
    ++run->bucket;
    run->node = 0;
  } else {
    xtcp2_restart(run);
  }
}

/* Copies the socket, as much of it as its kind has. 0: it is not to be had. */
static __always_inline int xtcp2_copy(struct xtcp2_walk_run* run, __u64 address) {
  struct xtcp2_walk_slot* slot = run->slot;
  const struct sock_common* sk = (const struct sock_common*)slot->scratch;
  const void* from = (const void*)address;
  if (run->filled_bucket == 1 && !bpf_probe_read_kernel(slot->scratch, bpf_core_type_size(struct tcp_sock), from))
    return 1;
  if (bpf_probe_read_kernel(slot->scratch, bpf_core_type_size(struct sock_common), from)) return 0;
  const __u8 state = sk->skc_state;
  if (state == XTCP2_TIME_WAIT)
    return !bpf_probe_read_kernel(slot->scratch, bpf_core_type_size(struct inet_timewait_sock), from);
  if (state == XTCP2_NEW_SYN_RECV)
    return !bpf_probe_read_kernel(slot->scratch, bpf_core_type_size(struct inet_request_sock), from);
  return !bpf_probe_read_kernel(slot->scratch, bpf_core_type_size(struct tcp_sock), from);
}

static __always_inline int xtcp2_still(const struct xtcp2_walk_run* run, __u64 address, __u32 hash, __u8 state) {
  __u32 hash_now = 0;
  __u8 state_now = 0;
  bpf_probe_read_kernel(&hash_now, 4, (const void*)(address + XTCP2_OFFSET_OF(struct sock_common, skc_hash)));
  bpf_probe_read_kernel(&state_now, 1, (const void*)(address + XTCP2_OFFSET_OF(struct sock_common, skc_state)));
  const __u64 pprev = XTCP2_READ_MEMBER64(struct sock_common, address, skc_nulls_node.pprev);
  return hash_now == hash && state_now == state && pprev;
}

static __always_inline void xtcp2_row_of(struct xtcp2_walk_run* run, __u64 address, __u8 state) {
  const void* copy = run->slot->scratch;
  const struct sock_common* sk = copy;
  const struct xtcp2_clocks clocks = xtcp2_now(run);
  __u32 index = run->row_base + run->n;
  struct xtcp2_bpf_row* row;
  if (!xtcp2_wanted(run, state, sk->skc_family)) return;
  if (run->n >= XTCP2_ROWS || !(row = bpf_map_lookup_elem(&xtcp2_rows, &index))) {
    ++run->truncated;
    return;
  }
  if (state == XTCP2_TIME_WAIT) {
    const struct inet_timewait_sock* tw = copy;
    if (!((run->states >> (tw->tw_substate & 31)) & 1)) return;
    xtcp2_fill_time_wait(row, tw, &clocks);
  } else if (state == XTCP2_NEW_SYN_RECV) {
    xtcp2_fill_request(row, copy, &clocks);
  } else {
    xtcp2_fill_full(row, copy, state, &clocks);
  }
  row->sk = address;
  ++run->n;
}

static __always_inline void xtcp2_visit(struct xtcp2_walk_run* run) {
  const struct sock_common* sk = (const struct sock_common*)run->slot->scratch;
  const __u64 address = run->node - XTCP2_OFFSET_OF(struct sock_common, skc_nulls_node);
  if (!xtcp2_copy(run, address)) {
    xtcp2_restart(run);
    return;
  }
  const __u32 hash = sk->skc_hash;
  const __u8 state = sk->skc_state;
  const __u64 next = (__u64)sk->skc_nulls_node.next;
  const int refs = sk->skc_refcnt.refs.counter;
  run->filled_bucket = state != XTCP2_TIME_WAIT && state != XTCP2_NEW_SYN_RECV;
  if (run->kind == XTCP2_WALK_LISTENERS ? state != XTCP2_LISTEN : (hash & run->mask) != run->bucket) {
    xtcp2_restart(run);
    return;
  }
  if (refs) xtcp2_row_of(run, address, state);
  if (refs && !xtcp2_still(run, address, hash, state)) {
    xtcp2_restart(run);
    return;
  }
  run->node = next;
  if ((next & 1) || !next) xtcp2_end_chain(run, next);
}

static long xtcp2_step(__u32 i, struct xtcp2_walk_run* run) {
  (void)i;
  if (run->node) {
    xtcp2_visit(run);
    return 0;
  }
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
  __builtin_memset(slot->cache, 0, sizeof slot->cache);
  bpf_loop(XTCP2_STEPS, xtcp2_step, &run, 0);
  xtcp2_answer(slot, &run, run.n);
  return 0;
}
