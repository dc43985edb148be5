#include "encode/humanize.h"

#include "encode/fields.h"
#include "wire/json.h"
#include "wire/utf8.h"

namespace xtcp2::encode {
namespace {

// Only numbers of 32 bits stand without quotes.
bool IsQuoted(const schema::Field& field) {
  return field.type != schema::Type::kUint32 || StepFor(field, 0).show != Show::kNumber;
}

}  // namespace

HumanizeStyle::HumanizeStyle(const EncodeOptions& options) : fields_(FieldsByJsonName(options)) {
  for (const uint16_t i : fields_) {
    const schema::Field& field = schema::kFields[i];
    keys_.push_back('"' + schema::JsonName(field.Name(options.epoch)) + (IsQuoted(field) ? "\":\"" : "\":"));
  }
}

std::vector<Step> HumanizeStyle::Columns() const {
  std::vector<Step> columns;
  for (size_t i = 0; i < fields_.size(); ++i)
    columns.push_back(StepFor(schema::kFields[fields_[i]], static_cast<uint16_t>(i)));
  return columns;
}

uint8_t* HumanizeStyle::Put(uint8_t* at, const Step& step, const schema::Socket& socket) const {
  const std::string& key = keys_[step.column];
  if (step.show == Show::kText) {
    const std::string_view text = StepText(step, socket);
    if (text.empty()) return at;
    at = wire::PutJsonTextForHtml(wire::PutRaw(at, key), text);
  } else {
    if (step.show != Show::kAddress && StepNumber(step, socket) == 0) return at;
    at = PutShown(wire::PutRaw(at, key), step, socket);
  }
  if (key.back() == '"') *at++ = '"';
  *at++ = ',';
  return at;
}

}  // namespace xtcp2::encode
