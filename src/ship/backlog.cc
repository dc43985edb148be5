#include "ship/backlog.h"

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"

namespace xtcp2::ship {
namespace {

constexpr int64_t kTickNs = 5 * kNsPerSecond;
constexpr int64_t kLookAgainNs = kNsPerSecond;

// A header line belongs to the columns it names: rows of other columns are of another format.
std::string FormatOf(const encode::Framing& framing) {
  if (framing.header.empty()) return framing.format;
  return fmt::format("{}/{:016x}", framing.format, spool::FormatHash(framing.header));
}

}  // namespace

Backlog::Backlog(const DestSpec& spec, const SpoolOptions& options)
    : metrics_(spec),
      redacted_(spec.Redacted()),
      troubles_(LogLevel::kWarning, "xtcp2_spool_errors_total", "System calls of the spool that failed.",
                {{"destination", spec.name}}),
      pace_(options.idle_after_ms, options.idle_pause_ms, MonotonicNs()) {}

Result<std::shared_ptr<Backlog>> Backlog::Open(const DestSpec& spec, const encode::Framing& framing,
                                               const ShipOptions& options) {
  const SpoolOptions& given = options.spool;
  if (spec.local() || given.dir.empty()) return std::shared_ptr<Backlog>();
  std::shared_ptr<Backlog> backlog(new Backlog(spec, given));
  spool::Options wanted;
  const std::string shown = spec.Redacted();
  wanted.folder =
      given.dir + "/" +
      spool::FolderName(given.same_before == 0 ? shown : fmt::format("{} {}", shown, given.same_before + 1));
  wanted.owner = given.owner;
  wanted.format = FormatOf(framing);
  wanted.bytes = given.bytes;
  wanted.age_ns = given.age_ns;
  wanted.sync_each = given.sync_each;
  Backlog* const self = backlog.get();
  auto spool = spool::Spool::Open(
      wanted, {[self](std::string_view reason, uint64_t rows) { self->metrics_.Dropped(reason, rows); },
               [self](const Error& error) { self->troubles_.Happened("{}: {}", self->redacted_, error.Text()); }});
  if (!spool) return tl::unexpected(spool.error());
  backlog->spool_ = std::move(*spool);
  for (const std::string_view reason : {spool::kFull, spool::kTooOld, spool::kCorrupt, spool::kUnwritable})
    backlog->metrics_.ShowDropped(reason);
  backlog->ShowRecovered();
  ShowSpoolLevel(spec, backlog);
  return backlog;
}

void Backlog::ShowRecovered() const {
  const spool::Recovered& found = spool_->recovered();
  if (found.rows != 0)
    LogInfo("{}: {} rows in {} batches wait in {} from before", redacted_, found.rows, found.records, spool_->path());
  if (found.kept_segments != 0)
    LogWarning(
        "{}: {} segments with {} rows in {} are of another format or a later version: they are kept, and sent "
        "when that is used again",
        redacted_, found.kept_segments, found.kept_rows, spool_->path());
  if (found.damaged_bytes != 0)
    LogWarning("{}: {} bytes in {} places of {} are damaged or were cut off, with {} rows or more", redacted_,
               found.damaged_bytes, found.damaged_places, spool_->path(), found.damaged_rows);
}

std::chrono::milliseconds Backlog::UntilDue(bool hurry) const {
  constexpr int64_t kLongNs = 500 * kNsPerMs;
  const int64_t now = MonotonicNs();
  if (!taken_ && (now < empty_until_ns_ || !spool_->HasUnread())) return std::chrono::milliseconds(kLongNs / kNsPerMs);
  const int64_t left = hurry ? 0 : std::clamp<int64_t>(pace_.NextNs() - now, 0, kLongNs);
  return std::chrono::milliseconds((left + kNsPerMs - 1) / kNsPerMs);
}

bool Backlog::Take() {
  if (taken_) return true;
  const auto first_row = spool_->Next(batch_);
  if (!first_row) {
    empty_until_ns_ = MonotonicNs() + kLookAgainNs;
    return false;
  }
  progress_ = Progress{};
  progress_.next_row = first_row_ = *first_row;
  return taken_ = true;
}

void Backlog::Done() {
  taken_ = false;
  pace_.OldSent(batch_.rows.size(), MonotonicNs());
  spool_->Done();
}

void Backlog::LookAfter(bool settled) {
  if (settled) spool_->Commit();
  if (const int64_t now = MonotonicNs(); now >= next_tick_ns_) {
    next_tick_ns_ = now + kTickNs;
    spool_->Tick();
  }
}

// Rows of it that were delivered must not come again.
void Backlog::Close(bool settled) {
  if (std::exchange(taken_, false)) {
    if (progress_.next_row == first_row_) {
      spool_->PutBack();
    } else {
      Keep(batch_, progress_.next_row);
      spool_->Done();
    }
  }
  if (settled) spool_->Commit();
  spool_->Sync();
}

void ShowSpoolLevel(const DestSpec& spec, const std::weak_ptr<Backlog>& backlog) {
  const auto gauge = [&spec](const char* name, const char* help) -> Gauge& {
    return Metrics::Global().AddGauge(name, help, {{"destination", spec.name}});
  };
  Gauge& rows = gauge("xtcp2_destination_spooled_rows", "Rows that wait on disk.");
  Gauge& bytes = gauge("xtcp2_destination_spooled_bytes", "Size of the spool on disk.");
  Gauge& segments = gauge("xtcp2_destination_spooled_segments", "Files of the spool.");
  Gauge& oldest = gauge("xtcp2_destination_spooled_oldest_timestamp_seconds",
                        "When the oldest of what waits on disk was put there; 0: there is nothing.");
  Metrics::Global().OnScrape([&, backlog] {
    const auto alive = backlog.lock();
    const spool::Level level = alive ? alive->GetLevel() : spool::Level{};
    rows.Set(static_cast<double>(level.rows));
    bytes.Set(static_cast<double>(level.bytes));
    segments.Set(static_cast<double>(level.segments));
    oldest.Set(static_cast<double>(level.oldest_ns) / 1e9);
  });
}

}  // namespace xtcp2::ship
