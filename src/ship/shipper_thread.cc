// The half of Shipper that runs on its thread: taking batches out of the queue, attempts, pauses, the end.
#include <pthread.h>

#include <algorithm>

#include "base/clock.h"
#include "ship/shipper.h"

namespace xtcp2::ship {

using std::chrono::milliseconds;

void Shipper::Run() {
  pthread_setname_np(pthread_self(), "xtcp2-ship");
  Item item;
  while (TakeNext(&item)) {
    ReopenIfAsked();
    if (item.batch) {
      Ship(*item.batch);
      item.batch = {};
      Finished(item.number);
    }
  }
  FinishUp();
  EmptyQueue();
  if (backlog_) backlog_->Close(!destination_->Unsettled());
  std::lock_guard lock(mutex_);
  thread_done_ = true;
  changed_.notify_all();
}

// How long the next new batch is waited for before something else is done.
milliseconds Shipper::PatienceForNext() const {
  milliseconds patience = std::chrono::hours(1);
  if (backlog_) patience = backlog_->UntilDue(away_);
  if (destination_->Unsettled()) patience = std::min(patience, milliseconds(10));
  return patience;
}

// Waits for the next batch, looking after the destination and the backlog meanwhile. False when there will be none, or
// none may be sent any more.
bool Shipper::TakeNext(Item* item) {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (over_ || fatal_) return false;
    }
    auto next = queue_->Pop(PatienceForNext());
    if (next) {
      *item = std::move(*next);
      return true;
    }
    if (queue_->GetLevel().closed) return false;
    SettleOnce();
    ShipBacklog();
  }
}

// Sends the batch until every row is delivered, rejected or given up.
void Shipper::Ship(const encode::Batch& batch) {
  Progress progress;
  while (progress.next_row < batch.count())
    if (!Attempt(batch, progress)) break;
  if (progress.payloads == 0) return;
  CountBatch(batch);
  if (backlog_) backlog_->NewSent(batch.rows.size());
}

void Shipper::CountBatch(const encode::Batch& batch) {
  metrics_.batches.Add();
  metrics_.latency_seconds.Observe(std::max(0.0, static_cast<double>(RealtimeNs() - batch.poll_ns) / 1e9));
}

// One attempt for the oldest batch on disk, when it is its turn. After a failure new ones come first again.
void Shipper::ShipBacklog() {
  if (!backlog_ || Fatal()) return;
  backlog_->LookAfter(!destination_->Unsettled());
  if (backlog_->UntilDue(away_).count() != 0 || !backlog_->Take()) {
    away_ = false;  // with nothing on disk the next new batch finds out
    return;
  }
  ReopenIfAsked();
  const encode::Batch& batch = backlog_->batch();
  Progress& progress = backlog_->progress();
  old_ = true;
  while (progress.next_row < batch.count() && Attempt(batch, progress)) continue;
  old_ = false;
  if (progress.next_row < batch.count()) return;
  if (progress.payloads != 0) CountBatch(batch);
  backlog_->Done();
}

// One Send. False when the batch was given up; its rows are counted.
bool Shipper::Attempt(const encode::Batch& batch, Progress& progress) {
  const Progress before = progress;
  const int64_t start = MonotonicNs();
  const SendResult result = destination_->Send(batch, progress);
  metrics_.send_seconds.Observe(static_cast<double>(MonotonicNs() - start) / 1e9);
  metrics_.rows.Add(progress.next_row - before.next_row);
  metrics_.bytes.Add(progress.bytes - before.bytes);
  metrics_.payloads.Add(progress.payloads - before.payloads);
  if (progress.payloads != before.payloads) {
    metrics_.last_success.Set(static_cast<double>(RealtimeNs()) / 1e9);
    backoff_.Reset();
    failing_since_ns_ = 0;
    failing_ = false;
    away_ = false;
  }
  return result || HandleFailure(result.error(), batch, progress);
}

// True when the batch is to be tried again.
bool Shipper::HandleFailure(const Failure& failure, const encode::Batch& batch, Progress& progress) {
  const size_t left = batch.count() - progress.next_row;
  failing_ = failure.kind == FailureKind::kRetryable;
  if (failure.kind != FailureKind::kInterrupted) metrics_.Failed(failure);
  switch (failure.kind) {
    case FailureKind::kRetryable:
      if (backlog_ && (IsAwayForLong() || old_)) {
        Leave(batch, progress, "");
        if (IsAwayForLong()) GoAway();
        if (!IsStopping()) Pause(failure.retry_after_ms);
        return false;
      }
      if (Pause(failure.retry_after_ms)) return true;
      break;
    case FailureKind::kRejected: {
      const size_t rejected = std::min(std::max<size_t>(failure.rows, 1), left);
      metrics_.Dropped(failure.cause, rejected);
      progress.next_row += rejected;
      return true;
    }
    case FailureKind::kFatal:
      Leave(batch, progress, "fatal");
      BecomeFatal(failure.error);
      return false;
    case FailureKind::kInterrupted:
      break;
  }
  Leave(batch, progress, "shutdown");
  return false;
}

// The batch will not be tried again for now: one of the backlog stays where it is, another one goes there.
void Shipper::Leave(const encode::Batch& batch, const Progress& progress, std::string_view reason) {
  destination_->GiveUp();
  if (old_) return;
  if (backlog_)
    backlog_->Keep(batch, progress.next_row);
  else
    metrics_.Dropped(reason, batch.count() - progress.next_row);
}

// Nothing was delivered for a moment, whatever was tried.
bool Shipper::IsAwayForLong() {
  const int64_t now = MonotonicNs();
  if (failing_since_ns_ == 0) failing_since_ns_ = now;
  return now - failing_since_ns_ >= options_.spool.away_after_ms * kNsPerMs;
}

// From now on memory holds nothing that a crash could take along.
void Shipper::GoAway() {
  away_ = true;
  while (auto item = queue_->Pop(milliseconds(0))) {
    if (!item->batch) continue;
    backlog_->Keep(*item->batch);
    Finished(item->number);
  }
}

void Shipper::SettleOnce() {
  const SendResult result = destination_->Settle();
  if (result) return;
  if (result.error().kind != FailureKind::kInterrupted) metrics_.Failed(result.error());
  if (result.error().kind == FailureKind::kFatal) return BecomeFatal(result.error().error);
  if (backlog_ && IsAwayForLong()) GoAway();
  Pause(result.error().retry_after_ms);
}

// After the last batch: what was sent but may have to be sent again.
void Shipper::FinishUp() {
  if (Fatal()) return;
  for (;;) {
    const SendResult result = destination_->Finish();
    if (result) return;
    if (result.error().kind != FailureKind::kInterrupted) metrics_.Failed(result.error());
    if (result.error().kind != FailureKind::kRetryable || !Pause(result.error().retry_after_ms)) break;
  }
  if (const size_t rows = destination_->RowsToSendAgain(); rows != 0) metrics_.Dropped("unconfirmed", rows);
}

bool Shipper::IsStopping() const {
  std::lock_guard lock(mutex_);
  return stopping_;
}

// Sleeps before the next attempt, shorter when something has changed. False when there may be no further attempt.
bool Shipper::Pause(int64_t at_least_ms) {
  const int64_t pause_ms = std::max(at_least_ms, backoff_.NextMs());
  {
    std::unique_lock lock(mutex_);
    // Stop() may have come between the attempt that failed and this pause: it cuts the first pause that sees it.
    const auto hurry = [&] { return stopping_ && !hurried_; };
    changed_.wait_for(lock, milliseconds(pause_ms), [&] { return over_ || reopen_ || hurry(); });
    if (hurry()) hurried_ = true;
    if (over_) return false;
  }
  ReopenIfAsked();
  return true;
}

void Shipper::ReopenIfAsked() {
  {
    std::lock_guard lock(mutex_);
    if (!std::exchange(reopen_, false)) return;
  }
  if (const auto opened = destination_->Reopen(); !opened)
    LogError("{}; the old one stays in use", opened.error().Text());
}

void Shipper::BecomeFatal(const Error& error) {
  {
    std::lock_guard lock(mutex_);
    fatal_ = error;
  }
  queue_->Close();
  EmptyQueue();
  if (on_fatal_) on_fatal_(error);
}

// What nobody will send in this life.
void Shipper::EmptyQueue() {
  queue_->Close();
  const std::string_view reason = Fatal() ? "fatal" : "shutdown";
  while (auto item = queue_->Pop(milliseconds(0))) {
    if (!item->batch) continue;
    if (backlog_)
      backlog_->Keep(*item->batch);
    else
      metrics_.Dropped(reason, item->batch->count());
    Finished(item->number);
  }
}

}  // namespace xtcp2::ship
