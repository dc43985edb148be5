// table: aligned text for people, one line a socket. Widths are fixed before the first row, since rows are not kept: a
// longer value pushes the rest of its line to the right and is still followed by a space. An empty value is "-", so
// that columns can be counted.
#pragma once

#include <string>
#include <vector>

#include "encode/ordered.h"
#include "wire/decimal.h"

namespace xtcp2::encode {

class TableStyle {
 public:
  static constexpr size_t kTextFactor = 4;  // wire::kMaxDisplayEscape
  static constexpr size_t kMaxAround = 4;
  static constexpr bool kLeavesZerosOut = false;

  explicit TableStyle(const EncodeOptions& options);

  // The line of titles.
  std::string Header() const;

  std::vector<Step> Columns() const;
  static PutRow PutAll(const EncodeOptions&) { return nullptr; }
  size_t MaxBytes(const Step& step) const { return columns_[step.column].width + kMaxShown + 2; }
  static uint8_t* Begin(uint8_t* at) { return at; }
  uint8_t* Put(uint8_t* at, const Step& step, const schema::Socket& socket) const;
  template <schema::Load>
  uint8_t* PutNumber(uint8_t* at, const Step& step, uint64_t value) const {
    uint8_t* const end = wire::PutDecimal(at, value);
    return Pad(columns_[step.column], at, end, static_cast<size_t>(end - at));
  }
  static uint8_t* End(uint8_t* first, uint8_t* at);

 private:
  struct Column {
    std::string title;
    size_t width;  // in characters
    bool right;    // numbers
    Step step;
  };
  void Add(std::string title, size_t width, Step step);
  void AddField(size_t field, std::string title, size_t width);
  void AddDefaults();
  // Fills the `width` characters between `begin` and `at` up to the column's width and adds a space.
  static uint8_t* Pad(const Column& column, uint8_t* begin, uint8_t* at, size_t width);

  std::vector<Column> columns_;
};

using TableEncoder = Ordered<TableStyle>;

}  // namespace xtcp2::encode
