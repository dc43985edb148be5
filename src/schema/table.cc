#include "schema/table.h"

#include <algorithm>

namespace xtcp2::schema {

constinit const std::array<uint8_t, 512> kZeros{};

namespace {

constexpr char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Drops each '_' and raises the letter behind it; `raise` says whether the first letter is raised too.
std::string Camel(std::string_view name, bool raise) {
  std::string out;
  for (const char c : name) {
    if (c == '_') {
      raise = true;
      continue;
    }
    out += raise ? Upper(c) : c;
    raise = false;
  }
  return out;
}

template <Epoch E>
constexpr size_t CountOf() {
  return static_cast<size_t>(
      std::count_if(std::begin(kFields), std::end(kFields), [](const Field& f) { return f.In(E); }));
}

template <Epoch E>
constexpr auto IndicesOf() {
  std::array<uint16_t, CountOf<E>()> out{};
  size_t n = 0;
  for (size_t i = 0; i < kFieldCount; ++i)
    if (kFields[i].In(E)) out[n++] = static_cast<uint16_t>(i);
  return out;
}

constexpr auto kEpoch1 = IndicesOf<Epoch::k1>();
constexpr auto kEpoch2 = IndicesOf<Epoch::k2>();
static_assert(kEpoch1.size() == 156, "epoch 1 is closed: the Go program's 156 fields");

bool IsCalled(const Field& field, Epoch epoch, std::string_view name) {
  return field.Name(epoch) == name || JsonName(field.Name(epoch)) == name;
}

}  // namespace

std::string JsonName(std::string_view proto_name) { return Camel(proto_name, false); }
std::string GoName(std::string_view proto_name) { return Camel(proto_name, true); }

std::span<const uint16_t> FieldsOf(Epoch epoch) {
  return epoch == Epoch::k1 ? std::span<const uint16_t>(kEpoch1) : std::span<const uint16_t>(kEpoch2);
}

std::optional<size_t> FindField(std::string_view name, Epoch epoch) {
  const Epoch other = epoch == Epoch::k1 ? Epoch::k2 : Epoch::k1;
  for (const Epoch called : {epoch, other})
    for (const uint16_t i : FieldsOf(epoch))
      if (IsCalled(kFields[i], called, name)) return i;
  return std::nullopt;
}

}  // namespace xtcp2::schema
