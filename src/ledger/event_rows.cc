#include "ledger/event_rows.h"

#include <utility>

#include "decode/bpf_row.h"

namespace xtcp2::ledger {
namespace {

constexpr uint8_t kIpv6 = 10;                  // AF_INET6
constexpr size_t kFamilyAt = 0, kStateAt = 1;  // in inet_diag_msg

decode::LocateOptions WithFilterAttributes(const EventRowOptions& options) {
  decode::LocateOptions locate = options.locate;
  locate.wanted |= options.filter.NeededAttributes();
  return locate;
}

}  // namespace

EventRows::EventRows(const EventRowOptions& options, std::unique_ptr<collect::RowSink> sink, Naming naming)
    : options_([&] {
        EventRowOptions own = options;
        own.locate = WithFilterAttributes(options);
        return own;
      }()),
      sink_(std::move(sink)),
      naming_(std::move(naming)) {}

void EventRows::Begin(int64_t now_ns, int64_t behind_ns, const filter::Sampler& sampler) {
  ++drain_;
  now_ns_ = now_ns;
  behind_ns_ = behind_ns;
  sampler_ = sampler;
  counter_.store(0, std::memory_order_relaxed);
  if (lines_.size() > kMostLines) lines_.clear();
  sink_->BeginPoll(now_ns, &counter_, sampler);
}

void EventRows::BeginLane(Line& line, const xtcp2_ledger_event& event) {
  const SeenNetns netns = naming_({event.row.netns_cookie, event.row.netns_inode});
  line.name = netns.name;
  line.wanted = netns.wanted;
  line.drain = drain_;
  schema::Context context = options_.host;
  context.record_kind = event.kind;
  context.timestamp_ns = now_ns_;
  context.sample_rate = sampler_.rate();
  context.netns_inode = event.row.netns_inode;
  context.netns_cookie = event.row.netns_cookie;
  context.netns = line.name;
  line.lane.Begin(context);
}

EventRows::Line& EventRows::Find(const xtcp2_ledger_event& event) {
  Line& line = lines_[{NetnsKey{event.row.netns_cookie, event.row.netns_inode}, event.kind}];
  if (line.drain != drain_) BeginLane(line, event);
  return line;
}

bool EventRows::Matches(const xtcp2_ledger_event& event) {
  if (!(event.row.msg[kFamilyAt] == kIpv6 ? options_.ipv6 : options_.ipv4)) return false;
  if (options_.filter.everything()) return true;
  uint8_t& state = work_.event.row.msg[kStateAt];
  const uint8_t told = state;
  if (event.kind == XTCP2_EVENT_CLOSE) state = event.facts.last_state;
  decode::LocateEvent(work_.event, options_.locate, socket_);
  const bool matches = options_.filter.Matches(socket_);
  state = told;
  return matches;
}

void EventRows::Take(const xtcp2_ledger_event& event) {
  Line& line = Find(event);
  if (!line.wanted) {
    ++unwanted_;
    return;
  }
  work_.event = event;
  if (!Matches(event)) {
    ++filtered_;
    return;
  }
  xtcp2_ledger_facts& facts = work_.event.facts;
  facts.event_time_ns += static_cast<uint64_t>(behind_ns_);
  if (facts.birth_time_ns != 0) facts.birth_time_ns += static_cast<uint64_t>(behind_ns_);
  sink_->OnEvent(work_.event, line.lane, now_ns_);
}

void EventRows::End() { sink_->Flush(encode::FlushReason::kPollEnd); }

EventRows::Counters EventRows::TakeCounters() {
  Counters counters{sink_->TakeCounters(), std::exchange(unwanted_, 0)};
  counters.sink.filtered += std::exchange(filtered_, 0);
  return counters;
}

}  // namespace xtcp2::ledger
