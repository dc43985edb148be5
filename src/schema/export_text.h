// Words that several exports share: how a type, a part, a place is called, and which section of the record a number
// belongs to. Internal to export_*.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/field.h"

namespace xtcp2::schema {

// The enums that fields of this epoch use, in the order of their first field.
std::vector<Enumeration> EnumsOf(Epoch epoch);

// "uint32" ... "bytes"; for enums the name of the enum type.
std::string_view ProtoTypeName(const Field& field);

// The kernel's name of an attribute ("INET_DIAG_INFO"), "inet_diag_msg" for the message; "daemon" for the daemon's own
// facts, "derived" for what is worked out per socket, empty for a field without a source.
std::string_view PartName(Part part);

// Where a value lies, for people: "INET_DIAG_INFO offset 6 bits 0-3". Only the part's name where the layout is ours.
std::string PlaceText(const Field& field);

// Where the value lies as the kernel counts it: true when offset and size in the table are ABI.
bool IsKernelPart(Part part);

// "u8", "u16", "u16 big-endian", "bits 0-3", "16 bytes", "text"; empty without a source.
std::string LoadWord(const Field& field);

// The heading under which a field stands in the .proto and on the page; equal for all fields of a section.
std::string_view SectionTitle(const Field& field);

// The number to sort and to group by: the epoch-2 one, or epoch 1's where it is the only one.
constexpr unsigned AnyNumber(const Field& field) { return field.number != 0 ? field.number : field.number1; }

// `text` in lines of at most `width` bytes, each behind `prefix`, broken at spaces.
std::string Wrap(std::string_view text, std::string_view prefix, size_t width);

}  // namespace xtcp2::schema
