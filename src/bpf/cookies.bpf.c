// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Gives every TCP socket behind an open file its cookie: the kernel makes one when it is first asked for, and the walk
 * cannot ask. One pass over all files of all tasks. */
#include "bpf/kernel.bpf.h"

char xtcp2_license[] SEC("license") = "Dual MIT/GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct bpf_iter__task_file {
  struct file* file;
};
#pragma clang attribute pop

__u64 xtcp2_cookies_made;

SEC("iter/task_file")
int xtcp2_cookies(struct bpf_iter__task_file* ctx) {
  struct file* file = ctx->file;
  if (!file) return 0;
  struct socket* socket = bpf_sock_from_file(file);
  if (!socket) return 0;
  struct sock* sk = socket->sk;
  if (!sk || sk->sk_protocol != 6 || sk->__sk_common.skc_cookie.counter) return 0;
  const __u16 family = sk->__sk_common.skc_family;
  if (family != XTCP2_AF_INET && family != XTCP2_AF_INET6) return 0;
  if (bpf_get_socket_cookie(sk)) ++xtcp2_cookies_made;
  return 0;
}
