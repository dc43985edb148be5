// Last rows without BPF: the kernel tells a namespace's listeners of every TCP socket that it frees, with its last
// tcp_info (SKNLGRP_INET_TCP_DESTROY and SKNLGRP_INET6_TCP_DESTROY; sock_diag_broadcast_destroy() in
// net/core/sock_diag.c). Nothing else comes with it: how a connection ended and when it began are not known, all parts
// but tcp_info are absent, and sockets without a peer (listeners, connects that
// failed, what was ended by SO_LINGER 0, since tcp_disconnect() forgets it) make no row. One netlink socket
// for each namespace, which keeps it alive: let go when nothing shows the namespace. Owns its thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "collect/row_sink.h"
#include "ledger/netns_source.h"
#include "ledger/reader.h"
#include "ledger/worker.h"
#include "netlink/channel.h"

namespace xtcp2::ledger {

struct DestroyOptions {
  schema::Context host;  // what rows of all namespaces share; its texts outlive this
  bool ipv4 = true, ipv6 = true;
  filter::Filter filter;                     // of the user; its `state` is CLOSE
  int64_t look_ns = 1'000'000'000;           // whether namespaces are still shown
  int64_t scan_interval_ns = 2'000'000'000;  // looks for new ones: until then their connections are not seen
  size_t max_open = 1024;                    // namespaces that are listened to; the others' events are missing
  int receive_bytes = 4 << 20;               // of each socket, where CAP_NET_ADMIN allows it
};

// `text` as a filter that wants a peer as well: sockets without one are no connections.
Result<filter::Filter> WithPeer(std::string_view text);

class DestroyReader {
 public:
  struct Parts {
    std::function<Result<std::unique_ptr<NetnsSource>>()> source;  // called on the reader's thread
    std::unique_ptr<collect::RowSink> sink;
    std::function<filter::Sampler(const LedgerReader::Second&)> sampler;  // null: everything
  };
  // Listens to every namespace there is, or says why not even one can be listened to.
  static Result<std::unique_ptr<DestroyReader>> Start(const DestroyOptions& options, Parts parts);
  ~DestroyReader();

  void End() { worker_.End(); }
  bool WaitEnded(std::chrono::milliseconds timeout) { return worker_.WaitEnded(timeout); }

 private:
  struct Listener;
  DestroyReader(const DestroyOptions& options, Parts parts);
  Result<> Prepare();
  void Main();
  void Listen(const SeenNetns& seen);
  void Scan();
  // Everything that waits; `most` datagrams of each socket at a time.
  void Drain();
  void Read(Listener& listener);
  void CountRows();

  const DestroyOptions options_;
  const Parts parts_;
  std::unique_ptr<NetnsSource> source_;
  std::map<uint32_t, std::unique_ptr<Listener>> listeners_;  // by inode
  Fd epoll_;
  Buffer datagram_;
  std::atomic<uint64_t> counter_{0};
  filter::Sampler sampler_;
  LedgerReader::Second second_;
  int64_t now_ns_ = 0;  // wall time, of the drain at work
  Counter &rows_, &filtered_, &sampled_out_;
  Event overruns_{LogLevel::kWarning, "xtcp2_ledger_overruns_total",
                  "Times at which the kernel had more ended sockets to tell of than a namespace's socket held."};
  Event deaf_{LogLevel::kWarning, "xtcp2_ledger_unheard_namespaces_total",
              "Namespaces whose ended sockets cannot be listened to."};
  Worker worker_;
};

}  // namespace xtcp2::ledger
