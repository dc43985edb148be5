#include "app/settings.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "app/settings_kafka.h"
#include "app/version.h"
#include "config/destinations.h"
#include "config/output.h"
#include "daemon/kernel_layout.h"
#include "filter/kernel.h"
#include "serve/cpu_limit.h"
#include "serve/listen_address.h"

namespace xtcp2::app {
namespace {

constexpr uint64_t Bit(schema::Part part) { return decode::Bit(part); }

int64_t Ms(config::Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::string SystemHostname() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

// Where the kernel does not say, nothing is left to it that it might not know.
filter::KernelOperations KernelOperations() {
  constexpr filter::KernelOperations kNone{false, false, false};
  Result<netlink::DiagSocket> socket = netlink::DiagSocket::Open(1000);
  if (!socket) return kNone;
  return filter::AskKernel(*socket).value_or(kNone);
}

// What the filter leaves of the states that are collected; a bound-only socket is in state CLOSE for it.
uint32_t StatesOf(const daemon::ReadSettings& read) {
  constexpr uint32_t kClose = 1u << 7;
  const uint32_t matching = read.filter.Compile({false, false, false}).states;
  return (read.states & matching) | ((matching & kClose) != 0 ? read.states & netlink::kBoundOnly : 0);
}

}  // namespace

size_t DescriptorLimit() {
  rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? std::min<size_t>(limit.rlim_cur, size_t{1} << 20) : 0;
}

size_t ReceiveBuffer(const config::Config& config) {
  const uint64_t base = config.packet_size != 0 ? config.packet_size : static_cast<uint64_t>(getpagesize());
  const uint64_t factor = config.packet_size_mply != 0 ? config.packet_size_mply : 8;
  // The kernel never gives more than 32 KiB at once; a smaller buffer would cut datagrams off.
  return std::clamp<uint64_t>(base * factor, collect::kMinReceiveBuffer, uint64_t{1} << 20);
}

uint64_t WantedAttributes(const config::Config& config) {
  return config.deserializers.attributes | Bit(schema::Part::kMsg);
}

filter::Filter MakeFilter(const config::Config& config) {
  return filter::Filter::Parse(config.filter).value_or(filter::Filter());
}

collect::RingRunnerOptions MakeRingOptions(const config::Config& config) {
  return {config.io_uring_recv_batch, config.io_uring_cqe_batch, ReceiveBuffer(config)};
}

daemon::ReadSettings MakeReadSettings(const config::Config& config) {
  daemon::ReadSettings settings;
  settings.filter = MakeFilter(config);
  if (!settings.filter.everything()) settings.kernel = KernelOperations();
  settings.families = config.families == "ipv4"   ? daemon::Families::kIpv4
                      : config.families == "ipv6" ? daemon::Families::kIpv6
                                                  : daemon::Families::kBoth;
  settings.ext = netlink::ExtMask(WantedAttributes(config));
  settings.states = netlink::kAllStates | (config.bound_only ? netlink::kBoundOnly : 0);
  settings.receive_timeout_ms = static_cast<int64_t>(config.nl_timeout_ms);
  settings.silence_ns = config.poll_timeout.count();
  settings.readers = std::max(1u, ReaderCount(config));
  settings.parts = config.netlinkers;
  return settings;
}

daemon::PollerOptions MakePollerOptions(const config::Config& config) {
  daemon::PollerOptions options;
  options.frequency_ns = config.poll_frequency.count();
  options.timeout_ns = config.poll_timeout.count();
  options.jitter_pct = config.poll_jitter_pct;
  options.max_loops = config.max_loops;
  options.scan_before_poll = config.reconcile_before_poll;
  options.scan_interval_ns = config.reconcile_frequency.count();
  options.selection =
      filter::NetnsSelection::Parse(config.netns_include, config.netns_exclude).value_or(filter::NetnsSelection());
  options.budget = {config.max_rows_per_second, config.max_bytes_per_second, config::SampleRate(config)};
  options.sample_salt = config.sample_salt;
  options.own_only = config.netns == "own";
  options.sockstats = DescriptorLimit() / 2 / daemon::NetnsSockstat::kDescriptors;
  return options;
}

daemon::NetnsScanOptions MakeScanOptions(const config::Config& config) {
  return {config.proc_root, config.netns_dirs, config.netns == "own"};
}

daemon::HostFacts MakeHostFacts(const config::Config& config) {
  daemon::HostFacts facts;
  facts.daemon_version = config.daemon_version.empty() ? DaemonVersion() : config.daemon_version;
  facts.hostname = config.hostname.empty() ? SystemHostname() : config.hostname;
  facts.location = config.location;
  facts.label = config.label;
  facts.tag = config.tag;
  facts.boot_id = daemon::BootId();
  facts.epoch = config.record_epoch == 1 ? schema::Epoch::k1 : schema::Epoch::k2;
  return facts;
}

Result<collect::SinkOptions> MakeSinkOptions(const config::Config& config) {
  Result<encode::EncodeOptions> encode = config::MakeEncodeOptions(config);
  if (!encode) return tl::unexpected(encode.error());
  collect::SinkOptions options;
  options.encode = std::move(*encode);
  options.locate.wanted = WantedAttributes(config);
  options.locate.accecn = daemon::LiveAccEcnLayout();
  options.filter_attributes = MakeFilter(config).NeededAttributes();
  if (config.envelope_flush_rows != 0) options.max_rows = config.envelope_flush_rows;
  if (config.envelope_flush_bytes != 0) options.max_bytes = config.envelope_flush_bytes;
  return options;
}

ship::ShipOptions MakeShipOptions(const config::Config& config) {
  ship::ShipOptions options;
  options.host = config.hostname.empty() ? SystemHostname() : config.hostname;
  options.queue_bytes = config.dest_queue_bytes;
  options.connect_timeout_ms = Ms(config.dest_connect_timeout);
  options.write_timeout_ms = Ms(config.dest_write_timeout);
  options.rotate_bytes = config.dest_file_rotate_bytes;
  options.rotate_age_ns = config.dest_file_rotate_age.count();
  options.rotate_keep = config.dest_file_rotate_keep;
  options.http_headers = config.http_headers;
  options.http_ca_file = config.http_ca_file;
  options.http_cert_file = config.http_cert_file;
  options.http_key_file = config.http_key_file;
  options.http_timeout_ms = Ms(config::HttpTimeout(config));
  options.http_proxy = config.http_proxy;
  options.http_compression = config.http_compression;
  options.io_uring = config.io_uring;
  options.io_uring_require = config.io_uring_require;
  options.kafka = MakeKafkaOptions(config);
  options.spool = MakeSpoolOptions(config);
  return options;
}

bpf::WalkOptions MakeWalkOptions(const config::Config& config, const daemon::ReadSettings& read, unsigned readers) {
  bpf::WalkOptions options;
  options.walkers = readers;
  options.block_rows = static_cast<uint32_t>(config.walk_rows);
  options.states = StatesOf(read);
  options.ipv4 = read.families != daemon::Families::kIpv6;
  options.ipv6 = read.families != daemon::Families::kIpv4;
  return options;
}

daemon::AuditOptions MakeAuditOptions(const config::Config& config, std::function<void()> exit) {
  using daemon::AuditAction;
  const AuditAction action = config.audit_action == "log"    ? AuditAction::kLog
                             : config.audit_action == "exit" ? AuditAction::kExit
                                                             : AuditAction::kFallback;
  return {config.audit, action, std::move(exit)};
}

CapabilityNeeds MakeCapabilityNeeds(const config::Config& config, std::span<const ship::DestSpec> dests) {
  CapabilityNeeds needs;
  needs.all_namespaces = config.netns == "all";
  constexpr uint64_t kMark = decode::Bit(schema::Part::kMark);
  needs.marks = (WantedAttributes(config) & kMark) != 0;
  needs.mark_filter = (MakeFilter(config).NeededAttributes() & kMark) != 0;
  needs.file_reopen_needs_dac = std::any_of(dests.begin(), dests.end(), [](const ship::DestSpec& dest) {
    return dest.scheme == ship::Scheme::kFile && NeedsDacOverride(dest.path);
  });
  needs.config_reread_needs_dac = !config.config_file.empty() && NeedsDacReadSearch(config.config_file);
  if (const auto address = ParseListenAddress(config.prom_listen, "-promListen"); address)
    needs.lowest_listen_port = address->port;
  return needs;
}

unsigned OtherThreads(const config::Config& config) {
  const bool ledger = config.ledger == "auto" ? config.collector != "netlink" : config.ledger != "off";
  unsigned threads = ledger ? 5 : 4;
  for (const std::string& text : config::DestinationsOf(config.dest)) {
    const auto dest = ship::ParseDest(text);
    ++threads;
    // librdkafka has three, and one for each broker.
    if (dest && dest->scheme == ship::Scheme::kKafka) threads += 3 + static_cast<unsigned>(dest->servers.size());
  }
  return threads;
}

unsigned WantedReaders(const config::Config& config) {
  const auto processors = static_cast<unsigned>(ReadCpuLimit().Processors());
  return config.go_max_procs == 0 ? processors : std::min(config.go_max_procs, processors);
}

unsigned ReaderCount(const config::Config& config) {
  const unsigned wanted = WantedReaders(config);
  if (config.max_threads == 0) return wanted;
  const unsigned others = OtherThreads(config);
  return config.max_threads <= others ? 0 : std::min(wanted, config.max_threads - others);
}

}  // namespace xtcp2::app
