/* Memory that one walker shares with its program: what a call is asked, what it answers. Shared by BPF (C) and C++. */
#ifndef XTCP2_BPF_WALK_SLOT_BPF_H
#define XTCP2_BPF_WALK_SLOT_BPF_H

#include "abi/bpf_row.h"

#define XTCP2_ROWS 4096          /* rows of a walker's buffer, and the longest chain that fits; a power of two */
#define XTCP2_HEADS 512          /* bucket heads that one bulk read takes */
#define XTCP2_SCRATCH_BYTES 4096 /* a socket's copy; tcp_sock is 2,368 bytes at most so far */
#define XTCP2_LISTED_IN_ROW 8
#define XTCP2_MAX_LISTED (XTCP2_ROWS * XTCP2_LISTED_IN_ROW) /* namespaces that one call lists */

enum xtcp2_walk_kind { XTCP2_WALK_CONNECTIONS, XTCP2_WALK_LISTENERS, XTCP2_WALK_BOUND, XTCP2_WALK_LIST };

/* One namespace with its tables; eight of them in the place of a row. */
struct xtcp2_listed {
  uint64_t cookie;
  uint64_t hashinfo;
  uint64_t ehash, lhash2, bhash2; /* addresses of the buckets */
  uint32_t inode;
  uint32_t ehash_buckets, lhash2_buckets, bhash2_buckets;
  uint32_t own; /* the connections' table is this namespace's own */
  uint32_t reserved;
};
XTCP2_ASSERT(sizeof(struct xtcp2_listed) == 64);

/* What the caller writes before a call. */
struct xtcp2_walk_request {
  uint64_t hashinfo, base; /* the table, and where its buckets were when it was listed */
  uint32_t kind;           /* enum xtcp2_walk_kind */
  uint32_t buckets;
  uint32_t first, end;
  uint32_t block; /* rows aimed at */
  uint32_t states;
  uint32_t families; /* bit 0: IPv4, bit 1: IPv6 */
  uint32_t tolerant; /* leave out a socket that changed, instead of beginning its bucket again */
};

/* What a call leaves. */
struct xtcp2_walk_answer {
  uint32_t rows; /* or namespaces listed */
  uint32_t next;
  uint32_t restarts;
  uint32_t truncated;
  uint32_t gone;
  uint32_t reserved;
};

struct xtcp2_walk_slot {
  struct xtcp2_walk_request request;
  struct xtcp2_walk_answer answer;
  uint64_t zero;                             /* always 0, which the verifier does not know */
  uint64_t cache[16];                        /* bulk reads: struct xtcp2_cache */
  uint64_t address[XTCP2_ROWS];              /* typed loads: sockets found in the first phase */
  uint32_t bucket[XTCP2_ROWS];               /* and their buckets */
  uint64_t heads[XTCP2_HEADS];               /* bulk reads: bucket heads */
  uint64_t scratch[XTCP2_SCRATCH_BYTES / 8]; /* bulk reads: a socket */
};

#endif
