// The self-check of the walk on this host's tables. Needs the rights to load it.
#include "daemon/self_check.h"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "bpf/prerequisites.h"
#include "daemon/netns_for_test.h"
#include "daemon/own_sockets.h"

namespace xtcp2::daemon {
namespace {

using testing::HasSubstr;

// What WalkOptions::sabotage moves, in its order, and the field that then is wrong.
constexpr std::array kMoved = {"tcp_info_snd_cwnd", "inet_diag_class_id", "tcp_info_segs_in"};

class SelfCheck : public testing::Test {
 protected:
  void Load(const std::function<void()>& body) {
    auto program = bpf::WalkProgram::Load(options_);
    if (!program) GTEST_SKIP() << "NOT TESTED: the walk cannot be loaded here: " << program.error().Text();
    program_ = std::move(*program);
    body();
  }

  bpf::WalkOptions options_;
  std::unique_ptr<bpf::WalkProgram> program_;
};

std::string Names(std::bitset<16> states) {
  std::string out;
  for (size_t i = 0; i < states.size(); ++i)
    if (states[i]) out += " " + std::to_string(i);
  return out;
}

TEST_F(SelfCheck, OfAHealthyWalkSucceedsInEveryStateItCanMake) {
  Load([this] {
    const Result<SelfChecked> checked = CheckWalk(*program_, options_);
    ASSERT_TRUE(checked) << checked.error().Text();
    // ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, LISTEN.
    EXPECT_EQ(Names(checked->states), " 1 2 3 4 5 8 9 10");
    EXPECT_GE(checked->sockets, 30u);
    EXPECT_TRUE(checked->families[0]);
  });
}

TEST_F(SelfCheck, ComparesWhatIsAskedForOnly) {
  options_.states = 1u << 10 | 1u << 1;
  options_.ipv6 = false;
  Load([this] {
    const Result<SelfChecked> checked = CheckWalk(*program_, options_);
    ASSERT_TRUE(checked) << checked.error().Text();
    EXPECT_EQ(Names(checked->states), " 1 10");
    EXPECT_FALSE(checked->families[1]);
  });
}

TEST_F(SelfCheck, WithoutLoopbackThereIsNothingToCompare) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to make a network namespace";
  Load([this] {
    std::thread([this] {
      ASSERT_EQ(unshare(CLONE_NEWNET), 0);
      const Result<SelfChecked> checked = CheckWalk(*program_, options_);
      ASSERT_TRUE(checked) << checked.error().Text();
      EXPECT_LT(checked->sockets, 10u);
    }).join();
  });
}

class SelfCheckOfMoved : public SelfCheck, public testing::WithParamInterface<int> {};

TEST_P(SelfCheckOfMoved, MembersNamesEachOfThem) {
  options_.sabotage = GetParam();
  Load([this] {
    const Result<SelfChecked> checked = CheckWalk(*program_, options_);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, bpf::kLayoutDiffers);
    for (size_t i = 0; i < kMoved.size(); ++i) {
      if (static_cast<int>(i) < GetParam()) {
        EXPECT_THAT(checked.error().what, HasSubstr(kMoved[i]));
      } else {
        EXPECT_THAT(checked.error().what, Not(HasSubstr(kMoved[i])));
      }
    }
    EXPECT_THAT(bpf::Explain(checked.error()).reason, HasSubstr(kMoved[0]));
  });
}
INSTANTIATE_TEST_SUITE_P(Each, SelfCheckOfMoved, testing::Range(1, static_cast<int>(kMoved.size()) + 1));

size_t SocketsHere() {
  size_t lines = 0;
  for (const char* path : {"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"}) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) ++lines;
  }
  return lines;
}

TEST(OwnSockets, LeaveNothingBehind) {
  InNewNetns([] {
    const size_t before = SocketsHere();
    {
      const OwnSockets sockets;
      EXPECT_GE(sockets.all().size(), 30u);
      EXPECT_GE(SocketsHere(), before + 30);
    }
    EXPECT_EQ(SocketsHere(), before);
  });
}

}  // namespace
}  // namespace xtcp2::daemon
