// Bugs abort with a sentence; nothing else may use this.
#pragma once

namespace xtcp2 {

[[noreturn]] void Bug(const char* file, int line, const char* sentence);

}  // namespace xtcp2

// Aborts, saying `sentence`, when `condition` does not hold. On in every build.
#define XTCP2_CHECK(condition, sentence) \
  (static_cast<bool>(condition) ? void(0) : ::xtcp2::Bug(__FILE__, __LINE__, sentence))
