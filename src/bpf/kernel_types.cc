#include "bpf/kernel_types.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "bpf/object.h"

namespace xtcp2::bpf {

namespace {

const btf_type* Plain(const btf* types, uint32_t id) {
  const btf_type* type = btf__type_by_id(types, id);
  while (type != nullptr && (btf_is_mod(type) || btf_is_typedef(type))) type = btf__type_by_id(types, type->type);
  return type;
}

struct Found {
  const btf_member* member;
  uint32_t bit;
};

std::optional<Found> Find(const btf* types, const btf_type* structure, const char* name, uint32_t base) {
  if (structure == nullptr || !btf_is_composite(structure)) return {};
  const btf_member* member = btf_members(structure);
  for (uint32_t i = 0; i < btf_vlen(structure); ++i, ++member) {
    const uint32_t bit = base + btf_member_bit_offset(structure, i);
    const char* text = btf__name_by_offset(types, member->name_off);
    if (text != nullptr && std::strcmp(text, name) == 0) return Found{member, bit};
    if (text != nullptr && *text != '\0') continue;
    if (const auto inside = Find(types, Plain(types, member->type), name, bit)) return inside;
  }
  return {};
}

std::optional<Found> Find(const btf* types, const char* structure, const char* member) {
  const int id = btf__find_by_name_kind(types, structure, BTF_KIND_STRUCT);
  if (id < 0) return {};
  return Find(types, btf__type_by_id(types, static_cast<uint32_t>(id)), member, 0);
}

struct MemberName {
  const char* structure;
  const char* member;
};
// Each is as large as what follows it: the verifier, which knows better, would refuse to load a part of a member.
constexpr std::array kSabotaged = {MemberName{"tcp_sock", "snd_cwnd"}, MemberName{"sock", "sk_priority"},
                                   MemberName{"tcp_sock", "segs_in"}};

}  // namespace

Result<Types> ReadTypes(const std::string& path) {
  const Hearing heard;
  Types types(path.empty() ? btf__load_vmlinux_btf() : btf__parse(path.c_str(), nullptr));
  if (!types) {
    return Fail("reading the kernel's type information (BTF) from " +
                    (path.empty() ? std::string("/sys/kernel/btf/vmlinux") : path),
                errno);
  }
  return types;
}

Types ReadModuleTypes(const char* module, btf* kernel) {
  const Hearing heard;
  return Types(btf__load_module_btf(module, kernel));
}

bool HasFunction(const btf* types, const char* name) { return btf__find_by_name_kind(types, name, BTF_KIND_FUNC) > 0; }

std::optional<uint32_t> MemberBit(const btf* types, const char* structure, const char* member) {
  const auto found = Find(types, structure, member);
  if (!found) return {};
  return found->bit;
}

bool IsStructure(const btf* types, const char* structure, const char* member) {
  const auto found = Find(types, structure, member);
  if (!found) return false;
  const btf_type* type = Plain(types, found->member->type);
  return type != nullptr && btf_is_struct(type);
}

Result<int> WriteSabotagedTypes(int members) {
  auto types = ReadTypes({});
  if (!types) return tl::unexpected(types.error());
  for (int i = 0; i < members && i < static_cast<int>(kSabotaged.size()); ++i) {
    const auto found =
        Find(types->get(), kSabotaged[static_cast<size_t>(i)].structure, kSabotaged[static_cast<size_t>(i)].member);
    if (!found) return Fail(std::string("no member ") + kSabotaged[static_cast<size_t>(i)].member);
    const_cast<btf_member*>(found->member)->offset += 32;
  }
  uint32_t size = 0;
  const void* data = btf__raw_data(types->get(), &size);
  const int fd = memfd_create("sabotaged-btf", MFD_CLOEXEC);
  if (fd < 0 || write(fd, data, size) != static_cast<ssize_t>(size)) {
    const int code = errno;
    if (fd >= 0) close(fd);
    return Fail("writing changed type information", code);
  }
  return fd;
}

}  // namespace xtcp2::bpf
