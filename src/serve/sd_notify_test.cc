#include "serve/sd_notify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/fd.h"

namespace xtcp2 {
namespace {

using testing::HasSubstr;

// Stands where systemd would: a datagram socket at a path or an abstract name.
class FakeSystemd {
 public:
  explicit FakeSystemd(bool abstract) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    name_ = abstract ? "@xtcp2-test-" + std::to_string(::getpid())
                     : testing::TempDir() + "notify" + std::to_string(::getpid()) + ".sock";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    if (abstract)
      address.sun_path[0] = 0;
    else
      std::filesystem::remove(name_);
    const size_t length = offsetof(sockaddr_un, sun_path) + name_.size() + (abstract ? 0 : 1);
    bound_ = ::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(length)) == 0;
  }
  ~FakeSystemd() {
    if (name_[0] == '/') std::filesystem::remove(name_);
  }
  const std::string& name() const { return name_; }
  bool bound() const { return bound_; }
  std::string Next() const {
    pollfd ready{fd_.get(), POLLIN, 0};
    if (::poll(&ready, 1, 10'000) != 1) return "(nothing came)";
    char text[1024];
    const ssize_t size = ::recv(fd_.get(), text, sizeof text, 0);
    return {text, static_cast<size_t>(size)};
  }

 private:
  Fd fd_;
  std::string name_;
  bool bound_;
};

TEST(SdNotify, SpeaksToPathsAndAbstractNames) {
  for (const bool abstract : {false, true}) {
    const FakeSystemd systemd(abstract);
    ASSERT_TRUE(systemd.bound());
    const SystemdNotifier notifier({.notify_socket = systemd.name()});
    ASSERT_TRUE(notifier.Enabled());
    ASSERT_TRUE(notifier.Ready("polling 3 namespaces"));
    EXPECT_EQ(systemd.Next(), "READY=1\nSTATUS=polling 3 namespaces");
    ASSERT_TRUE(notifier.Status("two\nlines"));
    EXPECT_EQ(systemd.Next(), "STATUS=two lines");
    ASSERT_TRUE(notifier.Watchdog());
    EXPECT_EQ(systemd.Next(), "WATCHDOG=1\n");
    ASSERT_TRUE(notifier.Stopping("flushing"));
    EXPECT_EQ(systemd.Next(), "STOPPING=1\nSTATUS=flushing");
  }
}

TEST(SdNotify, NotAskedMeansNothingToDo) {
  const SystemdNotifier notifier({.watchdog_usec = "1000000"});
  EXPECT_FALSE(notifier.Enabled());
  EXPECT_TRUE(notifier.Ready("x"));
  EXPECT_EQ(notifier.WatchdogPeriod(), std::nullopt);
}

TEST(SdNotify, WatchdogIsMeantForThisProcessOnly) {
  const auto period = [](std::string usec, std::string pid) {
    return SystemdNotifier({"/run/x", std::move(usec), std::move(pid)}).WatchdogPeriod();
  };
  EXPECT_EQ(period("30000000", std::to_string(::getpid())), std::chrono::seconds(30));
  EXPECT_EQ(period("30000000", ""), std::chrono::seconds(30));
  EXPECT_EQ(period("30000000", "1"), std::nullopt);
  EXPECT_EQ(period("", ""), std::nullopt);
  for (const char* wrong : {"abc", "-5", "0", "1x"}) EXPECT_EQ(period(wrong, ""), std::nullopt) << wrong;
}

TEST(SdNotify, WrongOrDeadSocketIsAnErrorNotADeath) {
  for (const std::string& name :
       {std::string("vsock:2:1234"), std::string("/nonexistent/socket"), "/" + std::string(200, 'x')}) {
    const Result<> sent = SystemdNotifier({.notify_socket = name}).Ready("x");
    ASSERT_FALSE(sent);
    EXPECT_THAT(sent.error().what, HasSubstr(name));
  }
}

TEST(SdNotify, ReadsTheEnvironment) {
  ::setenv("NOTIFY_SOCKET", "@a", 1);
  ::setenv("WATCHDOG_USEC", "5", 1);
  ::setenv("WATCHDOG_PID", "6", 1);
  const SystemdEnvironment environment = SystemdEnvironment::Read();
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  EXPECT_EQ(environment.notify_socket, "@a");
  EXPECT_EQ(environment.watchdog_usec, "5");
  EXPECT_EQ(environment.watchdog_pid, "6");
  EXPECT_EQ(SystemdEnvironment::Read().notify_socket, "");
}

}  // namespace
}  // namespace xtcp2
