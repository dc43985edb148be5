// The words of a filter text. As in ss, words are separated by white space and a backslash takes the next character as
// it is; beyond ss, parentheses, `!` and the comparisons may touch their neighbours: "(sport=:22)". Knows no meaning.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace xtcp2::filter {

struct Word {
  std::string text;
  size_t column = 0;     // of its first byte, from 1
  bool escaped = false;  // has a backslash in it: a value, never a keyword or an operator

  bool Is(std::string_view wanted) const { return !escaped && text == wanted; }
  bool IsOneOf(std::initializer_list<std::string_view> wanted) const {
    for (const std::string_view candidate : wanted)
      if (Is(candidate)) return true;
    return false;
  }
};

std::vector<Word> SplitWords(std::string_view text);

// `text` as a word that SplitWords gives back whole.
std::string EscapeWord(std::string_view text);

// "dport" from "dprot": cut to a length that fits into a message, with what cannot be printed replaced.
std::string Shown(std::string_view text);

}  // namespace xtcp2::filter
