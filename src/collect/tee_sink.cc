#include "collect/tee_sink.h"

#include <algorithm>

namespace xtcp2::collect {
namespace {

// The lanes of a block, each looked up once: whoever finds them counts and samples the sockets as well.
class Found final : public LaneFinder {
 public:
  void Look(std::span<const xtcp2_bpf_row> rows, LaneFinder& lanes) {
    first_ = rows.data();
    lanes_.clear();
    for (const xtcp2_bpf_row& row : rows) lanes_.push_back(lanes.Find(row));
  }
  Lane* Find(const xtcp2_bpf_row& row) override { return lanes_[static_cast<size_t>(&row - first_)]; }

 private:
  const xtcp2_bpf_row* first_ = nullptr;
  std::vector<Lane*> lanes_;
};

class Tee final : public RowSink {
 public:
  Tee(std::vector<std::unique_ptr<RowSink>> sinks, std::shared_ptr<RowCounters> counters)
      : sinks_(std::move(sinks)), row_counters_(std::move(counters)) {}

  void BeginPoll(int64_t timestamp_ns, std::atomic<uint64_t>* counter, const filter::Sampler& sampler) override {
    row_counters_->BeginPoll(timestamp_ns);
    for (size_t i = 0; i < sinks_.size(); ++i)
      sinks_[i]->BeginPoll(timestamp_ns, i == 0 ? counter : &(*row_counters_)[i - 1], sampler);
  }
  void Enter(Lane& lane) override {
    for (const auto& sink : sinks_) sink->Enter(lane);
  }
  DatagramOutcome OnDatagram(Bytes datagram, const DumpExpectation& expect, int64_t observed_ns) override {
    const DatagramOutcome outcome = sinks_[0]->OnDatagram(datagram, expect, observed_ns);
    std::for_each(sinks_.begin() + 1, sinks_.end(),
                  [&](const auto& sink) { sink->OnDatagram(datagram, expect, observed_ns); });
    return outcome;
  }
  void OnRows(std::span<const xtcp2_bpf_row> rows, LaneFinder& lanes, int64_t observed_ns) override {
    found_.Look(rows, lanes);
    for (const auto& sink : sinks_) sink->OnRows(rows, found_, observed_ns);
  }
  void OnEvent(const xtcp2_ledger_event& event, Lane& lane, int64_t observed_ns) override {
    for (const auto& sink : sinks_) sink->OnEvent(event, lane, observed_ns);
  }
  void Flush(encode::FlushReason reason) override {
    for (const auto& sink : sinks_) sink->Flush(reason);
  }
  SinkCounters TakeCounters() override {
    SinkCounters all = sinks_[0]->TakeCounters();
    std::for_each(sinks_.begin() + 1, sinks_.end(), [&](const auto& sink) {
      const SinkCounters other = sink->TakeCounters();
      all.rows += other.rows;
      all.row_bytes += other.row_bytes;
      all.lost_rows += other.lost_rows;
    });
    return all;
  }

 private:
  const std::vector<std::unique_ptr<RowSink>> sinks_;
  const std::shared_ptr<RowCounters> row_counters_;
  Found found_;
};

}  // namespace

void RowCounters::BeginPoll(int64_t timestamp_ns) {
  std::lock_guard lock(mutex_);
  if (timestamp_ns_ == timestamp_ns) return;
  timestamp_ns_ = timestamp_ns;
  for (auto& counter : counters_) counter = 0;
}

std::unique_ptr<RowSink> MakeTee(std::vector<std::unique_ptr<RowSink>> sinks, std::shared_ptr<RowCounters> counters) {
  return std::make_unique<Tee>(std::move(sinks), std::move(counters));
}

}  // namespace xtcp2::collect
