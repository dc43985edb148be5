// The one table: every field of the record, ascending by number, in both epochs' order at once. constexpr, so that
// encoders unroll over it and a wrong name or a duplicate number does not build.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schema/field.h"
#include "schema/socket.h"
#include "schema/table_rows.h"

namespace xtcp2::schema {

inline constexpr size_t kFieldCount = std::size(kFields);

// The index of a field by its epoch-2 or epoch-1 name; for constant expressions (a typo does not build).
consteval size_t IndexOf(std::string_view name) {
  for (size_t i = 0; i < kFieldCount; ++i)
    if (kFields[i].name == name || kFields[i].name1 == name) return i;
  throw "no field of this name";
}

namespace table_check {
constexpr bool Ascending(Epoch epoch) {
  unsigned last = 0;
  for (const Field& field : kFields) {
    if (!field.In(epoch)) continue;
    if (field.Number(epoch) <= last) return false;
    last = field.Number(epoch);
  }
  return true;
}
constexpr bool NamesDiffer(Epoch epoch) {
  for (size_t i = 0; i < kFieldCount; ++i)
    for (size_t j = i + 1; j < kFieldCount; ++j)
      if (kFields[i].In(epoch) && kFields[j].In(epoch) && kFields[i].Name(epoch) == kFields[j].Name(epoch))
        return false;
  return true;
}
static_assert(Ascending(Epoch::k1) && Ascending(Epoch::k2), "numbers must ascend: encoders write in table order");
static_assert(NamesDiffer(Epoch::k1) && NamesDiffer(Epoch::k2), "a name stands twice in the table");
}  // namespace table_check

// "inet_diag_msg_state" as protojson writes it: "inetDiagMsgState".
std::string JsonName(std::string_view proto_name);
// The same as Go names it, the keys of msgpack: "InetDiagMsgState".
std::string GoName(std::string_view proto_name);

// The fields of an epoch, as indices into kFields, in order of number.
std::span<const uint16_t> FieldsOf(Epoch epoch);

// Finds a field of `epoch` by proto name or JSON name, of this epoch or (as -columns and -fields promise) of the other.
std::optional<size_t> FindField(std::string_view name, Epoch epoch);

}  // namespace xtcp2::schema
