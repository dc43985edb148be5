// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Bound-only sockets: bhash2, its bind2 buckets, their owners. Nothing there is safe under RCU, so an owner counts only
 * if all of it fits; addresses that lead nowhere read as 0. A variant defines xtcp2_fill_bound_at(row, address, run).
 */
#ifndef XTCP2_BPF_WALK_BOUND_BPF_H
#define XTCP2_BPF_WALK_BOUND_BPF_H

#define XTCP2_CHAIN_LIMIT (1u << 20) /* owners and bind2 buckets of one bucket; more: it leads in circles */

static __always_inline int xtcp2_is_bound(__u64 sk, __u64 owner, const struct xtcp2_walk_run* run) {
  const __u16 family = XTCP2_DEREF_AS(struct sock_common, sk, skc_family);
  if (!(run->families & (family == XTCP2_AF_INET ? 1u : family == XTCP2_AF_INET6 ? 2u : 0u))) return 0;
  return XTCP2_DEREF_AS(struct sock_common, sk, skc_state) == XTCP2_CLOSE &&
         XTCP2_DEREF_AS(struct sock_common, sk, skc_num) != 0 && XTCP2_DEREF_AS(struct sock, sk, sk_protocol) == 6 &&
         XTCP2_READ_MEMBER64(struct inet_connection_sock, sk, icsk_bind2_hash) == owner;
}

static __always_inline void xtcp2_bound_owner(struct xtcp2_walk_run* run) {
  const __u64 sk = run->node - XTCP2_OFFSET_OF(struct sock_common, skc_bind_node);
  run->node = XTCP2_READ64(run->node);
  if (!xtcp2_is_bound(sk, run->owner, run)) return;
  if (run->n >= XTCP2_ROWS) {
    ++run->truncated;
    return;
  }
  __u32 index = run->row_base + run->n;
  struct xtcp2_bpf_row* row = bpf_map_lookup_elem(&xtcp2_rows, &index);
  if (!row) return;
  xtcp2_fill_bound_at(row, sk, run);
  row->sk = sk;
  if (xtcp2_is_bound(sk, run->owner, run)) ++run->n;
}

static long xtcp2_bound_step(__u32 i, struct xtcp2_walk_run* run) {
  (void)i;
  if ((run->node || run->chain) && ++run->steps > XTCP2_CHAIN_LIMIT) {
    ++run->truncated;
    run->node = run->chain = 0;
    ++run->bucket;
  }
  if (run->node) {
    xtcp2_bound_owner(run);
  } else if (run->chain) {
    run->owner = run->chain - XTCP2_OFFSET_OF(struct inet_bind2_bucket, node);
    run->node = XTCP2_READ_MEMBER64(struct inet_bind2_bucket, run->owner, owners);
    run->chain = XTCP2_READ64(run->chain);
  }
  if (run->node || run->chain) return 0;
  if (run->steps) { /* the bucket is done */
    ++run->bucket;
    run->steps = 0;
  }
#pragma unroll
  for (int k = 0; k < XTCP2_EMPTY_AT_ONCE; ++k) {
    if (run->bucket >= run->end || run->n >= run->block) return 1;
    run->chain = xtcp2_head(run);
    if (run->chain) {
      run->start = run->n;
      return 0;
    }
    ++run->bucket;
  }
  return 0;
}

SEC("raw_tp")
int xtcp2_walk_bound(struct bpf_raw_tracepoint_args* ctx) {
  __u32 walker;
  struct xtcp2_walk_slot* slot = xtcp2_slot_of(ctx, &walker);
  struct xtcp2_walk_run run = {};
  if (!slot) return 1;
  if (!xtcp2_begin(&run, slot, walker)) {
    xtcp2_answer_gone(slot);
    return 0;
  }
  bpf_loop(XTCP2_STEPS, xtcp2_bound_step, &run, 0);
  xtcp2_answer(slot, &run, run.n);
  return 0;
}

SEC("raw_tp")
int xtcp2_list_netns(struct bpf_raw_tracepoint_args* ctx) {
  __u32 walker;
  struct xtcp2_walk_slot* slot = xtcp2_slot_of(ctx, &walker);
  if (!slot) return 1;
  xtcp2_list(slot, walker);
  return 0;
}

#endif
