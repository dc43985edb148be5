#include "filter/bytecode.h"

#include <gtest/gtest.h>

#include "filter/filter.h"
#include "filter/filter_for_test.h"

namespace xtcp2::filter {
namespace {

const Vocabulary kVocabulary{
    {"*", "*:80", "10/8", "10.1.2.3:80", "0.0.0.0/0", "[::1]", "[fd77::/64]:80", "[::/0]", "[::ffff:10.0.0.0/104]"},
    {"0", "1", "22", "80", "81", "1000", "65534", "65535"},
    {"0", "7", "lo"},
    {"0", "0x10/0xff", "0x10/0x1", "0x110"},
    {"/one", "/two", "0"},
    {"established", "listening", "bucket", "all", "connected", "closed", "syn-recv"}};

std::vector<std::unique_ptr<MadeSocket>> ManySockets(std::mt19937_64& random, int count) {
  const char* const addresses[] = {"10.1.2.3", "10.1.2.4", "0.0.0.0", "192.168.1.1"};
  const char* const addresses6[] = {"::", "::1", "fd77::5", "fd77:0:0:1::5", "::ffff:10.1.2.3", "::ffff:192.168.1.1"};
  const uint16_t ports[] = {0, 1, 22, 79, 80, 81, 1000, 65534, 65535};
  const uint8_t states[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const auto pick = [&](const auto& list) { return list[random() % std::size(list)]; };
  std::vector<std::unique_ptr<MadeSocket>> made;
  for (int i = 0; i < count; ++i) {
    const bool inet6 = random() % 2;
    const auto address = [&] { return std::string(inet6 ? pick(addresses6) : pick(addresses)); };
    made.push_back(std::make_unique<MadeSocket>(pick(states), address(), pick(ports), address(), pick(ports)));
    made.back()
        ->Device(random() % 2 ? 0 : 7)
        .Mark(static_cast<uint32_t>(random() % 2 ? 0 : 0x110))
        .Cgroup(random() % 2 ? 0 : 101);
  }
  return made;
}

bool KernelKeeps(const Compiled& compiled, const MadeSocket& made) {
  return ((compiled.states >> made.message.state) & 1) &&
         (compiled.bytecode.empty() || BytecodeReader(compiled.bytecode).Accepts(made));
}

// Random filters on random sockets: the kernel's part never loses a socket that the filter keeps, and is the filter
// where it says so.
TEST(Compile, TheKernelsPartIsNeverLessThanTheFilter) {
  std::mt19937_64 random(7);
  const auto sockets = ManySockets(random, 300);
  int exact = 0, with_bytecode = 0, kept = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string text = RandomText(kVocabulary, random).Make(1 + i % 9);
    const Result<Filter> filter = Filter::Parse(text, MadeNames());
    ASSERT_TRUE(filter) << text << ": " << filter.error().Text();
    const Compiled compiled = filter->Compile({(i & 1) == 0, (i & 2) == 0, (i & 4) == 0});
    if (!compiled.bytecode.empty()) {
      ASSERT_EQ(BytecodeReader(compiled.bytecode).Audit(), "") << text;
    }
    exact += compiled.exact;
    with_bytecode += !compiled.bytecode.empty();
    for (const auto& made : sockets) {
      const bool matches = filter->Matches(made->socket), kernel = KernelKeeps(compiled, *made);
      kept += matches;
      if (matches) {
        ASSERT_TRUE(kernel) << text;
      }
      if (compiled.exact) {
        ASSERT_EQ(matches, kernel) << text;
      }
    }
  }
  // Both ways are taken often, and neither all nor none are kept.
  EXPECT_GT(exact, 500);
  EXPECT_LT(exact, 3500);
  EXPECT_GT(with_bytecode, 1500);
  EXPECT_GT(kept, 4000 * 300 / 10);
  EXPECT_LT(kept, 4000 * 300 * 9 / 10);
}

Compiled CompileText(const std::string& text, const KernelOperations& kernel = {}) {
  return Filter::Parse(text, MadeNames())->Compile(kernel);
}

TEST(Compile, LeavesNothingToDoWhereTheKernelCan) {
  EXPECT_TRUE(CompileText("").exact);
  EXPECT_EQ(CompileText("").states, netlink::kAllStates);
  EXPECT_TRUE(CompileText("").bytecode.empty());

  const Compiled issue = CompileText("state established and dport = :443");
  EXPECT_TRUE(issue.exact);
  EXPECT_EQ(issue.states, 1u << 1);
  EXPECT_EQ(issue.bytecode, CompileText("dport = :443").bytecode);

  const Compiled states = CompileText("not ( state listening or state syn-recv )");
  EXPECT_TRUE(states.exact);
  EXPECT_TRUE(states.bytecode.empty());
  EXPECT_EQ(states.states, kEveryState & ~(1u << 10 | 1u << 3));
  EXPECT_EQ(CompileText("state syn-recv").states, 1u << 3 | 1u << 12);
  EXPECT_TRUE(CompileText("sport 1 and dev 3 and fwmark 1 and cgroup 5").exact);
}

TEST(Compile, LeavesToTheEvaluatorWhatTheKernelCannot) {
  const Compiled either = CompileText("state listening or dport = :443");
  EXPECT_FALSE(either.exact);
  EXPECT_EQ(either.states, netlink::kAllStates);
  EXPECT_TRUE(either.bytecode.empty());

  const Compiled each = CompileText("( state listening and sport 1 ) or ( state established and dport 2 )");
  EXPECT_FALSE(each.exact);
  EXPECT_EQ(each.states, 1u << 1 | 1u << 10);
  EXPECT_FALSE(each.bytecode.empty());

  const Compiled without_mark = CompileText("sport 1 and fwmark 5", {true, false, true});
  EXPECT_FALSE(without_mark.exact);
  EXPECT_EQ(without_mark.bytecode, CompileText("sport 1").bytecode);
  EXPECT_TRUE(CompileText("sport 1 or not fwmark 5", {true, false, true}).bytecode.empty());
}

TEST(Compile, AsksForNothingWhereNothingCanMatch) {
  EXPECT_EQ(CompileText("exclude all").states, 0u);
  EXPECT_EQ(CompileText("sport < 0").states, 0u);
  EXPECT_EQ(CompileText("state listening and state established").states, 0u);
  EXPECT_EQ(CompileText("dev nosuch").states, 0u);
  EXPECT_EQ(CompileText("fwmark 0x10/0x1").states, 0u);
}

// A thousand IPv6 addresses are more than the kernel should check: the evaluator does it all.
TEST(Compile, GivesLongFiltersToTheEvaluator) {
  std::string text = "sport 1";
  for (int i = 0; i < 1000; ++i) text += " or dst [::1]";
  const Compiled compiled = CompileText(text);
  EXPECT_FALSE(compiled.exact);
  EXPECT_TRUE(compiled.bytecode.empty());
  EXPECT_EQ(compiled.states, netlink::kAllStates);
}

TEST(And, IsBoth) {
  std::mt19937_64 random(8);
  const auto sockets = ManySockets(random, 300);
  Vocabulary no_states = kVocabulary;
  no_states.states.clear();
  for (int i = 0; i < 500; ++i) {
    const std::string text = RandomText(no_states, random).Make(1 + i % 5),
                      other = RandomText(no_states, random).Make(1 + i % 3);
    const Compiled a = CompileText(text), b = CompileText(other);
    if (a.states == 0 || b.states == 0) continue;
    const std::vector<uint8_t> both = And(a.bytecode, b.bytecode);
    if (!both.empty()) {
      ASSERT_EQ(BytecodeReader(both).Audit(), "") << text << " and " << other;
    }
    for (const auto& made : sockets)
      ASSERT_EQ(BytecodeReader(both).Accepts(*made),
                BytecodeReader(a.bytecode).Accepts(*made) && BytecodeReader(b.bytecode).Accepts(*made))
          << text << " and " << other;
  }
}

TEST(PortShare, PutsEachPortIntoOneShare) {
  for (const bool remote : {false, true}) {
    for (const int shares : {1, 2, 3, 7, 64}) {
      std::vector<std::vector<uint8_t>> codes;
      for (int i = 0; i < shares; ++i)
        codes.push_back(PortShare(remote, static_cast<uint16_t>(65536 * i / shares),
                                  static_cast<uint16_t>(65536 * (i + 1) / shares - 1)));
      for (const auto& code : codes)
        if (shares > 1) {
          ASSERT_EQ(BytecodeReader(code).Audit(), "");
        }
      for (uint32_t port = 0; port < 65536; port += port % 97 ? 1 : 5) {
        const MadeSocket made(1, "10.0.0.1", static_cast<uint16_t>(remote ? 5 : port), "10.0.0.2",
                              static_cast<uint16_t>(remote ? port : 5));
        int in = 0;
        for (const auto& code : codes) in += code.empty() || BytecodeReader(code).Accepts(made);
        ASSERT_EQ(in, 1) << port << " of " << shares;
      }
    }
  }
  EXPECT_TRUE(PortShare(false, 0, 65535).empty());
}

}  // namespace
}  // namespace xtcp2::filter
