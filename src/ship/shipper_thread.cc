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
  DropQueued();
  std::lock_guard lock(mutex_);
  thread_done_ = true;
  changed_.notify_all();
}

// Waits for the next batch, looking after the destination meanwhile. False when there will be none, or none may be sent
// any more.
bool Shipper::TakeNext(Item* item) {
  constexpr milliseconds kLookAgain{10};
  constexpr milliseconds kLong = std::chrono::hours(1);
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (over_ || fatal_) return false;
    }
    auto next = queue_->Pop(destination_->Unsettled() ? kLookAgain : kLong);
    if (next) {
      *item = std::move(*next);
      return true;
    }
    if (queue_->GetLevel().closed) return false;
    SettleOnce();
  }
}

// Sends the batch until every row is delivered, rejected or given up.
void Shipper::Ship(const encode::Batch& batch) {
  Progress progress;
  while (progress.next_row < batch.count())
    if (!Attempt(batch, progress)) break;
  if (progress.payloads != 0) metrics_.batches.Add();
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
  }
  return result || HandleFailure(result.error(), batch, progress);
}

// True when the batch is to be tried again.
bool Shipper::HandleFailure(const Failure& failure, const encode::Batch& batch, Progress& progress) {
  const size_t left = batch.count() - progress.next_row;
  if (failure.kind != FailureKind::kInterrupted) metrics_.Failed(failure);
  switch (failure.kind) {
    case FailureKind::kRetryable:
      if (Pause(failure.retry_after_ms)) return true;
      break;
    case FailureKind::kRejected: {
      const size_t rejected = std::min(std::max<size_t>(failure.rows, 1), left);
      metrics_.Dropped(failure.cause, rejected);
      progress.next_row += rejected;
      return true;
    }
    case FailureKind::kFatal:
      destination_->GiveUp();
      metrics_.Dropped("fatal", left);
      BecomeFatal(failure.error);
      return false;
    case FailureKind::kInterrupted:
      break;
  }
  destination_->GiveUp();
  metrics_.Dropped("shutdown", left);
  return false;
}

void Shipper::SettleOnce() {
  const SendResult result = destination_->Settle();
  if (result) return;
  if (result.error().kind != FailureKind::kInterrupted) metrics_.Failed(result.error());
  if (result.error().kind == FailureKind::kFatal) return BecomeFatal(result.error().error);
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
  DropQueued();
  if (on_fatal_) on_fatal_(error);
}

void Shipper::DropQueued() {
  queue_->Close();
  const std::string_view reason = Fatal() ? "fatal" : "shutdown";
  while (auto item = queue_->Pop(milliseconds(0))) {
    if (!item->batch) continue;
    metrics_.Dropped(reason, item->batch->count());
    Finished(item->number);
  }
}

}  // namespace xtcp2::ship
