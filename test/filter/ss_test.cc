// Filters choose the sockets that ss chooses: 10,000 random expressions, each once by ss, once by the evaluator on a
// dump of everything, once by the kernel with our bytecode. Needs root (a namespace, marks) and iproute2.
#include "ss_fixture.h"

#include <cstdlib>

namespace xtcp2::test {
namespace {

const char* const kStateWords[] = {"established", "syn-sent",   "syn-recv",     "fin-wait-1", "fin-wait-2", "time-wait",
                                   "closed",      "close-wait", "last-ack",     "listening",  "closing",    "all",
                                   "connected",   "bucket",     "synchronized", "big",        "ESTABLISHED"};

// One expression three times; differences about sockets that came or went meanwhile do not count.
struct Chosen {
  std::string text;
  Cookies ss, evaluated, live;
  bool exact;
};

TEST_F(SsTest, TenThousandRandomFiltersChooseWhatSsChooses) {
  // In an emulator (./dev kernels) an ss takes a tenth of a second: fewer of them, and fewer between two looks at what
  // is still there.
  const bool emulated = std::getenv("XTCP2_EMULATED") != nullptr;
  const int kExpressions = emulated ? 400 : 10'000, kBatch = emulated ? 40 : 250;
  std::mt19937_64 random(20);
  int done = 0, exact = 0, some = 0;
  while (done < kExpressions) {
    const Rows before = Settled();
    const filter::Vocabulary words = Words(before, random);
    std::vector<Chosen> batch;
    for (int i = 0; i < kBatch; ++i) {
      std::vector<std::string> arguments;
      std::string text;
      for (uint64_t n = random() % 4; n > 1; --n) {
        arguments.insert(arguments.end(),
                         {random() % 3 ? "state" : "exclude", kStateWords[random() % std::size(kStateWords)]});
        text.append(arguments[arguments.size() - 2]).append(" ").append(arguments.back()).append(" ");
      }
      // No state at all is to ss as if nothing had been said of states.
      if (!text.empty() && Parsed(text).Compile().states == 0) arguments.clear(), text.clear();
      arguments.push_back(filter::RandomText(words, random).Make(1 + static_cast<int>(random() % 8)));
      text += arguments.back();
      const Filter filter = Parsed(text);
      const Compiled compiled = filter.Compile(kernel_);
      batch.push_back({text, Ss(arguments), Evaluated(filter, before), Live(filter, compiled), compiled.exact});
    }
    const Cookies stable = Stable(before);
    ASSERT_GT(stable.size(), before.size() * 9 / 10);
    for (const Chosen& chosen : batch) {
      for (const uint64_t cookie : stable) {
        ASSERT_EQ(chosen.evaluated.count(cookie), chosen.ss.count(cookie)) << "evaluator: " << chosen.text << "\n"
                                                                           << Describe(before, cookie);
        ASSERT_EQ(chosen.live.count(cookie), chosen.ss.count(cookie)) << "kernel: " << chosen.text << "\n"
                                                                      << Describe(before, cookie);
      }
      exact += chosen.exact;
      some += !chosen.ss.empty() && chosen.ss.size() < before.size();
      ++done;
    }
  }
  // ss cannot ask for a state within an expression, so the kernel could do it all.
  EXPECT_EQ(exact, done);
  EXPECT_GT(some, done / 2);
}

// With states anywhere in the expression there is no ss to compare with: kernel and evaluator against each other.
TEST_F(SsTest, FiltersWithStatesInsideChooseTheSameLiveAndOnADump) {
  std::mt19937_64 random(21);
  Rows before = Settled();
  filter::Vocabulary words = Words(before, random);
  words.states.assign(std::begin(kStateWords), std::end(kStateWords));
  int inexact = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string text = filter::RandomText(words, random).Make(1 + i % 8);
    const Filter filter = Parsed(text);
    const Compiled compiled = filter.Compile(kernel_);
    inexact += !compiled.exact;
    if (i % 100 == 0) before = Settled();
    const Cookies live = Live(filter, compiled), stable = Stable(before);
    ASSERT_EQ(Within(live, stable), Within(Evaluated(filter, before), stable)) << text;
  }
  EXPECT_GT(inexact, 100);
}

// What docs/filter.md says of ss: its second look at what the kernel chose loses sockets behind `not`.
TEST_F(SsTest, SsLosesSocketsBehindNotThatFiltersKeep) {
  const Rows rows = Settled();
  for (const char* text : {"not src [::/0]", "not src 0.0.0.0/0", "not src [7f00::/8]"}) {
    const Cookies ours = Evaluated(Parsed(text), rows), theirs = Ss({text});
    EXPECT_TRUE(std::includes(ours.begin(), ours.end(), theirs.begin(), theirs.end())) << text;
    EXPECT_GT(ours.size(), theirs.size()) << text;
  }
}

// Every socket is in exactly one share, alone and together with a filter.
TEST_F(SsTest, SharesOfPortsAreAPartition) {
  for (const char* text : {"", "state established or dport = :443", "exclude listening and not src 127/8"}) {
    const Filter filter = Parsed(text);
    const Compiled compiled = filter.Compile(kernel_);
    for (const bool remote : {false, true})
      for (const int shares : {1, 2, 5, 16}) {
        const Rows before = Settled();
        std::map<uint64_t, int> found;
        for (int i = 0; i < shares; ++i) {
          const auto low = static_cast<uint16_t>(65536 * i / shares),
                     high = static_cast<uint16_t>(65536 * (i + 1) / shares - 1);
          Compiled share = compiled;
          share.bytecode = filter::And(filter::PortShare(remote, low, high), compiled.bytecode);
          for (const uint64_t cookie : Live(filter, share)) ++found[cookie];
        }
        const Cookies wanted = Evaluated(filter, before);
        for (const uint64_t cookie : Stable(before))
          EXPECT_EQ(found[cookie], static_cast<int>(wanted.count(cookie)))
              << text << ", " << shares << " shares: " << Describe(before, cookie);
      }
  }
}

}  // namespace
}  // namespace xtcp2::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (geteuid() != 0) {
    puts("needs root: a network namespace, marks on sockets, a control group");
    return 77;
  }
  try {
    xtcp2::test::Ss({});
  } catch (const std::exception& why) {
    printf("needs ss and ip (iproute2): %s\n", why.what());
    return 77;
  }
  return RUN_ALL_TESTS();
}
