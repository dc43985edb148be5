// A ledger program and a host with namespaces, both of the test's making.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/temp_dir_for_test.h"
#include "bpf/ledger.h"
#include "ledger/counts_for_test.h"
#include "ledger/coverage.h"
#include "ledger/netns_source.h"

namespace xtcp2::ledger {

class FakeProgram final : public bpf::LedgerProgram {
 public:
  int poll_fd() const override { return -1; }
  size_t Drain(size_t most, const std::function<void(const xtcp2_ledger_event&)>& take) override {
    size_t taken = 0;
    for (; taken < most && !events.empty(); ++taken) {
      take(events.front());
      events.pop_front();
    }
    return taken;
  }
  void PauseRows(bool wanted) override { paused = wanted; }
  Result<bpf::LedgerTotals> Totals() const override { return totals; }
  Result<std::vector<bpf::LedgerLine>> Namespaces() const override {
    std::vector<bpf::LedgerLine> out;
    for (const auto& [key, counts] : lines) out.push_back({{key.cookie, key.inode, 0, 0, 0}, counts});
    return out;
  }
  Result<std::vector<bpf::LedgerLine>> Ports() const override { return Namespaces(); }
  Result<size_t> Forget(std::span<const uint64_t> cookies) override {
    for (const uint64_t cookie : cookies) {
      forgotten.push_back(cookie);
      std::erase_if(lines, [&](const auto& line) { return line.first.cookie == cookie; });
    }
    return cookies.size();
  }
  size_t MemoryBytes() const override { return 4096; }

  std::map<NetnsKey, xtcp2_ledger_counts> lines;
  bpf::LedgerTotals totals{};
  std::deque<xtcp2_ledger_event> events;
  std::vector<uint64_t> forgotten;
  bool paused = false;
};

// Namespaces by number; what the kernel counts there is a file.
class FakeHost final : public NetnsSource {
 public:
  Look Scan() override {
    ++scans;
    Look look{.entries = {}, .complete = complete};
    for (const auto& [inode, netns] : namespaces)
      if (netns.shown) look.entries.push_back({inode, netns.name, netns.wanted});
    return look;
  }
  bool StillShown(uint32_t inode) override { return namespaces.contains(inode) && namespaces[inode].shown; }
  SeenNetns Unseen(uint32_t inode) override { return {inode, fmt::format("netns:[{}]", inode), true}; }
  // Where the test is.
  Result<> Visit(uint32_t inode, const std::function<Result<>()>& open) override {
    return namespaces.contains(inode) ? open() : Fail("no way in", EACCES);
  }
  Result<OpenNetns> Open(uint32_t inode) override {
    const auto at = namespaces.find(inode);
    if (at == namespaces.end() || at->second.locked) return Fail("no way in", EACCES);
    ++opens;
    Result<NetnsSnmp> snmp = NetnsSnmp::OpenHere(fmt::format("{}/{}", folder_.path(), at->second.cookie));
    if (!snmp) return tl::unexpected(snmp.error());
    return OpenNetns{std::move(*snmp), at->second.cookie, at->second.shown_since};
  }

  // What the kernel of that namespace counts from now on.
  void Count(uint64_t cookie, uint64_t active, uint64_t passive = 0) const {
    const std::string folder = fmt::format("{}/{}/thread-self/net", folder_.path(), cookie);
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/snmp") << fmt::format(
        "Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets\nTcp: {} {} 0 0\n", active, passive);
  }
  void Add(NetnsKey key, std::string name, uint64_t active = 0, int64_t shown_since = 0) {
    namespaces[key.inode] = {key.cookie, std::move(name), shown_since};
    Count(key.cookie, active);
  }

  struct Netns {
    uint64_t cookie;
    std::string name;
    int64_t shown_since = 0;
    bool shown = true, locked = false, wanted = true;
  };
  std::map<uint32_t, Netns> namespaces;
  bool complete = true;
  size_t scans = 0, opens = 0;

 private:
  const TempDir folder_;
};

}  // namespace xtcp2::ledger
