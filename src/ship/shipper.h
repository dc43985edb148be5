// The bounded queue before the destination and the thread that empties it. Reader threads push; the shipping thread
// sends, retries with pauses, and counts what became of every row. Owns the destination. The pool the batches come from
// must outlive it.
//
// With a backlog on disk nothing is dropped for want of memory or time: what does not fit into the queue goes there,
// all there is when the peer is away for a moment, and what is left at the end. New rows go first; the backlog goes
// beside them, oldest first, as its pace allows.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/bounded_queue.h"
#include "base/ring_buffer.h"
#include "encode/batch.h"
#include "ship/backlog.h"
#include "ship/backoff.h"
#include "ship/destination.h"
#include "ship/metrics.h"
#include "ship/options.h"
#include "ship/spec.h"

namespace xtcp2::ship {

class Shipper {
 public:
  // Called once, on the shipping thread, when the destination can never work again. It must not call Stop().
  using FatalCallback = std::function<void(const Error&)>;

  Shipper(std::unique_ptr<Destination> destination, const DestSpec& spec, const ShipOptions& options,
          FatalCallback on_fatal = {}, std::shared_ptr<Backlog> backlog = nullptr);
  ~Shipper();  // Stop(0)
  Shipper(const Shipper&) = delete;
  Shipper& operator=(const Shipper&) = delete;

  // From any thread. A full queue: local destinations wait for room, networks lose their oldest batches, or put them on
  // disk. False when stopping or after a fatal failure: the rows are counted as dropped.
  bool Push(encode::PooledBatch batch);
  // SIGHUP. From any thread; done by the shipping thread before the next attempt.
  void Reopen();
  // Waits until everything that was pushed so far was handed over, dropped or put on disk (a stream may still have to
  // send it again: that is Stop's part); false when `timeout` is over first.
  bool Drain(std::chrono::milliseconds timeout);
  // No more pushes (waiting ones return false), what is queued is sent within `deadline`, the rest is dropped and
  // counted. Returns soon after the deadline at the latest, whatever the peer does. Call it once, or again without
  // effect.
  void Stop(std::chrono::milliseconds deadline);

  std::optional<Error> Fatal() const;
  bool Ready() const;
  struct Level {
    size_t batches, bytes;
  };
  Level GetLevel() const;  // of the queue, without the batch being sent

  // How it stands with the destination.
  struct State {
    bool ready = false;
    bool failing = false;  // the last attempt failed
    std::optional<Error> fatal;
    Level queue{};
    std::optional<spool::Level> spooled;  // nothing: no spool
    uint64_t rows = 0, bytes = 0;         // delivered
    double last_success_s = 0;            // wall time; 0: never
    std::map<std::string, uint64_t> dropped_rows;
  };
  // Of this moment. Any thread.
  State GetState();

 private:
  using milliseconds = std::chrono::milliseconds;
  struct Item {
    encode::PooledBatch batch;  // none: only wakes the thread
    uint64_t number = 0;
  };
  using Queue = BoundedQueue<Item>;

  bool Insert(Item item, size_t bytes);
  bool KeepInstead(const Item& item);
  encode::PooledBatch Compact(encode::PooledBatch batch);
  void Finished(uint64_t number);
  void Wake();

  // Shipping thread (shipper_thread.cc).
  void Run();
  bool TakeNext(Item* item);
  milliseconds PatienceForNext() const;
  void Ship(const encode::Batch& batch);
  void ShipBacklog();
  void CountBatch(const encode::Batch& batch);
  bool Attempt(const encode::Batch& batch, Progress& progress);
  bool HandleFailure(const Failure& failure, const encode::Batch& batch, Progress& progress);
  void Leave(const encode::Batch& batch, const Progress& progress, std::string_view reason);
  bool IsAwayForLong();
  void GoAway();
  bool IsStopping() const;
  void SettleOnce();
  void FinishUp();
  bool Pause(int64_t at_least_ms);
  void ReopenIfAsked();
  void BecomeFatal(const Error& error);
  void EmptyQueue();

  const DestSpec spec_;
  const ShipOptions options_;
  const FatalCallback on_fatal_;
  const std::unique_ptr<Destination> destination_;
  ShipMetrics metrics_;
  encode::BatchPool compact_pool_{0};
  const std::shared_ptr<Queue> queue_;
  Backoff backoff_;
  const std::shared_ptr<Backlog> backlog_;  // may be none
  const int64_t origin_ns_;
  std::atomic<bool> away_{false};     // the peer takes nothing: what is pushed goes to the backlog at once
  std::atomic<bool> failing_{false};  // the last attempt failed
  int64_t failing_since_ns_ = 0;      // 0: it is not. The shipping thread's, as the next
  bool old_ = false;                  // the batch being sent is one of the backlog

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // any of the below
  // Of each batch from number first_unfinished_ on: whether it was sent or dropped. They end nearly in order.
  RingBuffer<char> finished_;
  uint64_t first_unfinished_ = 1;
  uint64_t last_number_ = 0;
  bool reopen_ = false;
  bool stopping_ = false;
  bool hurried_ = false;  // stopping_ has cut a pause short
  bool over_ = false;     // Stop's deadline has passed
  bool thread_done_ = false;
  std::optional<Error> fatal_;
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace xtcp2::ship
