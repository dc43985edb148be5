// Every option of the table through every source, with a good, a wrong and an unknown value or name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/input_for_test.h"
#include "config/json_for_test.h"

namespace xtcp2::config {
namespace {

using testing::HasSubstr;

// What a value needs beside it to be valid.
TestInput InputFor(const Option& option) {
  TestInput input;
  if (option.flag == "httpCertFile") input.Flag("httpKeyFile", "k");
  if (option.flag == "httpKeyFile") input.Flag("httpCertFile", "c");
  if (option.flag == "config") input.files["v0"] = "";
  return input;
}

// `parsed` has `value` from `origin`; or, where the feature is not built, refuses it and says why.
void ExpectTaken(const Option& option, const Parsed& parsed, const std::string& value, const std::string& origin) {
  SCOPED_TRACE(testing::Message() << option.Key() << " = " << value << " from " << origin);
  if (!option.built) {
    ASSERT_EQ(parsed.errors.size(), 1u) << Lines(parsed.errors);
    EXPECT_THAT(parsed.errors[0], testing::StartsWith(origin + ": "));
    EXPECT_THAT(parsed.errors[0], HasSubstr("not built in this version"));
    EXPECT_THAT(parsed.errors[0], HasSubstr(std::string(option.Key())));
    return;
  }
  EXPECT_EQ(Lines(parsed.errors), "");
  Config expected;
  ASSERT_EQ(SetFromText(option, value, expected), "");
  EXPECT_TRUE(SameValue(option, parsed.config, expected)) << ValueText(option, parsed.config);
  EXPECT_FALSE(SameValue(option, parsed.config, DefaultConfig()));
  EXPECT_EQ(parsed.OriginOf(option.Key()).Text(), origin);
}

// Exactly one error, from `origin`, that says what is allowed or names what was meant, and the value is as it was.
void ExpectRefused(const Option& option, const Parsed& parsed, const std::string& value, const std::string& origin) {
  SCOPED_TRACE(testing::Message() << option.Key() << " = " << value << " from " << origin);
  ASSERT_EQ(parsed.errors.size(), 1u) << Lines(parsed.errors);
  EXPECT_THAT(parsed.errors[0], testing::StartsWith(origin + ": "));
  if (option.Key() == "columns" || option.Key() == "fields") return;  // names are checked when everything is known
  EXPECT_THAT(parsed.errors[0], HasSubstr("allowed: " + AllowedText(option)));
  EXPECT_TRUE(SameValue(option, parsed.config, DefaultConfig()));
}

template <class Visit>
void ForEachSetting(Visit visit) {
  for (const Option& option : Options())
    if (!option.IsAction()) visit(option);
}

TEST(Walk, FlagsTakeGoodAndRefuseWrongValues) {
  ForEachSetting([](const Option& option) {
    if (option.flag.empty()) return;
    const std::string good = GoodValue(option).value(), origin = "flag -" + std::string(option.flag);
    ExpectTaken(option, InputFor(option).Flag(option.flag, good).Parse(), good, origin);
    if (option.flag == "config") return;
    for (const std::string& wrong : WrongValues(option))
      ExpectRefused(option, TestInput().Flag(option.flag, wrong).Parse(), wrong, origin);
  });
}

TEST(Walk, EnvironmentTakesGoodAndRefusesWrongValues) {
  ForEachSetting([](const Option& option) {
    if (option.env.empty()) return;
    const std::string good = GoodValue(option).value(), origin = "environment " + std::string(option.env);
    ExpectTaken(option, InputFor(option).Env(option.env, good).Parse(), good, origin);
    if (option.flag == "config") return;
    for (const std::string& wrong : WrongValues(option))
      ExpectRefused(option, TestInput().Env(option.env, wrong).Parse(), wrong, origin);
  });
}

TEST(Walk, EnvironmentFilesTakeGoodAndRefuseWrongValues) {
  ForEachSetting([](const Option& option) {
    if (option.env_file.empty()) return;
    const std::string good = GoodValue(option).value(), origin = "environment " + std::string(option.env_file);
    TestInput input = InputFor(option).Env(option.env_file, "/secret");
    input.files["/secret"] = good + "\n";
    ExpectTaken(option, input.Parse(), good, origin);
    for (const std::string& wrong : WrongValues(option)) {
      input.files["/secret"] = wrong;
      ExpectRefused(option, input.Parse(), wrong, origin);
    }
  });
}

std::string TomlLine(const Option& option, const std::string& value) {
  return fmt::format("# a comment\n{} = {}\n", option.Key(), Quoted(value));
}

TEST(Walk, FilesTakeGoodAndRefuseWrongValues) {
  ForEachSetting([](const Option& option) {
    if (option.flag == "config") return;
    const std::string good = GoodValue(option).value();
    ExpectTaken(option, InputFor(option).Toml(TomlLine(option, good)).Parse(), good, "x.toml:2");
    for (const std::string& wrong : WrongValues(option))
      ExpectRefused(option, TestInput().Toml(TomlLine(option, wrong)).Parse(), wrong, "x.toml:2");
  });
}

TEST(Walk, JsonTakesGoodValuesByBothNames) {
  ForEachSetting([](const Option& option) {
    if (option.field.empty()) return;
    // In JSON, zero asks nothing of a feature that is not built.
    const std::string good = *GoodValue(option, !option.built && GoodValue(option) == "0" ? 1 : 0);
    std::map<std::string, std::string> values = {{std::string(option.field), good}};
    if (option.flag == "httpCertFile") values["http_key_file"] = "k";
    if (option.flag == "httpKeyFile") values["http_cert_file"] = "c";
    for (const JsonNames names : {JsonNames::kCamel, JsonNames::kProto})
      ExpectTaken(option, TestInput().Json(CompleteJson(values, names)).Parse(), good, "XTCP_CONFIG_JSON");
  });
}

// JSON values of a wrong type, and of a wrong range where the type allows it.
std::vector<nlohmann::json> WrongJson(const Option& option) {
  const std::string_view type = TypeName(option);
  if (type == "bool") return {"true", 1, nlohmann::json::array()};
  if (type == "string") return {5, true, nlohmann::json::object()};
  if (type == "list") return {"a", {"a", 5}, {"a,b\nc"}, {""}};
  if (type == "duration") return {"10", "10m", 10, true, "-1s"};
  if (type == "deserializers")
    return {"info", {{"enabled", {{"infoo", true}}}}, {{"enabled", {{"info", 1}}}}, {{"enable", {{"info", true}}}}};
  std::vector<nlohmann::json> out = {"12x", -1, 1.5, true, "", 1e30};
  if (type == "uint32") out.push_back(4294967296);
  if (option.accept.max < ~uint64_t{0}) out.push_back(option.accept.max + 1);
  return out;
}

TEST(Walk, JsonRefusesWrongValues) {
  ForEachSetting([](const Option& option) {
    if (option.field.empty()) return;
    for (const nlohmann::json& wrong : WrongJson(option)) {
      const Parsed parsed = TestInput().Json(JsonWith(JsonName(option), wrong)).Parse();
      SCOPED_TRACE(JsonName(option) + " " + wrong.dump());
      ASSERT_EQ(parsed.errors.size(), 1u) << Lines(parsed.errors);
      EXPECT_THAT(parsed.errors[0], testing::StartsWith("XTCP_CONFIG_JSON: " + JsonName(option) + ": "));
    }
  });
}

// A name with its last letter doubled is unknown, and the right one is what was meant.
std::string Misspelt(std::string_view name) { return std::string(name) + name.back(); }

TEST(Walk, MisspeltNamesAreErrorsThatNameTheRightOne) {
  ForEachSetting([](const Option& option) {
    if (option.Key().size() < 3) return;  // too short for a suggestion
    SCOPED_TRACE(option.Key());
    if (!option.flag.empty()) {
      const Parsed parsed = TestInput().Flag(Misspelt(option.flag), "1").Parse();
      ASSERT_EQ(parsed.errors.size(), 1u);
      EXPECT_THAT(parsed.errors[0], HasSubstr(fmt::format("flag -{} is not known; did you mean -{}?",
                                                          Misspelt(option.flag), option.flag)));
    }
    const Parsed file = TestInput().Toml("\n\n" + Misspelt(option.Key()) + " = 1\n").Parse();
    ASSERT_EQ(file.errors.size(), 1u) << Lines(file.errors);
    EXPECT_EQ(file.errors[0].find("x.toml:3: the key "), 0u) << file.errors[0];
    EXPECT_THAT(file.errors[0], HasSubstr(fmt::format("did you mean {}?", option.Key())));
    if (option.field.empty()) return;
    const Parsed json = TestInput().Json(JsonWith(Misspelt(JsonName(option)), 1)).Parse();
    ASSERT_EQ(json.errors.size(), 1u) << Lines(json.errors);
    EXPECT_THAT(json.errors[0], HasSubstr(fmt::format("is not a field; did you mean {}?", JsonName(option))));
  });
}

TEST(Walk, MisspeltOwnVariablesAreNamed) {
  ForEachSetting([](const Option& option) {
    if (!option.env.starts_with("XTCP")) return;
    const Parsed parsed = TestInput().Env(Misspelt(option.env), "1").Parse();
    EXPECT_EQ(Lines(parsed.errors), "");
    EXPECT_THAT(Notices(parsed), HasSubstr(fmt::format("did you mean {}?", option.env)));
  });
}

// Where an option has fewer values than there are sources, they say its one other value and its default in turn.
std::string ValueForSource(const Option& option, int n) {
  if (const auto good = GoodValue(option, n)) return *good;
  return n % 2 == 0 ? *GoodValue(option) : std::string(option.preset);
}

void ExpectWins(const Option& option, const TestInput& input, const std::string& value, const std::string& origin) {
  SCOPED_TRACE(testing::Message() << value << " from " << origin);
  const Parsed parsed = input.Parse();
  EXPECT_EQ(Lines(parsed.errors), "");
  Config expected;
  ASSERT_EQ(SetFromText(option, value, expected), "");
  EXPECT_TRUE(SameValue(option, parsed.config, expected)) << ValueText(option, parsed.config);
  EXPECT_EQ(parsed.OriginOf(option.Key()).Text(), origin);
}

TEST(Walk, EachSourceBeatsTheOneBefore) {
  int options = 0;
  ForEachSetting([&](const Option& option) {
    if (!option.built || option.flag.empty() || option.env.empty() || option.flag == "config") return;
    SCOPED_TRACE(option.flag);
    ++options;
    TestInput input = InputFor(option);
    ExpectWins(option, input.Toml(TomlLine(option, ValueForSource(option, 0))), ValueForSource(option, 0), "x.toml:2");
    ExpectWins(option, input.Flag(option.flag, ValueForSource(option, 1)), ValueForSource(option, 1),
               "flag -" + std::string(option.flag));
    ExpectWins(option, input.Env(option.env, ValueForSource(option, 2)), ValueForSource(option, 2),
               "environment " + std::string(option.env));
    if (option.field.empty()) return;
    std::map<std::string, std::string> values = {{std::string(option.field), ValueForSource(option, 3)}};
    if (option.flag == "httpCertFile") values["http_key_file"] = "k";
    if (option.flag == "httpKeyFile") values["http_cert_file"] = "c";
    ExpectWins(option, input.Json(CompleteJson(values)), ValueForSource(option, 3), "XTCP_CONFIG_JSON");
  });
  EXPECT_GT(options, 40);
}

}  // namespace
}  // namespace xtcp2::config
