// The walk while the tables change: connections by the thousand come and go, namespaces die, tables of a namespace's
// own. Needs root.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "../ledger/generator.h"
#include "collect/agree.h"
#include "crowd.h"
#include "netlink/request.h"

namespace xtcp2::test {
namespace {

using bpf::Block;
using bpf::Table;
using bpf::TableKind;
using bpf::Variant;
using bpf::WalkOptions;
using bpf::WalkProgram;
using Rows = std::vector<xtcp2_bpf_row>;

constexpr uint8_t kListen = 10;
const bool kEmulated = getenv("XTCP2_EMULATED") != nullptr;

// Who a socket is: namespace, ports, addresses. Listeners may share theirs.
std::string IdentityOf(const xtcp2_bpf_row& row) {
  std::string out(reinterpret_cast<const char*>(&row.netns_cookie), sizeof row.netns_cookie);
  return out.append(reinterpret_cast<const char*>(row.msg) + 4, 36);
}

struct Faults {
  size_t missing = 0, twice = 0;
};

// Of the sockets in `must` each has to be there once; no socket may be there twice.
Faults Look(const Rows& rows, std::set<uint64_t> must) {
  Faults out;
  std::set<std::string> seen;
  for (const xtcp2_bpf_row& row : rows) {
    must.erase(CookieOf(row));
    if (row.msg[1] != kListen && !seen.insert(IdentityOf(row)).second) ++out.twice;
  }
  std::set<uint64_t> cookies;
  for (const xtcp2_bpf_row& row : rows)
    if (CookieOf(row) != 0 && row.msg[1] == kListen && !cookies.insert(CookieOf(row)).second) ++out.twice;
  out.missing = must.size();
  return out;
}

// Connections without end, until told to stop.
class Churn {
 public:
  Churn() : thread_([this] { Run(); }) {}
  ~Churn() { Stop(); }
  double Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return made_;
  }

 private:
  void Run() {
    while (!stop_) made_ += Generate({.namespaces = 6, .threads = 1, .per_second = 0, .seconds = 0.3}).connections;
  }
  std::atomic<bool> stop_ = false;
  double made_ = 0;
  std::thread thread_;
};

class WalkWhile : public testing::TestWithParam<Variant> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, to make network namespaces and to load BPF programs";
    static std::map<Variant, std::string> refused;
    if (refused.count(GetParam()) == 0) {
      const auto program = WalkProgram::Load({.variant = GetParam()});
      refused[GetParam()] = program ? "" : program.error().Text();
    }
    if (!refused[GetParam()].empty()) GTEST_SKIP() << "NOT TESTED: " << refused[GetParam()];
  }
  std::unique_ptr<WalkProgram> Load(WalkOptions options = {}) {
    options.variant = GetParam();
    return Must(WalkProgram::Load(options));
  }
};

TEST_P(WalkWhile, ConnectionsComeAndGo) {
  Crowd one(kEmulated ? 300 : 2000), two(kEmulated ? 300 : 2000);
  std::set<uint64_t> must = one.Cookies();
  must.merge(two.Cookies());
  ASSERT_EQ(must.size(), one.size() + two.size());
  const auto program = Load();
  Churn churn;
  size_t walks = 0, others = 0, twice = 0;
  for (; walks < (kEmulated ? 10u : 40u); ++walks) {
    const Rows rows = Walk(*program);
    const Faults found = Look(rows, must);
    ASSERT_EQ(found.missing, 0u) << "in walk " << walks;
    twice += found.twice;
    others += rows.size() - must.size();
  }
  const double made = churn.Stop();
  std::printf("%zu walks beside %.0f connections: %.0f other rows a walk\n", walks, made,
              static_cast<double>(others) / static_cast<double>(walks));
  EXPECT_EQ(twice, 0u);
  EXPECT_GT(others, walks) << "nothing came and went";
}

// What agree.h calls a mistake is one, however busy the sockets are.
TEST_P(WalkWhile, SocketsTalk) {
  constexpr int kPairs = 30;
  Crowd crowd(3 * kPairs);  // a third of them, those of IPv4, talk
  crowd.Cookies();
  const auto program = Load();
  std::atomic<bool> stop = false;
  std::thread talking([&] {
    while (!stop) crowd.Talk(kPairs);
  });
  size_t busy = 0, quiet = 0;
  for (int round = 0; round < (kEmulated ? 10 : 100); ++round) {
    const View before = Dump(crowd.netns().diag(), netlink::kAllStates);
    const Rows rows = Walk(*program);
    const View after = Dump(crowd.netns().diag(), netlink::kAllStates);
    for (const xtcp2_bpf_row& row : rows) {
      if (row.netns_cookie != crowd.netns().cookie()) continue;
      const auto kept = Keep(row);
      const schema::Socket& first = before.at(CookieOf(row))->socket;
      const auto found = collect::CompareBetween(first, kept->socket, after.at(CookieOf(row))->socket);
      EXPECT_TRUE(found.unequal.none()) << collect::Describe(found.unequal, first, kept->socket);
      EXPECT_TRUE(collect::Compare(first, kept->socket).unequal.none());
      ++(found.quiet ? quiet : busy);
    }
  }
  stop = true;
  talking.join();
  std::printf("%zu looks at busy sockets, %zu at quiet ones\n", busy, quiet);
  EXPECT_GT(busy, 100u);
  EXPECT_GT(quiet, 100u);
}

// Each walker takes its half of every table.
void WalkHalf(WalkProgram& program, unsigned walker, const bpf::TableList& list, Rows& out) {
  for (const Table& table : list.tables) {
    const uint32_t middle = table.buckets / 2, end = walker == 0 ? middle : table.buckets;
    for (uint32_t bucket = walker == 0 ? 0 : middle; bucket < end;) {
      const Block block = Must(program.Next(walker, table, bucket, end));
      out.insert(out.end(), block.rows.begin(), block.rows.end());
      bucket = block.next_bucket;
    }
  }
}

TEST_P(WalkWhile, TwoWalkersShareTheTables) {
  Crowd crowd(600);
  const std::set<uint64_t> must = crowd.Cookies();
  const auto program = Load({.walkers = 2});
  Churn churn;
  for (int round = 0; round < (kEmulated ? 5 : 20); ++round) {
    const bpf::TableList list = Must(program->Tables(round % 2));
    Rows halves[2];
    std::thread other([&] { WalkHalf(*program, 1, list, halves[1]); });
    WalkHalf(*program, 0, list, halves[0]);
    other.join();
    EXPECT_FALSE(halves[0].empty() || halves[1].empty());
    halves[0].insert(halves[0].end(), halves[1].begin(), halves[1].end());
    const Faults found = Look(halves[0], must);
    ASSERT_EQ(found.missing, 0u);
    ASSERT_EQ(found.twice, 0u);
  }
}

const Table* OwnTable(const bpf::TableList& list, uint32_t buckets) {
  for (const Table& table : list.tables)
    if (table.kind == TableKind::kConnections && table.buckets == buckets) return &table;
  return nullptr;
}

constexpr unsigned kOwnBuckets = 256;

TEST_P(WalkWhile, ANamespaceHasItsOwnTable) {
  Crowd shared(60), own(600, kOwnBuckets);
  const auto program = Load();
  const bpf::TableList list = Must(program->Tables(0));
  ASSERT_NE(OwnTable(list, kOwnBuckets), nullptr);
  size_t listeners = 0;
  for (const Table& table : list.tables) listeners += table.kind == TableKind::kListeners;
  EXPECT_EQ(listeners, 1u) << "the table of listeners is everybody's";
  std::set<uint64_t> must = own.Cookies();
  must.merge(shared.Cookies());
  const Faults found = Look(Walk(*program), must);
  EXPECT_EQ(found.missing, 0u);
  EXPECT_EQ(found.twice, 0u);
}

TEST_P(WalkWhile, TheNamespaceOfATableDies) {
  auto own = std::make_unique<Crowd>(600, kOwnBuckets);
  const auto program = Load({.block_rows = 128});
  bpf::TableList list = Must(program->Tables(0));
  ASSERT_NE(OwnTable(list, kOwnBuckets), nullptr);
  const Table table = *OwnTable(list, kOwnBuckets);
  const Block first = Must(program->Next(0, table, 0, table.buckets));
  ASSERT_GE(first.rows.size(), 128u);
  ASSERT_LT(first.next_bucket, table.buckets);
  const uint32_t next = first.next_bucket;
  own.reset();
  for (int waited = 0; OwnTable(list, kOwnBuckets) != nullptr; ++waited) {
    ASSERT_LT(waited, 6000) << "the namespace does not end";
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    list = Must(program->Tables(0));
  }
  // It is freed some time after its namespace left the list, with the last of its sockets, which wait in TIME_WAIT.
  Block rest = Must(program->Next(0, table, next, table.buckets));
  for (int waited = 0; !rest.gone && !rest.rows.empty(); ++waited) {
    ASSERT_LT(waited, 6000) << "the table does not become empty";
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    rest = Must(program->Next(0, table, next, table.buckets));
  }
  EXPECT_EQ(rest.next_bucket, table.buckets);
}

TEST_P(WalkWhile, ATableIsNotWhereItWasListed) {
  const auto program = Load();
  const bpf::TableList list = Must(program->Tables(0));
  for (const Table& listed : list.tables) {
    Table moved = listed, smaller = listed, nowhere = listed, nothing = listed;
    moved.base += 64;
    smaller.buckets /= 2;
    nowhere.address = 0xffff'f000'dead'0000;  // not mapped
    nothing.address = 0;
    for (const Table& wrong : {moved, smaller, nowhere, nothing}) {
      const Block block = Must(program->Next(0, wrong, 0, wrong.buckets));
      EXPECT_TRUE(block.gone);
      EXPECT_TRUE(block.rows.empty());
      EXPECT_EQ(block.next_bucket, wrong.buckets);
    }
  }
}

TEST_P(WalkWhile, BlocksAreBounded) {
  Crowd crowd(3000);
  const auto program = Load({.block_rows = 128});
  const size_t memory = program->MemoryBytes();
  size_t blocks = 0, largest = 0;
  for (const Table& table : Must(program->Tables(0)).tables)
    for (uint32_t bucket = 0; bucket < table.buckets; ++blocks) {
      const Block block = Must(program->Next(0, table, bucket, table.buckets));
      ASSERT_GT(block.next_bucket, bucket) << "no progress";
      largest = std::max(largest, block.rows.size());
      bucket = block.next_bucket;
    }
  EXPECT_GE(blocks, 6000u / 128);
  EXPECT_LE(largest, 128u + 64) << "more than a chain above the limit";
  EXPECT_EQ(program->MemoryBytes(), memory);
  EXPECT_LT(memory, 3u << 20);
}

// All of a namespace's sockets in one chain, which is longer than the buffer: what is missing is counted.
TEST_P(WalkWhile, AChainIsLongerThanTheBuffer) {
  constexpr size_t kBuffer = 4096;
  Crowd crowd(2400, 1);
  const auto program = Load();
  const bpf::TableList list = Must(program->Tables(0));
  const Table* table = OwnTable(list, 1);
  ASSERT_NE(table, nullptr);
  const Block block = Must(program->Next(0, *table, 0, 1));
  EXPECT_EQ(block.rows.size(), kBuffer);
  EXPECT_EQ(block.truncated, 4800 - kBuffer);
  EXPECT_EQ(block.next_bucket, 1u);
}

TEST_P(WalkWhile, CookiesAreMadeForWhatIsOpen) {
  Crowd crowd(60);
  const auto program = Load();
  const auto with_cookie = [&] {
    size_t n = 0;
    for (const xtcp2_bpf_row& row : Walk(*program))
      n += row.netns_cookie == crowd.netns().cookie() && CookieOf(row) != 0;
    return n;
  };
  const size_t before = with_cookie();  // others on this machine may ask for everybody's, as a ledger does
  if (kEmulated) {
    EXPECT_EQ(before, 0u);
  }
  EXPECT_GE(before + Must(bpf::MakeCookies()), crowd.size());
  EXPECT_EQ(with_cookie(), crowd.size());
  const std::set<uint64_t> by_netlink = crowd.Cookies();
  for (const xtcp2_bpf_row& row : Walk(*program)) {
    if (row.netns_cookie == crowd.netns().cookie()) {
      EXPECT_TRUE(by_netlink.count(CookieOf(row)));
    }
  }
}

TEST_P(WalkWhile, NobodyHasAnyCapability) {
  Crowd crowd(60);
  const std::set<uint64_t> must = crowd.Cookies();
  const auto program = Load();
  Rows rows;
  std::thread([&] {  // the raw call changes this thread only, and takes its capabilities
    ASSERT_EQ(syscall(SYS_setresuid, 65534, 65534, 65534), 0);
    rows = Walk(*program);
  })
      .join();
  EXPECT_EQ(Look(rows, must).missing, 0u);
}

INSTANTIATE_TEST_SUITE_P(, WalkWhile, testing::Values(Variant::kBulkReads, Variant::kTypedLoads),
                         [](const auto& made) { return made.param == Variant::kBulkReads ? "Bulk" : "Typed"; });

}  // namespace
}  // namespace xtcp2::test
