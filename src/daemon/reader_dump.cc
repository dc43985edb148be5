// The half of Reader that dumps: one walk for both families where the kernel has it, again where the dump was
// disturbed.
#include <algorithm>

#include "base/clock.h"
#include "daemon/reader_slot.h"

namespace xtcp2::daemon {
namespace {

constexpr uint8_t kIpv4 = 2, kIpv6 = 10;  // AF_INET, AF_INET6
constexpr int kAttempts = 3;              // of one dump that did not end as it should

// Worth asking again: rows that came already are known by their cookies and make no second row.
bool WorthRetrying(collect::DumpEnd end) {
  switch (end) {
    case collect::DumpEnd::kInterrupted:
    case collect::DumpEnd::kOverrun:
    case collect::DumpEnd::kTruncated:
    case collect::DumpEnd::kDamaged:
      return true;
    default:
      return false;
  }
}

bool EndedByKernel(collect::DumpEnd end) {
  return end != collect::DumpEnd::kSilent && end != collect::DumpEnd::kFailed && end != collect::DumpEnd::kCancelled;
}

void AddAttempt(collect::DumpResult& total, const collect::DumpResult& attempt) {
  total.end = attempt.end;
  total.code = attempt.code;
  total.datagrams += attempt.datagrams;
  total.bytes += attempt.bytes;
  total.answers += attempt.answers;
  total.foreign += attempt.foreign;
}

}  // namespace

// Out of line: Slot is known here.
Reader::Reader(unsigned index, const HostFacts& host, const ReadSettings& settings,
               std::unique_ptr<collect::RowSink> sink, std::unique_ptr<collect::DumpRunner> runner, TapFactory taps,
               NetnsDoor door)
    : index_(index),
      host_(host),
      settings_(settings),
      sink_(std::move(sink)),
      taps_(std::move(taps)),
      door_(std::move(door)),
      runner_(std::move(runner)),
      compiled_(settings.filter.Compile(settings.kernel)),
      walk_(index, host, settings.filter, door_, *sink_) {}
Reader::~Reader() = default;

void Reader::Work(PollRun& run, std::atomic<uint32_t>& seq, const std::atomic<bool>& stop) {
  if (run.walk != nullptr) return walk_.Work(run, stop);
  while (Gather(run, stop)) {
    while (std::any_of(slots_.begin(), slots_.begin() + static_cast<ptrdiff_t>(busy_),
                       [](const auto& slot) { return !slot->finished; }))
      RunJobs(seq, stop);
    for (size_t i = 0; i < busy_; ++i) {
      Slot& slot = *slots_[i];
      run.Done(*slot.dump, slot.totals, MonotonicNs() - slot.start_ns, slot.counts_ports ? &slot.ports : nullptr);
      slot.dump.reset();
      slot.tap = {};
    }
  }
}

bool Reader::Gather(PollRun& run, const std::atomic<bool>& stop) {
  busy_ = 0;
  // Half of its due, so that readers end together.
  const size_t fair = std::max<size_t>(1, run.untaken() / (2 * settings_.readers));
  const size_t most = std::min(runner_->capacity(), fair);
  // Each is taken at most so often: what is in hand does not wait for a look at all the empty ones behind it.
  for (size_t taken_count = 0; busy_ < most && (busy_ == 0 || taken_count < most); ++taken_count) {
    PollRun::Taken taken = run.Take(stop, busy_ == 0);
    if (taken.kind == PollRun::Taken::Kind::kNothing) break;
    if (taken.kind == PollRun::Taken::Kind::kNamespace) taken.dump = Open(run, taken.index);
    if (!taken.dump) continue;
    if (busy_ == slots_.size()) slots_.push_back(std::make_unique<Slot>());
    Begin(*slots_[busy_++], std::move(taken.dump), run);
  }
  return busy_ != 0;
}

void Reader::Begin(Slot& slot, DumpPtr dump, const PollRun& run) {
  const NetnsTask& task = run.tasks()[dump->index];
  const uint64_t inode = task.netns.id.inode;
  slot.start_ns = MonotonicNs();
  slot.dump = std::move(dump);
  slot.counts_ports = Worthwhile(task.memory);
  slot.ports.Clear();
  if (taps_) slot.tap = taps_(slot.dump->name, inode, slot.dump->cookie);
  Compile(slot);
  slot.lane.Begin(DumpContext(*slot.dump, inode, run), slot.kernel.exact ? nullptr : &slot.filter,
                  slot.counts_ports ? &slot.ports : nullptr);
  slot.family = settings_.families == Families::kIpv6                 ? kIpv6
                : settings_.families == Families::kIpv4 || !one_walk_ ? kIpv4
                                                                      : netlink::kBothFamilies;
  slot.finished = slot.states == 0;  // no socket can match
  slot.attempt = 1;
  slot.so_far = {};
  slot.totals = {};
}

// The kernel's part of the filter, in this namespace and for this part of it.
void Reader::Compile(Slot& slot) const {
  slot.filter = settings_.filter;
  if (settings_.filter.NeedsDevices()) {
    slot.filter = settings_.filter.WithDevices(
        [&](const std::string& name) { return filter::DeviceIndex(slot.dump->socket.fd(), name); });
    slot.kernel = slot.filter.Compile(settings_.kernel);
  } else {
    slot.kernel = compiled_;
  }
  slot.bytecode = slot.kernel.bytecode;
  if (const auto& part = slot.dump->part)
    slot.bytecode =
        filter::And(std::move(slot.bytecode), filter::PortShare(part->destination, part->first, part->last));
  // A bound-only socket is asked for by a bit of its own, and is in state CLOSE.
  constexpr uint32_t kClose = 1u << 7;
  slot.states = settings_.states & slot.kernel.states;
  if ((slot.kernel.states & kClose) != 0) slot.states |= settings_.states & netlink::kBoundOnly;
}

// One dump of each slot that is not finished.
void Reader::RunJobs(std::atomic<uint32_t>& seq, const std::atomic<bool>& stop) {
  jobs_.clear();
  job_slots_.clear();
  for (size_t i = 0; i < busy_; ++i) {
    Slot& slot = *slots_[i];
    if (slot.finished) continue;
    netlink::BuildDumpRequest(
        {slot.family, settings_.ext, slot.states, seq.fetch_add(1, std::memory_order_relaxed), slot.bytecode},
        slot.request);
    jobs_.push_back(
        {&slot.dump->socket, slot.dump->socket.fd(), slot.request, &slot.lane, slot.tap ? &slot.tap : nullptr});
    job_slots_.push_back(&slot);
  }
  runner_->Run(jobs_, *sink_, {settings_.silence_ns, &stop});
  for (size_t i = 0; i < jobs_.size(); ++i) Advance(*job_slots_[i], jobs_[i].result);
}

// Takes in how a dump ended, and decides what is asked for next.
void Reader::Advance(Slot& slot, const collect::DumpResult& result) {
  AddAttempt(slot.so_far, result);
  if (WorthRetrying(result.end) && slot.attempt < kAttempts) {
    ++slot.attempt;
    // An error leaves the buffers as they are: what does not fit is cut off again, and counted.
    if (result.largest_datagram > runner_->datagram_bytes()) (void)runner_->MakeRoom(result.largest_datagram);
    return;
  }
  slot.attempt = 1;
  collect::DumpResult ended = std::exchange(slot.so_far, {});
  if (slot.family == netlink::kBothFamilies && ended.end == collect::DumpEnd::kRefused) {
    one_walk_ = false;  // not offered: asked for family by family
    slot.family = kIpv4;
    return;
  }
  // A kernel booted without IPv6 has nobody to answer for it: no sockets, not a failure.
  if (slot.family == kIpv6 && ended.end == collect::DumpEnd::kRefused && ended.code == ENOENT)
    ended.end = collect::DumpEnd::kComplete;
  slot.totals.Add(ended);
  // A dump that came to no end still runs on this socket; another would be refused (EBUSY).
  const bool goes_on = slot.family == kIpv4 && settings_.families == Families::kBoth && EndedByKernel(ended.end);
  if (goes_on)
    slot.family = kIpv6;
  else
    slot.finished = true;
}

schema::Context Reader::DumpContext(const NetnsDump& dump, uint64_t inode, const PollRun& run) const {
  schema::Context context = ContextOf(host_, settings_.collector, index_, run);
  context.netns = dump.name;
  context.netns_inode = inode;
  context.netns_cookie = dump.cookie;
  context.socket_fd = static_cast<uint64_t>(dump.socket.fd());
  return context;
}

}  // namespace xtcp2::daemon
