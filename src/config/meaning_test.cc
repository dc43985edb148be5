// What settings mean together: output defaults, encoder options, differences to the Go program, deserializers, single
// checks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/checks.h"
#include "config/differences.h"
#include "config/input_for_test.h"
#include "config/output.h"
#include "schema/table.h"

namespace xtcp2::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string FormatFor(const TestInput& input, bool terminal) {
  Parsed parsed = input.Parse();
  ResolveOutputDefaults(parsed, terminal);
  ResolveOutputDefaults(parsed, terminal);  // again changes nothing
  return parsed.config.marshal;
}

TEST(OutputDefaults, DependOnWhatWasGivenAndOnTheTerminal) {
  EXPECT_EQ(FormatFor(TestInput(), true), "table");
  EXPECT_EQ(FormatFor(TestInput(), false), "jsonl");
  EXPECT_EQ(FormatFor(TestInput().Flag("dest", "stdout"), true), "table");
  EXPECT_EQ(FormatFor(TestInput().Flag("dest", "stdout"), false), "protobufList");
  EXPECT_EQ(FormatFor(TestInput().Env("DEST", "file:/x"), true), "protobufList");
  EXPECT_EQ(FormatFor(TestInput().Env("DEST", "null"), false), "protobufList");
  EXPECT_EQ(FormatFor(TestInput().Flag("marshal", "csv"), true), "csv");
  EXPECT_EQ(FormatFor(TestInput().Flag("marshal", "protobufList"), true), "protobufList")
      << "the default, but asked for";
  EXPECT_EQ(FormatFor(TestInput().Toml("marshal = 'msgpack'"), false), "msgpack");
}

TEST(LedgerRows, NeedTheEpochThatTellsThemApart) {
  const auto errors = [](const char* epoch, const char* ledger) {
    return TestInput().Flag("recordEpoch", epoch).Flag("ledger", ledger).Parse().errors;
  };
  EXPECT_THAT(errors("1", "rows"), ElementsAre(HasSubstr("do not say what they are")));
  EXPECT_THAT(errors("1", "counts"), ElementsAre());
  EXPECT_THAT(errors("2", "rows"), ElementsAre());
}

encode::EncodeOptions OptionsFor(const TestInput& input) { return MakeEncodeOptions(input.Parse().config).value(); }

TEST(EncoderOptions, TakeColumnsForTextFormatsAndFieldsOtherwise) {
  const auto hostname = static_cast<uint16_t>(schema::IndexOf("hostname")),
             label = static_cast<uint16_t>(schema::IndexOf("label"));
  const TestInput both = TestInput().Flag("columns", "label").Flag("fields", "hostname");
  EXPECT_THAT(OptionsFor(TestInput(both).Flag("marshal", "csv")).fields, ElementsAre(label));
  EXPECT_THAT(OptionsFor(TestInput(both).Flag("marshal", "table")).fields, ElementsAre(label));
  EXPECT_THAT(OptionsFor(TestInput(both).Flag("marshal", "jsonl")).fields, ElementsAre(hostname));
  EXPECT_THAT(OptionsFor(TestInput().Flag("fields", "hostname").Flag("marshal", "csv")).fields, ElementsAre(hostname));
  EXPECT_THAT(OptionsFor(TestInput().Flag("columns", "hostname").Flag("marshal", "jsonl")).fields, testing::IsEmpty());
}

TEST(EncoderOptions, TakeFormatAndEpoch) {
  const encode::EncodeOptions options = OptionsFor(TestInput().Flag("marshal", "msgpack").Flag("recordEpoch", "1"));
  EXPECT_EQ(options.format, encode::Format::kMsgpack);
  EXPECT_EQ(options.epoch, schema::Epoch::k1);
  EXPECT_EQ(OptionsFor(TestInput()).epoch, schema::Epoch::k2);
  Config config = DefaultConfig();
  config.fields = "nonsense";
  EXPECT_FALSE(MakeEncodeOptions(config).has_value());
}

TEST(HttpTimeout, IsTheOneThatIsGiven) {
  Config config = DefaultConfig();
  EXPECT_EQ(HttpTimeout(config), std::chrono::seconds(10));
  config.produce_timeout = std::chrono::seconds(3);
  EXPECT_EQ(HttpTimeout(config), std::chrono::seconds(3));
  config.http_timeout = std::chrono::seconds(2);
  EXPECT_EQ(HttpTimeout(config), std::chrono::seconds(2));
}

bool Meets(const TestInput& input, std::string_view subject) {
  for (const Difference& difference : Differences())
    if (difference.subject == subject) return difference.met != nullptr && difference.met(input.Parse());
  ADD_FAILURE() << "no difference is called " << subject;
  return false;
}

// Settings that meet a difference, and settings that do not.
TEST(Differences, AreMetByTheirSettings) {
  const struct {
    const char* subject;
    TestInput met, not_met;
  } cases[] = {
      {"sampling", TestInput().Flag("modulus", "7"), TestInput()},
      {"record epoch", TestInput(), TestInput().Flag("recordEpoch", "1")},
      {"deserializers", TestInput(), TestInput().Flag("deserializers", "info,cong")},
      {"end after polls", TestInput().Flag("maxLoops", "1"), TestInput()},
      {"sequence numbers", TestInput().Flag("nlmsgSeq", "1"), TestInput()},
      {"format by default", TestInput(), TestInput().Flag("marshal", "protobufList")},
      {"format by default", TestInput().Flag("dest", "stdout"), TestInput().Flag("dest", "null")},
      {"destination by default", TestInput(), TestInput().Flag("dest", "stdout")},
      {"size of a batch", TestInput().Flag("marshal", "csv"), TestInput()},
      {"csv header", TestInput().Flag("marshal", "tsv"), TestInput().Flag("marshal", "jsonl")},
      {"bytes that are not UTF-8", TestInput().Flag("marshal", "jsonl"), TestInput().Flag("marshal", "msgpack")},
      {"lost connections", TestInput().Flag("dest", "unix:/x"), TestInput().Flag("dest", "unixgram:/x")},
      {"size of datagrams", TestInput().Flag("dest", "udp:h:1"), TestInput().Flag("dest", "tcp:h:1")},
      {"files", TestInput().Flag("dest", "file:/x"), TestInput()},
      {"saved datagrams", TestInput().Flag("writeFiles", "1"), TestInput()},
      {"idle option", TestInput().Flag("destWriteFiles", "1"), TestInput()},
      {"an empty environment variable", TestInput().Env("TAG", ""), TestInput().Env("TAG", "x")},
  };
  for (const auto& c : cases) {
    EXPECT_TRUE(Meets(c.met, c.subject)) << c.subject;
    EXPECT_FALSE(Meets(c.not_met, c.subject)) << c.subject;
  }
}

TEST(Differences, ThoseThatAreMetAreNamedOnce) {
  const std::vector<std::string> met = DifferencesMet(TestInput().Parse());
  EXPECT_THAT(met, testing::Contains(testing::StartsWith("IPv6: ")));
  EXPECT_THAT(met, testing::Not(testing::Contains(testing::StartsWith("csv header"))));
  for (const std::string& text : met) EXPECT_EQ(std::count(met.begin(), met.end(), text), 1) << text;
}

Deserializers Set(std::string_view text) {
  Deserializers set;
  EXPECT_EQ(ParseDeserializers(text, set), "") << text;
  return set;
}

TEST(DeserializerNames, StandForAttributes) {
  EXPECT_EQ(Set("all").attributes, Set("default, meminfo").attributes);
  EXPECT_FALSE(Set("default").Has(1));
  for (const int attribute : {2, 3, 4, 5, 6, 7, 8, 9, 11, 15, 16, 17, 19, 21, 22})
    EXPECT_TRUE(Set("default").Has(attribute)) << attribute;
  EXPECT_EQ(Set("none").attributes, 0u);
  EXPECT_EQ(Set("").attributes, 0u);
  EXPECT_EQ(Set("meminfo , skmem,").attributes, 1u << 1 | 1u << 7);
  for (const DeserializerKey& key : DeserializerKeys()) EXPECT_EQ(Set(key.name).attributes, 1u << key.attribute);
  Deserializers set;
  EXPECT_THAT(ParseDeserializers("info,skmeme", set), HasSubstr("did you mean skmem?"));
}

TEST(DeserializerNames, ReadBackWhatIsWritten) {
  for (const char* text : {"default", "all", "none", "info", "info,bbr"}) EXPECT_EQ(DeserializersText(Set(text)), text);
}

TEST(Checks, ListenAddresses) {
  for (const char* good : {":9088", "127.0.0.1:0", "[::1]:80", "host:65535", "[::]:1"})
    EXPECT_EQ(ListenProblem(good), "") << good;
  for (const char* bad : {"", "9088", "host", "host:", "host:x", "host:65536", "::1:80", ":-1", ":80 "})
    EXPECT_NE(ListenProblem(bad), "") << bad;
}

TEST(Text, CountsCharactersAndNotBytes) {
  EXPECT_EQ(CountCharacters("abc"), 3u);
  EXPECT_EQ(CountCharacters("\u00e4\u20ac\U0001f600"), 3u);
  EXPECT_EQ(CountCharacters("\xff\xfe\x80"), 3u);
  EXPECT_EQ(CountCharacters("\xe2\x82"), 1u);
  // 40 characters of two bytes each are as long as a label may be.
  std::string label;
  for (int i = 0; i < 40; ++i) label += "\u00e4";
  EXPECT_THAT(TestInput().Flag("label", label).Parse().errors, testing::IsEmpty());
  EXPECT_THAT(TestInput().Flag("label", label + "x").Parse().errors, ElementsAre(HasSubstr("has 41 characters")));
}

TEST(Text, InMessagesIsOneLineAndNotEndless) {
  EXPECT_EQ(InQuotes("a\nb\"\x1b[m"), "\"a\\nb\\\"\\u001b[m\"");
  EXPECT_EQ(Shortened("a\nb\""), "a\\nb\"");
  const Parsed parsed =
      TestInput().Flag("frequency", std::string(100000, '7') + "\n").Flag(std::string(1000, 'x') + "\x07", "1").Parse();
  ASSERT_EQ(parsed.errors.size(), 2u);
  for (const std::string& error : parsed.errors) {
    EXPECT_LT(error.size(), 600u);
    EXPECT_EQ(error.find_first_of("\n\x07"), std::string::npos);
  }
}

TEST(Text, WrapsAtBlanks) {
  EXPECT_EQ(Wrapped("aa bb cc dd", 2, 7), "aa bb\n  cc dd");
  EXPECT_EQ(Wrapped("longerthanthis b", 2, 7), "longerthanthis\n  b");
  EXPECT_EQ(Wrapped("", 2, 7), "");
}

}  // namespace
}  // namespace xtcp2::config
