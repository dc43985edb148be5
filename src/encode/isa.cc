#include "encode/isa.h"

namespace xtcp2::encode {
namespace {

bool LookUp() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  // Zen 1 and 2 (family 17h) have pdep in microcode, slower than doing without.
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("lzcnt") && __builtin_cpu_supports("movbe") && !__builtin_cpu_is("amdfam17h");
#else
  return false;
#endif
}

}  // namespace

bool IsX86V3() {
  static const bool is = LookUp();
  return is;
}

}  // namespace xtcp2::encode
