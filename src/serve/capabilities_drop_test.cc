// Needs root: each test forks a child, drops there and looks at what the kernel says. The expected sets come from
// docs/security.md.
#include "serve/capabilities_drop.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "base/child_for_test.h"
#include "serve/http_server.h"

namespace xtcp2 {
namespace {

using testing::HasSubstr;

constexpr char kManual[] = XTCP2_SOURCE_DIR "/docs/security.md";

constexpr CapabilitySet Bit(int capability) { return CapabilitySet{1} << capability; }

#define SKIP_WITHOUT(set)                                               \
  if (const CapabilitySet wanted = (set) | Bit(CAP_SETPCAP);            \
      ::geteuid() != 0 || (EffectiveCapabilities() & wanted) != wanted) \
  GTEST_SKIP() << "NOT TESTED: needs root with the capabilities that are to be kept or dropped"

#ifdef __SANITIZE_THREAD__
#define SKIP_WITH_FOREIGN_THREADS() GTEST_SKIP() << "NOT TESTED: ThreadSanitizer's own threads block every signal"
#else
#define SKIP_WITH_FOREIGN_THREADS()
#endif

// The rows of the manual's second table: configuration -> what is kept.
std::map<std::string, CapabilitySet> DocumentedSets() {
  std::map<std::string, CapabilitySet> sets;
  std::ifstream file(kManual);
  std::string line;
  while (std::getline(file, line) && !line.starts_with("| configuration | kept after start |")) {
  }
  for (std::getline(file, line); std::getline(file, line) && line.starts_with("| ");) {
    const size_t middle = line.find(" | ");
    CapabilitySet set = 0;
    for (const CapabilityRule& rule : CapabilityRules())
      if (line.find(rule.name, middle) != std::string::npos) set |= Bit(rule.capability);
    sets[line.substr(2, middle - 2)] = set;
  }
  return sets;
}

// The named lines of every thread's status, one "key value" a line.
std::map<std::string, std::set<std::string>> StatusOfAllThreads() {
  std::map<std::string, std::set<std::string>> values;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "status");
    for (std::string key, value; file >> key && std::getline(file >> std::ws, value);)
      if (key.starts_with("Cap") || key == "NoNewPrivs:") values[key].insert(value);
    values["threads"].insert(task.path().filename());
  }
  return values;
}

std::string Hex(CapabilitySet set) {
  char text[17];
  std::snprintf(text, sizeof text, "%016lx", static_cast<unsigned long>(set));
  return text;
}

// Drops in a process that has a thread of libstdc++ and the HTTP server's; "" when every thread has exactly `kept`
// left.
std::string DropAndLook(const CapabilityNeeds& needs, CapabilitySet kept) {
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  const auto server = HttpServer::Start({.listen = "127.0.0.1:0"});
  const Result<> dropped = DropCapabilities(needs);
  auto status = StatusOfAllThreads();
  stop = true;
  other.join();
  if (!server) return server.error().Text();
  if (!dropped) return dropped.error().Text();
  if (status["threads"].size() != 3) return "there are not three threads";
  const std::map<std::string, std::string> wanted = {{"CapEff:", Hex(kept)}, {"CapPrm:", Hex(kept)},
                                                     {"CapBnd:", Hex(kept)}, {"CapInh:", Hex(0)},
                                                     {"CapAmb:", Hex(0)},    {"NoNewPrivs:", "1"}};
  for (const auto& [key, value] : wanted)
    if (status[key] != std::set{value}) return fmt::format("{} is {} and not {}", key, *status[key].begin(), value);
  return "";
}

TEST(CapabilitiesDrop, FiveConfigurationsAreLeftWithTheDocumentedSet) {
  SKIP_WITH_FOREIGN_THREADS();
  if (!std::filesystem::exists(kManual)) GTEST_SKIP() << "NOT TESTED: " << kManual << " is not here";
  const std::map<std::string, CapabilitySet> documented = DocumentedSets();
  const std::map<std::string, CapabilityNeeds> configurations = {
      {"own namespace, no marks", {.lowest_listen_port = 9088}},
      {"own namespace, marks", {.marks = true, .lowest_listen_port = 9088}},
      {"all namespaces, no marks", {.all_namespaces = true, .lowest_listen_port = 9088}},
      {"all namespaces, marks (the default)", {.all_namespaces = true, .marks = true, .lowest_listen_port = 9088}},
      {"all namespaces, marks, HTTP on port 80, a file in another user's folder",
       {.all_namespaces = true, .marks = true, .file_reopen_needs_dac = true, .lowest_listen_port = 80}},
  };
  ASSERT_EQ(documented.size(), configurations.size()) << "the table in docs/security.md";
  for (const auto& [name, needs] : configurations) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(documented.contains(name));
    const CapabilitySet kept = documented.at(name);
    SKIP_WITHOUT(kept);
    const ChildEnd end = RunInChild([&, &wanted = needs](int fd) { WriteTo(fd, DropAndLook(wanted, kept)); });
    EXPECT_EQ(end.text, "");
    EXPECT_EQ(end.ExitCode(), 0);
  }
}

TEST(CapabilitiesDrop, WhatWasNotHadIsNotGained) {
  SKIP_WITHOUT(Bit(CAP_SYS_ADMIN));
  const ChildEnd end = RunInChild([](int fd) {
    if (!DropCapabilities({.marks = true})) WriteTo(fd, "first drop failed");
    if (!DropCapabilities({.all_namespaces = true, .marks = true})) WriteTo(fd, "second drop failed");
    if (EffectiveCapabilities() & Bit(CAP_SYS_ADMIN)) WriteTo(fd, "CAP_SYS_ADMIN came back");
  });
  EXPECT_EQ(end.text, "");
}

TEST(CapabilitiesDrop, AThreadThatRefusesIsNamed) {
  SKIP_WITH_FOREIGN_THREADS();
  SKIP_WITHOUT(0);
  const ChildEnd end = RunInChild([](int fd) {
    std::thread([] {
      sigset_t all;
      sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
      ::prctl(PR_SET_NAME, "stubborn");
      while (true) ::pause();
    }).detach();
    // Only once it has its name does it block the signal for certain.
    for (std::string names; names.find("stubborn") == std::string::npos;)
      for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
        std::getline(std::ifstream(task.path() / "comm"), names, '\0');
    const Result<> dropped = DropCapabilities({}, std::chrono::milliseconds(100));
    WriteTo(fd, dropped ? "no error" : dropped.error().Text());
  });
  EXPECT_THAT(end.text, HasSubstr("\"stubborn\""));
  EXPECT_THAT(end.text, HasSubstr("blocks signal"));
}

TEST(CapabilitiesDrop, WithoutAnyItSetsNoNewPrivileges) {
  const ChildEnd end = RunInChild([](int fd) {
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) WriteTo(fd, "setresuid failed ");
    const Result<> dropped = DropCapabilities({.all_namespaces = true});
    if (!dropped) WriteTo(fd, dropped.error().Text());
    if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) WriteTo(fd, "no-new-privileges is not set");
  });
  EXPECT_EQ(end.text, "");
}

}  // namespace
}  // namespace xtcp2
