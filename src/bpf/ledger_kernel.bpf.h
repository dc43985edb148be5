// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Members of the kernel's structs that only the ledger reads, as flavours (NAME___ledger): CO-RE finds them in the
 * kernel's NAME, and the pointer stays what the verifier knows it to be. The rest is in kernel.bpf.h. */
#ifndef XTCP2_BPF_LEDGER_KERNEL_BPF_H
#define XTCP2_BPF_LEDGER_KERNEL_BPF_H

#include "bpf/kernel.bpf.h"

#define LEDGER_OF(name, pointer) ((const struct name##___ledger*)(pointer))

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct sock_common___ledger {
  unsigned long skc_flags;
};
struct sock___ledger {
  int sk_err_soft;
};
struct inet_sock___ledger {
  __be16 inet_sport; /* unlike skc_num still there when a socket changes to CLOSE: its port is given back before */
};
struct tcp_sock___ledger {
  int linger2;
  const struct request_sock* fastopen_rsk;
};
struct task_struct___ledger {
  unsigned int flags;
  int tgid;
  const struct task_struct___ledger* group_leader;
  char comm[16];
};
#pragma clang attribute pop

#endif
