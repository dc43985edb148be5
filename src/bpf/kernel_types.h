// The running kernel's type information (BTF), read in user space: which functions and members there are, and where.
// Needs no capability: /sys/kernel/btf is readable for all.
#pragma once

#include <bpf/btf.h>

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace xtcp2::bpf {

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};
using Types = std::unique_ptr<btf, FreeBtf>;

// `path` empty: the running kernel's.
Result<Types> ReadTypes(const std::string& path);

// A module's own types, on top of the kernel's, which must outlive them; null where it is not loaded.
Types ReadModuleTypes(const char* module, btf* kernel);

bool HasFunction(const btf* types, const char* name);

// Bits from the start of `structure` to a member. Nothing where there is no such member or structure. Looks into
// anonymous members.
std::optional<uint32_t> MemberBit(const btf* types, const char* structure, const char* member);

// Whether the member is itself a structure (and no pointer to one).
bool IsStructure(const btf* types, const char* structure, const char* member);

// Moves members by some bytes and writes all types to a file, for tests: a program loaded with it reads wrong places.
// Returns the open file; its path is /proc/self/fd/<number>.
Result<int> WriteSabotagedTypes(int members);

}  // namespace xtcp2::bpf
