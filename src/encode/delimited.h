// csv and tsv: one line a socket, every field of the selection, values as people read them, quoted by the rules of Go's
// csv writer.
#pragma once

#include <algorithm>
#include <string>

#include "encode/fields.h"
#include "encode/ordered.h"
#include "wire/csv.h"
#include "wire/decimal.h"
#include "wire/utf8.h"

namespace xtcp2::encode {

// The unrolled row of every field in table order (cells.h); the delimiter is ',' or '\t'.
PutRow PutAllCells(char delimiter, schema::Epoch epoch);

template <char kDelimiter>
class DelimitedStyle {
 public:
  static constexpr size_t kTextFactor = 3;  // wire::MaxCsvText
  static constexpr size_t kMaxAround = 4;
  static constexpr bool kLeavesZerosOut = false;

  explicit DelimitedStyle(const EncodeOptions& options) : fields_(FieldsAsGiven(options)) {}

  // The line of JSON names that starts every file, connection and message.
  static std::string Header(const EncodeOptions& options) {
    std::string header;
    for (const uint16_t i : FieldsAsGiven(options)) {
      header += schema::JsonName(schema::kFields[i].Name(options.epoch));
      header += kDelimiter;
    }
    if (!header.empty()) header.back() = '\n';
    return header;
  }

  std::vector<Step> Columns() const {
    std::vector<Step> columns;
    for (const uint16_t i : fields_) columns.push_back(StepFor(schema::kFields[i], i));
    return columns;
  }
  static PutRow PutAll(const EncodeOptions& options);
  static size_t MaxBytes(const Step&) { return kMaxShown; }
  static uint8_t* Begin(uint8_t* at) { return at; }

  static uint8_t* Put(uint8_t* at, const Step& step, const schema::Socket& socket) {
    at = step.show == Show::kText ? wire::PutCsvText(at, StepText(step, socket), kDelimiter)
                                  : PutShown(at, step, socket);
    *at = kDelimiter;
    return at + 1;
  }
  template <schema::Load kLoad>
  static uint8_t* PutNumber(uint8_t* at, const Step&, uint64_t value) {
    if constexpr (schema::LoadSize(kLoad) == 1) {
      at = wire::PutOctet(at, static_cast<uint8_t>(value));
    } else if (value < 10) {  // mostly 0
      Store(at, static_cast<uint16_t>(('0' + value) | uint16_t{kDelimiter} << 8));
      return at + 2;
    } else {
      at = wire::PutDecimalInline(at, value);
    }
    *at = kDelimiter;
    return at + 1;
  }

  static uint8_t* End(uint8_t* first, uint8_t* at) {
    // A line of one empty value would be blank, and readers pass over blank lines.
    if (at <= first + 1) at = wire::PutRaw(first, "\"\"") + 1;
    at[-1] = '\n';
    return at;
  }

 private:
  std::vector<uint16_t> fields_;
};

using CsvStyle = DelimitedStyle<','>;
using TsvStyle = DelimitedStyle<'\t'>;
template <char kDelimiter>
PutRow DelimitedStyle<kDelimiter>::PutAll(const EncodeOptions& options) {
  const std::vector<uint16_t> fields = FieldsAsGiven(options);
  const auto all = schema::FieldsOf(options.epoch);
  if (!std::equal(fields.begin(), fields.end(), all.begin(), all.end())) return nullptr;
  return PutAllCells(kDelimiter, options.epoch);
}

using CsvEncoder = Ordered<CsvStyle>;
using TsvEncoder = Ordered<TsvStyle>;

}  // namespace xtcp2::encode
