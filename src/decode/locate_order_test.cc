// The walk in the expected order gives what the general walk gives: for everything that kernels answered in the
// repository's captures, for the same with single bytes changed, cut off or doubled, and for every length of tcp_info.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "decode/answer_for_test.h"
#include "decode/expected_order.h"
#include "decode/same_for_test.h"

namespace xtcp2::decode {
namespace {

using Answer = std::vector<uint8_t>;  // a payload

std::vector<uint8_t> Read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void AddAnswers(Bytes datagram, std::vector<Answer>& answers) {
  netlink::MessageWalk walk(datagram);
  netlink::Message message;
  while (walk.Next(message))
    if (message.type == netlink::kTypeSockDiag) answers.emplace_back(message.payload.begin(), message.payload.end());
}

// The packets of a pcapng file of ours: blocks of type 6, each with 28 bytes of its own and a cooked header of 16.
void AddPackets(Bytes file, std::vector<Answer>& answers) {
  for (size_t at = 0; at + 12 <= file.size(); at += Load<uint32_t>(file.data() + at + 4))
    if (Load<uint32_t>(file.data() + at) == 6)
      AddAnswers(file.subspan(at + 44, Load<uint32_t>(file.data() + at + 20) - 16), answers);
}

std::vector<Answer> GoldenAnswers() {
  std::vector<Answer> answers;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(XTCP2_SOURCE_DIR "/test/golden")) {
    if (entry.path().extension() == ".netlink") AddAnswers(Read(entry.path()), answers);
    if (entry.path().extension() == ".pcapng") AddPackets(Read(entry.path()), answers);
  }
  return answers;
}

class LocateOrder : public testing::Test {
 protected:
  std::string Difference(Answer answer, const LocateOptions& options = {}) {
    const size_t size = answer.size();
    answer.resize(size + kReadSlack, 0xa5);
    // Whatever lies behind the message must not matter; this looks like an attribute that may come next.
    Store<uint32_t>(answer.data() + size, 5 | 5 << 16);
    return both_.Difference(Bytes(answer).first(size), options);
  }
  static bool IsExpected(const Answer& answer) {
    Answer with_slack = answer;
    with_slack.resize(answer.size() + kReadSlack);
    schema::Socket socket;
    LocateCounters counters;
    return ExpectedOrder::Locate(Bytes(with_slack).first(answer.size()), {}, socket, counters);
  }
  BothWalks both_;
};

TEST_F(LocateOrder, EveryAnswerOfTheCapturesIsInTheExpectedOrderAndReadsTheSame) {
  const std::vector<Answer> answers = GoldenAnswers();
  ASSERT_GT(answers.size(), 1300u);
  size_t expected = 0;
  for (const Answer& answer : answers) {
    ASSERT_EQ(Difference(answer), "");
    expected += IsExpected(answer);
  }
  // A few sockets of the zoo have an upper layer protocol, which stands between.
  EXPECT_GT(expected, answers.size() * 98 / 100) << "of " << answers.size();
}

TEST_F(LocateOrder, SameForEveryChoiceOfAttributesAndBothLayouts) {
  std::mt19937_64 random(21);
  for (const Answer& answer : GoldenAnswers())
    ASSERT_EQ(Difference(answer, {random(), random() % 2 ? AccEcnLayout::k6_18 : AccEcnLayout::k7_0}), "");
}

TEST_F(LocateOrder, SameForAnswersWithChangedCutAndDoubledBytes) {
  std::mt19937_64 random(22);
  const std::vector<Answer> answers = GoldenAnswers();
  for (int round = 0; round < 60'000; ++round) {
    Answer answer = answers[random() % answers.size()];
    const size_t header = sizeof(abi::InetDiagMsg);
    for (uint64_t n = random() % 3; n > 0 && answer.size() > header; --n) {
      // Mostly among the small attributes in front, where the headers are.
      const size_t reach = std::min<size_t>(answer.size() - header, random() % 2 ? 64 : 4096);
      answer[header + random() % reach] = static_cast<uint8_t>(random() % 2 ? random() % 64 : random());
    }
    if (random() % 8 == 0) answer.resize(random() % answer.size());
    if (random() % 8 == 0) {
      const Answer& other = answers[random() % answers.size()];
      answer.insert(answer.end(), other.begin() + static_cast<ptrdiff_t>(std::min(other.size(), header)), other.end());
    }
    ASSERT_EQ(Difference(answer, {random() % 2 ? ~uint64_t{0} : random(), AccEcnLayout::k7_0}), "") << round;
  }
}

TEST_F(LocateOrder, EveryLengthOfTcpInfoIsExpectedAndReadsTheSame) {
  for (size_t length = 0; length <= 400; ++length) {
    AnswerBuilder builder;
    builder.Add(8, {1}).Add(5, {2}).Add(2, Counting(length, 7)).AddText(4, "cubic");
    ASSERT_EQ(Difference(builder.bytes()), "") << length;
    EXPECT_TRUE(IsExpected(builder.bytes())) << length;
  }
}

TEST_F(LocateOrder, NamesOfEveryLengthWithAndWithoutTheirEnd) {
  for (const char* name :
       {"", "r", "bbr", "bbr2", "bbr3", "reno", "cubic", "dctcp-re", "highspeed", "sixteen_bytes_ok"})
    for (const bool ended : {false, true}) {
      AnswerBuilder builder;
      std::vector<uint8_t> value(name, name + strlen(name));
      if (ended) value.push_back(0);
      builder.Add(2, Counting(280)).Add(4, value);
      for (int again = 0; again < 2; ++again) ASSERT_EQ(Difference(builder.bytes()), "") << name << ended;
    }
}

}  // namespace
}  // namespace xtcp2::decode
