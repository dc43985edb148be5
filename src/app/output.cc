#include "app/output.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/output_outlet.h"
#include "app/settings.h"
#include "base/log.h"
#include "base/metrics.h"
#include "outlets/outlets.h"

namespace xtcp2::app {
namespace {

using std::chrono::milliseconds;

constexpr size_t kIdleBatches = 16;

void ShowPool(const std::shared_ptr<encode::BatchPool>& pool) {
  static const auto gauge = [](const char* name, const char* help) -> Gauge& {
    return Metrics::Global().AddGauge(name, help, {{"pool", "batches"}});
  };
  Gauge& hits = gauge("xtcp2_pool_hits", "Objects that a pool had ready when one was wanted, since the start.");
  Gauge& misses = gauge("xtcp2_pool_misses", "Objects that had to be made, since the start.");
  Gauge& most = gauge("xtcp2_pool_high_water", "The most objects that were out at once.");
  Gauge& idle = gauge("xtcp2_pool_idle", "Objects that are ready.");
  Metrics::Global().OnScrape([&, weak = std::weak_ptr(pool)] {
    const auto alive = weak.lock();
    if (!alive) return;
    const auto stats = alive->GetStats();
    hits.Set(static_cast<double>(stats.hits));
    misses.Set(static_cast<double>(stats.misses));
    most.Set(static_cast<double>(stats.high_water));
    idle.Set(static_cast<double>(stats.idle));
  });
}

// What makes rows or batches differ between two destinations.
std::string EncodingKey(const config::DestinationConfig& entry) {
  const config::Config& c = entry.config;
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", c.marshal, c.record_epoch, c.columns, c.fields,
                     c.envelope_flush_rows, c.envelope_flush_bytes, entry.own_filter ? c.filter : "",
                     entry.own_sample ? c.sample : "");
}

}  // namespace

// Takes the batches of one encoding and gives each destination its own; all but the last get copies.
struct Output::Group final : collect::BatchOutput {
  std::string key;
  collect::SinkOptions sink;
  std::vector<ship::Shipper*> shippers;
  // Shared with the gauges, which may be asked when this is gone.
  const std::shared_ptr<encode::BatchPool> pool = std::make_shared<encode::BatchPool>(kIdleBatches);

  encode::PooledBatch TakeBatch() override { return pool->Take(); }
  bool Push(encode::PooledBatch batch) override {
    bool taken = false;
    for (size_t i = 0; i + 1 < shippers.size(); ++i) taken |= shippers[i]->Push(CopyOf(*batch));
    return shippers.back()->Push(std::move(batch)) || taken;
  }

 private:
  encode::PooledBatch CopyOf(const encode::Batch& batch) {
    encode::PooledBatch copy = pool->Take();
    copy->rows.Append(batch.rows.bytes());
    copy->row_end = batch.row_end;
    copy->poll_ns = batch.poll_ns;
    copy->opened_ns = batch.opened_ns;
    copy->reason = batch.reason;
    return copy;
  }
};

Output::Output() = default;
Output::~Output() { Stop(milliseconds(0)); }

Result<Output::Group*> Output::GroupOf(const config::DestinationConfig& entry) {
  const std::string key = EncodingKey(entry);
  for (const auto& group : groups_)
    if (group->key == key) return group.get();
  Result<collect::SinkOptions> sink = MakeSinkOptions(entry.config);
  if (!sink) return tl::unexpected(sink.error());
  auto group = std::make_unique<Group>();
  group->key = key;
  group->sink = std::move(*sink);
  if (entry.own_filter) {
    group->sink.filter = MakeFilter(entry.config);
    group->sink.filter_attributes |= group->sink.filter.NeededAttributes();
  }
  if (entry.own_sample) group->sink.sample_rate = config::SampleRate(entry.config);
  groups_.push_back(std::move(group));
  return groups_.back().get();
}

tl::expected<void, Output::StartError> Output::Add(const config::DestinationConfig& entry, bool alone) {
  Result<ship::DestSpec> spec = ship::ParseDest(entry.dest);
  if (!spec) return tl::unexpected(StartError{spec.error(), true});
  const auto same = std::count_if(outlets_.begin(), outlets_.end(),
                                  [&](const auto& other) { return other->spec.scheme == spec->scheme; });
  if (same != 0) spec->name += fmt::format("-{}", same + 1);
  Result<Group*> group = GroupOf(entry);
  if (!group) return tl::unexpected(StartError{group.error(), true});
  ship::ShipOptions options = MakeShipOptions(entry.config);
  options.waits_for_room = alone && spec->local();
  auto destination = outlets::MakeDestination(*spec, encode::MakeFraming((*group)->sink.encode), options);
  if (!destination) return tl::unexpected(StartError{destination.error(), false});
  options.spool.same_before = static_cast<size_t>(std::count_if(
      outlets_.begin(), outlets_.end(), [&](const auto& other) { return other->spec.Redacted() == spec->Redacted(); }));
  auto backlog = ship::Backlog::Open(*spec, encode::MakeFraming((*group)->sink.encode), options);
  if (!backlog) return tl::unexpected(StartError{backlog.error(), false});
  outlets_.push_back(std::make_unique<Outlet>());
  Outlet& outlet = *outlets_.back();
  outlet.spec = *spec;
  outlet.format = entry.config.marshal;
  outlet.queue_bytes = options.queue_bytes;
  ++working_;
  outlet.shipper = std::make_unique<ship::Shipper>(
      std::move(*destination), *spec, options, [this, &outlet](const Error& error) { Failed(outlet, error); },
      std::move(*backlog));
  (*group)->shippers.push_back(outlet.shipper.get());
  return {};
}

void Output::Failed(const Outlet& outlet, const Error& error) {
  if (--working_ == 0) return all_failed_(error);
  LogError("the destination {} cannot be used any more, the others go on: {}", outlet.spec.Redacted(), error.Text());
}

tl::expected<std::unique_ptr<Output>, Output::StartError> Output::Start(const config::Config& config,
                                                                        ship::Shipper::FatalCallback all_failed) {
  const auto entries = config::SplitDestinations(config);
  if (!entries) return tl::unexpected(StartError{entries.error(), true});
  std::unique_ptr<Output> output(new Output);
  output->all_failed_ = std::move(all_failed);
  for (const config::DestinationConfig& entry : *entries)
    if (auto added = output->Add(entry, entries->size() == 1); !added) return tl::unexpected(added.error());
  ShowPool(output->groups_.front()->pool);
  return output;
}

std::shared_ptr<collect::RowCounters> Output::NewSource() const {
  return std::make_shared<collect::RowCounters>(groups_.size() - 1);
}

std::unique_ptr<collect::RowSink> Output::MakeSink(const std::shared_ptr<collect::RowCounters>& source) {
  std::vector<std::unique_ptr<collect::RowSink>> sinks;
  for (const auto& group : groups_) sinks.push_back(collect::MakeRowSink(group->sink, *group));
  if (sinks.size() == 1) return std::move(sinks.front());
  return collect::MakeTee(std::move(sinks), source);
}

const decode::LocateOptions& Output::locate() const { return groups_.front()->sink.locate; }

void Output::Reopen() {
  for (const auto& outlet : outlets_) outlet->shipper->Reopen();
}

bool Output::Drain(milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  return std::all_of(outlets_.begin(), outlets_.end(), [&](const auto& outlet) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    return outlet->shipper->Fatal() || outlet->shipper->Drain(std::max(left, milliseconds(0)));
  });
}

// Together, so that one that hangs takes none of the others' time.
void Output::Stop(milliseconds deadline) {
  std::vector<std::thread> stopping;
  for (size_t i = 1; i < outlets_.size(); ++i) stopping.emplace_back([&, i] { outlets_[i]->shipper->Stop(deadline); });
  if (!outlets_.empty()) outlets_[0]->shipper->Stop(deadline);
  for (std::thread& thread : stopping) thread.join();
}

std::optional<std::string> Output::WhyNotReady() const {
  for (const auto& outlet : outlets_)
    if (!outlet->shipper->Fatal() && !outlet->shipper->Ready())
      return "the destination " + outlet->spec.Redacted() + " is not ready";
  return std::nullopt;
}

size_t Output::RoomToHalf() const {
  size_t room = ~size_t{0};
  for (const auto& outlet : outlets_) {
    const size_t half = outlet->queue_bytes / 2;
    room = std::min(room, half - std::min(half, outlet->shipper->GetLevel().bytes));
  }
  return room;
}

std::string Output::Text() const {
  std::string text;
  for (const auto& outlet : outlets_) text += (text.empty() ? "" : ", ") + outlet->spec.Redacted();
  return text;
}

}  // namespace xtcp2::app
