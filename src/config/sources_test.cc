// Each source by itself: command line syntax, environment rules, TOML, JSON, and rules over the whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/input_for_test.h"

namespace xtcp2::config {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

Parsed ParseArgs(std::vector<std::string> args) {
  TestInput input;
  input.args = std::move(args);
  return input.Parse();
}

TEST(Flags, AreWrittenAsGoReadsThem) {
  for (const auto& args : std::vector<std::vector<std::string>>{{"-frequency", "20s"},
                                                                {"-frequency=20s"},
                                                                {"--frequency=20s"},
                                                                {"--frequency", "20s"},
                                                                {"-frequency=1s", "-frequency=20s"},
                                                                {"-frequency", "20s", "--"}}) {
    const Parsed parsed = ParseArgs(args);
    EXPECT_THAT(parsed.errors, IsEmpty());
    EXPECT_EQ(parsed.config.poll_frequency, seconds(20));
  }
}

TEST(Flags, AValueMayLookLikeAFlagAndMayHoldAnEqualsSign) {
  EXPECT_EQ(ParseArgs({"-label", "-tag"}).config.label, "-tag");
  EXPECT_EQ(ParseArgs({"-label=a=b"}).config.label, "a=b");
  EXPECT_EQ(ParseArgs({"-label="}).config.label, "");
}

TEST(Flags, SwitchesTakeAValueWithAnEqualsSignOnly) {
  EXPECT_TRUE(ParseArgs({"-boundOnly"}).config.bound_only);
  EXPECT_TRUE(ParseArgs({"-boundOnly=T"}).config.bound_only);
  EXPECT_FALSE(ParseArgs({"-reconcileBeforePoll=0"}).config.reconcile_before_poll);
  const Parsed parsed = ParseArgs({"-reconcileBeforePoll", "false"});
  ASSERT_EQ(parsed.errors.size(), 1u);
  EXPECT_THAT(parsed.errors[0], HasSubstr("-reconcileBeforePoll=false"));
}

TEST(Flags, BadWordsAreAllReported) {
  const Parsed parsed = ParseArgs({"-=x", "---frequency=1s", "-", "-frequenzy", "20s", "-timeout", "x", "-tag"});
  EXPECT_THAT(parsed.errors, testing::UnorderedElementsAre(
                                 HasSubstr("\"-=x\" is not a flag"), HasSubstr("\"---frequency=1s\" is not a flag"),
                                 HasSubstr("\"-\" is not a flag"), HasSubstr("did you mean -frequency?"),
                                 StartsWith("flag -timeout: \"x\""), HasSubstr("flag -tag needs a value")));
}

TEST(Flags, ActionsChooseTheMode) {
  EXPECT_EQ(ParseArgs({}).mode, Mode::kRun);
  EXPECT_EQ(ParseArgs({"-v"}).mode, Mode::kVersion);
  EXPECT_EQ(ParseArgs({"--version"}).mode, Mode::kVersion);
  EXPECT_EQ(ParseArgs({"-v=false"}).mode, Mode::kRun);
  EXPECT_EQ(ParseArgs({"-h"}).mode, Mode::kHelp);
  EXPECT_EQ(ParseArgs({"-conf", "-help"}).mode, Mode::kHelp);
  EXPECT_EQ(ParseArgs({"-healthcheck", "-configCheck"}).mode, Mode::kConfigCheck);
  EXPECT_EQ(ParseArgs({"-healthcheck"}).mode, Mode::kHealthcheck);
  EXPECT_THAT(ParseArgs({"-v=maybe"}).errors, ElementsAre(HasSubstr("flag -v: \"maybe\"")));
  const Parsed subcommand = ParseArgs({"replay", "-nonsense"});
  EXPECT_EQ(subcommand.mode, Mode::kSubcommand);
  EXPECT_EQ(subcommand.subcommand, "replay");
  EXPECT_THAT(subcommand.errors, IsEmpty());
}

TEST(Flags, RepeatedHeadersAddUp) {
  const Parsed parsed = ParseArgs({"-dest=http://h/", "-httpHeader", "A: 1, 2", "-httpHeader=B: 3"});
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_THAT(parsed.config.http_headers, ElementsAre("A: 1, 2", "B: 3"));
}

TEST(Subset, TakesItsFlagsItsOwnAndFileNames) {
  const Parsed parsed = ParseSubset({"marshal", "columns", "recordEpoch"}, {{"kernel", false, ""}, {"quiet", true, ""}},
                                    {"a.pcap", "-marshal", "csv", "-kernel=6.1", "-quiet", "b.pcap", "--", "-c"});
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_EQ(parsed.config.marshal, "csv");
  EXPECT_THAT(parsed.positional, ElementsAre("a.pcap", "b.pcap", "-c"));
  EXPECT_EQ(parsed.own_flags.at("kernel"), "6.1");
  EXPECT_EQ(parsed.own_flags.at("quiet"), "true");
  EXPECT_THAT(ParseSubset({"marshal"}, {}, {"-frequency=1s"}).errors,
              ElementsAre(HasSubstr("flag -frequency is not known")));
  EXPECT_EQ(ParseSubset({"marshal"}, {}, {"-h"}).mode, Mode::kHelp);
  EXPECT_THAT(ParseSubset({"marshal"}, {}, {"-marshal=cvs"}).errors, ElementsAre(HasSubstr("did you mean csv?")));
}

TEST(Environment, EmptyCountsAsUnset) {
  const Parsed parsed = TestInput().Flag("label", "a").Env("LABEL", "").Env("TAG", "").Parse();
  EXPECT_EQ(parsed.config.label, "a");
  EXPECT_EQ(parsed.OriginOf("label").Text(), "flag -label");
  EXPECT_THAT(parsed.empty_environment, testing::UnorderedElementsAre("LABEL", "TAG"));
}

TEST(Environment, BeatsAFlagAndSaysSo) {
  const Parsed parsed = TestInput().Flag("frequency", "20s").Env("POLL_FREQUENCY", "30s").Parse();
  EXPECT_EQ(parsed.config.poll_frequency, seconds(30));
  EXPECT_THAT(Notices(parsed), HasSubstr("environment POLL_FREQUENCY wins over flag -frequency: frequency is \"30s\""));
  EXPECT_THAT(TestInput().Env("POLL_FREQUENCY", "30s").Parse().notices, IsEmpty());
  EXPECT_THAT(TestInput().Flag("frequency", "30s").Env("POLL_FREQUENCY", "30s").Parse().notices, IsEmpty());
}

TEST(Environment, KubernetesServiceAddressesAreIgnoredWithAWarning) {
  for (const char* value : {"tcp://10.0.0.1:8889", "udp://10.0.0.1:53"}) {
    const Parsed parsed = TestInput().Env("GRPC_PORT", value).Parse();
    EXPECT_THAT(parsed.errors, IsEmpty());
    EXPECT_EQ(parsed.OriginOf("grpcPort").source, Source::kDefault);
    ASSERT_EQ(parsed.notices.size(), 1u);
    EXPECT_EQ(parsed.notices[0].level, LogLevel::kWarning);
    EXPECT_THAT(parsed.notices[0].text, HasSubstr(fmt::format("GRPC_PORT={}", value)));
  }
  EXPECT_EQ(TestInput().Env("LABEL", "tcp://x").Parse().config.label, "tcp://x") << "a text may look like that";
}

TEST(Environment, AFileWinsOverTheInlineVariable) {
  TestInput input;
  input.Env("DEST", "tcp:a:1").Env("DEST_FILE", "/run/dest").Flag("dest", "tcp:b:1");
  input.files["/run/dest"] = "http://u:p@c/\r\n";
  const Parsed parsed = input.Parse();
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_EQ(parsed.config.dest, "http://u:p@c/");
  EXPECT_EQ(parsed.OriginOf("dest").Text(), "environment DEST_FILE");
}

TEST(Environment, AFileThatIsNotThereOrEmptyIsAnError) {
  TestInput input;
  input.Env("DEST_FILE", "/none");
  EXPECT_THAT(input.Parse().errors,
              ElementsAre(testing::AllOf(StartsWith("environment DEST_FILE: opening /none"), HasSubstr("No such"))));
  input.files["/none"] = "\n";
  EXPECT_THAT(input.Parse().errors, ElementsAre(HasSubstr("the file /none is empty")));
}

TEST(ConfigFile, IsNamedByTheEnvironmentBeforeTheFlag) {
  TestInput input;
  input.files = {{"a.toml", "label = 'a'"}, {"b.toml", "label = 'b'"}};
  input.Flag("config", "a.toml");
  EXPECT_EQ(input.Parse().config.label, "a");
  input.Env("XTCP2_CONFIG", "b.toml");
  EXPECT_EQ(input.Parse().config.label, "b");
  EXPECT_EQ(input.Parse().config.config_file, "b.toml");
  input.Env("XTCP2_CONFIG", "c.toml");
  EXPECT_THAT(input.Parse().errors, ElementsAre(StartsWith("environment XTCP2_CONFIG: opening c.toml")));
}

TEST(ConfigFile, TakesEachTypeInItsForm) {
  const Parsed parsed =
      TestInput()
          .Toml(
              "frequency = '1m30s'\nmaxLoops = 5\nboundOnly = true\nlabel = \"x\"\nprofile.mode = ''\n"
              "netnsDirs = ['/a', '/b']\ndeserializers = ['info', 'cong']\nhttpHeader = ['A: 1', 'B: 2']\n"
              "dest = 'http://h/'\nnetlinkers_done_chan_size = 7\nnltimeout = '2000'\n")
          .Parse();
  EXPECT_EQ(Lines(parsed.errors), "");
  EXPECT_EQ(parsed.config.poll_frequency, seconds(90));
  EXPECT_EQ(parsed.config.max_loops, 5u);
  EXPECT_TRUE(parsed.config.bound_only);
  EXPECT_THAT(parsed.config.netns_dirs, ElementsAre("/a", "/b"));
  EXPECT_EQ(parsed.config.deserializers.attributes, 1u << 2 | 1u << 4);
  EXPECT_THAT(parsed.config.http_headers, ElementsAre("A: 1", "B: 2"));
  EXPECT_EQ(parsed.config.netlinkers_done_chan_size, 7u);
  EXPECT_EQ(parsed.config.nl_timeout_ms, 2000u);
  EXPECT_EQ(parsed.OriginOf("netnsDirs").Text(), "x.toml:6");
}

TEST(ConfigFile, EveryErrorHasItsLine) {
  const Parsed parsed =
      TestInput()
          .Toml(
              "frequency = 10\n\nmaxLoops = -1\nlabel = 5\nboundOnly = 'maybe'\nmaxLoopz = 1\n[timeout]\nx = 1\n"
              "[more]\nnetnsDirs = 1.5\n")
          .Parse();
  EXPECT_THAT(parsed.errors,
              ElementsAre(StartsWith("x.toml:1: frequency = \"10\" has no unit; allowed: a duration"),
                          StartsWith("x.toml:3: maxLoops = \"-1\" is not a whole number"),
                          StartsWith("x.toml:4: label is the number 5 without quotes"),
                          StartsWith("x.toml:5: boundOnly = \"maybe\" is neither"),
                          StartsWith("x.toml:6: the key \"maxLoopz\" is not known; did you mean maxLoops?"),
                          StartsWith("x.toml:8: the key \"timeout.x\" is not known"),
                          StartsWith("x.toml:10: the key \"more.netnsDirs\" is not known")));
}

TEST(ConfigFile, WrongFormsAreErrors) {
  const auto error = [](std::string text) { return Lines(TestInput().Toml(std::move(text)).Parse().errors); };
  EXPECT_THAT(error("maxLoops = 1.5"), HasSubstr("x.toml:1: maxLoops is a decimal number; allowed: a whole number"));
  EXPECT_THAT(error("maxLoops = [1]"), HasSubstr("a list with a number in it"));
  EXPECT_THAT(error("label = ['a']"), HasSubstr("label is a list; allowed"));
  EXPECT_THAT(error("label = 1979-05-27"), HasSubstr("label is a date or time"));
  EXPECT_THAT(error("netnsDirs = ['a,b']"), HasSubstr("not one entry"));
  EXPECT_THAT(error("netnsDirs = true"), HasSubstr("netnsDirs is true; allowed"));
  EXPECT_THAT(error("conf = true"), HasSubstr("\"conf\" can only be given on the command line"));
  EXPECT_THAT(error("config = 'y.toml'"), HasSubstr("cannot name another one"));
}

TEST(ConfigFile, WhatIsNotTomlIsAnErrorWithLineAndColumn) {
  EXPECT_THAT(TestInput().Toml("label = 'a'\nfrequency = = 1\n").Parse().errors,
              ElementsAre(StartsWith("x.toml:2: not TOML (column ")));
  EXPECT_THAT(TestInput().Toml("a = 1\na = 2\n").Parse().errors, ElementsAre(StartsWith("x.toml:2: not TOML")));
}

TEST(Rules, FrequencyMustBeLongerThanTimeout) {
  const Parsed parsed = TestInput().Flag("frequency", "5s").Env("POLL_TIMEOUT", "5s").Parse();
  EXPECT_THAT(parsed.errors,
              ElementsAre(testing::AllOf(HasSubstr("-frequency 5s (flag -frequency) must be longer than"),
                                         HasSubstr("-timeout 5s (environment POLL_TIMEOUT)"))));
  EXPECT_THAT(TestInput().Flag("frequency", "5001ms").Parse().errors, IsEmpty());
  EXPECT_THAT(TestInput().Flag("frequency", "5x").Parse().errors, testing::SizeIs(1))
      << "no error for the default that stays";
}

TEST(Rules, TheDestinationIsAskedOfWhoKnows) {
  TestInput input;
  input.check_dest = [](std::string_view dest) -> Result<> {
    if (dest == "good") return {};
    return Fail("no destination is called that");
  };
  EXPECT_THAT(input.Flag("dest", "good").Parse().errors, IsEmpty());
  EXPECT_THAT(input.Env("DEST", "wrong").Parse().errors,
              ElementsAre("environment DEST: no destination is called that"));
}

TEST(Rules, ACertificateNeedsItsKey) {
  EXPECT_THAT(TestInput().Flag("httpCertFile", "c").Parse().errors,
              ElementsAre(HasSubstr("flag -httpCertFile: httpCertFile needs httpKeyFile")));
  EXPECT_THAT(TestInput().Env("XTCP2_HTTP_KEY_FILE", "c").Parse().errors,
              ElementsAre(HasSubstr("httpKeyFile needs httpCertFile")));
}

TEST(Rules, IdleAndUnreadOptionsAreNamed) {
  EXPECT_THAT(Notices(TestInput().Flag("destWriteFiles", "5").Parse()), HasSubstr("nothing reads it"));
  EXPECT_THAT(Notices(TestInput().Env("NETLINKERS_DONE_CHAN_SIZE", "5").Parse()), HasSubstr("nothing reads it"));
  EXPECT_THAT(Notices(TestInput().Flag("httpTimeout", "5s").Parse()),
              HasSubstr("means nothing to the destination \"stdout\""));
  EXPECT_THAT(Notices(TestInput().Flag("httpTimeout", "5s").Flag("dest", "https://h").Parse()),
              Not(HasSubstr("means nothing")));
}

TEST(Rules, FieldNamesOfEitherEpochAreKnown) {
  EXPECT_THAT(TestInput().Flag("columns", " hostname,, cGroup ").Flag("marshal", "csv").Parse().errors, IsEmpty());
  EXPECT_THAT(TestInput().Flag("fields", "hostname,nonsense").Parse().errors,
              ElementsAre(testing::AllOf(StartsWith("flag -fields: "), HasSubstr("nonsense"))));
}

TEST(Rules, EverythingWrongIsReportedAtOnce) {
  const Parsed parsed = TestInput()
                            .Toml("frequenzy = 1\ntag = 5\n")
                            .Flag("d", "0")
                            .Flag("populateNsid", "true")
                            .Env("MARSHAL", "jason")
                            .Env("GRPC_PORT", "x")
                            .Parse();
  EXPECT_EQ(parsed.errors.size(), 6u) << Lines(parsed.errors);
}

}  // namespace
}  // namespace xtcp2::config
