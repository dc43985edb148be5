// Decode and encode joined once per format: the sink that a reader calls once per datagram.
#pragma once

#include <algorithm>
#include <atomic>

#include "collect/batcher.h"
#include "collect/make_sink.h"
#include "collect/row_sink.h"
#include "decode/bpf_row.h"
#include "schema/read.h"

namespace xtcp2::collect {

template <encode::RowEncoder Encoder>
class Transcoder final : public RowSink {
 public:
  Transcoder(const SinkOptions& options, BatchOutput& output)
      : locate_(WithFilterAttributes(options)),
        hidden_(options.filter_attributes & ~options.locate.wanted),
        encoder_(options.encode),
        batcher_(options, output),
        filters_(!options.filter.everything()),
        filter_(options.filter),
        own_rate_(options.sample_rate) {}

  void BeginPoll(int64_t timestamp_ns, std::atomic<uint64_t>* counter, const filter::Sampler& sampler) override {
    sampler_ = own_rate_ > sampler.rate() ? filter::Sampler(sampler.salt(), own_rate_) : sampler;
    timestamp_ns_ = timestamp_ns;
    counter_ = counter;
    batcher_.BeginPoll(timestamp_ns);
  }

  void Enter(Lane& lane) override {
    lane_ = &lane;
    mine_ = &lane.For(id_);
    if (mine_->encoded) return;
    schema::Context context = lane.context();
    context.sample_rate = std::max(context.sample_rate, own_rate_);
    encoder_.EncodeContext(context, mine_->runs);
    mine_->encoded = true;
  }

  DatagramOutcome OnDatagram(Bytes datagram, const DumpExpectation& expect, int64_t observed_ns) override {
    const uint32_t delay_us = DelayUs(observed_ns);
    return WalkDatagram(datagram, expect, [&](Bytes answer) { OnAnswer(answer, delay_us); });
  }

  void OnRows(std::span<const xtcp2_bpf_row> rows, LaneFinder& lanes, int64_t observed_ns) override {
    const uint32_t delay_us = DelayUs(observed_ns);
    for (const xtcp2_bpf_row& row : rows) {
      if (IsShadow(row, rows)) [[unlikely]] {
        ++counters_.duplicates;
        continue;
      }
      Lane* const lane = lanes.Find(row);
      if (lane == nullptr) continue;
      Enter(*lane);
      decode::LocateRow(row, locate_, socket_);
      OnSocket<Repeats::kKeep>(delay_us);
    }
  }

  void OnEvent(const xtcp2_ledger_event& event, Lane& lane, int64_t observed_ns) override {
    Enter(lane);
    decode::LocateEvent(event, locate_, socket_);
    OnSocket<Repeats::kKeep>(DelayUs(observed_ns));
  }

  void Flush(encode::FlushReason reason) override { batcher_.Close(reason); }

  SinkCounters TakeCounters() override {
    counters_.lost_rows += batcher_.TakeLostRows();
    return std::exchange(counters_, {});
  }

 private:
  uint32_t DelayUs(int64_t observed_ns) const {
    return static_cast<uint32_t>(std::clamp<int64_t>((observed_ns - timestamp_ns_) / 1000, 1, UINT32_MAX));
  }

  // The kernel hashes the TIME_WAIT socket before it takes out the one whose place that takes (inet_twsk_hashdance(),
  // net/ipv4/inet_timewait_sock.c): for a moment both are in the bucket, under one cookie, and a walk may see both.
  static bool IsShadow(const xtcp2_bpf_row& row, std::span<const xtcp2_bpf_row> rows) {
    constexpr uint8_t kTimeWait = 6;
    constexpr ptrdiff_t kNear = 8;  // a bucket has one or two sockets
    if (row.msg[1] != kTimeWait) [[likely]]
      return false;
    const auto cookie = [](const xtcp2_bpf_row& of) { return Load<uint64_t>(of.msg + 44); };
    const ptrdiff_t at = &row - rows.data(), end = std::min(at + kNear + 1, static_cast<ptrdiff_t>(rows.size()));
    for (ptrdiff_t i = std::max<ptrdiff_t>(0, at - kNear); i < end; ++i) {
      const xtcp2_bpf_row& other = rows[static_cast<size_t>(i)];
      if (other.msg[1] != kTimeWait && cookie(row) != 0 && cookie(other) == cookie(row)) return true;
    }
    return false;
  }

  void OnAnswer(Bytes answer, uint32_t delay_us) {
    if (decode::Locate(answer, locate_, socket_, counters_.locate)) OnSocket<Repeats::kDrop>(delay_us);
  }

  // What a source can give twice in a poll makes one row.
  enum class Repeats : uint8_t { kDrop, kKeep };

  // Everything behind locating it: the row of `socket_`, which belongs to the lane entered last.
  template <Repeats kRepeats>
  [[gnu::always_inline]] void OnSocket(uint32_t delay_us) {
    if ((lane_->filter() != nullptr && !lane_->filter()->Matches(socket_)) || (filters_ && !filter_.Matches(socket_))) {
      ++counters_.filtered;
      return;
    }
    if (kRepeats == Repeats::kDrop &&
        !mine_->cookies.Add(schema::Number<schema::IndexOf("inet_diag_msg_socket_cookie")>(socket_))) {
      ++counters_.duplicates;
      return;
    }
    if (lane_->ports() != nullptr)
      lane_->ports()->Add(
          static_cast<uint16_t>(schema::Number<schema::IndexOf("inet_diag_msg_socket_source_port")>(socket_)),
          static_cast<uint16_t>(schema::Number<schema::IndexOf("inet_diag_msg_socket_destination_port")>(socket_)));
    CountState();
    if (!sampler_.Keeps(socket_)) {
      ++counters_.sampled_out;
      return;
    }
    if (hidden_ != 0) Hide();
    socket_.row.observed_delay_us = delay_us;
    socket_.row.record_counter = counter_->fetch_add(1, std::memory_order_relaxed) + 1;
    Buffer& rows = batcher_.rows();
    const size_t before = rows.size();
    encoder_.Append(socket_, mine_->runs, rows);
    counters_.row_bytes += rows.size() - before;
    batcher_.RowAdded();
    ++counters_.rows;
  }

  static decode::LocateOptions WithFilterAttributes(const SinkOptions& options) {
    decode::LocateOptions locate = options.locate;
    locate.wanted |= options.filter_attributes;
    return locate;
  }

  // As if it had not come: the user has not asked for it in the rows.
  void Hide() {
    for (int part = 1; part < schema::Index(schema::Part::kContext); ++part)
      if ((hidden_ >> part & 1) != 0) socket_.part[static_cast<size_t>(part)] = schema::kZeros.data();
    socket_.row.parts_present &= ~hidden_;
  }

  void CountState() {
    const uint64_t state = schema::Number<schema::IndexOf("inet_diag_msg_state")>(socket_);
    const bool v6 = schema::Number<schema::IndexOf("inet_diag_msg_family")>(socket_) == 10;
    ++counters_.by_state[v6][std::min<uint64_t>(state, 13)];
  }

  const uint64_t id_ = NextSinkId();  // for lanes to know who encoded their context
  const decode::LocateOptions locate_;
  const uint64_t hidden_;  // attributes that are read for filters only
  Encoder encoder_;
  Batcher batcher_;
  schema::Socket socket_;
  SinkCounters counters_;
  std::atomic<uint64_t>* counter_ = nullptr;
  filter::Sampler sampler_;
  const bool filters_;
  const filter::Filter filter_;  // this sink's own, besides the lane's
  const uint32_t own_rate_;
  Lane* lane_ = nullptr;  // entered last
  Lane::ForSink* mine_ = nullptr;
  int64_t timestamp_ns_ = 0;
};

}  // namespace xtcp2::collect
