#include "bpf/walker.h"

#include <bpf/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/fd.h"
#include "bpf/fill_config.h"
#include "bpf/kernel_types.h"
#include "bpf/object.h"
#include "bpf/walk_bulk.skel.h"
#include "bpf/walk_slot.bpf.h"
#include "bpf/walk_typed.skel.h"

namespace xtcp2::bpf {

namespace {

constexpr int kMostCallsWithoutProgress = 3;  // then sockets that change are left out one by one
constexpr size_t kRowBytes = sizeof(xtcp2_bpf_row);

// An array map's memory, shared with the kernel; unmapped at the end.
class MapMemory {
 public:
  MapMemory() = default;
  MapMemory(const MapMemory&) = delete;
  MapMemory& operator=(const MapMemory&) = delete;
  ~MapMemory() {
    if (at_ != nullptr) munmap(at_, size_);
  }
  Result<> Map(bpf_object* object, const char* name) {
    const bpf_map* map = bpf_object__find_map_by_name(object, name);
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t bytes = size_t{bpf_map__value_size(map)} * bpf_map__max_entries(map);
    size_ = (bytes + page - 1) / page * page;
    void* at = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
    if (at == MAP_FAILED) return FailErrno(std::string("mapping the memory of BPF map ") + name);
    at_ = static_cast<uint8_t*>(at);
    return {};
  }
  uint8_t* at() const { return at_; }
  size_t size() const { return size_; }

 private:
  uint8_t* at_ = nullptr;
  size_t size_ = 0;
};

class LoadedWalk final : public WalkProgram {
 public:
  LoadedWalk(Object object, const WalkOptions& options, Variant variant, const xtcp2_fill_config& config)
      : object_(std::move(object)), options_(options), variant_(variant), config_(config) {}

  Result<> Prepare();

  Variant variant() const override { return variant_; }
  unsigned walkers() const override { return options_.walkers; }
  size_t MemoryBytes() const override { return rows_.size() + slots_.size(); }
  bool Reads(const char* congestion) const override {
    const std::string_view name = congestion;
    return (config_.bbr.known && name == "bbr") || (config_.dctcp.known && name == "dctcp") ||
           (config_.vegas.known && (name == "vegas" || name == "yeah"));
  }
  Result<TableList> Tables(unsigned walker) override;
  Result<Block> Next(unsigned walker, const Table& table, uint32_t first_bucket, uint32_t end_bucket) override;

 private:
  xtcp2_walk_slot& slot(unsigned walker) const { return reinterpret_cast<xtcp2_walk_slot*>(slots_.at())[walker]; }
  const xtcp2_bpf_row* rows(unsigned walker) const {
    return reinterpret_cast<const xtcp2_bpf_row*>(rows_.at()) + size_t{walker} * XTCP2_ROWS;
  }
  Result<> Run(int program, unsigned walker, const char* doing) const;
  void AddTables(const xtcp2_listed& listed, TableList& out) const;

  Object object_;
  WalkOptions options_;
  Variant variant_;
  xtcp2_fill_config config_;
  MapMemory rows_, slots_;
  int walk_ = -1, bound_ = -1, list_ = -1;
};

Result<> LoadedWalk::Prepare() {
  if (auto mapped = rows_.Map(object_.get(), "xtcp2_rows"); !mapped) return mapped;
  if (auto mapped = slots_.Map(object_.get(), "xtcp2_slots"); !mapped) return mapped;
  const auto program = [this](const char* name) {
    return bpf_program__fd(bpf_object__find_program_by_name(object_.get(), name));
  };
  walk_ = program("xtcp2_walk");
  bound_ = program("xtcp2_walk_bound");
  list_ = program("xtcp2_list_netns");
  return {};
}

Result<> LoadedWalk::Run(int program, unsigned walker, const char* doing) const {
  uint64_t argument = walker;
  LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &argument, .ctx_size_in = sizeof argument);
  if (bpf_prog_test_run_opts(program, &run) != 0) return FailErrno(doing);
  if (run.retval != 0) return Fail(std::string(doing) + ": there is no walker " + std::to_string(walker), EINVAL);
  return {};
}

// One table of connections for each address; those of listeners and bound sockets are shared by all, also by a
// namespace with a table of connections of its own.
void LoadedWalk::AddTables(const xtcp2_listed& listed, TableList& out) const {
  const auto add = [&out, &listed](TableKind kind, uint64_t base, uint32_t buckets) {
    const auto same = [&](const Table& other) { return other.kind == kind && other.base == base; };
    if (base != 0 && std::none_of(out.tables.rbegin(), out.tables.rend(), same)) {
      out.tables.push_back({listed.hashinfo, base, kind, buckets});
    }
  };
  const uint32_t states = options_.states;
  constexpr uint32_t kListen = 1u << 10;
  if (states & 0x1fff & ~kListen) add(TableKind::kConnections, listed.ehash, listed.ehash_buckets);
  if (listed.own != 0) return;
  if (states & kListen) add(TableKind::kListeners, listed.lhash2, listed.lhash2_buckets);
  if (states & kBoundOnlyState) add(TableKind::kBound, listed.bhash2, listed.bhash2_buckets);
}

Result<TableList> LoadedWalk::Tables(unsigned walker) {
  if (auto done = Run(list_, walker, "listing the network namespaces by BPF"); !done) {
    return tl::unexpected(done.error());
  }
  const xtcp2_walk_answer& answer = slot(walker).answer;
  const auto* listed = reinterpret_cast<const xtcp2_listed*>(rows(walker));
  TableList out;
  out.truncated = answer.truncated != 0;
  out.namespaces.reserve(answer.rows);
  for (uint32_t i = 0; i < answer.rows; ++i) {
    out.namespaces.push_back({listed[i].inode, listed[i].cookie});
    AddTables(listed[i], out);
  }
  return out;
}

Result<Block> LoadedWalk::Next(unsigned walker, const Table& table, uint32_t first_bucket, uint32_t end_bucket) {
  xtcp2_walk_slot& shared = slot(walker);
  const uint32_t end = std::min(end_bucket, table.buckets);
  if (first_bucket >= end) return Block{.next_bucket = end_bucket};
  shared.request = {table.address,
                    table.base,
                    static_cast<uint32_t>(table.kind),
                    table.buckets,
                    first_bucket,
                    end,
                    options_.block_rows,
                    options_.states,
                    (options_.ipv4 ? 1u : 0) | (options_.ipv6 ? 2u : 0),
                    0};
  Block block{.next_bucket = first_bucket};
  for (int call = 0; block.rows.empty() && block.next_bucket == first_bucket; ++call) {
    shared.request.tolerant = call >= kMostCallsWithoutProgress;
    const int program = table.kind == TableKind::kBound ? bound_ : walk_;
    if (auto done = Run(program, walker, "walking the TCP tables by BPF"); !done) return tl::unexpected(done.error());
    const xtcp2_walk_answer answer = shared.answer;
    block.restarts += answer.restarts;
    block.truncated += answer.truncated;
    block.gone = answer.gone != 0;
    block.next_bucket = block.gone ? end_bucket : answer.next;
    if (!block.gone) block.rows = {rows(walker), answer.rows};
  }
  if (block.next_bucket >= end) block.next_bucket = end_bucket;
  return block;
}

// The variants differ in the object only.
Result<Object> Open(Variant variant, const std::string& btf_path) {
  size_t size = 0;
  const bool typed = variant == Variant::kTypedLoads;
  const void* elf = typed ? walk_typed_bpf__elf_bytes(&size) : walk_bulk_bpf__elf_bytes(&size);
  return OpenObject(typed ? "xtcp2_typed" : "xtcp2_bulk", {static_cast<const uint8_t*>(elf), size}, btf_path);
}

// What cannot be had is said before the verifier says it in its own words.
Result<Variant> Choose(const btf* types, Variant wanted) {
  if (!HasFunction(types, "bpf_loop")) return Fail("this kernel has no bpf_loop() (5.17 and later have)", ENOTSUP);
  if (!MemberBit(types, "inet_listen_hashbucket", "nulls_head") || !IsStructure(types, "netns_ipv4", "tcp_death_row")) {
    return Fail("this kernel keeps its TCP tables in a way the walk does not know (6.1 and later are known)", ENOTSUP);
  }
  const bool typed = HasFunction(types, "bpf_rdonly_cast");
  if (wanted == Variant::kTypedLoads && !typed) {
    return Fail("this kernel has no bpf_rdonly_cast() (6.2 and later have)", ENOTSUP);
  }
  return wanted != Variant::kAuto ? wanted : typed ? Variant::kTypedLoads : Variant::kBulkReads;
}

Result<> SetSizes(bpf_object* object, unsigned walkers) {
  // One row more, so that a whole row can be read behind the last.
  const int rows =
      bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "xtcp2_rows"), walkers * XTCP2_ROWS + 1);
  const int slots = bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "xtcp2_slots"), walkers);
  if (rows != 0 || slots != 0) return Fail("setting the sizes of the walk's maps", rows != 0 ? -rows : -slots);
  return {};
}

}  // namespace

Result<std::unique_ptr<WalkProgram>> WalkProgram::Load(const WalkOptions& options) {
  if (options.walkers == 0 || options.block_rows < kMinBlockRows || options.block_rows > kMaxBlockRows) {
    return Fail("a walk needs 1 walker or more, and blocks of 128 to 512 rows", EINVAL);
  }
  Fd sabotaged;
  std::string btf_path = options.btf_path;
  if (options.sabotage > 0) {
    const auto fd = WriteSabotagedTypes(options.sabotage);
    if (!fd) return tl::unexpected(fd.error());
    sabotaged = Fd(*fd);
    btf_path = "/proc/self/fd/" + std::to_string(*fd);
  }
  const auto types = ReadTypes(btf_path);
  if (!types) return tl::unexpected(types.error());
  const auto variant = Choose(types->get(), options.variant);
  if (!variant) return tl::unexpected(variant.error());
  const auto config = ReadFillConfig(btf_path);
  if (!config) return tl::unexpected(config.error());
  WalkOptions asked = options;
  // Up to 6.7 bhash2 is arranged otherwise, and netlink does not list bound-only sockets either.
  if (MemberBit(types->get(), "inet_bind2_bucket", "deathrow")) asked.states &= ~kBoundOnlyState;
  auto object = Open(*variant, btf_path);
  if (!object) return tl::unexpected(object.error());
  if (auto set = SetFillConfig(object->get(), *config); !set) return tl::unexpected(set.error());
  if (auto set = SetSizes(object->get(), options.walkers); !set) return tl::unexpected(set.error());
  if (auto loaded = LoadObject(object->get()); !loaded) return tl::unexpected(loaded.error());
  auto walk = std::make_unique<LoadedWalk>(std::move(*object), asked, *variant, *config);
  if (auto ready = walk->Prepare(); !ready) return tl::unexpected(ready.error());
  return walk;
}

}  // namespace xtcp2::bpf
