// The kinds of processor that the unrolled encoders are compiled for. Each kind is a type, and whatever a file compiled
// for a kind emits carries that type in its name or is inlined for certain: two versions of one inline function under
// one name would leave the linker to choose (isa_test.py looks).
#pragma once

#include <cstddef>

namespace xtcp2::encode {

// Any processor that the compiler knows.
struct Portable {
  static constexpr bool kPdep = false;
  static constexpr size_t kRegister = 16;  // bytes of the widest register worth copying by
};

// x86-64 with AVX2, BMI1, BMI2, LZCNT and MOVBE (x86-64-v3), where pdep is quick.
struct X86V3 {
  static constexpr bool kPdep = true;
  static constexpr size_t kRegister = 32;
};

// Whether this processor is an X86V3. Looked up once.
bool IsX86V3();

}  // namespace xtcp2::encode
