// The option table against the Go program's flags and fields, against itself, and against what is generated from it.
#include "config/table.h"

#include <gtest/gtest.h>
#include <xtcp_config/v1/xtcp_config.pb.h>

#include <set>

#include "config/go_program_for_test.h"
#include "config/value.h"

namespace xtcp2::config {
namespace {

TEST(OptionTable, HasEveryGoFlagAsItWas) {
  for (const GoFlag& go : kGoFlags) {
    SCOPED_TRACE(go.flag);
    const Option* option = FindFlag(go.flag);
    ASSERT_NE(option, nullptr);
    EXPECT_EQ(option->flag, go.flag);
    EXPECT_EQ(option->env, go.env);
    if (!go.env_file.empty()) {
      EXPECT_EQ(option->env_file, go.env_file);
    }
    EXPECT_EQ(option->field, go.field);
    EXPECT_EQ(option->number, go.number);
    EXPECT_EQ(option->preset, go.preset);
    EXPECT_EQ(option->IsBool(), go.type == "bool");
    EXPECT_EQ(TypeName(*option) == "duration", go.type == "duration");
    EXPECT_EQ(TypeName(*option).starts_with("uint"), go.type.starts_with("uint") || go.type == "int");
  }
}

TEST(OptionTable, HasEveryGoFieldAsItWas) {
  for (const GoField& go : kGoFields) {
    SCOPED_TRACE(go.name);
    const Option* option = FindField(go.name);
    ASSERT_NE(option, nullptr);
    EXPECT_EQ(option->number, go.number);
    EXPECT_EQ(JsonName(*option), go.json_name);
    EXPECT_EQ(FindField(go.json_name), option);
  }
}

TEST(OptionTable, HasNothingElseBelow9000) {
  const auto go_fields = std::size(kGoFields);
  size_t fields = 0, flags = 0;
  for (const Option& option : Options()) {
    if (!option.field.empty() && !option.IsOwnField()) ++fields;
    for (const GoFlag& go : kGoFlags) flags += option.flag == go.flag;
  }
  EXPECT_EQ(fields, go_fields);
  EXPECT_EQ(flags, std::size(kGoFlags));
}

TEST(OptionTable, EveryNameIsThereOnce) {
  std::set<std::string_view> flags, variables, fields;
  std::set<uint16_t> numbers;
  for (const Option& option : Options()) {
    SCOPED_TRACE(option.Key());
    for (const std::string_view flag : {option.flag, option.alias})
      if (!flag.empty()) {
        EXPECT_TRUE(flags.insert(flag).second) << flag;
      }
    for (const std::string_view env : {option.env, option.env_file})
      if (!env.empty()) {
        EXPECT_TRUE(variables.insert(env).second) << env;
      }
    if (option.field.empty()) continue;
    EXPECT_TRUE(fields.insert(option.field).second);
    EXPECT_TRUE(numbers.insert(option.number).second);
  }
}

TEST(OptionTable, EveryRowIsComplete) {
  for (const Option& option : Options()) {
    SCOPED_TRACE(option.Key());
    EXPECT_FALSE(option.Key().empty());
    EXPECT_TRUE(option.help.ends_with('.')) << option.help;
    EXPECT_EQ(option.field.empty(), option.number == 0);
    EXPECT_EQ(option.IsAction(), option.mode != Mode::kRun);
    EXPECT_EQ(option.built, option.group != Group::kLater) << "not built: in its own group";
    EXPECT_TRUE(!option.Is(kSecret) || !option.env_file.empty()) << "a secret must be able to come from a file";
    EXPECT_EQ(option.IsAction(), AllowedText(option).empty());
  }
}

// Each member stands in one row: two rows of one member would overwrite each other.
TEST(OptionTable, EveryMemberIsThereOnce) {
  const Config defaults = DefaultConfig();
  for (const Option& option : Options()) {
    if (option.IsAction()) continue;
    Config config = defaults;
    SetToZero(option, config);
    for (const Option& other : Options())
      if (&other != &option && !other.IsAction()) {
        EXPECT_TRUE(SameValue(other, config, defaults)) << option.Key() << " changes " << other.Key();
      }
  }
}

using google::protobuf::FieldDescriptor;

std::string_view TypeOf(const FieldDescriptor& field) {
  if (field.is_map()) return "map";
  if (field.is_repeated()) return "list";
  if (field.type() == FieldDescriptor::TYPE_MESSAGE)
    return field.message_type()->full_name() == "google.protobuf.Duration" ? "duration" : "deserializers";
  return field.type_name();
}

TEST(ConfigProto, SaysWhatTheTableSays) {
  const auto* message = xtcp_config::v1::XtcpConfig::descriptor();
  EXPECT_EQ(message->full_name(), "xtcp_config.v1.XtcpConfig");
  int fields = 0;
  for (const Option& option : Options()) {
    if (option.field.empty()) continue;
    SCOPED_TRACE(option.field);
    ++fields;
    const FieldDescriptor* field = message->FindFieldByNumber(option.number);
    ASSERT_NE(field, nullptr);
    EXPECT_EQ(field->name(), option.field);
    EXPECT_EQ(field->json_name(), JsonName(option));
    EXPECT_EQ(TypeOf(*field), TypeName(option));
    if (option.IsOwnField()) {
      EXPECT_TRUE(field->has_presence() || field->is_repeated()) << "left out must differ from zero";
    }
  }
  EXPECT_EQ(message->field_count(), fields);
}

TEST(ConfigProto, HasTheGoTypes) {
  const auto* message = xtcp_config::v1::XtcpConfig::descriptor();
  for (const GoField& go : kGoFields) {
    SCOPED_TRACE(go.name);
    const FieldDescriptor* field = message->FindFieldByName(std::string(go.name));
    ASSERT_NE(field, nullptr);
    const std::string type =
        field->type() == FieldDescriptor::TYPE_MESSAGE ? field->message_type()->full_name() : field->type_name();
    EXPECT_EQ((field->is_repeated() ? "repeated " : "") +
                  (type == "xtcp_config.v1.EnabledDeserializers" ? "EnabledDeserializers" : type),
              go.type);
  }
  const auto* enabled = xtcp_config::v1::EnabledDeserializers::descriptor()->FindFieldByNumber(1);
  ASSERT_NE(enabled, nullptr);
  EXPECT_EQ(enabled->name(), "enabled");
  EXPECT_TRUE(enabled->is_map());
}

}  // namespace
}  // namespace xtcp2::config
