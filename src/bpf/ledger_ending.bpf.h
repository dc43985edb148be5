// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* How a connection ended, told from what the socket holds while it changes to CLOSE. The kernel does not say; each way
 * leaves other traces, and sk_err is set before the change where a reset or a timer ends a connection, after it where
 * the owner does. Where two ways leave the same traces the answer is ABORTED. Own no state; included by ledger.bpf.c.
 */
#ifndef XTCP2_BPF_LEDGER_ENDING_H
#define XTCP2_BPF_LEDGER_ENDING_H

#include "ledger_maps.h"

enum {
  kEstablished = 1,
  kSynSent,
  kSynRecv,
  kFinWait1,
  kFinWait2,
  kTimeWait,
  kClose,
  kCloseWait,
  kLastAck,
  kListen,
  kClosing
};
enum { kErrPipe = 32, kErrAborted = 103, kErrReset = 104, kErrTimedOut = 110, kErrRefused = 111 };
enum { kSockDead = 1 << 0, kSockDone = 1 << 1 }; /* of sk_flags: SOCK_DEAD, SOCK_DONE (a FIN was received) */
enum { kRcvShutdown = 1 };

static __always_inline unsigned long flags_of(const struct sock* sk) {
  return LEDGER_OF(sock_common, &sk->__sk_common)->skc_flags;
}

/* tcp_reset() is called for a RST and for data that nobody can read any more; both set sk_err and neither tells. */
static __always_inline uint8_t ending_by_reset(struct tcp_sock* tp, int state, const struct xtcp2_ledger_birth* birth) {
  struct sock* sk = (struct sock*)tp;
  if ((state != kFinWait1 && state != kFinWait2) || !(sk->sk_shutdown & kRcvShutdown))
    return XTCP2_ENDING_RESET_RECEIVED;
  if (!birth) return XTCP2_ENDING_ABORTED;
  if (tp->data_segs_in == birth->data_segs_in) return XTCP2_ENDING_RESET_RECEIVED;
  return birth->flags & XTCP2_BIRTH_DEAF ? XTCP2_ENDING_RESET_SENT : XTCP2_ENDING_ABORTED;
}

/* FIN_WAIT2 without an error: handed over to TIME_WAIT, or given up. */
static __always_inline uint8_t ending_of_fin_wait2(struct tcp_sock* tp, const struct xtcp2_ledger_birth* birth) {
  struct sock* sk = (struct sock*)tp;
  if (flags_of(sk) & kSockDone) return XTCP2_ENDING_CLOSED;
  if (!(flags_of(sk) & kSockDead) || LEDGER_OF(tcp_sock, tp)->linger2 < 0) return XTCP2_ENDING_RESET_SENT;
  /* The segment that acknowledged our FIN may have brought data that nobody wants: RST. */
  if (!birth || !(birth->flags & XTCP2_BIRTH_ORPHAN) || tp->data_segs_in == birth->data_segs_in)
    return XTCP2_ENDING_CLOSED;
  return birth->flags & XTCP2_BIRTH_DEAF ? XTCP2_ENDING_RESET_SENT : XTCP2_ENDING_ABORTED;
}

static __always_inline uint8_t ending_without_error(struct tcp_sock* tp, int state,
                                                    const struct xtcp2_ledger_birth* birth) {
  struct sock* sk = (struct sock*)tp;
  switch (state) {
    case kFinWait2:
      return ending_of_fin_wait2(tp, birth);
    case kFinWait1: /* owned: SO_LINGER 0, unread data; an orphan: too many of them, or its namespace is dying */
      return flags_of(sk) & kSockDead ? XTCP2_ENDING_ABORTED : XTCP2_ENDING_RESET_SENT;
    case kLastAck:
    case kClosing:
      return tp->snd_una == tp->write_seq ? XTCP2_ENDING_CLOSED : XTCP2_ENDING_ABORTED;
    default: /* unread data, SO_LINGER 0, connect(AF_UNSPEC), a listener that closes with children */
      return XTCP2_ENDING_RESET_SENT;
  }
}

/* SOCK_DESTROY sends a RST in these states. */
static __always_inline int needs_reset(int state) {
  return state == kEstablished || state == kCloseWait || state == kFinWait1 || state == kFinWait2 || state == kSynRecv;
}

/* `state`: the one before CLOSE; `birth` may be NULL. */
static __always_inline uint8_t ending_of(struct tcp_sock* tp, int state, int opened_as,
                                         const struct xtcp2_ledger_birth* birth) {
  struct sock* sk = (struct sock*)tp;
  const int error = sk->sk_err;
  if (state == kSynSent || (state == kSynRecv && opened_as == XTCP2_OPENED_ACTIVE))
    return error == kErrRefused || (error == kErrReset && state == kSynRecv) ? XTCP2_ENDING_REFUSED
                                                                             : XTCP2_ENDING_FAILED;
  switch (error) {
    case 0:
      return ending_without_error(tp, state, birth);
    case kErrReset:
    case kErrPipe:
      return ending_by_reset(tp, state, birth);
    case kErrAborted:
      return needs_reset(state) ? XTCP2_ENDING_RESET_SENT : XTCP2_ENDING_ABORTED;
    case kErrTimedOut:
      return XTCP2_ENDING_TIMED_OUT;
    default: /* a timer that gives up reports what ICMP said meanwhile */
      return error == LEDGER_OF(sock, sk)->sk_err_soft ? XTCP2_ENDING_TIMED_OUT : XTCP2_ENDING_ABORTED;
  }
}

/* The state before CLOSE tells whose FIN came first; without a FIN, whose RST ended it. */
static __always_inline uint8_t closed_first(int state, uint8_t ending) {
  if (state == kFinWait1 || state == kFinWait2 || state == kClosing) return XTCP2_SIDE_LOCAL;
  if (state == kCloseWait || state == kLastAck) return XTCP2_SIDE_REMOTE;
  if (ending == XTCP2_ENDING_RESET_SENT) return XTCP2_SIDE_LOCAL;
  return ending == XTCP2_ENDING_RESET_RECEIVED ? XTCP2_SIDE_REMOTE : XTCP2_SIDE_UNKNOWN;
}

#endif
