#include "daemon/reader.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/check.h"
#include "base/clock.h"
#include "schema/names.h"

namespace xtcp2::daemon {
namespace {

constexpr uint8_t kIpv4 = 2, kIpv6 = 10;  // AF_INET, AF_INET6
constexpr int kAttempts = 3;              // of one dump that did not end as it should

// EINVAL: what is at the path now is no network namespace.
bool IsGone(int code) { return code == ENOENT || code == ESRCH || code == EINVAL; }

// Worth asking again: rows that came already are known by their cookies and make no second row.
bool WorthRetrying(collect::DumpEnd end) {
  switch (end) {
    case collect::DumpEnd::kInterrupted:
    case collect::DumpEnd::kOverrun:
    case collect::DumpEnd::kTruncated:
    case collect::DumpEnd::kDamaged:
      return true;
    default:
      return false;
  }
}

bool EndedByKernel(collect::DumpEnd end) {
  return end != collect::DumpEnd::kSilent && end != collect::DumpEnd::kFailed && end != collect::DumpEnd::kCancelled;
}

// Opens the namespace by the first of its paths that still leads to it.
Result<Fd> OpenSame(const NetnsEntry& netns) {
  Error last{"no file shows it any more", ENOENT};
  for (const std::string& path : netns.paths) {
    Result<Fd> fd = netlink::OpenNetns(path);
    if (!fd) {
      if (!IsGone(fd.error().code) || last.code == ENOENT) last = fd.error();
      continue;
    }
    const Result<netlink::NetnsId> id = netlink::IdentifyNetns(fd->get());
    if (id && *id == netns.id) return fd;  // else a reused process id or a replaced mount: another namespace
  }
  return tl::unexpected(last);
}

// Whether the name still leads there. To be asked while something keeps the namespace alive: then nobody else can have
// its inode number. Before, the number and the process that showed it may have gone over to another namespace.
bool NameHolds(const NetnsEntry& netns) {
  if (netns.name_path.empty()) return true;
  struct stat about;
  return stat(netns.name_path.c_str(), &about) == 0 && netlink::NetnsId{about.st_dev, about.st_ino} == netns.id;
}

}  // namespace

const char* ServedName(Served served) {
  switch (served) {
    case Served::kUnserved:
      return "unserved";
    case Served::kComplete:
      return "complete";
    case Served::kIncomplete:
      return "incomplete";
    case Served::kVanished:
      return "vanished";
    case Served::kFailed:
      return "failed";
    case Served::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

Result<std::unique_ptr<Reader>> Reader::Make(unsigned index, const HostFacts& host, const ReadSettings& settings,
                                             std::unique_ptr<collect::RowSink> sink, TapFactory taps) {
  Result<netlink::NetnsHome> home = netlink::NetnsHome::Here();
  if (!home) return tl::unexpected(home.error());
  return std::unique_ptr<Reader>(new Reader(index, host, settings, std::move(sink), std::move(taps), std::move(*home)));
}

Reader::Reader(unsigned index, const HostFacts& host, const ReadSettings& settings,
               std::unique_ptr<collect::RowSink> sink, TapFactory taps, netlink::NetnsHome home)
    : index_(index),
      host_(host),
      settings_(settings),
      sink_(std::move(sink)),
      taps_(std::move(taps)),
      home_(std::move(home)),
      may_return_(home_.Return().has_value()),
      buffer_(std::max(settings.buffer_bytes, collect::kMinReceiveBuffer) + decode::kReadSlack) {}

std::optional<netlink::DiagSocket> Reader::OpenIn(const NetnsEntry& netns, ServeResult& result) {
  const auto fail = [&](const Error& error) {
    result.served = IsGone(error.code) ? Served::kVanished : Served::kFailed;
    result.error = error.Text();
    return std::nullopt;
  };
  Result<netlink::DiagSocket> socket = tl::unexpected(Error{});
  if (netns.own) {
    socket = netlink::DiagSocket::Open(settings_.receive_timeout_ms);
  } else if (!may_return_) {
    return fail({"not entered, because xtcp2 may not come back to its own network namespace from there", EPERM});
  } else {
    const Result<Fd> fd = OpenSame(netns);
    if (!fd) return fail(fd.error());
    if (const Result<> entered = home_.Enter(fd->get()); !entered) return fail(entered.error());
    socket = netlink::DiagSocket::Open(settings_.receive_timeout_ms);
    XTCP2_CHECK(home_.Return(), "a reader thread cannot return to its own network namespace");
  }
  if (!socket) return fail(socket.error());
  return std::move(*socket);
}

schema::Context Reader::ContextOf(const NetnsEntry& netns, const netlink::DiagSocket& socket, uint64_t cookie,
                                  int64_t timestamp_ns) const {
  schema::Context context;
  context.schema_version = static_cast<uint32_t>(host_.epoch);
  context.collector = schema::kNetlink;
  context.timestamp_ns = timestamp_ns;
  context.netns = netns.name;
  context.netns_inode = netns.id.inode;
  context.netns_cookie = cookie;
  context.boot_id = host_.boot_id;
  context.socket_fd = static_cast<uint64_t>(socket.fd());
  context.netlinker_id = index_;
  context.daemon_version = host_.daemon_version;
  context.hostname = host_.hostname;
  context.location = host_.location;
  context.label = host_.label;
  context.tag = host_.tag;
  return context;
}

collect::DumpResult Reader::DumpFamily(netlink::DiagSocket& socket, uint8_t family, std::atomic<uint32_t>& seq,
                                       const collect::DumpLimits& limits, const collect::DatagramTap& tap) {
  collect::DumpResult total;
  for (int attempt = 1;; ++attempt) {
    const netlink::DumpRequest request{family, settings_.ext, settings_.states,
                                       seq.fetch_add(1, std::memory_order_relaxed)};
    const collect::DumpResult result = RunDump(socket, request, *sink_, buffer_, limits, tap);
    total.end = result.end;
    total.code = result.code;
    total.datagrams += result.datagrams;
    total.bytes += result.bytes;
    total.answers += result.answers;
    total.foreign += result.foreign;
    if (!WorthRetrying(result.end) || attempt == kAttempts) break;
    if (result.largest_datagram > buffer_.capacity() - decode::kReadSlack)
      buffer_.Reserve(result.largest_datagram + decode::kReadSlack);
  }
  // A kernel booted without IPv6 has nobody to answer for it: no sockets, not a failure.
  if (family == kIpv6 && total.end == collect::DumpEnd::kRefused && total.code == ENOENT)
    total.end = collect::DumpEnd::kComplete;
  return total;
}

ServeResult Reader::Serve(const NetnsEntry& scanned, int64_t timestamp_ns, std::atomic<uint32_t>& seq,
                          const std::atomic<bool>& stop) {
  ServeResult result;
  const int64_t start = MonotonicNs();
  std::optional<netlink::DiagSocket> socket = OpenIn(scanned, result);
  const int64_t opened = MonotonicNs();
  result.open_ns = opened - start;
  if (!socket) return result;
  std::optional<NetnsEntry> renamed;
  if (!NameHolds(scanned)) {
    renamed = scanned;
    renamed->name = UnnamedNetns(scanned.id.inode);
  }
  const NetnsEntry& netns = renamed ? *renamed : scanned;
  const uint64_t cookie = socket->NetnsCookie();
  const collect::DatagramTap tap = taps_ ? taps_(netns, cookie) : collect::DatagramTap{};
  const collect::DumpLimits limits{settings_.silence_ns, &stop};
  lane_.Begin(ContextOf(netns, *socket, cookie, timestamp_ns));
  sink_->Enter(lane_);
  result.dumps[0] = DumpFamily(*socket, kIpv4, seq, limits, tap);
  // A dump that came to no end still runs on this socket; another would be refused (EBUSY).
  result.dumps[1] = EndedByKernel(result.dumps[0].end) ? DumpFamily(*socket, kIpv6, seq, limits, tap) : result.dumps[0];
  result.dump_ns = MonotonicNs() - opened;
  const bool cancelled =
      result.dumps[0].end == collect::DumpEnd::kCancelled || result.dumps[1].end == collect::DumpEnd::kCancelled;
  result.served = cancelled                                                  ? Served::kCancelled
                  : result.dumps[0].complete() && result.dumps[1].complete() ? Served::kComplete
                                                                             : Served::kIncomplete;
  return result;
}

}  // namespace xtcp2::daemon
