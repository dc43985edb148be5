// walk_compare [--bulk | --typed] [--sabotage N] [--bound] [--json] NAMESPACE-FILE...
// A dump by netlink of each namespace, one walk in BPF, the dumps again: every socket that both dumps have must have
// exactly one row, in its namespace, and every field must be what the dumps say (collect/agree.h). Prints what is not,
// and a summary; exit code 1 where anything is not. Needs root.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#include "collect/agree.h"
#include "schema/read.h"
#include "views.h"

namespace xtcp2::test {
namespace {

struct Arguments {
  bpf::WalkOptions walk;
  std::vector<std::string> paths;
};

Arguments Parse(char** argv) {
  Arguments out;
  for (++argv; *argv != nullptr; ++argv) {
    const std::string_view word = *argv;
    if (word == "--bulk") {
      out.walk.variant = bpf::Variant::kBulkReads;
    } else if (word == "--typed") {
      out.walk.variant = bpf::Variant::kTypedLoads;
    } else if (word == "--bound") {
      out.walk.states |= bpf::kBoundOnlyState;
    } else if (word == "--sabotage" && argv[1] != nullptr) {
      out.walk.sabotage = std::atoi(*++argv);
    } else {
      out.paths.emplace_back(word);
    }
  }
  return out;
}

// What all namespaces together gave.
struct Account {
  size_t sockets = 0, quiet = 0, failures = 0, came_and_went = 0;
  collect::FieldSet unequal, moved, not_given, shown;
  std::map<std::string, size_t> congestion;
};

class Comparison {
 public:
  Comparison(Namespace& netns, const View& before, const View& after, Account& account)
      : netns_(netns), before_(before), after_(after), account_(account) {}

  void Take(const xtcp2_bpf_row& row) {
    const uint64_t cookie = CookieOf(row);
    const auto kept = Keep(row);
    if (row.netns_cookie != netns_.cookie()) Fail(cookie, "the namespace's cookie is wrong");
    if (cookie == 0) return Fail(0, "a row without cookie");
    if (!seen_.insert(cookie).second) return Fail(cookie, "a second row");
    // The modules were there before the walk was loaded.
    if (row.ca_odd) Fail(cookie, "private state of the congestion control is not read");
    const auto before = before_.find(cookie), after = after_.find(cookie);
    if (before == before_.end() && after == after_.end()) return Fail(cookie, "a row of nobody");
    if (before == before_.end() || after == after_.end()) return void(++account_.came_and_went);
    Judge(cookie, before->second->socket, kept->socket, after->second->socket);
    ++account_.congestion[std::string(row.cong, strnlen(row.cong, sizeof row.cong))];
  }

  void Finish() {
    for (const auto& [cookie, kept] : before_)
      if (after_.count(cookie) && !seen_.count(cookie)) Fail(cookie, "no row");
  }

 private:
  void Judge(uint64_t cookie, const schema::Socket& before, const schema::Socket& walked, const schema::Socket& after) {
    const collect::Agreement found = collect::CompareBetween(before, walked, after);
    ++account_.sockets;
    account_.quiet += found.quiet;
    account_.unequal |= found.unequal;
    account_.moved |= found.moved;
    account_.not_given |= found.not_given;
    for (size_t i = 0; i < schema::kFieldCount; ++i)
      if (schema::ReadNumber(schema::kFields[i], walked) != 0) account_.shown.set(i);
    if (found.unequal.any()) Fail(cookie, collect::Describe(found.unequal, before, walked));
  }
  void Fail(uint64_t cookie, const std::string& what) {
    if (++account_.failures > 40) return;
    const auto at = before_.find(cookie);
    std::printf("%s: cookie %llu", netns_.path().c_str(), static_cast<unsigned long long>(cookie));
    if (at != before_.end()) {
      const uint8_t* msg = at->second->bytes.data();
      std::printf(", family %u, state %u, port %u to %u", msg[0], msg[1], msg[4] << 8 | msg[5], msg[6] << 8 | msg[7]);
    }
    std::printf(": %s\n", what.c_str());
  }

  Namespace& netns_;
  const View &before_, &after_;
  Account& account_;
  std::set<uint64_t> seen_;
};

std::vector<View> DumpAll(std::vector<Namespace>& all, uint32_t states) {
  std::vector<View> out;
  for (Namespace& netns : all) out.push_back(Dump(netns.diag(), states));
  return out;
}

void PrintFields(const char* what, const collect::FieldSet& fields) {
  std::printf("%s:", what);
  for (size_t i = 0; i < fields.size(); ++i)
    if (fields[i])
      std::printf(" %.*s", static_cast<int>(schema::kFields[i].name.size()), schema::kFields[i].name.data());
  std::printf("\n");
}

void Print(const bpf::WalkProgram& program, const Account& account) {
  std::printf("%s: %zu sockets compared, %zu quiet, %zu came or went, %zu failures\n",
              program.variant() == bpf::Variant::kTypedLoads ? "typed loads" : "bulk reads", account.sockets,
              account.quiet, account.came_and_went, account.failures);
  for (const auto& [name, count] : account.congestion)
    std::printf("  %s %zu", name.empty() ? "-" : name.c_str(), count);
  std::printf("\n");
  PrintFields("unequal", account.unequal);
  PrintFields("moved", account.moved);
  PrintFields("not given", account.not_given);
  collect::FieldSet zero;  // what no socket shows proves little
  for (size_t i = 0; i < zero.size(); ++i) {
    const schema::Field& field = schema::kFields[i];
    zero[i] =
        collect::RuleOf(i) != collect::Rule::kNotOfSocket && schema::LoadSize(field.load) <= 8 && !account.shown[i];
  }
  PrintFields("zero everywhere", zero);
}

bool Run(const Arguments& arguments) {
  std::vector<Namespace> all;
  for (const std::string& path : arguments.paths) all.emplace_back(path);
  const auto program = Must(bpf::WalkProgram::Load(arguments.walk));
  Account account;
  const auto before = DumpAll(all, arguments.walk.states);
  const auto rows = Walk(*program);
  const auto after = DumpAll(all, arguments.walk.states);
  for (size_t i = 0; i < all.size(); ++i) {
    Comparison comparison(all[i], before[i], after[i], account);
    for (const xtcp2_bpf_row& row : rows)
      if (row.netns_inode == all[i].inode()) comparison.Take(row);
    comparison.Finish();
  }
  Print(*program, account);
  return account.failures == 0;
}

}  // namespace
}  // namespace xtcp2::test

int main(int, char** argv) {
  if (geteuid() != 0) {
    std::puts("needs root");
    return 77;
  }
  return xtcp2::test::Run(xtcp2::test::Parse(argv)) ? 0 : 1;
}
