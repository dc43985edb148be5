// Batches on disk while their destination is away: appended to segment files, read again in order, gone when they were
// delivered. What it cannot keep it drops, oldest first, and says how many rows; it never waits for anything but the
// disk, and holds one batch in memory whatever is in it. docs/spec/spool.md is what the files promise.
//
// Threads: Append(), Sync() and GetLevel() from any; Next(), Done(), PutBack(), Commit() and Tick() are one thread's.
// One lock: an Append() may wait for the disk work of another call.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "encode/batch.h"
#include "spool/codec.h"
#include "spool/folder.h"
#include "spool/options.h"
#include "spool/segment_reader.h"
#include "spool/segment_writer.h"

namespace xtcp2::spool {

// Why rows are dropped; the labels of the metric.
inline constexpr std::string_view kFull = "spool_full";         // for newer ones, or the disk is full
inline constexpr std::string_view kTooOld = "spool_age";        // older than Options::age_ns
inline constexpr std::string_view kCorrupt = "spool_corrupt";   // a checksum is wrong
inline constexpr std::string_view kUnwritable = "spool_error";  // the disk says no, and not for want of room

// What the spool tells; called under its lock, so it must not call back.
struct Listener {
  std::function<void(std::string_view reason, uint64_t rows)> dropped;
  std::function<void(const Error&)> failed;  // a system call that cost no rows (yet)
};

// What was found in the folder at start.
struct Recovered {
  uint64_t segments = 0, records = 0, rows = 0;  // to be read
  uint64_t damaged_bytes = 0, damaged_places = 0, damaged_rows = 0;
  uint64_t kept_segments = 0, kept_rows = 0;  // of another format or a later version: kept, not read
};

struct Level {
  uint64_t rows = 0;   // not delivered
  uint64_t bytes = 0;  // of the files
  size_t segments = 0;
  int64_t oldest_ns = 0;  // wall time at which the oldest segment was begun; 0: there is none
};

class Spool {
 public:
  static Result<std::unique_ptr<Spool>> Open(const Options& options, Listener listener);
  ~Spool();  // what was written is synced
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Keeps the rows of `batch` from first_row on. False when it could not: they were reported as dropped.
  bool Append(const encode::Batch& batch, size_t first_row = 0);

  // The oldest batch that was not read: fills `batch` and gives its first row that is not delivered. Then it is in
  // flight until Done() or PutBack(). Nothing when there is none.
  std::optional<size_t> Next(encode::Batch& batch);
  void Done();     // its rows are accounted for by the caller
  void PutBack();  // it will be the next again
  // What was Done() so far does not come again after a restart.
  void Commit();
  // Drops what is too old and syncs what has waited for long; to be called every few seconds.
  void Tick();
  void Sync();

  Level GetLevel() const;
  bool HasUnread() const;  // there may be a Next()
  const Recovered& recovered() const { return recovered_; }
  const std::string& path() const { return folder_.path(); }
  uint64_t limit() const { return limit_; }

 private:
  struct Segment {
    uint64_t number = 0;
    uint64_t size = 0;
    uint64_t rows = 0;  // not Done()
    int64_t made_ns = 0, newest_ns = 0;
    bool foreign = false;   // of another format or version: not read
    bool finished = false;  // read to its end, and all of it Done()
  };
  struct InFlight {
    uint64_t segment = 0;
    uint64_t rows = 0;
    uint64_t begin = 0, end = 0;  // in the file
    bool orphan = false;          // its segment was dropped meanwhile, these rows not counted
  };

  Spool(const Options& options, Folder folder, Listener listener);

  // spool_recover.cc
  Result<> Recover();
  Segment Examine(const Folder::File& file, const std::optional<Mark>& mark);

  // spool_write.cc
  bool MakeRoom(uint64_t bytes);
  bool IsTight(uint64_t bytes) const;
  Result<> Write(Bytes record, int64_t now_ns);
  Result<> BeginSegment(int64_t now_ns);
  void Seal();
  void SyncActive();
  void DropOldest(std::string_view reason);

  // spool.cc
  Segment* Reading();
  bool OpenReader(const Segment& segment);
  void FinishReading(Segment& segment);
  std::optional<size_t> Take(Segment& segment, const SegmentReader::Found& found, encode::Batch& batch);
  Segment* Find(uint64_t number);
  bool Grows(const Segment& segment) const { return writer_ && &segment == &segments_.back(); }
  void Erase(size_t index);
  void Check(const Result<>& result) const;
  void Report(std::string_view reason, uint64_t rows) const;

  const Options options_;
  const Listener listener_;
  const Folder folder_;
  uint64_t limit_ = 0;
  uint64_t segment_limit_ = 0;
  Recovered recovered_;

  mutable std::mutex mutex_;
  std::deque<Segment> segments_;  // by number; the last may be the one that grows
  uint64_t total_bytes_ = 0;
  uint64_t next_number_ = 1;
  std::optional<SegmentWriter> writer_;
  Packer packer_;
  Buffer record_;

  uint64_t read_number_ = 0;   // segments before it are read
  std::optional<Mark> start_;  // where the life before had come to
  std::optional<SegmentReader> reader_;
  std::optional<InFlight> in_flight_;
  Mark done_, committed_;
  Unpacker unpacker_;
  Buffer payload_;
};

}  // namespace xtcp2::spool
