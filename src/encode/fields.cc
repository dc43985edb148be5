#include "encode/fields.h"

#include <algorithm>

namespace xtcp2::encode {

std::vector<uint16_t> FieldsAsGiven(const EncodeOptions& options) {
  const auto all = schema::FieldsOf(options.epoch);
  if (options.fields.empty()) return {all.begin(), all.end()};
  std::vector<uint16_t> fields;
  for (const uint16_t i : options.fields)
    if (schema::kFields[i].In(options.epoch)) fields.push_back(i);
  return fields;
}

std::vector<uint16_t> FieldsByNumber(const EncodeOptions& options) {
  std::vector<uint16_t> fields = FieldsAsGiven(options);
  std::sort(fields.begin(), fields.end());  // the table ascends by number in both epochs
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  return fields;
}

std::vector<uint16_t> FieldsByJsonName(const EncodeOptions& options) {
  std::vector<uint16_t> fields = FieldsByNumber(options);
  std::sort(fields.begin(), fields.end(), [&](uint16_t a, uint16_t b) {
    return schema::JsonName(schema::kFields[a].Name(options.epoch)) <
           schema::JsonName(schema::kFields[b].Name(options.epoch));
  });
  return fields;
}

}  // namespace xtcp2::encode
