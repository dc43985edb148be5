#include "bpf/ledger.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <bit>

#include "bpf/fill_config.h"
#include "bpf/ledger.skel.h"
#include "bpf/ledger_read.h"

namespace xtcp2::bpf {
namespace {

constexpr size_t kMinRing = 64 << 10, kMaxRing = 1 << 30;

struct Destroy {
  void operator()(ledger_bpf* skeleton) const { ledger_bpf__destroy(skeleton); }
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

// What libbpf calls for each event. Negative ends the round; that event is taken all the same.
struct Round {
  const std::function<void(const xtcp2_ledger_event&)>* take;
  size_t most, taken = 0;
};

class Program final : public LedgerProgram {
 public:
  explicit Program(ledger_bpf* skeleton, LedgerOptions::Mode mode) : skeleton_(skeleton), mode_(mode) {}

  // After loading.
  Result<> Start() {
    const int cpus = libbpf_num_possible_cpus();
    if (cpus < 0) return Fail("counting the processors", -cpus);
    cpus_ = static_cast<size_t>(cpus);
    if (mode_ == LedgerOptions::kRows) {
      ring_.reset(ring_buffer__new(bpf_map__fd(skeleton_->maps.ring), OnEvent, this, nullptr));
      if (!ring_) return FailErrno("mapping the ledger's ring");
    }
    if (const int error = ledger_bpf__attach(skeleton_.get())) return Fail("attaching to inet_sock_set_state", -error);
    return {};
  }

  int poll_fd() const override { return ring_ ? ring_buffer__epoll_fd(ring_.get()) : -1; }

  size_t Drain(size_t most, const std::function<void(const xtcp2_ledger_event&)>& take) override {
    if (!ring_ || most == 0) return 0;
    Round round{&take, most};
    round_ = &round;
    ring_buffer__consume(ring_.get());
    round_ = nullptr;
    return round.taken;
  }

  void PauseRows(bool paused) override { skeleton_->bss->ledger_paused = paused; }

  Result<LedgerTotals> Totals() const override {
    if (mode_ == LedgerOptions::kCookies) return LedgerTotals{};
    auto totals = ReadTotals(bpf_map__fd(skeleton_->maps.totals), cpus_);
    const auto misses = ReadMisses(bpf_program__fd(skeleton_->progs.ledger_first));
    if (!totals || !misses) return totals ? tl::unexpected(misses.error()) : totals;
    totals->missed = *misses > totals->nested ? *misses - totals->nested : 0;
    return totals;
  }

  Result<std::vector<LedgerLine>> Namespaces() const override {
    const auto ports = Lines(skeleton_->maps.ports), rest = Lines(skeleton_->maps.namespaces);
    if (!ports || !rest) return ports ? rest : ports;
    return ByNamespace(*ports, *rest);
  }
  Result<std::vector<LedgerLine>> Ports() const override { return Lines(skeleton_->maps.ports); }

  Result<size_t> Forget(std::span<const uint64_t> netns_cookies) override {
    if (mode_ == LedgerOptions::kCookies || netns_cookies.empty()) return size_t{0};
    const auto first = DeleteLines(bpf_map__fd(skeleton_->maps.namespaces), netns_cookies);
    const auto second = DeleteLines(bpf_map__fd(skeleton_->maps.ports), netns_cookies);
    if (!first || !second) return first ? second : first;
    return *first + *second;
  }

  size_t MemoryBytes() const override {
    size_t bytes = 0;
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, skeleton_->obj) if (bpf_map__fd(map) >= 0) bytes += ReadMemory(bpf_map__fd(map));
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton_->obj) if (bpf_program__fd(program) >= 0) bytes +=
        ReadMemory(bpf_program__fd(program));
    return bytes;
  }

 private:
  static int OnEvent(void* owner, void* data, size_t size) {
    Round& round = *static_cast<Program*>(owner)->round_;
    if (size >= sizeof(xtcp2_ledger_event)) (*round.take)(*static_cast<const xtcp2_ledger_event*>(data));
    return ++round.taken < round.most ? 0 : -EAGAIN;
  }

  Result<std::vector<LedgerLine>> Lines(const bpf_map* map) const {
    if (mode_ == LedgerOptions::kCookies) return std::vector<LedgerLine>{};
    return ReadLines(bpf_map__fd(map));
  }

  std::unique_ptr<ledger_bpf, Destroy> skeleton_;
  LedgerOptions::Mode mode_;
  Round* round_ = nullptr;
  std::unique_ptr<ring_buffer, Destroy> ring_;
  size_t cpus_ = 0;
};

Result<> Check(const LedgerOptions& options) {
  if (options.mode == LedgerOptions::kRows &&
      (!std::has_single_bit(options.ring_bytes) || options.ring_bytes < kMinRing || options.ring_bytes > kMaxRing))
    return Fail(fmt::format("ledger's ring of {} bytes: take a power of two from {} to {}", options.ring_bytes,
                            kMinRing, kMaxRing));
  for (const size_t entries : {options.max_namespaces, options.max_ports, options.max_connections})
    if (entries == 0 || entries > 1u << 26)
      return Fail(fmt::format("ledger's map of {} entries: take 1 to {}", entries, 1u << 26));
  return {};
}

// Only what the mode needs is loaded and made.
void Choose(ledger_bpf& skeleton, const LedgerOptions& options) {
  const bool counts = options.mode != LedgerOptions::kCookies, rows = options.mode == LedgerOptions::kRows;
  bpf_program__set_autoload(skeleton.progs.ledger_first, counts);
  bpf_program__set_autoload(skeleton.progs.ledger_nested, counts);
  bpf_program__set_autoload(skeleton.progs.ledger_cookies, !counts);
  for (bpf_map* map : {skeleton.maps.totals, skeleton.maps.births, skeleton.maps.namespaces, skeleton.maps.ports})
    bpf_map__set_autocreate(map, counts);
  bpf_map__set_autocreate(skeleton.maps.ring, rows);
  bpf_map__set_max_entries(skeleton.maps.births, static_cast<uint32_t>(options.max_connections));
  bpf_map__set_max_entries(skeleton.maps.namespaces, static_cast<uint32_t>(options.max_namespaces));
  bpf_map__set_max_entries(skeleton.maps.ports, static_cast<uint32_t>(options.max_ports));
  if (rows) bpf_map__set_max_entries(skeleton.maps.ring, static_cast<uint32_t>(options.ring_bytes));
  skeleton.rodata->ledger_mode = counts ? (rows ? XTCP2_LEDGER_ROWS : XTCP2_LEDGER_COUNTS) : XTCP2_LEDGER_COOKIES;
  skeleton.rodata->ledger_open_rows = options.open_rows;
  skeleton.rodata->ledger_ring_full = options.ring_bytes - options.ring_bytes / 16;
  skeleton.rodata->ledger_ring_wake = options.ring_bytes / 8;
}

}  // namespace

Result<std::unique_ptr<LedgerProgram>> LedgerProgram::Load(const LedgerOptions& options) {
  if (const auto checked = Check(options); !checked) return tl::unexpected(checked.error());
  const auto config = ReadFillConfig(options.btf_path);
  if (!config) return tl::unexpected(config.error());
  const LoadWords words;
  LIBBPF_OPTS(bpf_object_open_opts, open_options);
  if (!options.btf_path.empty()) open_options.btf_custom_path = options.btf_path.c_str();
  ledger_bpf* skeleton = ledger_bpf__open_opts(&open_options);
  if (!skeleton) return FailErrno("opening the ledger's BPF object" + words.Text());
  auto program = std::make_unique<Program>(skeleton, options.mode);
  Choose(*skeleton, options);
  if (const auto set = SetFillConfig(skeleton->obj, *config); !set) return tl::unexpected(set.error());
  if (const int error = ledger_bpf__load(skeleton))
    return Fail("loading the ledger's BPF program" + words.Text(), -error);
  if (auto started = program->Start(); !started) return Fail(started.error().what + words.Text(), started.error().code);
  return program;
}

}  // namespace xtcp2::bpf
