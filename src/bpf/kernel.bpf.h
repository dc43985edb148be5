// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The kernel's structs as far as our BPF programs read them. Members are found by name when a program is loaded
 * (CO-RE), so order, distance and what is left out do not matter; members of several kernel releases stand side by side
 * and are used behind bpf_core_field_exists() only. Not vmlinux.h: that is 2.8 MB of one kernel. */
#ifndef XTCP2_BPF_KERNEL_BPF_H
#define XTCP2_BPF_KERNEL_BPF_H

#include "abi/bpf_row.h"

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef _Bool bool;

/* Of the kernel's UAPI, as bpf_helpers.h expects them. */
enum bpf_map_type { BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_PERCPU_ARRAY = 6, BPF_MAP_TYPE_RINGBUF = 27 };
enum { BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };

#include <bpf/bpf_helpers.h>
/* After bpf_helpers.h. */
#include <bpf/bpf_core_read.h>

#define XTCP2_AF_INET 2
#define XTCP2_AF_INET6 10

enum { XTCP2_ESTABLISHED = 1, XTCP2_SYN_RECV = 3, XTCP2_FIN_WAIT2 = 5, XTCP2_TIME_WAIT = 6, XTCP2_CLOSE = 7 };
enum { XTCP2_LISTEN = 10, XTCP2_NEW_SYN_RECV = 12 };

struct bpf_raw_tracepoint_args {
  __u64 args[0];
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
  int counter;
} atomic_t;
typedef struct {
  __s64 counter;
} atomic64_t;
typedef struct {
  atomic_t refs;
} refcount_t;
typedef struct {
  __u32 val;
} kuid_t;

struct list_head {
  struct list_head *next, *prev;
};
struct hlist_node {
  struct hlist_node *next, **pprev;
};
struct hlist_head {
  struct hlist_node* first;
};
struct hlist_nulls_node {
  struct hlist_nulls_node *next, **pprev;
};
struct hlist_nulls_head {
  struct hlist_nulls_node* first;
};
struct timespec64 {
  __s64 tv_sec;
  long tv_nsec;
};
struct timer_list {
  struct hlist_node entry;
  unsigned long expires;
};
struct in6_addr {
  union {
    __be32 u6_addr32[4];
  } in6_u;
};

/* ---- namespaces and hash tables */

struct inet_ehash_bucket {
  struct hlist_nulls_head chain;
};
struct inet_listen_hashbucket {
  struct hlist_nulls_head nulls_head; /* 5.19+ */
};
struct inet_bind_hashbucket {
  struct hlist_head chain;
};
struct inet_hashinfo {
  struct inet_ehash_bucket* ehash;
  unsigned int ehash_mask;
  struct inet_bind_hashbucket* bhash2;
  unsigned int bhash_size;
  unsigned int lhash2_mask;
  struct inet_listen_hashbucket* lhash2;
  bool pernet; /* this table is one namespace's own; it shares the other tables with everybody */
};
struct inet_timewait_death_row {
  struct inet_hashinfo* hashinfo;
};
struct netns_ipv4 {
  struct inet_timewait_death_row tcp_death_row; /* 6.1+ */
};
struct ns_common {
  const void* ops;
  unsigned int inum;
};
struct ns_common___id {
  __u64 ns_id;
};
struct net {
  struct list_head list;
  struct ns_common ns;
  struct netns_ipv4 ipv4;
  __u64 net_cookie; /* 5.12+ */
};
struct net___atomic {
  atomic64_t net_cookie;
};
typedef struct {
  struct net* net;
} possible_net_t;
struct nsproxy {
  struct net* net_ns;
};
struct task_struct {
  struct nsproxy* nsproxy;
};
struct inet_bind2_bucket {
  struct hlist_node node;
  struct hlist_head owners;
};

/* ---- what a socket points to */

struct kernfs_node {
  __u64 id;
};
struct cgroup {
  struct kernfs_node* kn;
};
struct inode {
  kuid_t i_uid;
  unsigned long i_ino;
};
struct file {
  struct inode* f_inode;
};
struct socket {
  struct file* file;
  struct sock* sk;
};
struct socket_alloc {
  struct socket socket;
  struct inode vfs_inode;
};
struct dst_metrics {
  __u32 metrics[17];
};
struct dst_entry {
  unsigned long _metrics;
};
struct ipv6_pinfo {
  __u8 tclass;
};
struct tcp_congestion_ops {
  char name[16];
  void* get_info;
};
struct tcp_ulp_ops {
  char name[16];
};

/* ---- sockets */

struct sock_common {
  __be32 skc_daddr, skc_rcv_saddr;
  unsigned int skc_hash;
  __be16 skc_dport;
  __u16 skc_num;
  unsigned short skc_family;
  volatile unsigned char skc_state;
  unsigned char skc_ipv6only : 1;
  int skc_bound_dev_if;
  struct hlist_node skc_bind_node;
  possible_net_t skc_net;
  struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
  atomic64_t skc_cookie;
  struct hlist_nulls_node skc_nulls_node;
  refcount_t skc_refcnt;
};
struct sock_cgroup_data {
  struct cgroup* cgroup;
  __u32 classid;
};
struct sock {
  struct sock_common __sk_common;
  atomic_t sk_drops;
  struct {
    atomic_t rmem_alloc;
    int len;
  } sk_backlog;
  int sk_rcvbuf;
  int sk_err;
  struct socket* sk_socket;
  int sk_forward_alloc;
  atomic_t sk_omem_alloc;
  int sk_wmem_queued;
  refcount_t sk_wmem_alloc;
  struct timer_list sk_timer;
  struct timer_list tcp_retransmit_timer; /* after 6.18 */
  unsigned long sk_pacing_rate;
  unsigned long sk_max_pacing_rate;
  __u32 sk_priority;
  __u32 sk_mark;
  kuid_t sk_uid;
  __u16 sk_protocol;
  struct dst_entry* sk_dst_cache;
  int sk_sndbuf;
  __u8 sk_shutdown;
  __u32 sk_ack_backlog, sk_max_ack_backlog;
  unsigned long sk_ino; /* 6.17+ */
  struct sock_cgroup_data sk_cgrp_data;
};
struct inet_sock {
  struct sock sk;
  struct ipv6_pinfo* pinet6;
  unsigned long inet_flags; /* 6.6+ */
  /* before: */
  __u8 recverr : 1, is_icsk : 1, freebind : 1, hdrincl : 1, mc_loop : 1, transparent : 1, mc_all : 1, nodefrag : 1;
  __u8 bind_address_no_port : 1, recverr_rfc4884 : 1, defer_connect : 1;
  __u8 tos;
};
struct inet_connection_sock {
  struct inet_sock icsk_inet;
  struct inet_bind2_bucket* icsk_bind2_hash;
  unsigned long icsk_timeout; /* up to 6.14 or so; then: */
  struct timer_list icsk_retransmit_timer;
  struct timer_list icsk_keepalive_timer; /* after 6.18, and stable releases of early 2026 */
  __u32 icsk_rto;
  __u32 icsk_rto_min;
  __u32 icsk_delack_max;
  __u32 icsk_pmtu_cookie;
  const struct tcp_congestion_ops* icsk_ca_ops;
  const struct tcp_ulp_ops* icsk_ulp_ops;
  __u8 icsk_ca_state : 5;
  __u8 icsk_retransmits;
  __u8 icsk_pending;
  __u8 icsk_backoff;
  __u8 icsk_probes_out;
  struct {
    __u32 ato;
    __u32 lrcvtime;
    __u16 rcv_mss;
  } icsk_ack;
  __u64 icsk_ca_priv[13];
};
struct tcp_options_received {
  __u16 tstamp_ok : 1, wscale_ok : 1, sack_ok : 3, snd_wscale : 4, rcv_wscale : 4;
};
struct minmax_sample {
  __u32 v;
};
struct minmax {
  struct minmax_sample s[3];
};
struct tcp_sock {
  struct inet_connection_sock inet_conn;
  __u32 rcv_ssthresh, reordering, snd_wnd, mss_cache, snd_cwnd, lost_out, sacked_out;
  __u8 tcp_usec_ts : 1; /* 6.7+ */
  __u32 copied_seq, retrans_out;
  __u16 advmss;
  __u32 snd_ssthresh;
  struct minmax rtt_min;
  __u32 segs_out, data_segs_out;
  __u64 bytes_sent;
  __u8 chrono_type;
  __u32 chrono_start, chrono_stat[3], write_seq, lsndtime, mdev_us;
  __u8 ecn_flags;
  __u8 rate_app_limited : 1;
  __u32 rcv_nxt, snd_nxt, snd_una, srtt_us, packets_out, delivered, delivered_ce;
  __u32 received_ce, received_ecn_bytes[3], delivered_ecn_bytes[3]; /* 6.18+ */
  __u32 rcv_wnd, rcv_tstamp;
  struct tcp_options_received rx_opt;
  __u64 bytes_received;
  __u32 segs_in, data_segs_in, rate_delivered, rate_interval_us;
  __u64 bytes_acked;
  struct {
    __u32 rtt_us;
  } rcv_rtt_est;
  struct {
    __u32 space;
  } rcvq_space;
  __u32 dsack_dups;
  __u8 fastopen_client_fail : 2, syn_data_acked : 1, syn_fastopen_child : 1;
  __u8 accecn_fail_mode : 4, saw_accecn_opt : 2; /* 6.18+ */
  __u32 reord_seen;
  __u64 bytes_retrans;
  __u32 total_retrans;
  __u32 rto_stamp; /* 6.7+, with total_rto* */
  __u16 total_rto, total_rto_recoveries;
  __u32 total_rto_time;
  __u16 timeout_rehash;
  __u32 rcv_ooopack;
  __u32 plb_rehash; /* 6.2+ */
};
struct inet_timewait_sock {
  struct sock_common __tw_common;
  __u32 tw_mark;
  unsigned char tw_substate;
  struct timer_list tw_timer;
};
struct request_sock {
  struct sock_common __req_common;
  __u8 num_retrans;
  struct timer_list rsk_timer;
};
struct inet_request_sock {
  struct request_sock req;
  __u32 ir_mark;
};
/* Only its size and what it has are asked for. */
struct tcp_info {
  __u8 tcpi_state;
  __u8 tcpi_ecn_mode; /* 7.0 packs the last word */
};

#pragma clang attribute pop

#endif
