// Needs root for what changes a process: each of these tests forks a child and looks at what the kernel says of every
// thread of it.
#include "serve/user.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "base/child_for_test.h"
#include "serve/capabilities_drop.h"
#include "serve/http_server.h"

namespace xtcp2 {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr uid_t kNobody = 65534, kUnused = 987654;

#ifdef __SANITIZE_THREAD__
#define SKIP_WITH_FOREIGN_THREADS() GTEST_SKIP() << "NOT TESTED: ThreadSanitizer's own threads follow nobody"
#else
#define SKIP_WITH_FOREIGN_THREADS()
#endif
#define SKIP_UNLESS_ROOT() \
  if (::geteuid() != 0) GTEST_SKIP() << "NOT TESTED: needs root, to become another user"

TEST(User, NamesAndNumbersMeanTheSameAccount) {
  const passwd* account = ::getpwuid(0);
  ASSERT_NE(account, nullptr) << "this host has no account 0";
  const std::string name = account->pw_name;
  const auto by_name = FindUser(name), by_number = FindUser("0");
  ASSERT_TRUE(by_name && by_number);
  EXPECT_EQ(by_name->uid, 0u);
  EXPECT_EQ(by_number->uid, 0u);
  EXPECT_EQ(by_name->gid, by_number->gid);
  EXPECT_EQ(by_name->groups, by_number->groups);
  EXPECT_EQ(by_name->name, name);
}

TEST(User, AGroupTakesThePlaceOfTheUsersOwn) {
  const auto user = FindUser("0:12345");
  ASSERT_TRUE(user) << user.error().Text();
  EXPECT_EQ(user->gid, 12345u);
  EXPECT_THAT(user->groups, ElementsAre(12345u));
  const group* root = ::getgrgid(0);
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(FindUser(std::string("0:") + root->gr_name)->gid, 0u);
}

TEST(User, WhatIsUnknownIsNamed) {
  EXPECT_THAT(FindUser("no-such-user").error().Text(),
              AllOf(HasSubstr("no user \"no-such-user\""), HasSubstr("passwd")));
  EXPECT_THAT(FindUser("").error().Text(), HasSubstr("no user \"\""));
  EXPECT_THAT(FindUser("0:no-such-group").error().Text(), HasSubstr("no group \"no-such-group\""));
  EXPECT_THAT(FindUser("0:").error().Text(), HasSubstr("no group \"\""));
  ASSERT_EQ(::getpwuid(kUnused), nullptr) << "this host has a user " << kUnused;
  EXPECT_THAT(FindUser("987654").error().Text(), HasSubstr("give it as 987654:GROUP"));
  const auto with_group = FindUser("987654:987654");
  ASSERT_TRUE(with_group) << with_group.error().Text();
  EXPECT_EQ(with_group->uid, kUnused);
}

// What /proc says of each thread, one set of values for each key.
std::map<std::string, std::set<std::string>> StatusOfAllThreads() {
  std::map<std::string, std::set<std::string>> values;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "status");
    for (std::string key, value; file >> key && std::getline(file >> std::ws, value);)
      if (key == "Uid:" || key == "Gid:" || key == "Groups:" || key.starts_with("Cap") || key == "NoNewPrivs:")
        values[key].insert(value);
    values["threads"].insert(task.path().filename());
  }
  return values;
}

// Becomes that user in a process with threads of libstdc++ and of libmicrohttpd; "" when every one of them did.
std::string BecomeAndLook(const User& user) {
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  const auto server = HttpServer::Start({.listen = "127.0.0.1:0"});
  const Result<> became = BecomeUser(user);
  const Result<> dropped = DropCapabilities({.all_namespaces = true, .becomes_user = true});
  auto status = StatusOfAllThreads();
  stop = true;
  other.join();
  if (!server) return server.error().Text();
  if (!became) return became.error().Text();
  if (!dropped) return dropped.error().Text();
  if (status["threads"].size() != 3) return "there are not three threads";
  std::map<std::string, std::string> wanted = {{"Uid:", fmt::format("{0}\t{0}\t{0}\t{0}", user.uid)},
                                               {"Gid:", fmt::format("{0}\t{0}\t{0}\t{0}", user.gid)},
                                               {"Groups:", fmt::format("{} ", user.groups[0])},
                                               {"NoNewPrivs:", "1"}};
  for (const char* set : {"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"}) wanted[set] = "0000000000000000";
  for (const auto& [key, value] : wanted)
    if (status[key] != std::set{value})
      return fmt::format("{} is \"{}\" and not \"{}\"", key, *status[key].begin(), value);
  if (::setresuid(0, 0, 0) == 0) return "it can become root again";
  return "";
}

// Ambient capabilities survive a change from one ordinary user to another: only dropping ends them.
bool BecomeOrdinaryWithCapabilities() {
  if (::prctl(PR_SET_KEEPCAPS, 1) != 0 || ::setresuid(1, 1, 1) != 0) return false;
  cap_t some = cap_from_text("cap_setuid,cap_setgid,cap_setpcap,cap_sys_admin+ep");
  const bool set = cap_set_proc(some) == 0;
  cap_free(some);
  return set;
}

TEST(User, EveryThreadBecomesItAndKeepsNoCapability) {
  SKIP_WITH_FOREIGN_THREADS();
  SKIP_UNLESS_ROOT();
  const ChildEnd end = RunInChild([](int fd) { WriteTo(fd, BecomeAndLook(FindUser("65534:65533").value())); });
  EXPECT_EQ(end.text, "");
  EXPECT_EQ(end.ExitCode(), 0);
}

TEST(User, SoItIsFromAnOrdinaryUserWithCapabilities) {
  SKIP_WITH_FOREIGN_THREADS();
  SKIP_UNLESS_ROOT();
  const ChildEnd end = RunInChild([](int fd) {
    if (!BecomeOrdinaryWithCapabilities()) return WriteTo(fd, "could not be furnished");
    WriteTo(fd, BecomeAndLook(FindUser("65534:65533").value()));
  });
  EXPECT_EQ(end.text, "");
}

// What the daemon reads of itself after the change (metrics, entering namespaces) must still be there.
TEST(User, OwnProcFilesCanStillBeRead) {
  SKIP_UNLESS_ROOT();
  const ChildEnd end = RunInChild([](int fd) {
    if (!BecomeUser(FindUser("65534:65534").value())) WriteTo(fd, "not become ");
    for (const char* path : {"/proc/self/stat", "/proc/self/status", "/proc/thread-self/net/snmp", "/proc/self/limits"})
      if (!std::ifstream(path).good()) WriteTo(fd, std::string(path) + " ");
    std::error_code error;
    std::filesystem::directory_iterator("/proc/self/fd", error);
    if (error) WriteTo(fd, "/proc/self/fd");
  });
  EXPECT_EQ(end.text, "");
}

TEST(User, WithoutTheRightItIsRefused) {
  SKIP_UNLESS_ROOT();
  const ChildEnd end = RunInChild([](int fd) {
    const User other = FindUser("65534:65534").value();
    if (::setresgid(1, 1, 1) != 0 || ::setresuid(1, 1, 1) != 0) WriteTo(fd, "could not be furnished");
    const Result<> became = BecomeUser(other);
    WriteTo(fd, became ? "became" : became.error().Text());
    const Result<> same = BecomeUser(FindUser("1:1").value());
    WriteTo(fd, same ? "; to itself it may" : same.error().Text());
  });
  EXPECT_THAT(end.text, AllOf(HasSubstr("-user 65534:65534"), HasSubstr("needs CAP_SETUID and CAP_SETGID"),
                              HasSubstr("Operation not permitted; to itself it may")));
}

TEST(User, WhatItMayDoWithFilesIsAskedAsThatUser) {
  SKIP_UNLESS_ROOT();
  const User nobody = FindUser("65534:65534").value();
  const std::filesystem::path folder = std::filesystem::path("/tmp") / ("user" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  const std::string file = folder / "rows", fresh = folder / "fresh";
  std::ofstream(file) << "x";
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  EXPECT_TRUE(UserMayRead(nobody, file));
  EXPECT_FALSE(UserMayRewrite(nobody, file));
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  EXPECT_FALSE(UserMayRead(nobody, file));
  ASSERT_EQ(::chown(folder.c_str(), kNobody, kNobody), 0);
  EXPECT_FALSE(UserMayRewrite(nobody, file)) << "its folder alone is not enough";
  EXPECT_TRUE(UserMayRewrite(nobody, fresh));
  ASSERT_EQ(::chown(file.c_str(), kNobody, kNobody), 0);
  EXPECT_TRUE(UserMayRewrite(nobody, file));
  EXPECT_EQ(::geteuid(), 0u) << "only the child became somebody else";
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace xtcp2
