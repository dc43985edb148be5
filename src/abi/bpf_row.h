/* What our BPF programs hand over: one row for a socket, every part in the kernel's own layout at a fixed place, so
 * that a row becomes a schema::Socket by pointers alone. Shared by src/bpf/ (compiled as C for BPF) and by C++; plain C
 * for that reason. Parts that are absent are zeros. The layout is ours: both sides are built together, nothing stores
 * it. */
#ifndef XTCP2_ABI_BPF_ROW_H
#define XTCP2_ABI_BPF_ROW_H

#ifdef __bpf__
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
#define XTCP2_ASSERT(condition) _Static_assert(condition, #condition)
#define XTCP2_OFFSET(type, member) __builtin_offsetof(struct type, member)
#else
#include <stddef.h>
#include <stdint.h>
#define XTCP2_ASSERT(condition) static_assert(condition, #condition)
#define XTCP2_OFFSET(type, member) offsetof(type, member)
#endif

#define XTCP2_INFO_BYTES 280 /* struct tcp_info of 6.18 */

struct xtcp2_bpf_row {
  uint8_t
      msg[72]; /* struct inet_diag_msg, as netlink gives it (ports and addresses big-endian, state 3 for a request) */
  uint32_t netns_inode;  /* net->ns.inum */
  uint32_t info_length;  /* bytes of `info` that the running kernel's struct tcp_info has; 0: no tcp_info */
  uint64_t netns_cookie; /* net->net_cookie: 0 where nobody asked yet and this kernel makes it on demand */
  uint64_t parts;        /* bit N: attribute INET_DIAG_<N> is present, as netlink numbers them (abi/inet_diag.h) */
  uint8_t info[XTCP2_INFO_BYTES]; /* struct tcp_info */
  char cong[16];                  /* name of the congestion control, zero-padded */
  uint32_t skmem[9];              /* SK_MEMINFO_* */
  uint32_t mark;
  uint64_t cgroup_id;
  uint32_t class_id;
  uint32_t meminfo[4]; /* struct inet_diag_meminfo */
  uint8_t tos, tclass, shutdown, v6only;
  uint8_t sockopt[2]; /* struct inet_diag_sockopt */
  uint8_t
      ca_odd; /* 1: the congestion control has private state that we could not read (its module's BTF is not known) */
  uint8_t reserved;
  uint32_t ca_info[5]; /* struct tcp_bbr_info, tcp_dctcp_info or tcpvegas_info; `parts` says which */
  char ulp[16];        /* name of the upper layer protocol ("tls", "mptcp"), zero-padded */
  uint64_t sk;         /* address of the socket: tells rows of one walk apart, never leaves the process */
};
XTCP2_ASSERT(sizeof(struct xtcp2_bpf_row) == 512);
XTCP2_ASSERT(XTCP2_OFFSET(xtcp2_bpf_row, info) == 96);
XTCP2_ASSERT(XTCP2_OFFSET(xtcp2_bpf_row, cgroup_id) == 432);

/* What the ledger knows of a connection besides its counters; a part of the record of its own (fields from 9020). Times
 * as BPF gives them are bpf_ktime_get_ns(), CLOCK_MONOTONIC; who reads the ring makes wall time of them. */
struct xtcp2_ledger_facts {
  uint64_t event_time_ns; /* when the state changed */
  uint64_t birth_time_ns; /* when the connection was begun (SYN_SENT) or accepted into being (SYN_RECV); 0: not seen */
  uint64_t duration_ns;   /* event - birth; 0: birth not seen */
  uint32_t pid;           /* of the process that called connect(); 0: not certain */
  uint16_t error;         /* sk_err at the end, an errno; 0: none */
  uint8_t opened_as;      /* enum xtcp2_opened_as */
  uint8_t ending;         /* enum xtcp2_ending */
  uint8_t closed_first;   /* enum xtcp2_side */
  uint8_t last_state;     /* TCP state before CLOSE */
  uint8_t reserved[6];
  char comm[16]; /* command of that process, zero-padded */
};
XTCP2_ASSERT(sizeof(struct xtcp2_ledger_facts) == 56);

enum xtcp2_opened_as { XTCP2_OPENED_UNKNOWN, XTCP2_OPENED_ACTIVE, XTCP2_OPENED_PASSIVE };
enum xtcp2_ending {
  XTCP2_ENDING_UNKNOWN,
  XTCP2_ENDING_CLOSED,         /* both sides by FIN, or handed over to TIME_WAIT */
  XTCP2_ENDING_RESET_RECEIVED, /* the peer sent RST */
  XTCP2_ENDING_RESET_SENT,     /* we sent RST: unread data, SO_LINGER 0, abort */
  XTCP2_ENDING_TIMED_OUT,      /* retransmissions or keepalive gave up */
  XTCP2_ENDING_REFUSED,        /* connect() was answered by RST */
  XTCP2_ENDING_FAILED,         /* connect() failed otherwise (timeout, unreachable, given up by the caller) */
  XTCP2_ENDING_ABORTED         /* ended here without being told which of these */
};
enum xtcp2_side { XTCP2_SIDE_UNKNOWN, XTCP2_SIDE_LOCAL, XTCP2_SIDE_REMOTE };
enum xtcp2_event_kind { XTCP2_EVENT_OPEN = 1, XTCP2_EVENT_CLOSE = 2 }; /* RecordKind's numbers */

/* One record of the ledger's ring. */
struct xtcp2_ledger_event {
  struct xtcp2_bpf_row row;
  struct xtcp2_ledger_facts facts;
  uint32_t kind; /* enum xtcp2_event_kind */
  uint32_t reserved;
};
XTCP2_ASSERT(sizeof(struct xtcp2_ledger_event) == 576);

#endif
