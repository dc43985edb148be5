#include "ship/shipper.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "base/clock.h"

namespace xtcp2::ship {
namespace {

using std::chrono::milliseconds;

// Memory a batch holds, which is what the bound is about.
size_t Footprint(const encode::Batch& batch) {
  return sizeof batch + batch.rows.capacity() + batch.row_end.capacity() * sizeof batch.row_end[0];
}

// The wall time, and different for every shipper of the process.
int64_t NextOrigin() {
  static std::atomic<int64_t> last{0};
  int64_t before = last.load(), origin;
  do origin = std::max(RealtimeNs(), before + 1);
  while (!last.compare_exchange_weak(before, origin));
  return origin;
}

}  // namespace

Shipper::Shipper(std::unique_ptr<Destination> destination, const DestSpec& spec, const ShipOptions& options,
                 FatalCallback on_fatal, std::shared_ptr<Backlog> backlog)
    : spec_(spec),
      options_(options),
      on_fatal_(std::move(on_fatal)),
      destination_(std::move(destination)),
      metrics_(spec),
      queue_(std::make_shared<Queue>(options.queue_bytes)),
      backoff_(options.backoff_first_ms, options.backoff_longest_ms),
      backlog_(std::move(backlog)),
      origin_ns_(NextOrigin()) {
  ShowQueueLevel(spec, options.queue_bytes, [queue = std::weak_ptr(queue_)]() -> std::optional<QueueLevel> {
    const auto alive = queue.lock();
    if (!alive) return std::nullopt;
    const auto level = alive->GetLevel();
    return QueueLevel{level.items, level.bytes};
  });
  thread_ = std::thread([this] { Run(); });
}

Shipper::~Shipper() { Stop(milliseconds(0)); }

bool Shipper::Push(encode::PooledBatch batch) {
  if (!batch || batch->empty()) return true;
  const size_t rows = batch->count();
  Item item{Compact(std::move(batch)), 0};
  const size_t bytes = Footprint(*item.batch);
  {
    std::lock_guard lock(mutex_);
    item.number = ++last_number_;
    finished_.push_back(false);
  }
  const uint64_t number = item.number;
  item.batch->origin_ns = origin_ns_;
  item.batch->sequence = number;
  if (Insert(std::move(item), bytes)) return true;
  metrics_.Dropped(Fatal() ? "fatal" : "shutdown", rows);
  Finished(number);
  return false;
}

bool Shipper::Insert(Item item, size_t bytes) {
  if (spec_.local() && options_.waits_for_room) {
    const auto level = queue_->GetLevel();
    if (level.items != 0 && level.bytes + bytes > options_.queue_bytes) metrics_.waits.Add();
    return queue_->Push(std::move(item), bytes);
  }
  if (away_ && KeepInstead(item)) return true;
  std::vector<Item> dropped;  // counted, and freed, outside the queue's lock; allocates only where there are any
  const bool taken =
      queue_->PushDroppingOldest(std::move(item), bytes, [&](Item&& oldest) { dropped.push_back(std::move(oldest)); });
  for (Item& oldest : dropped) {
    if (!oldest.batch) continue;
    if (backlog_)
      backlog_->Keep(*oldest.batch);
    else
      metrics_.Dropped("queue_full", oldest.batch->count());
    Finished(oldest.number);
  }
  return taken;
}

// Straight to the disk; not once Stop() has begun.
bool Shipper::KeepInstead(const Item& item) {
  if (queue_->GetLevel().closed) return false;
  backlog_->Keep(*item.batch);
  Finished(item.number);
  return true;
}

// A batch from the pool keeps the room of the largest it ever was. When the destination is behind, a small one is
// copied to its size, so that the bound holds as many rows as it can.
encode::PooledBatch Shipper::Compact(encode::PooledBatch batch) {
  constexpr size_t kWorthIt = 64 * 1024;
  if (queue_->GetLevel().items == 0 || batch->rows.capacity() < 2 * batch->rows.size() + kWorthIt) return batch;
  encode::PooledBatch small = compact_pool_.Take();
  small->rows.Append(batch->rows.bytes());
  small->row_end = batch->row_end;
  small->poll_ns = batch->poll_ns;
  small->opened_ns = batch->opened_ns;
  small->reason = batch->reason;
  return small;
}

void Shipper::Finished(uint64_t number) {
  std::lock_guard lock(mutex_);
  finished_[number - first_unfinished_] = true;
  for (; !finished_.empty() && finished_.front(); ++first_unfinished_) finished_.Pop();
  changed_.notify_all();
}

// A thread that has something to do comes by anyway.
void Shipper::Wake() {
  if (queue_->GetLevel().items == 0) queue_->Push(Item{}, 0);
}

void Shipper::Reopen() {
  {
    std::lock_guard lock(mutex_);
    reopen_ = true;
    changed_.notify_all();
  }
  Wake();
}

bool Shipper::Drain(milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const uint64_t last = last_number_;
  return changed_.wait_for(lock, timeout, [&] { return first_unfinished_ > last; });
}

void Shipper::Stop(milliseconds deadline) {
  queue_->Close();
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, deadline, [&] { return thread_done_; });
    over_ = true;
    changed_.notify_all();
  }
  destination_->Stop();
  std::call_once(joined_, [this] { thread_.join(); });
}

Shipper::State Shipper::GetState() {
  State state;
  state.ready = Ready();
  state.failing = failing_;
  state.fatal = Fatal();
  state.queue = GetLevel();
  if (backlog_) state.spooled = backlog_->GetLevel();
  state.rows = metrics_.rows.Value();
  state.bytes = metrics_.bytes.Value();
  state.last_success_s = metrics_.last_success.Value();
  state.dropped_rows = metrics_.DroppedRows();
  return state;
}

std::optional<Error> Shipper::Fatal() const {
  std::lock_guard lock(mutex_);
  return fatal_;
}

bool Shipper::Ready() const { return !Fatal() && destination_->Ready(); }

Shipper::Level Shipper::GetLevel() const {
  const auto level = queue_->GetLevel();
  return {level.items, level.bytes};
}

}  // namespace xtcp2::ship
