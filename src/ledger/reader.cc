#include "ledger/reader.h"

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace xtcp2::ledger {
namespace {

constexpr size_t kMostAtOnce = 1024;  // events of one drain, whose rows have one time
constexpr uint64_t kRecordBytes = sizeof(xtcp2_ledger_event) + 8;
constexpr uint64_t kFastest = 100'000;  // connections a second for which a pause is still short

// Rows come in bunches: so long nothing is read, however much is there. A sixteenth of the ring at the fastest.
int64_t Breath(uint64_t ring_bytes) {
  return static_cast<int64_t>(ring_bytes / 16 * kNsPerSecond / (kRecordBytes * kFastest));
}

}  // namespace

LedgerReader::LedgerReader(const ReaderOptions& options, std::shared_ptr<bpf::LedgerProgram> program, Parts parts)
    : options_(options), program_(std::move(program)), parts_(std::move(parts)), overload_(options.overload) {}

Result<std::unique_ptr<LedgerReader>> LedgerReader::Start(const ReaderOptions& options,
                                                          std::shared_ptr<bpf::LedgerProgram> program, Parts parts) {
  std::unique_ptr<LedgerReader> reader(new LedgerReader(options, std::move(program), std::move(parts)));
  const Result<> started = reader->worker_.Start(
      "xtcp2-ledger", [&self = *reader] { return self.Prepare(); }, [&self = *reader] { self.Main(); });
  if (!started) return tl::unexpected(started.error());
  return reader;
}

std::shared_ptr<const Snapshot> LedgerReader::Latest() const {
  std::lock_guard lock(mutex_);
  return latest_;
}

Result<> LedgerReader::Prepare() {
  Result<std::unique_ptr<NetnsSource>> source = parts_.source();
  if (!source) return tl::unexpected(source.error());
  source_ = std::move(*source);
  keeper_.emplace(options_.keeper, options_.ring_bytes != 0, *program_, *source_);
  if (parts_.rows && options_.ring_bytes != 0)
    rows_ = parts_.rows([this](NetnsKey key) { return keeper_->Find(key, now_ns_); });
  if (parts_.sampler) sampler_ = parts_.sampler({});
  program_->PauseRows(false);  // it may have served another reader before
  Round(MonotonicNs());
  return {};
}

void LedgerReader::Main() {
  int64_t next_round = MonotonicNs() + options_.round_ns;
  while (!worker_.ending()) {
    Wait(next_round);
    const int64_t now = MonotonicNs();
    while (rows_ && Drain(Room()) && !worker_.ending() && MonotonicNs() < next_round) {
    }
    if (now < next_round) continue;
    Round(now);
    next_round = std::max(next_round + options_.round_ns, now);
  }
  while (rows_ && Drain(kMostAtOnce)) {
  }
  Round(MonotonicNs());
}

void LedgerReader::Wait(int64_t until_ns) {
  if (!rows_) return SleepUntil(worker_.wake_fd(), -1, until_ns);
  const int64_t now = MonotonicNs();
  SleepUntil(worker_.wake_fd(), -1, std::min(until_ns, now + Breath(options_.ring_bytes)));
  if (!worker_.ending())
    SleepUntil(worker_.wake_fd(), program_->poll_fd(), std::min(until_ns, now + options_.drain_ns));
}

size_t LedgerReader::Room() const {
  if (!parts_.room) return kMostAtOnce;
  // Batches hold some more than their rows.
  return std::min<size_t>(kMostAtOnce, parts_.room() / (2 * bytes_a_row_));
}

bool LedgerReader::Drain(size_t most) {
  if (most == 0) return false;
  now_ns_ = MonotonicNs();
  const int64_t wall = RealtimeNs();
  rows_->Begin(wall, wall - now_ns_, sampler_);
  const size_t taken = program_->Drain(most, [this](const xtcp2_ledger_event& event) { rows_->Take(event); });
  if (taken == 0) return false;
  second_.events += taken;
  rows_->End();
  return taken == most;
}

void LedgerReader::CountRows() {
  if (!rows_) return;
  const EventRows::Counters counters = rows_->TakeCounters();
  metrics_.Add(counters);
  second_.matched += counters.sink.rows + counters.sink.sampled_out;
  if (counters.sink.rows != 0) bytes_a_row_ = std::max<uint64_t>(1, counters.sink.row_bytes / counters.sink.rows);
  second_.rows += counters.sink.rows;
  second_.row_bytes += counters.sink.row_bytes;
  if (parts_.sampler) sampler_ = parts_.sampler(second_);
  second_ = {};
}

void LedgerReader::Round(int64_t now_ns) {
  CountRows();
  const Result<> done = keeper_->Round(now_ns);
  Result<CoverageReport> report = keeper_->Report();
  if (!done || !report) {
    failures_.Happened("the ledger cannot be read: {}", (done ? report.error() : done.error()).Text());
    return;
  }
  JudgeLoad(now_ns, *report);
  Publish(std::move(*report));
}

void LedgerReader::JudgeLoad(int64_t now_ns, const CoverageReport& report) {
  if (!rows_) return;
  const bool before = overload_.paused();
  const bool pause = overload_.Update(now_ns, report.totals.rows, report.lost_ring_full);
  if (pause == before) return;
  program_->PauseRows(pause);
  if (pause)
    pauses_.Happened("the ledger's ring overflows: more connections end than rows can be made; counts only for {} s",
                     overload_.pause_ns() / kNsPerSecond);
  else
    LogInfo("the ledger makes rows again");
}

void LedgerReader::Publish(CoverageReport report) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->report = std::move(report);
  snapshot->paused = overload_.paused();
  snapshot->ring_bytes = options_.ring_bytes;
  snapshot->memory_bytes = program_->MemoryBytes();
  snapshot->taken_at = RealtimeNs();
  snapshot->began_at = options_.keeper.begun_at;
  metrics_.Update(*snapshot);
  std::lock_guard lock(mutex_);
  latest_ = std::move(snapshot);
}

}  // namespace xtcp2::ledger
