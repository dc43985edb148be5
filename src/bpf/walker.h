// One pass over the kernel's TCP tables: every socket of every network namespace as rows (abi/bpf_row.h), equal to what
// netlink would answer. The program is loaded once, with CAP_BPF and CAP_PERFMON; afterwards it runs without any
// capability, as any user. It runs only inside Next() and Tables(), on the calling thread's CPU, for well under a
// millisecond a call, and takes no lock of any socket. Memory is fixed at load, whatever the number of sockets.
// Threads: each walker number belongs to one thread at a time; different numbers may be used at the same time.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "abi/bpf_row.h"
#include "base/result.h"

namespace xtcp2::bpf {

enum class Variant : uint8_t {
  kAuto,
  kTypedLoads,  // bpf_rdonly_cast(): 6.2 and later, also under lockdown "confidentiality"
  kBulkReads,   // bpf_probe_read_kernel(): 5.19 and later
};

// The bit that asks for bound-only sockets, as in inet_diag; kernels before 6.8, whose netlink tells none, have none
// here.
inline constexpr uint32_t kBoundOnlyState = 1u << 13;
inline constexpr uint32_t kMinBlockRows = 128, kMaxBlockRows = 512;

struct WalkOptions {
  unsigned walkers = 1;       // how many threads may walk at the same time
  uint32_t block_rows = 256;  // rows a call aims at; a bucket is never split, so there may be more
  uint32_t states = 0x1fff;   // bit N: TCP state N, as in an inet_diag request; kBoundOnlyState
  bool ipv4 = true, ipv6 = true;
  Variant variant = Variant::kAuto;
  std::string btf_path = {};  // type information of the kernel; empty: the kernel's own
  int sabotage = 0;           // tests: moves the first N of a list of members by 4 bytes, to be caught by self checks
};

enum class TableKind : uint8_t {
  kConnections,  // ehash: all but the other two
  kListeners,    // lhash2
  kBound,        // bhash2: bound-only sockets
};

// One hash table of the kernel. Most hosts have one of each kind; a namespace may have a kConnections table of its own.
struct Table {
  uint64_t address = 0;  // of the kernel's inet_hashinfo
  uint64_t base = 0;     // of its buckets
  TableKind kind = TableKind::kConnections;
  uint32_t buckets = 0;
};

struct NetnsIdentity {
  uint32_t inode = 0;
  uint64_t cookie = 0;  // 0: not made yet (kernels that make it on demand)
  auto operator<=>(const NetnsIdentity&) const = default;
};

struct TableList {
  std::vector<Table> tables;              // what a full walk visits, by the states asked for
  std::vector<NetnsIdentity> namespaces;  // all of the host, also those that no process or mount shows
  bool truncated = false;                 // there are more namespaces than one call lists (kMaxNamespaces)
};

// What one call gave. Valid until the walker's next call. At least 512 readable bytes lie behind the last row.
struct Block {
  std::span<const xtcp2_bpf_row> rows = {};
  uint32_t next_bucket = 0;  // where the next call begins; the walk is done when it is `end_bucket`
  uint32_t restarts = 0;     // buckets that changed while being read and were begun again
  uint32_t truncated = 0;    // chains longer than the whole buffer: the sockets behind are missing
  // The table was freed (its namespace ended): nothing more to read there. Freed memory may look as before for a while;
  // then the table reads as empty, or, where another one took its place, as that one.
  bool gone = false;
};

class WalkProgram {
 public:
  // Needs CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN). The error carries errno and libbpf's or the verifier's last word.
  static Result<std::unique_ptr<WalkProgram>> Load(const WalkOptions& options);
  virtual ~WalkProgram() = default;

  virtual Variant variant() const = 0;
  virtual unsigned walkers() const = 0;
  // Bytes of memory that the walk holds in the kernel and that are mapped here.
  virtual size_t MemoryBytes() const = 0;
  // Congestion modules whose private state can be read now. A row with ca_odd set and a name that is not in here:
  // the module came later, load again.
  virtual bool Reads(const char* congestion) const = 0;

  // The tables and namespaces of this moment. Once a poll.
  virtual Result<TableList> Tables(unsigned walker) = 0;
  // Reads buckets from `first_bucket` on, about block_rows sockets, never past `end_bucket` (<= table.buckets).
  virtual Result<Block> Next(unsigned walker, const Table& table, uint32_t first_bucket, uint32_t end_bucket) = 0;
};

// Gives every TCP socket that some process of our pid namespace has open its cookie, by a pass over all open files
// (iter/task_file), and returns how many got one. Needs the capabilities of Load(). Without it, sockets that nobody
// asked about have cookie 0 in the rows.
Result<uint64_t> MakeCookies();

}  // namespace xtcp2::bpf
