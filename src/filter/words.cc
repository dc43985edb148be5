#include "filter/words.h"

#include <algorithm>
#include <array>

namespace xtcp2::filter {
namespace {

constexpr std::array<std::string_view, 7> kFields = {"src", "dst", "sport", "dport", "dev", "fwmark", "cgroup"};
constexpr std::array<std::string_view, 7> kComparisons = {"==", ">=", "<=", "!=", "=", ">", "<"};

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// One run of characters between white space; `literal[i]`: a backslash stood before character i.
struct Run {
  std::string text;
  std::vector<bool> literal;
  std::vector<size_t> column;

  size_t size() const { return text.size(); }
  bool Plain(size_t at, char c) const { return at < text.size() && text[at] == c && !literal[at]; }
  bool PlainText(size_t at, std::string_view wanted) const {
    for (size_t i = 0; i < wanted.size(); ++i)
      if (!Plain(at + i, wanted[i])) return false;
    return true;
  }
  size_t Comparison(size_t at) const {
    for (const std::string_view comparison : kComparisons)
      if (PlainText(at, comparison)) return comparison.size();
    return 0;
  }
};

class Splitter {
 public:
  void Add(const Run& run) {
    size_t begin = 0, end = run.size();
    while (run.Plain(begin, '(') || (run.Plain(begin, '!') && !run.Plain(begin + 1, '=')))
      Emit(run, begin, begin + 1), ++begin;
    const size_t closing = Closing(run, begin);
    end -= closing;
    const size_t field = Field(run, begin);
    if (field) Emit(run, begin, begin + field), begin += field;
    if (const size_t comparison = run.Comparison(begin)) Emit(run, begin, begin + comparison), begin += comparison;
    if (begin < end) Emit(run, begin, end);
    for (size_t i = end; i < run.size(); ++i) Emit(run, i, i + 1);
  }
  std::vector<Word> Take() { return std::move(words_); }

 private:
  // How many parentheses at the end close something outside of this run.
  static size_t Closing(const Run& run, size_t begin) {
    size_t opened = 0, closed = 0, last = 0;
    for (size_t i = begin; i < run.size(); ++i) {
      opened += run.Plain(i, '(');
      closed += run.Plain(i, ')');
      last = run.Plain(i, ')') ? last + 1 : 0;
    }
    return std::min(last, closed > opened ? closed - opened : 0);
  }
  // The length of the name of a field that a comparison follows at once.
  static size_t Field(const Run& run, size_t begin) {
    for (const std::string_view field : kFields)
      if (run.PlainText(begin, field) && run.Comparison(begin + field.size())) return field.size();
    return 0;
  }
  void Emit(const Run& run, size_t begin, size_t end) {
    const auto literal = run.literal.begin();
    words_.push_back({run.text.substr(begin, end - begin), run.column[begin],
                      std::find(literal + static_cast<ptrdiff_t>(begin), literal + static_cast<ptrdiff_t>(end), true) !=
                          literal + static_cast<ptrdiff_t>(end)});
  }
  std::vector<Word> words_;
};

}  // namespace

std::vector<Word> SplitWords(std::string_view text) {
  Splitter splitter;
  Run run;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || IsSpace(text[i])) {
      if (run.size()) splitter.Add(run);
      run = {};
      continue;
    }
    const bool literal = text[i] == '\\' && i + 1 < text.size();
    run.column.push_back(i + 1);
    if (literal) ++i;
    run.text.push_back(text[i]);
    run.literal.push_back(literal);
  }
  return splitter.Take();
}

std::string EscapeWord(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (IsSpace(c) || std::string_view("\\()!=<>").find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string Shown(std::string_view text) {
  constexpr size_t kLongest = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, kLongest))
    out.push_back(static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c);
  return out + (text.size() > kLongest ? "...\"" : "\"");
}

}  // namespace xtcp2::filter
