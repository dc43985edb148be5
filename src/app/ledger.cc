#include "app/ledger.h"

#include <bit>
#include <map>

#include "app/ledger_netns.h"
#include "app/settings.h"
#include "config/output.h"
#include "daemon/budget.h"

namespace xtcp2::app {
namespace {

using ledger::Detail;

ledger::EventRowOptions RowOptions(const config::Config& config, const daemon::HostFacts& host,
                                   const decode::LocateOptions& locate) {
  ledger::EventRowOptions options;
  options.host = daemon::ContextOf(host, schema::kEvent);
  options.ipv4 = config.families != "ipv6";
  options.ipv6 = config.families != "ipv4";
  options.filter = MakeFilter(config);
  options.locate = locate;
  return options;
}

// -sample and the budgets, second by second: what one second was like is what the next is taken for.
std::function<filter::Sampler(const ledger::LedgerReader::Second&)> MakeSampler(const config::Config& config) {
  const daemon::PollerOptions poll = MakePollerOptions(config);
  const auto budget = std::make_shared<daemon::Budget>(poll.budget, kNsPerSecond);
  return [budget, salt = poll.sample_salt](const ledger::LedgerReader::Second& second) {
    budget->Learn(second.events, second.matched, second.rows, second.row_bytes);
    return filter::Sampler(salt, budget->Rate(second.events));
  };
}

std::function<Result<std::unique_ptr<ledger::NetnsSource>>()> MakeSource(const config::Config& config) {
  return [scan = MakeScanOptions(config), selection = MakePollerOptions(config).selection] {
    return LedgerNetns::Make(scan, selection);
  };
}

ledger::ReaderOptions MakeReaderOptions(const config::Config& config, const LoadedLedger& loaded) {
  ledger::ReaderOptions options;
  if (loaded.options.mode == bpf::LedgerOptions::kRows) options.ring_bytes = loaded.options.ring_bytes;
  // What is held open keeps a namespace that ended until the next look.
  options.keeper.scan_interval_ns =
      std::clamp<int64_t>(config.poll_frequency.count(), kNsPerSecond, options.keeper.scan_interval_ns);
  options.keeper.max_open = std::min<size_t>(options.keeper.max_open, DescriptorLimit() / 8);
  options.keeper.begun_at = loaded.begun_at;
  return options;
}

struct Page {
  Detail detail;
  bool text;
};
const std::map<std::string_view, Page>& Pages() {
  static const std::map<std::string_view, Page> pages = {
      {"", {Detail::kHost, false}},
      {".txt", {Detail::kHost, true}},
      {"/namespaces", {Detail::kNamespaces, false}},
      {"/namespaces.txt", {Detail::kNamespaces, true}},
      {"/ports", {Detail::kPorts, false}},
      {"/ports.txt", {Detail::kPorts, true}},
  };
  return pages;
}

}  // namespace

std::optional<bpf::LedgerOptions> WantedLedger(const config::Config& config, bool bpf_collects) {
  if (config.ledger == "off" || (config.ledger == "auto" && !bpf_collects)) return std::nullopt;
  bpf::LedgerOptions options;
  options.mode = config.ledger == "rows" ? bpf::LedgerOptions::kRows : bpf::LedgerOptions::kCounts;
  options.open_rows = config.ledger_open && options.mode == bpf::LedgerOptions::kRows;
  if (options.mode == bpf::LedgerOptions::kRows) options.ring_bytes = std::bit_ceil(config.ledger_ring_bytes);
  return options;
}

Result<std::unique_ptr<Ledger>> Ledger::Start(const config::Config& config, const daemon::HostFacts& host,
                                              Output& output, LoadedLedger loaded) {
  const ledger::ReaderOptions options = MakeReaderOptions(config, loaded);
  ledger::LedgerReader::Parts parts;
  parts.source = MakeSource(config);
  parts.rows = [&](ledger::EventRows::Naming naming) {  // called before Start returns
    return std::make_unique<ledger::EventRows>(RowOptions(config, host, output.locate()),
                                               output.MakeSink(output.NewSource()), std::move(naming));
  };
  // Half of the queue is left to the polls.
  parts.room = [&output] { return output.RoomToHalf(); };
  parts.sampler = MakeSampler(config);
  auto reader = ledger::LedgerReader::Start(options, std::move(loaded.program), std::move(parts));
  if (!reader) return tl::unexpected(reader.error());
  std::unique_ptr<Ledger> ledger(new Ledger);
  ledger->reader_ = std::move(*reader);
  return ledger;
}

Result<std::unique_ptr<Ledger>> Ledger::StartWithoutBpf(const config::Config& config, const daemon::HostFacts& host,
                                                        Output& output) {
  const ledger::EventRowOptions rows = RowOptions(config, host, output.locate());
  Result<filter::Filter> filter = ledger::WithPeer(config.filter);
  if (!filter) return tl::unexpected(filter.error());
  ledger::DestroyOptions options{.host = rows.host, .ipv4 = rows.ipv4, .ipv6 = rows.ipv6, .filter = *filter};
  options.max_open = std::min<size_t>(options.max_open, DescriptorLimit() / 8);
  ledger::DestroyReader::Parts parts{MakeSource(config), output.MakeSink(output.NewSource()), MakeSampler(config)};
  auto reader = ledger::DestroyReader::Start(options, std::move(parts));
  if (!reader) return tl::unexpected(reader.error());
  std::unique_ptr<Ledger> ledger(new Ledger);
  ledger->destroyed_ = std::move(*reader);
  return ledger;
}

void Ledger::End() {
  if (reader_) reader_->End();
  if (destroyed_) destroyed_->End();
}

bool Ledger::WaitEnded(std::chrono::milliseconds timeout) {
  return reader_ ? reader_->WaitEnded(timeout) : destroyed_->WaitEnded(timeout);
}

HttpReply Ledger::Answer(std::string_view below) const {
  if (!reader_) return {404, "without BPF there are last rows, but no counts and no coverage; xtcp2 doctor says why\n"};
  const auto page = Pages().find(below);
  if (page == Pages().end())
    return {404, "not found; there are /coverage, /coverage/namespaces and /coverage/ports, and the same with .txt\n"};
  std::vector<bpf::LedgerLine> ports;
  if (page->second.detail == Detail::kPorts) {
    auto read = reader_->Ports();
    if (!read) return {500, read.error().Text() + "\n"};
    ports = std::move(*read);
  }
  const auto snapshot = reader_->Latest();
  if (page->second.text) return {200, ReportText(*snapshot, page->second.detail, ports)};
  return {200, ReportJson(*snapshot, page->second.detail, ports), "application/json"};
}

HttpReply NoLedger() {
  return {404,
          "the ledger of connections is off: it counts with -ledger counts or rows, or with -collector bpf and -ledger "
          "auto\n"};
}

}  // namespace xtcp2::app
