#include "filter/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "filter/filter.h"
#include "filter/filter_for_test.h"

namespace xtcp2::filter {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// The canonical text, or "error: ...".
std::string Canonical(const std::string& text) {
  const Result<Filter> filter = Filter::Parse(text, MadeNames());
  return filter ? filter->Text() : "error: " + filter.error().Text();
}

struct Case {
  std::string text, canonical;
};

TEST(Parse, SaysEachConditionInOneWay) {
  const std::vector<Case> cases = {
      {"", ""},
      {"  \t\n", ""},
      {"sport = :22", "sport = :22"},
      {"sport 22", "sport = :22"},
      {"sport eq :0x16", "sport = :22"},
      {"sport == 026", "sport = :22"},
      {"sport=:22", "sport = :22"},
      {"dport = :web", "dport = :80"},
      {"dport web", "dport = :80"},
      {"dport != :22", "not dport = :22"},
      {"dport neq 22", "not dport = :22"},
      {"dport < :1024", "dport <= :1023"},
      {"dport lt 0", "dport < :0"},
      {"dport gt 65535", "dport < :0"},
      {"dport > 1023", "dport >= :1024"},
      {"dport geq :1024", "dport >= :1024"},
      {"dport>=1024", "dport >= :1024"},
      {"dport leq 7", "dport <= :7"},
      {"sport *", "sport >= :0"},
      {"sport = :*", "sport >= :0"},
      {"src 127.0.0.1", "src = 127.0.0.1"},
      {"src == 127.0.0.1:22", "src = 127.0.0.1:22"},
      {"src != 10/8", "not src = 10.0.0.0/8"},
      {"dst 193.233.7/24", "dst = 193.233.7.0/24"},
      {"dst 10.1.2.3/9:web", "dst = 10.0.0.0/9:80"},
      {"dst 10.1.2.3/32", "dst = 10.1.2.3"},
      {"dst 1.2.3.4/0", "dst = 0.0.0.0/0"},
      {"dst [::1]", "dst = [::1]"},
      {"dst [::1]:443", "dst = [::1]:443"},
      {"dst [fd77:1::5/33]:*", "dst = [fd77:1::/33]"},
      {"dst fe80::/10", "dst = [fe80::/10]"},
      {"dst fe80::/10:5", "dst = [fe80::/10]:5"},
      {"dst [::ffff:1.2.3.4]", "dst = [::ffff:1.2.3.4]"},
      {"dst [1.2.3.4]:5", "dst = 1.2.3.4:5"},
      {"dst any", "dst = *"},
      {"dst *:5", "dst = *:5"},
      {"dst :5", "dst = *:5"},
      {"dst all:*", "dst = *"},
      {"dev lo", "dev = lo"},
      {"dev != 3", "not dev = 3"},
      {"fwmark 16", "fwmark = 0x10"},
      {"fwmark = 0x10/0xff", "fwmark = 0x10/0xff"},
      {"cgroup /one", "cgroup = /one"},
      {"cgroup ne 77", "not cgroup = 77"},
      {"cgroup /with\\ blank", "cgroup = /with\\ blank"},
      {"state established", "state established"},
      {"state ESTABLISHED", "state established"},
      {"state listen", "state listening"},
      {"state close", "state closed"},
      {"state established state syn-sent", "state established state syn-sent"},
      {"exclude listening", "exclude listening"},
      {"state connected exclude time-wait", "exclude time-wait exclude closed exclude listening"},
      {"state bucket", "state syn-recv state time-wait"},
      {"state all", "state all"},
      {"exclude all", "exclude all"},
      {"excl big", "state syn-recv state time-wait"},
  };
  for (const Case& one : cases) EXPECT_EQ(Canonical(one.text), one.canonical) << one.text;
}

// ss has no precedence: what its grammar (ssfilter.y) lets stand is read from left to right.
TEST(Parse, JoinsFromLeftToRight) {
  const std::vector<Case> cases = {
      {"sport 1 and sport 2 and sport 3", "sport = :1 and sport = :2 and sport = :3"},
      {"sport 1 or sport 2 and sport 3", "( sport = :1 or sport = :2 ) and sport = :3"},
      {"sport 1 and sport 2 or sport 3", "( sport = :1 and sport = :2 ) or sport = :3"},
      {"sport 1 sport 2 or sport 3", "( sport = :1 and sport = :2 ) or sport = :3"},
      {"sport 1 | sport 2 || sport 3 & sport 4 && sport 5",
       "( sport = :1 or sport = :2 or sport = :3 ) and sport = :4 and sport = :5"},
      {"sport 1 or ( sport 2 and sport 3 )", "sport = :1 or ( sport = :2 and sport = :3 )"},
      {"sport 1 or (sport 2 and sport 3)", "sport = :1 or ( sport = :2 and sport = :3 )"},
      {"sport 1 or ( sport 2 or ( sport 3 ) )", "sport = :1 or sport = :2 or sport = :3"},
      {"not sport 1 and sport 2", "not sport = :1 and sport = :2"},
      {"!(sport=1 or sport=2) dport!=3", "not ( sport = :1 or sport = :2 ) and not dport = :3"},
      {"not ! not sport 1", "not sport = :1"},
      {"not ( not sport 1 )", "sport = :1"},
  };
  for (const Case& one : cases) EXPECT_EQ(Canonical(one.text), one.canonical) << one.text;
}

TEST(Parse, TakesStatesBeforeAnExpressionAndWithinOne) {
  const std::vector<Case> cases = {
      {"state established and dport = :443", "state established and dport = :443"},
      // As ss: they hold for all that follows.
      {"state established dport = :443 or sport = :22", "state established and ( dport = :443 or sport = :22 )"},
      {"( state established dport 1 or sport 2 ) or dport 3",
       "( state established and ( dport = :1 or sport = :2 ) ) or dport = :3"},
      // An operand like any other.
      {"state established or dport = :443", "state established or dport = :443"},
      {"state established and dport 1 or sport 2", "( state established and dport = :1 ) or sport = :2"},
      {"dport 1 and not state listening", "dport = :1 and not state listening"},
      {"dport 1 state syn-sent state syn-recv", "dport = :1 and state syn-sent state syn-recv"},
      {"state syn-sent and state syn-recv", "state syn-sent and state syn-recv"},
  };
  for (const Case& one : cases) EXPECT_EQ(Canonical(one.text), one.canonical) << one.text;
}

struct Bad {
  std::string text, start, remedy;
};

TEST(Parse, NamesTheOffenderItsColumnAndTheRemedy) {
  const std::vector<Bad> cases = {
      {"sport = :22 and dprot = :443", "\"dprot\" at column 17 ", "did you mean dport?"},
      {"state estblished", "\"estblished\" at column 7 is no state", "did you mean established?"},
      {"state established or state foo", "\"foo\" at column 28 is no state", "fin-wait-1"},
      {"state", "\"state\" at column 1 ", "name of a state"},
      {"( state )", "\"state\" at column 3 ", "name of a state"},
      {"sport = :70000", "\":70000\" at column 9 is no port", "0 to 65535"},
      {"sport = -1", "\"-1\" at column 9 is no port", "0 to 65535"},
      {"sport = :nonsuch", "\":nonsuch\" at column 9 is no port", "/etc/services"},
      {"sport < *", "\"*\" at column 9 is any port", "number or a service"},
      {"sport <", "\"<\" at column 7 has to be followed by a value", ""},
      {"sport", "\"sport\" at column 1 has to be followed by a value", ""},
      {"( sport )", "\"sport\" at column 3 has to be followed by a value", ""},
      {"src > 10.0.0.1", "\">\" at column 5 does not go with src", "= and !="},
      {"dev>=1", "\">=\" at column 4 does not go with dev", "= and !="},
      {"src 10.0.0.300", "\"10.0.0.300\" at column 5 holds no address", "10/8"},
      {"src 10.0.0.1.2", "\"10.0.0.1.2\" at column 5 holds no address", "10/8"},
      {"src 010.0.0.1", "\"010.0.0.1\" at column 5 holds no address", "10/8"},
      {"src example.org", "\"example.org\" at column 5 holds no address (names are not looked up)", "IPv4"},
      {"src 10", "\"10\" at column 5 is an IPv4 address of fewer than four numbers", "prefix length"},
      {"src 10.0.0.0/33", "\"10.0.0.0/33\" at column 5 has no such prefix length", "0 to 32"},
      {"src [::/129]", "\"[::/129]\" at column 5 has no such prefix length", "0 to 128"},
      {"src ::1", "\"::1\" at column 5 could be", "[::1]:443"},
      {"src [::1", "\"[::1\" at column 5 has no ]", ""},
      {"src [::1]/64", "\"[::1]/64\" at column 5 has something else", "inside the brackets"},
      {"src []:1", "\"[]:1\" at column 5 has no address", "IPv4"},
      {"src [g::1]", "\"[g::1]\" at column 5 holds no IPv6 address", "[::1]"},
      {"src 10.0.0.1:99999", "\"10.0.0.1:99999\" at column 5 holds what is no port", "65535"},
      {"dev a-name-that-is-too-long", "\"a-name-that-is-too-long\" at column 5 is no device", "15"},
      {"fwmark 1/2/3", "\"1/2/3\" at column 8 is no mark", "0x10/0xff"},
      {"fwmark 0x100000000", "\"0x100000000\" at column 8 is no mark", "2^32"},
      {"cgroup /none", "\"/none\" at column 8 cannot be looked up: no control group /none", "its id"},
      {"autobound", "\"autobound\" at column 1 is not supported", ""},
      {"sport 1 and", "\"and\" at column 9 is the end", "dport"},
      {"not", "\"not\" at column 1 is the end", "dport"},
      {"and sport 1", "\"and\" at column 1 stands where a condition has to begin", "dport"},
      {"sport 1 or or sport 2", "\"or\" at column 12 stands where", "dport"},
      {"sport 1 2", "\"2\" at column 9 stands where", "dport"},
      {"( sport 1", "\"(\" at column 1 is not closed by )", ""},
      {"sport 1 )", "\")\" at column 9 closes nothing", ""},
      {"()", "\")\" at column 2 stands where", "dport"},
      {std::string("dev a\0b", 7), "\"a?b\" at column 5 has a zero byte", ""},
  };
  for (const Bad& bad : cases) {
    const Result<Filter> filter = Filter::Parse(bad.text, MadeNames());
    ASSERT_FALSE(filter) << bad.text << " became " << filter->Text();
    EXPECT_THAT(filter.error().Text(), AllOf(StartsWith(bad.start), HasSubstr(bad.remedy))) << bad.text;
  }
}

std::string Repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Parse, RefusesWhatIsTooLongOrTooDeep) {
  EXPECT_THAT(Canonical(std::string(kLongestText + 1, ' ')), HasSubstr("at most 16384"));
  EXPECT_THAT(Canonical(Repeated("(", 5000) + "sport 1" + Repeated(")", 5000)), HasSubstr("parenthesis open at once"));
  EXPECT_THAT(Canonical("sport 1" + Repeated(" or sport 2 and sport 3", 100)), HasSubstr("levels deep"));
  EXPECT_THAT(Canonical(Repeated("not ( sport 1 or ", 60) + "sport 2" + Repeated(" )", 60)), HasSubstr("levels deep"));
  EXPECT_EQ(Canonical(Repeated("! ", 5000) + "sport 1"), "sport = :1");
  EXPECT_EQ(Canonical("sport 1" + Repeated(" or sport 2", 1000)), "sport = :1" + Repeated(" or sport = :2", 1000));
}

// The deepest tree that is taken is taken back as it is printed.
TEST(Parse, TakesBackWhatItPrints) {
  const Vocabulary vocabulary{{"*", "*:80", "10/8", "10.1.2.3:80", "[::1]", "[fd77::/64]:80", "[::ffff:1.2.3.4]"},
                              {"0", "22", "80", "web", "65535"},
                              {"lo", "eth0", "7"},
                              {"0", "0x10/0xff", "0x10/0x1"},
                              {"/one", "/with\\ blank", "102"},
                              {"established", "listening", "bucket", "all", "connected", "closed"}};
  std::mt19937_64 random(4);
  for (int i = 0; i < 3000; ++i) {
    const std::string text = RandomText(vocabulary, random).Make(1 + i % 12);
    const Result<Filter> filter = Filter::Parse(text, MadeNames());
    ASSERT_TRUE(filter) << text << ": " << filter.error().Text();
    const Result<Filter> again = Filter::Parse(filter->Text(), MadeNames());
    ASSERT_TRUE(again) << filter->Text() << ": " << again.error().Text();
    EXPECT_EQ(*again, *filter) << text;
    EXPECT_EQ(again->Text(), filter->Text());
  }
  std::string deepest = "sport 1";
  for (int i = 1; i < kDeepest; ++i) deepest += i % 2 ? " or sport 2" : " and sport 3";
  const Result<Filter> deep = Filter::Parse(deepest, MadeNames());
  ASSERT_TRUE(deep) << deep.error().Text();
  EXPECT_EQ(Canonical(deep->Text()), deep->Text());
}

TEST(Filter, IsAValue) {
  const Filter everything;
  EXPECT_TRUE(everything.everything());
  EXPECT_EQ(everything, *Filter::Parse("", MadeNames()));
  const Filter a = *Filter::Parse("sport 1 or dev lo", MadeNames());
  Filter b = a;
  EXPECT_EQ(a, b);
  b = *Filter::Parse("sport 1 or dev eth0", MadeNames());
  EXPECT_FALSE(a == b);
  EXPECT_FALSE(a == everything);
}

}  // namespace
}  // namespace xtcp2::filter
