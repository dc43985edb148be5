// The kinds of processor that the unrolled encoders are compiled for. Each kind is a type, and whatever a file compiled
// for a kind emits carries that type in its name or is inlined for certain: two versions of one inline function under
// one name would leave the linker to choose (isa_test.py looks).
#pragma once

namespace xtcp2::encode {

// Any processor that the compiler knows.
struct Portable {
  static constexpr bool kPdep = false;
};

// x86-64 with AVX2, BMI1, BMI2, LZCNT and MOVBE (x86-64-v3), where pdep is quick.
struct X86V3 {
  static constexpr bool kPdep = true;
};

// Whether this processor is an X86V3. Looked up once.
bool IsX86V3();

}  // namespace xtcp2::encode
