// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The life of every TCP connection of the host, told by the changes of its state: cookies for new sockets, counts, and
 * at CLOSE one event with the final counters. Attached by ledger.cc, which says in .rodata what is wanted. Runs
 * wherever the kernel changes a state: in system calls, in softirqs, with the socket's lock held, never sleeping.
 *
 * The kernel does not enter a program again that was interrupted on the same CPU: such a change would be lost. So the
 * work is attached twice, and the second copy works only where the first is at work beneath it. */
#include "bpf/ledger_kernel.bpf.h"
/* Before the rest. */
#include "bpf/fill.bpf.h"
#include "bpf/ledger_ending.bpf.h"
#include "bpf/ledger_state.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* connect() runs in its caller's context, unless the caller is the kernel itself. */
static __always_inline void note_opener(struct xtcp2_ledger_birth* birth) {
  const struct task_struct___ledger *task = (const void*)bpf_get_current_task_btf(), *leader;
  if (task->flags & kKernelThread) return;
  leader = task->group_leader;
  birth->pid = task->tgid;
  __u64* comm = (__u64*)birth->comm;
  comm[0] = *(const __u64*)&leader->comm[0];
  comm[1] = *(const __u64*)&leader->comm[8];
}

static __always_inline void remember(struct change* change, int opened_as) {
  const __u64 key = (__u64)change->sk;
  struct xtcp2_ledger_birth birth = {};
  birth.time_ns = change->now_ns;
  birth.opened_as = opened_as;
  if (ledger_mode == XTCP2_LEDGER_ROWS && opened_as == XTCP2_OPENED_ACTIVE) note_opener(&birth);
  change->opened_as = opened_as;
  if (bpf_map_update_elem(&births, &key, &birth, BPF_ANY)) ADD(change->totals->births_lost);
}

static __always_inline void set_facts(struct xtcp2_ledger_event* event, const struct change* change, __u8 ending) {
  struct xtcp2_ledger_facts* facts = &event->facts;
  const struct xtcp2_ledger_birth* birth = change->birth;
  facts->event_time_ns = change->now_ns;
  facts->birth_time_ns = birth ? birth->time_ns : 0;
  facts->duration_ns = birth ? change->now_ns - birth->time_ns : 0;
  facts->pid = birth ? birth->pid : 0;
  facts->error = change->newstate == kClose ? change->sk->sk_err : 0;
  facts->opened_as = change->opened_as;
  facts->ending = ending;
  facts->last_state = change->oldstate;
  facts->closed_first = change->newstate == kClose ? closed_first(change->oldstate, ending) : XTCP2_SIDE_UNKNOWN;
  *(__u32*)&facts->reserved[0] = 0;
  *(__u16*)&facts->reserved[4] = 0;
  __u64* comm = (__u64*)facts->comm;
  comm[0] = birth ? *(const __u64*)&birth->comm[0] : 0;
  comm[1] = birth ? *(const __u64*)&birth->comm[8] : 0;
  event->kind = change->newstate == kClose ? XTCP2_EVENT_CLOSE : XTCP2_EVENT_OPEN;
  event->reserved = 0;
}

/* 0: the ring was full, or rows are paused. The reader is woken now and then only: a wake-up for each event would cost
 * more than the event.
 */
static __always_inline int put_row(const struct change* change, __u8 ending) {
  const __u64 waiting = bpf_ringbuf_query(&ring, kRingAvailable);
  struct xtcp2_ledger_event* event;
  struct xtcp2_clocks clocks = {};
  if (ledger_paused) {
    if (change->newstate == kClose) ADD(change->totals->rows_paused);
    return 0;
  }
  if (waiting >= ledger_ring_full) return 0;
  event = bpf_ringbuf_reserve(&ring, sizeof *event, 0);
  if (!event) return 0;
  clocks.jiffies = bpf_jiffies64();
  clocks.now_ns = change->now_ns;
  xtcp2_fill_full(&event->row, change->tp, change->oldstate, &clocks);
  struct xtcp2_msg* msg = (struct xtcp2_msg*)event->row.msg;
  msg->state = change->newstate;
  msg->sport = LEDGER_OF(inet_sock, change->tp)->inet_sport;
  event->row.info[0] = change->newstate;
  event->row.sk = (__u64)change->sk;
  set_facts(event, change, ending);
  const int wake = waiting >= ledger_ring_wake && waiting < ledger_ring_wake + kWakeups * kRecordBytes;
  bpf_ringbuf_submit(event, wake ? kForceWakeup : kNoWakeup);
  return 1;
}

static __always_inline void give_cookie(struct sock* sk) {
  if (!sk->__sk_common.skc_cookie.counter) bpf_get_socket_cookie(sk);
}

static __always_inline void on_established(struct change* change) {
  if (ledger_mode != XTCP2_LEDGER_ROWS || !ledger_open_rows || change->newstate != kEstablished) return;
  if (put_row(change, XTCP2_ENDING_UNKNOWN))
    ADD(change->totals->open_rows);
  else
    ADD(change->totals->open_rows_lost);
}

/* A child leaves SYN_RECV: it is a connection now. One that has another origin connected to itself or across. */
static __always_inline void on_child(struct change* change) {
  if (change->birth && change->birth->opened_as == XTCP2_OPENED_ACTIVE) {
    change->opened_as = XTCP2_OPENED_ACTIVE;
    return;
  }
  change->opened_as = XTCP2_OPENED_PASSIVE;
  find_counts(change);
  COUNT(change, accepted);
}

/* Our FIN leaves: what is needed later to tell a RST that came from one that we send. */
static __always_inline void on_fin(struct change* change) {
  if (!change->birth) return;
  if (change->newstate == kFinWait2) {
    change->birth->flags |= XTCP2_BIRTH_ORPHAN;
    return;
  }
  change->birth->data_segs_in = change->tp->data_segs_in;
  if (change->sk->sk_shutdown & kRcvShutdown) change->birth->flags |= XTCP2_BIRTH_DEAF;
}

static __always_inline void on_change(struct change* change) {
  if (change->newstate == kSynSent) {
    remember(change, XTCP2_OPENED_ACTIVE);
    find_counts(change);
    COUNT(change, opened);
    return;
  }
  /* Looking the birth up costs most of a change: only where it is needed. */
  const int fin =
      change->newstate == kFinWait1 || (change->newstate == kFinWait2 && (flags_of(change->sk) & kSockDead));
  const int opening = change->newstate == kEstablished && ledger_mode == XTCP2_LEDGER_ROWS && ledger_open_rows;
  if (!opening && change->oldstate != kSynRecv && !fin) return;
  change->birth = birth_of(change->sk);
  if (change->oldstate == kSynRecv)
    on_child(change);
  else
    change->opened_as = change->birth ? change->birth->opened_as : XTCP2_OPENED_UNKNOWN;
  on_established(change);
  if (fin) on_fin(change);
}

/* A child that dies in SYN_RECV: a connection where data came with the SYN (fast open) or somebody accepted it already;
 * else the loser of two ACKs at once, or its listener closed under it. */
static __always_inline int is_stillborn(const struct change* change) {
  return change->oldstate == kSynRecv && change->opened_as != XTCP2_OPENED_ACTIVE &&
         !LEDGER_OF(tcp_sock, change->tp)->fastopen_rsk && !change->sk->sk_socket;
}

static __always_inline void count_end(struct change* change, __u8 ending) {
  if (change->oldstate == kSynRecv && change->opened_as != XTCP2_OPENED_ACTIVE) COUNT(change, accepted);
  COUNT(change, closed);
  if (ending == XTCP2_ENDING_FAILED || ending == XTCP2_ENDING_REFUSED) {
    COUNT(change, failed);
    if (!change->tp->segs_out) COUNT(change, unsent);
  } else if (ending == XTCP2_ENDING_RESET_SENT || ending == XTCP2_ENDING_RESET_RECEIVED) {
    COUNT(change, reset);
  }
  if (!change->birth) ADD(change->totals->births_unknown);
}

static __always_inline void on_close(struct change* change) {
  if (change->oldstate == kListen) return;
  change->birth = birth_of(change->sk);
  if (change->birth)
    change->opened_as = change->birth->opened_as;
  else if (change->oldstate == kSynSent)
    change->opened_as = XTCP2_OPENED_ACTIVE;
  find_counts(change);
  if (is_stillborn(change)) {
    COUNT(change, stillborn);
  } else {
    const __u8 ending = ending_of(change->tp, change->oldstate, change->opened_as, change->birth);
    count_end(change, ending);
    if (ledger_mode == XTCP2_LEDGER_ROWS) {
      give_cookie(change->sk);
      if (put_row(change, ending))
        ADD(change->totals->rows);
      else
        COUNT(change, rows_lost);
    }
  }
  if (change->birth) forget(change->sk);
}

static __always_inline void work(struct sock* sk, int oldstate, int newstate, struct xtcp2_ledger_totals* totals_here) {
  struct change change = {.sk = sk, .totals = totals_here, .oldstate = oldstate, .newstate = newstate};
  if (oldstate == newstate) return;
  ADD(totals_here->changes);
  change.tp = bpf_skc_to_tcp_sock(sk);
  if (!change.tp) return;
  if (ledger_mode == XTCP2_LEDGER_ROWS) change.now_ns = bpf_ktime_get_ns();
  if (newstate == kClose) {
    on_close(&change);
  } else if (oldstate == kListen && newstate == kSynRecv) {
    remember(&change, XTCP2_OPENED_PASSIVE); /* its address and cookie are not set yet */
  } else {
    give_cookie(sk);
    if (newstate != kListen) on_change(&change);
  }
}

static __always_inline struct xtcp2_ledger_totals* totals_here(void) {
  const __u32 zero = 0;
  return bpf_map_lookup_elem(&totals, &zero);
}

SEC("tp_btf/inet_sock_set_state")
int ledger_first(unsigned long long* context) {
  struct sock* sk = (struct sock*)context[0];
  struct xtcp2_ledger_totals* here;
  if (sk->sk_protocol != kProtocolTcp) return 0;
  here = totals_here();
  if (!here) return 0;
  *(volatile __u32*)&here->running = 1;
  work(sk, (int)context[1], (int)context[2], here);
  *(volatile __u32*)&here->running = 0;
  return 0;
}

SEC("tp_btf/inet_sock_set_state")
int ledger_nested(unsigned long long* context) {
  struct xtcp2_ledger_totals* here = totals_here();
  struct sock* sk;
  if (!here || !*(volatile __u32*)&here->running) return 0;
  sk = (struct sock*)context[0];
  if (sk->sk_protocol != kProtocolTcp) return 0;
  ADD(here->nested);
  work(sk, (int)context[1], (int)context[2], here);
  return 0;
}

SEC("tp_btf/inet_sock_set_state")
int ledger_cookies(unsigned long long* context) {
  struct sock* sk = (struct sock*)context[0];
  const int oldstate = (int)context[1], newstate = (int)context[2];
  if (sk->sk_protocol != kProtocolTcp || newstate == kClose || (oldstate == kListen && newstate == kSynRecv)) return 0;
  give_cookie(sk);
  return 0;
}
