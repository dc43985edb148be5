// XTCP_CONFIG_JSON texts written by libprotobuf, which knows nothing of the option table. Tests only.
#pragma once

#include <google/protobuf/util/json_util.h>
#include <xtcp_config/v1/xtcp_config.pb.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "config/deserializers.h"
#include "config/duration.h"
#include "config/table.h"
#include "config/text.h"
#include "config/value.h"

namespace xtcp2::config {

// Sets a field by name from text as one would write it on the command line.
inline void SetField(xtcp_config::v1::XtcpConfig& message, std::string_view field, const std::string& text,
                     char separator) {
  using google::protobuf::FieldDescriptor;
  const FieldDescriptor* f = message.GetDescriptor()->FindFieldByName(std::string(field));
  const auto* r = message.GetReflection();
  if (f->is_repeated()) {
    r->ClearField(&message, f);
    for (const std::string& entry : SplitList(text, separator)) r->AddString(&message, f, entry);
    return;
  }
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->SetBool(&message, f, text == "true");
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->SetUInt32(&message, f, static_cast<uint32_t>(std::stoull(text)));
    case FieldDescriptor::CPPTYPE_UINT64:
      return r->SetUInt64(&message, f, std::stoull(text));
    case FieldDescriptor::CPPTYPE_STRING:
      return r->SetString(&message, f, text);
    default:
      break;
  }
  google::protobuf::Message* inner = r->MutableMessage(&message, f);
  if (auto* duration = dynamic_cast<google::protobuf::Duration*>(inner)) {
    std::string problem;
    const int64_t ns = ParseDuration(text, problem).value().count();
    duration->set_seconds(ns / 1'000'000'000);
    duration->set_nanos(static_cast<int32_t>(ns % 1'000'000'000));
  }
  if (auto* keys = dynamic_cast<xtcp_config::v1::EnabledDeserializers*>(inner)) {
    Deserializers set;
    ParseDeserializers(text, set);
    keys->mutable_enabled()->clear();
    for (const DeserializerKey& key : DeserializerKeys())
      (*keys->mutable_enabled())[std::string(key.name)] = set.Has(key.attribute);
  }
}

// A configuration with the default of every Go field, and these values (by field name) instead of theirs.
inline xtcp_config::v1::XtcpConfig CompleteMessage(const std::map<std::string, std::string>& values = {}) {
  xtcp_config::v1::XtcpConfig message;
  for (const Option& option : Options()) {
    if (option.field.empty()) continue;
    const auto value = values.find(std::string(option.field));
    if (value == values.end() && option.IsOwnField()) continue;
    SetField(message, option.field, value == values.end() ? std::string(option.preset) : value->second,
             option.Is(kLines) ? '\n' : ',');
  }
  return message;
}

enum class JsonNames { kCamel, kProto };

inline std::string CompleteJson(const std::map<std::string, std::string>& values = {},
                                JsonNames names = JsonNames::kCamel) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = names == JsonNames::kProto;
  std::string out;
  const auto status = google::protobuf::util::MessageToJsonString(CompleteMessage(values), &out, options);
  return status.ok() ? out : "libprotobuf: " + status.ToString();
}

// The same with the raw JSON `value` under `key`.
inline std::string JsonWith(const std::string& key, const nlohmann::json& value) {
  auto json = nlohmann::json::parse(CompleteJson());
  json[key] = value;
  return json.dump();
}

}  // namespace xtcp2::config
