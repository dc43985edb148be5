// What people are shown: -help, -conf, -configCheck, the generated pages; and that no secret is in any of it.
#include "config/show.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/differences.h"
#include "config/help.h"
#include "config/input_for_test.h"
#include "config/json_for_test.h"

namespace xtcp2::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Help, FitsItsWidthAndNamesEveryFlag) {
  const std::string help = HelpText();
  for (const std::string& line : LinesOf(help)) EXPECT_LE(line.size(), kHelpWidth) << line;
  for (const Option& option : Options()) {
    if (option.flag.empty()) continue;
    EXPECT_THAT(help, testing::ContainsRegex(fmt::format(" -{}[ ,\n]", option.flag))) << option.flag;
    if (option.built && !option.env.empty()) {
      EXPECT_THAT(help, HasSubstr(std::string(option.env)));
    }
  }
}

TEST(Help, OfASubcommandHasItsFlagsOnly) {
  const std::string help = SubsetHelp({"marshal", "fields"}, {{"kernel", false, "Release of the kernel."}});
  EXPECT_THAT(help, HasSubstr("-marshal WORD"));
  EXPECT_THAT(help, HasSubstr("-kernel VALUE"));
  EXPECT_THAT(help, Not(HasSubstr("-frequency")));
}

// The committed file under the repository, which the generator must give to the byte.
void ExpectCommitted(const std::string& path, const std::string& generated) {
  const std::string full = std::string(XTCP2_SOURCE_DIR) + "/" + path;
  std::ifstream file(full);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), generated) << path << " is not what the option table says; run ./dev docs";
}

TEST(Generated, PagesAndProtoAreWhatTheTableSays) {
  ExpectCommitted("docs/flags.md", GenerateFlagsMarkdown());
  ExpectCommitted("docs/migrating.md", GenerateMigratingMarkdown());
  ExpectCommitted("proto/xtcp_config/v1/xtcp_config.proto", GenerateConfigProto());
}

TEST(Conf, SaysWhereEachValueComesFrom) {
  TestInput input;
  input.Toml("label = 'from file'\n").Flag("frequency", "20s").Env("MAX_LOOPS", "3");
  const std::vector<std::string> lines = LinesOf(ConfText(input.Parse()));
  EXPECT_THAT(lines,
              testing::IsSupersetOf({"label = \"from file\"  # x.toml:1", "frequency = \"20s\"  # flag -frequency",
                                     "maxLoops = 3  # environment MAX_LOOPS", "# timeout = \"5s\"  # default"}));
  EXPECT_THAT(ConfText(TestInput().Json(CompleteJson()).Parse()), HasSubstr("timeout = \"5s\"  # XTCP_CONFIG_JSON\n"));
  EXPECT_THAT(ConfText(TestInput().Json(CompleteJson()).Parse()),
              HasSubstr("recordEpoch = 2  # XTCP_CONFIG_JSON (not in it)\n"));
}

// Every option at a value that is not its default, written by -conf and read back by -config.
TEST(Conf, IsAFileThatReadsBack) {
  TestInput input;
  for (const Option& option : Options())
    if (option.built && !option.IsAction() && !option.Is(kSecret) && !option.flag.empty() && option.flag != "config")
      input.Flag(option.flag, *GoodValue(option));
  const Parsed parsed = input.Parse();
  ASSERT_EQ(Lines(parsed.errors), "");
  Parsed again = TestInput().Toml(ConfText(parsed)).Parse();
  EXPECT_EQ(Lines(again.errors), "");
  again.config.config_file.clear();
  EXPECT_EQ(again.config, parsed.config);
}

TEST(Conf, EscapesWhatWouldBreakALine) {
  const Parsed parsed = TestInput().Flag("label", "a\"b\\c\nd\x7f\x01").Parse();
  EXPECT_THAT(ConfText(parsed), HasSubstr("label = \"a\\\"b\\\\c\\nd\\u007f\\u0001\"  # flag -label"));
  EXPECT_EQ(TestInput().Toml(ConfText(parsed)).Parse().config.label, parsed.config.label);
}

constexpr const char* kSentinel = "hunter2";

// A value that holds the sentinel where the option's secret is.
std::string SecretValue(const Option& option) {
  if (option.flag == "httpHeader") return fmt::format("Authorization: Bearer {}", kSentinel);
  if (option.flag == "kafkaProperty") return fmt::format("ssl.key.password={}", kSentinel);
  return option.Is(kUrl) ? fmt::format("http://user:{}@host/?token={}", kSentinel, kSentinel) : std::string(kSentinel);
}

void ExpectNoSecret(const Parsed& parsed) {
  EXPECT_THAT(Lines(parsed.errors), Not(HasSubstr(kSentinel)));
  EXPECT_THAT(Notices(parsed), Not(HasSubstr(kSentinel)));
  EXPECT_THAT(ConfText(parsed), Not(HasSubstr(kSentinel)));
  EXPECT_THAT(ConfigCheckText(parsed, CheckHost(parsed)), Not(HasSubstr(kSentinel)));
}

TEST(Secrets, AreShownNowhere) {
  int options = 0;
  for (const Option& option : Options()) {
    if (!option.Is(kSecret) && !option.Is(kUrl)) continue;
    SCOPED_TRACE(option.Key());
    ++options;
    // Good and too long, so that values and errors are both looked at.
    for (const std::string& value : {SecretValue(option), SecretValue(option) + std::string(5000, 'x'),
                                     std::string("\x01") + SecretValue(option)}) {
      ExpectNoSecret(TestInput().Flag(option.flag, value).Parse());
      ExpectNoSecret(TestInput().Flag(option.flag, "x").Env(option.env.empty() ? "NONE" : option.env, value).Parse());
      ExpectNoSecret(TestInput().Toml(fmt::format("'{}' = {}\n", option.Key(), Quoted(value))).Parse());
      ExpectNoSecret(TestInput().Toml(fmt::format("'{}' = [{}]\n", option.Key(), Quoted(value + ",\n"))).Parse());
      if (value[0] != '\x01')
        ExpectNoSecret(TestInput().Json(CompleteJson({{std::string(option.field), value}})).Parse());
    }
  }
  EXPECT_GE(options, 7);
}

TEST(Secrets, ThatAreRedactedAreNotReadBack) {
  const std::string conf = ConfText(TestInput().Flag("dest", "http://u:p@h/").Flag("httpHeader", "A: b").Parse());
  EXPECT_THAT(LinesOf(conf), testing::IsSupersetOf({"# dest = \"http://redacted@h/\"  # flag -dest",
                                                    "# httpHeader = [\"A: redacted\"]  # flag -httpHeader"}));
  EXPECT_THAT(TestInput().Toml(conf).Parse().config.http_headers, IsEmpty());
}

TEST(Secrets, OnTheCommandLineAreWarnedOf) {
  EXPECT_THAT(Notices(TestInput().Flag("httpHeader", "A: b").Parse()),
              HasSubstr("use the environment variable XTCP2_HTTP_HEADER_FILE"));
}

TEST(Secrets, UrlsKeepWhatIsNone) {
  EXPECT_EQ(RedactUrl("http://u:p@h:1/a?b=c&token=d#f"), "http://redacted@h:1/a?b=c&token=redacted#f");
  EXPECT_EQ(RedactUrl("http://h/p@th"), "http://h/p@th");
  EXPECT_EQ(RedactUrl("http://h:80/p@th"), "http://h:80/p@th");
  EXPECT_EQ(RedactUrl("http://u:p/w@h/"), "http://redacted@h/");
  EXPECT_EQ(RedactUrl("http://u:p?w@h/"), "http://redacted@h/");
  EXPECT_EQ(RedactUrl("http://u:p@ss@h/"), "http://redacted@h/");
  EXPECT_EQ(RedactUrl("nats:nats://u:p@h:4222"), "nats:redacted@h:4222");
  EXPECT_EQ(RedactUrl("tcp:u:p@h:1"), "tcp:redacted@h:1");
  EXPECT_EQ(RedactUrl("http://h/?Password=x;SIG=y&a"), "http://h/?Password=redacted;SIG=redacted&a");
  for (const char* plain :
       {"", "stdout", "tcp:[::1]:80", "file:/a@b:c", "unix:/run/x@y", "kafka:a:9092,b:9092", "http://h/?a=b"})
    EXPECT_EQ(RedactUrl(plain), plain);
}

TEST(ConfigCheck, SaysWhetherTheConfigurationIsValid) {
  EXPECT_THAT(ConfigCheckText(TestInput().Parse(), {}), testing::EndsWith("configuration is valid\n"));
  const std::string bad = ConfigCheckText(TestInput().Flag("d", "0").Parse(), {"one more"});
  EXPECT_THAT(bad, HasSubstr("  * flag -d: \"0\" is too small"));
  EXPECT_THAT(bad, HasSubstr("  * one more\n"));
  EXPECT_THAT(bad, testing::EndsWith("configuration is not valid: 2 errors\n"));
}

TEST(ConfigCheck, LooksAtFilesThatAreNeeded) {
  EXPECT_THAT(CheckHost(TestInput().Parse()), IsEmpty());
  EXPECT_THAT(CheckHost(TestInput().Flag("httpCaFile", "/none/ca.pem").Parse()),
              ElementsAre("flag -httpCaFile: opening /none/ca.pem: No such file or directory"));
  EXPECT_THAT(CheckHost(TestInput().Flag("writeFiles", "1").Flag("capturePath", "/none/x").Parse()),
              ElementsAre(HasSubstr("-capturePath: opening /none/")));
  EXPECT_THAT(CheckHost(TestInput().Env("DEST", "file:/none/x").Parse()),
              ElementsAre(HasSubstr("environment DEST: opening /none/")));
  EXPECT_THAT(CheckHost(TestInput().Flag("procRoot", "/none").Parse()),
              ElementsAre(HasSubstr("-procRoot: opening /none/self/ns")));
}

TEST(ProcessInput, EnvironmentAndFilesAreRead) {
  ::setenv("XTCP2_TEST_VARIABLE", "a=b", 1);
  EXPECT_EQ(ProcessEnvironment().at("XTCP2_TEST_VARIABLE"), "a=b");
  ::unsetenv("XTCP2_TEST_VARIABLE");
  EXPECT_THAT(ReadWholeFile(std::string(XTCP2_SOURCE_DIR) + "/docs/flags.md").value(), HasSubstr("POLL_FREQUENCY"));
  EXPECT_EQ(ReadWholeFile("/none").error().code, ENOENT);
  EXPECT_EQ(ReadWholeFile("/").error().code, EISDIR);
  EXPECT_THAT(ReadWholeFile("/dev/zero").error().Text(), HasSubstr("larger than 16 MiB"));
}

}  // namespace
}  // namespace xtcp2::config
