#include "filter/kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "filter/bytecode.h"
#include "filter/filter_for_test.h"
#include "netlink/message.h"

namespace xtcp2::filter {
namespace {

using netlink::Received;

netlink::DiagSocket Open() {
  Result<netlink::DiagSocket> socket = netlink::DiagSocket::Open(5000);
  if (!socket) ADD_FAILURE() << socket.error().Text();
  return *std::move(socket);
}

// Random filters of the running kernel's own operations: it takes every bytecode.
TEST(Kernel, TakesTheBytecodeOfEveryFilter) {
  netlink::DiagSocket socket = Open();
  const Result<KernelOperations> kernel = AskKernel(socket);
  ASSERT_TRUE(kernel) << kernel.error().Text();
  const Vocabulary vocabulary{{"*:80", "10/8", "10.1.2.3:80", "[::1]", "[fd77::/64]:80", "[::/0]", "0.0.0.0/0"},
                              {"0", "22", "80", "65535"},
                              {"0", "7"},
                              {"0", "0x10/0xff"},
                              {"/one", "0"},
                              {"established", "listening"}};
  std::mt19937_64 random(9);
  uint32_t seq = 1;
  int asked = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string text = RandomText(vocabulary, random).Make(1 + i % 20);
    const Compiled compiled = Filter::Parse(text, MadeNames())->Compile(*kernel);
    if (compiled.bytecode.empty()) continue;
    const std::vector<uint8_t> share = PortShare(i % 2, static_cast<uint16_t>(i), static_cast<uint16_t>(i + 5));
    for (const std::vector<uint8_t>& code :
         {compiled.bytecode, And(compiled.bytecode, share), And(share, compiled.bytecode)}) {
      const Result<int> answer = Audit(socket, code, ++seq);
      ASSERT_TRUE(answer) << answer.error().Text();
      ASSERT_EQ(*answer, 0) << text;
    }
    ++asked;
  }
  EXPECT_GT(asked, 500);
}

// The longest bytecode that Compile gives is no trouble to the kernel either.
TEST(Kernel, TakesTheLongestBytecode) {
  netlink::DiagSocket socket = Open();
  // 28 bytes for an IPv6 host and 4 for the jump behind it, except behind the last.
  std::string text = "dst [::1]";
  for (size_t bytes = 28; bytes + 32 <= kMostBytecode; bytes += 32) text += " or dst [::1]";
  const std::vector<uint8_t> code = Filter::Parse(text, MadeNames())->Compile().bytecode;
  EXPECT_GT(code.size(), kMostBytecode - 64);
  const Result<int> answer = Audit(socket, code, 1);
  ASSERT_TRUE(answer) << answer.error().Text();
  EXPECT_EQ(*answer, 0);
}

TEST(Kernel, RefusesBadBytecode) {
  netlink::DiagSocket socket = Open();
  std::vector<uint8_t> code = PortShare(false, 5, 9);
  code[2] = 6;  // no multiple of four
  const Result<int> answer = Audit(socket, code, 1);
  ASSERT_TRUE(answer) << answer.error().Text();
  EXPECT_EQ(*answer, EINVAL);
}

// Answers with `codes`, one a request, after a datagram of somebody else's.
class Scripted final : public netlink::Channel {
 public:
  explicit Scripted(std::deque<int> codes) : codes_(std::move(codes)) {}
  Result<> Send(Bytes request) override {
    seq_ = Load<uint32_t>(request.data() + 8);
    foreign_ = true;
    return {};
  }
  Received Receive(uint8_t* buffer, size_t size) override {
    if (std::exchange(foreign_, false)) return {Received::Kind::kForeign};
    if (codes_.empty()) return {Received::Kind::kSilence};
    const int code = codes_.front();
    codes_.pop_front();
    std::memset(buffer, 0, size);
    Store<uint32_t>(buffer, 20);
    Store<uint16_t>(buffer + 4, code ? netlink::kTypeError : netlink::kTypeDone);
    Store<uint32_t>(buffer + 8, seq_);
    Store<int32_t>(buffer + 16, -code);
    return {Received::Kind::kDatagram, 20, 20};
  }
  uint32_t port_id() const override { return 1; }

 private:
  std::deque<int> codes_;
  uint32_t seq_ = 0;
  bool foreign_ = false;
};

TEST(AskKernel, TakesARefusalAsMissing) {
  Scripted old({0, EPERM, EINVAL});
  const Result<KernelOperations> kernel = AskKernel(old);
  ASSERT_TRUE(kernel) << kernel.error().Text();
  EXPECT_TRUE(kernel->device);
  EXPECT_FALSE(kernel->mark);
  EXPECT_FALSE(kernel->cgroup);
}

TEST(AskKernel, SaysWhenThereIsNoAnswer) {
  Scripted silent({0});
  const Result<KernelOperations> kernel = AskKernel(silent);
  ASSERT_FALSE(kernel);
  EXPECT_THAT(kernel.error().Text(), testing::HasSubstr("no answer in time"));
}

}  // namespace
}  // namespace xtcp2::filter
