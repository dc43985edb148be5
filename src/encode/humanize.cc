#include "encode/humanize.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "encode/fields.h"
#include "wire/json.h"

namespace xtcp2::encode {
namespace {

// Only numbers of 32 bits stand without quotes.
bool IsQuoted(const schema::Field& field) {
  return field.type != schema::Type::kUint32 || StepFor(field, 0).show != Show::kNumber;
}

}  // namespace

HumanizeStyle::HumanizeStyle(const EncodeOptions& options) : fields_(FieldsByJsonName(options)) {
  for (const uint16_t i : fields_) keys_.push_back(MakeKey(schema::kFields[i], options.epoch));
}

HumanizeStyle::Key HumanizeStyle::MakeKey(const schema::Field& field, schema::Epoch epoch) {
  Key key;
  key.quoted = IsQuoted(field);
  const std::string text = '"' + schema::JsonName(field.Name(epoch)) + (key.quoted ? "\":\"" : "\":");
  XTCP2_CHECK(text.size() <= kMaxKey, "a field's JSON name is longer than kMaxKey has room for");
  std::copy(text.begin(), text.end(), key.text.begin());
  key.size = static_cast<uint8_t>(text.size());
  return key;
}

std::vector<Step> HumanizeStyle::Columns() const {
  std::vector<Step> columns;
  for (size_t i = 0; i < fields_.size(); ++i)
    columns.push_back(StepFor(schema::kFields[fields_[i]], static_cast<uint16_t>(i)));
  return columns;
}

uint8_t* HumanizeStyle::Put(uint8_t* at, const Step& step, const schema::Socket& socket) const {
  const Key& key = keys_[step.column];
  if (step.show == Show::kText) {
    const std::string_view text = StepText(step, socket);
    if (text.empty()) return at;
    at = wire::PutJsonTextForHtml(PutKey(at, key), text);
  } else {
    if (step.show != Show::kAddress && StepNumber(step, socket) == 0) return at;
    at = PutShown(PutKey(at, key), step, socket);
  }
  return PutEnd(at, key);
}

}  // namespace xtcp2::encode
