#include "bench/options.h"

#include <gmock/gmock.h>

namespace xtcp2::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Options, DefaultsAreWithinWhatIsAllowed) {
  const ParsedOptions parsed = ParseOptions({});
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_EQ(parsed.options.sockets, 10'000u);
  EXPECT_EQ(parsed.options.seconds, 10);
  EXPECT_THAT(parsed.options.collectors, ElementsAre("netlink", "bpf"));
  EXPECT_THAT(parsed.options.formats, ElementsAre("protobufList"));
  EXPECT_FALSE(parsed.options.json);
}

TEST(Options, TakesWhatIsGiven) {
  const ParsedOptions parsed =
      ParseOptions({"-sockets", "20", "-families=both", "--json", "-formats", "jsonl, csv,jsonl", "-against",
                    "ss > {out}", "-seconds", "0.5", "--", "-bogus", "x"});
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_EQ(parsed.options.sockets, 20u);
  EXPECT_THAT(parsed.options.families, ElementsAre("4", "6"));
  EXPECT_TRUE(parsed.options.json);
  EXPECT_THAT(parsed.options.formats, ElementsAre("jsonl", "csv"));
  EXPECT_EQ(parsed.options.against, "ss > {out}");
  EXPECT_EQ(parsed.options.seconds, 0.5);
  EXPECT_THAT(parsed.options.daemon_flags, ElementsAre("-bogus", "x")) << "the daemon judges them";
}

struct Wrong {
  std::vector<std::string> args;
  std::vector<std::string> says;
};

TEST(Options, ErrorsNameTheFlagTheValueAndWhatIsAllowed) {
  const Wrong cases[] = {
      {{"-sockets", "1"}, {"-sockets", "\"1\"", "from 2 to"}},
      {{"-sockets", "-5"}, {"-sockets", "\"-5\"", "whole number"}},
      {{"-sockets", "10k"}, {"-sockets", "\"10k\""}},
      {{"-active", "101"}, {"-active", "from 0 to 100"}},
      {{"-families", "5"}, {"-families", "\"5\"", "mapped"}},
      {{"-formats", "jsonl,xml"}, {"-formats", "xml", "protobufList"}},
      {{"-formats", ""}, {"-formats", "protobufList"}},
      {{"-collectors", "ebpf"}, {"-collectors", "ebpf", "bpf", "io_uring"}},
      {{"-rounds", "0"}, {"-rounds", "from 1"}},
      {{"-seconds", "nan"}, {"-seconds", "nan", "from 0 to"}},
      {{"-pairs", "2"}, {"-pairs", "from 3"}},
      {{"-json=maybe"}, {"-json", "maybe", "true or false"}},
      {{"-socket", "9"}, {"-socket", "-sockets"}},
      {{"word"}, {"word", "--"}},
      {{"-sockets", "10", "-namespaces", "6", "-families", "both"}, {"-sockets 10", "too few", "-namespaces"}},
      {{"-windowSeconds", "0"}, {"-windowSeconds", "0.05"}},
  };
  for (const Wrong& wrong : cases) {
    const ParsedOptions parsed = ParseOptions(wrong.args);
    ASSERT_EQ(parsed.errors.size(), 1u) << wrong.args[0];
    for (const std::string& part : wrong.says) EXPECT_THAT(parsed.errors[0], HasSubstr(part));
  }
}

TEST(Options, EveryErrorIsFound) {
  EXPECT_EQ(ParseOptions({"-sockets", "x", "-polls", "0", "-dest", "tcp:h:1"}).errors.size(), 3u);
}

TEST(Options, HelpNamesEveryFlag) {
  EXPECT_TRUE(ParseOptions({"-help"}).help);
  EXPECT_TRUE(ParseOptions({"-h"}).help);
  for (const char* flag : {"-sockets", "-namespaces", "-empty", "-families", "-active", "-churn", "-collectors",
                           "-formats", "-rounds", "-polls", "-seconds", "-json", "-against"})
    EXPECT_THAT(HelpText(), HasSubstr(std::string("\n  ") + flag + " ")) << flag;
}

}  // namespace
}  // namespace xtcp2::bench
