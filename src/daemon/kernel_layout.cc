#include "daemon/kernel_layout.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sys/utsname.h>

#include <fstream>
#include <memory>
#include <optional>

#include "collect/replay_kernel.h"

namespace xtcp2::daemon {
namespace {

struct BtfFree {
  void operator()(btf* b) const { btf__free(b); }
};

// Whether the kernel's struct tcp_info has a member of this name; nothing where there is no BTF.
std::optional<bool> TcpInfoHas(std::string_view member_name) {
  libbpf_set_print(nullptr);
  const std::unique_ptr<btf, BtfFree> kernel(btf__load_vmlinux_btf());
  if (!kernel || libbpf_get_error(kernel.get()) != 0) return std::nullopt;
  const int id = btf__find_by_name_kind(kernel.get(), "tcp_info", BTF_KIND_STRUCT);
  if (id < 0) return std::nullopt;
  const btf_type* type = btf__type_by_id(kernel.get(), static_cast<uint32_t>(id));
  const btf_member* member = btf_members(type);
  for (int i = 0; i < btf_vlen(type); ++i, ++member)
    if (btf__name_by_offset(kernel.get(), member->name_off) == member_name) return true;
  return false;
}

}  // namespace

std::string KernelRelease() {
  utsname name;
  return uname(&name) == 0 ? name.release : "";
}

decode::AccEcnLayout LiveAccEcnLayout() {
  if (const std::optional<bool> has = TcpInfoHas("tcpi_ecn_mode"))
    return *has ? decode::AccEcnLayout::k7_0 : decode::AccEcnLayout::k6_18;
  const auto release = collect::ParseKernelRelease(KernelRelease());
  return release ? collect::AccEcnLayoutOf(*release) : collect::kDefaultAccEcnLayout;
}

uint64_t BootId(const std::string& proc_root) {
  std::ifstream file(proc_root + "/sys/kernel/random/boot_id");
  uint64_t id = 0;
  int digits = 0;
  for (char c; digits < 16 && file.get(c);) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) continue;
    id = id << 4 | static_cast<uint64_t>(digit);
    ++digits;
  }
  return id;
}

}  // namespace xtcp2::daemon
