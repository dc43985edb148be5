// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Keys and values of the ledger's maps. Shared by ledger.bpf.c (compiled as C for BPF) and ledger.cc; plain C for that
 * reason. All numbers are counts since loading unless a unit is said; the kernel's side adds, user space reads. */
#ifndef XTCP2_BPF_LEDGER_MAPS_H
#define XTCP2_BPF_LEDGER_MAPS_H

#include "abi/bpf_row.h"

enum xtcp2_ledger_mode { XTCP2_LEDGER_COOKIES, XTCP2_LEDGER_COUNTS, XTCP2_LEDGER_ROWS };

/* One namespace, or one port in it. */
struct xtcp2_ledger_key {
  uint64_t netns_cookie; /* net->net_cookie, never used twice */
  uint32_t netns_inode;  /* net->ns.inum */
  uint16_t port;         /* host order: the local one of accepted connections, the remote one of opened; else 0 */
  uint8_t opened_as;     /* enum xtcp2_opened_as; 0 for a whole namespace and for connections begun before us */
  uint8_t reserved;
};
XTCP2_ASSERT(sizeof(struct xtcp2_ledger_key) == 16);

/* opened + accepted - closed connections are alive, those apart that were there before us. */
struct xtcp2_ledger_counts {
  uint64_t opened;    /* connect() began: SYN_SENT */
  uint64_t accepted;  /* a listener's child became a connection */
  uint64_t closed;    /* connections that ended, whichever way */
  uint64_t failed;    /* of these: connect() did not succeed */
  uint64_t reset;     /* of these: by RST, ours or the peer's, after they had been established */
  uint64_t rows_lost; /* of these: should have had a row, and the ring was full or rows were paused */
  uint64_t unsent;    /* of `failed`: before a SYN left, so ActiveOpens does not have them */
  uint64_t stillborn; /* children that never became a connection (two ACKs at once, the listener closed): in
                         PassiveOpens but neither accepted nor closed here */
};

/* The host's, one for each CPU. */
struct xtcp2_ledger_totals {
  struct xtcp2_ledger_counts counts;
  uint64_t changes;            /* state changes that were looked at */
  uint64_t rows;               /* CLOSE events put into the ring */
  uint64_t open_rows;          /* OPEN events put into the ring */
  uint64_t open_rows_lost;     /* and those for which it was full */
  uint64_t births_unknown;     /* connections that ended with no birth remembered: older than us, or the next two */
  uint64_t births_lost;        /* births that could not be remembered: the map was full, or no memory */
  uint64_t uncounted_netns;    /* changes missing in the counts by namespace: no place there either */
  uint64_t uncounted_ports;    /* changes missing in the counts by port: no place */
  uint64_t nested;             /* changes in an interrupt within the program, taken by its second copy */
  uint64_t rows_paused;        /* of counts.rows_lost: not made because user space had said so */
  uint32_t running, reserved2; /* the first copy is at work on this CPU */
};

/* What is remembered of a connection while it lives. Key: the address of its socket. */
struct xtcp2_ledger_birth {
  uint64_t time_ns; /* CLOCK_MONOTONIC */
  uint32_t pid;
  uint32_t data_segs_in; /* tcp_sock's when FIN_WAIT1 was entered */
  uint8_t opened_as;     /* enum xtcp2_opened_as */
  uint8_t flags;         /* XTCP2_BIRTH_* */
  uint8_t reserved[6];
  char comm[16];
};
XTCP2_ASSERT(sizeof(struct xtcp2_ledger_birth) == 40);

#define XTCP2_BIRTH_DEAF \
  1 /* the receiving side was closed when FIN_WAIT1 was entered: data from then on is answered by RST */
#define XTCP2_BIRTH_ORPHAN 2 /* nobody owned the socket when FIN_WAIT2 was entered */

#endif
