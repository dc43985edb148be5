#include "ledger/destroy_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/clock.h"
#include "ledger/metrics.h"

namespace xtcp2::ledger {
namespace {

constexpr size_t kDatagramBytes = 4096;      // an event has some 400
constexpr int64_t kPauseNs = 50 * kNsPerMs;  // events come in bunches
constexpr int kMostOfOne = 512;              // datagrams of a socket before others have their turn

Result<> Join(int fd, int group) {
  if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0) return {};
  return FailErrno("listening to sockets that the kernel frees");
}

// In the namespace that the thread is in.
Result<netlink::DiagSocket> ListenHere(const DestroyOptions& options) {
  Result<netlink::DiagSocket> socket = netlink::DiagSocket::Open(0);
  if (!socket) return socket;
  const int fd = socket->fd();
  // The second needs no capability and may give less.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &options.receive_bytes, sizeof options.receive_bytes) != 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options.receive_bytes, sizeof options.receive_bytes);
  if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return FailErrno("making a netlink socket that does not wait");
  Result<> joined;
  if (options.ipv4) joined = Join(fd, SKNLGRP_INET_TCP_DESTROY);
  if (joined && options.ipv6) joined = Join(fd, SKNLGRP_INET6_TCP_DESTROY);
  if (!joined) return tl::unexpected(joined.error());
  return socket;
}

}  // namespace

struct DestroyReader::Listener {
  Listener(netlink::DiagSocket made, std::string name_in, uint32_t inode_in)
      : socket(std::move(made)), name(std::move(name_in)), cookie(socket.NetnsCookie()), inode(inode_in) {}
  netlink::DiagSocket socket;
  std::string name;
  const uint64_t cookie;
  const uint32_t inode;
  collect::Lane lane;
};

Result<filter::Filter> WithPeer(std::string_view text) {
  const bool blank = text.find_first_not_of(" \t\n") == text.npos;
  return filter::Filter::Parse(blank ? "not dport = :0" : fmt::format("( {} ) and not dport = :0", text));
}

DestroyReader::DestroyReader(const DestroyOptions& options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      rows_(EventsCounter(Metrics::Global(), "row")),
      filtered_(EventsCounter(Metrics::Global(), "filtered")),
      sampled_out_(EventsCounter(Metrics::Global(), "sampled_out")) {}
DestroyReader::~DestroyReader() = default;

Result<std::unique_ptr<DestroyReader>> DestroyReader::Start(const DestroyOptions& options, Parts parts) {
  std::unique_ptr<DestroyReader> reader(new DestroyReader(options, std::move(parts)));
  const Result<> started = reader->worker_.Start(
      "xtcp2-ledger", [&self = *reader] { return self.Prepare(); }, [&self = *reader] { self.Main(); });
  if (!started) return tl::unexpected(started.error());
  return reader;
}

Result<> DestroyReader::Prepare() {
  if (!epoll_.ok()) return FailErrno("making an epoll descriptor");
  datagram_.Reserve(kDatagramBytes + decode::kReadSlack);
  Result<std::unique_ptr<NetnsSource>> source = parts_.source();
  if (!source) return tl::unexpected(source.error());
  source_ = std::move(*source);
  if (parts_.sampler) sampler_ = parts_.sampler({});
  if (Result<netlink::DiagSocket> own = ListenHere(options_); !own) return tl::unexpected(own.error());
  Scan();
  return {};
}

void DestroyReader::Listen(const SeenNetns& seen) {
  Result<netlink::DiagSocket> socket = Fail("");
  const Result<> visited = source_->Visit(seen.inode, [&]() -> Result<> {
    socket = ListenHere(options_);
    return socket ? Result<>() : tl::unexpected(socket.error());
  });
  if (!visited) {
    deaf_.Happened("connections of namespace {} have no last row: {}", seen.name, visited.error().Text());
    return;
  }
  auto listener = std::make_unique<Listener>(std::move(*socket), seen.name, seen.inode);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = listener.get();
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener->socket.fd(), &event) == 0)
    listeners_[seen.inode] = std::move(listener);
}

void DestroyReader::Scan() {
  const NetnsSource::Look look = source_->Scan();
  for (const SeenNetns& seen : look.entries) {
    const auto at = listeners_.find(seen.inode);
    if (at != listeners_.end())
      at->second->name = seen.name;
    else if (seen.wanted && listeners_.size() < options_.max_open)
      Listen(seen);
    else if (seen.wanted)
      deaf_.Happened("connections of namespace {} have no last row: {} namespaces are listened to already", seen.name,
                     options_.max_open);
  }
}

void DestroyReader::Main() {
  int64_t next_scan = MonotonicNs() + options_.scan_interval_ns, next_look = MonotonicNs() + options_.look_ns;
  while (!worker_.ending()) {
    SleepUntil(worker_.wake_fd(), -1, MonotonicNs() + kPauseNs);
    if (!worker_.ending()) SleepUntil(worker_.wake_fd(), epoll_.get(), std::min(next_scan, next_look));
    Drain();
    const int64_t now = MonotonicNs();
    if (now >= next_look) {
      CountRows();
      std::erase_if(listeners_, [&](const auto& item) { return !source_->StillShown(item.first); });
      next_look = now + options_.look_ns;
    }
    if (now < next_scan) continue;
    Scan();
    next_scan = now + options_.scan_interval_ns;
  }
  Drain();
  CountRows();
}

void DestroyReader::Read(Listener& listener) {
  schema::Context context = options_.host;
  context.record_kind = XTCP2_EVENT_CLOSE;
  context.timestamp_ns = now_ns_;
  context.sample_rate = sampler_.rate();
  context.netns_inode = listener.inode;
  context.netns_cookie = listener.cookie;
  context.netns = listener.name;
  listener.lane.Begin(context, &options_.filter);
  parts_.sink->Enter(listener.lane);
  for (int count = 0; count < kMostOfOne; ++count) {
    const netlink::Received got = listener.socket.Receive(datagram_.data(), kDatagramBytes);
    if (got.kind == netlink::Received::Kind::kOverrun)
      overruns_.Happened("namespace {}: more connections ended than could be read in time", listener.name);
    else if (got.kind == netlink::Received::Kind::kDatagram)
      parts_.sink->OnDatagram({datagram_.data(), got.size}, {.any = true}, now_ns_);
    else if (got.kind != netlink::Received::Kind::kForeign)
      return;
  }
}

void DestroyReader::Drain() {
  epoll_event ready[64];
  while (true) {
    const int count = epoll_wait(epoll_.get(), ready, std::size(ready), 0);
    if (count <= 0) return;
    now_ns_ = RealtimeNs();
    counter_ = 0;
    parts_.sink->BeginPoll(now_ns_, &counter_, sampler_);
    for (int i = 0; i < count; ++i) Read(*static_cast<Listener*>(ready[i].data.ptr));
    parts_.sink->Flush(encode::FlushReason::kPollEnd);
  }
}

void DestroyReader::CountRows() {
  const collect::SinkCounters counters = parts_.sink->TakeCounters();
  rows_.Add(counters.rows);
  filtered_.Add(counters.filtered);
  sampled_out_.Add(counters.sampled_out);
  if (!parts_.sampler) return;
  const uint64_t matched = counters.rows + counters.sampled_out;
  sampler_ = parts_.sampler({matched + counters.filtered, matched, counters.rows, counters.row_bytes});
}

}  // namespace xtcp2::ledger
