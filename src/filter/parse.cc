#include "filter/parse.h"

#include <fmt/format.h>

#include "base/nearest.h"
#include "filter/values.h"
#include "filter/words.h"

namespace xtcp2::filter {
namespace {

constexpr int kMostParentheses = 2 * kDeepest;  // more than Print() needs for the deepest tree
constexpr std::string_view kConditions = "state, exclude, src, dst, sport, dport, dev, fwmark, cgroup, not, (";

enum class Comparison : uint8_t { kEqual, kNotEqual, kLess, kGreater, kAtMost, kAtLeast };

struct Comparing {
  std::initializer_list<std::string_view> words;
  Comparison comparison;
};
const std::array<Comparing, 6> kComparisons = {{{{"=", "==", "eq"}, Comparison::kEqual},
                                                {{"!=", "ne", "neq"}, Comparison::kNotEqual},
                                                {{"<", "lt"}, Comparison::kLess},
                                                {{">", "gt"}, Comparison::kGreater},
                                                {{"<=", "le", "leq"}, Comparison::kAtMost},
                                                {{">=", "ge", "geq"}, Comparison::kAtLeast}}};

// An Error about one word.
tl::unexpected<Error> Wrong(const Word& word, const std::string& why) {
  return Fail(fmt::format("{} at column {} {}", Shown(word.text), word.column, why));
}

bool IsState(const Word& word) { return word.IsOneOf({"state", "exclude", "excl"}); }
bool IsAnd(const Word& word) { return word.IsOneOf({"and", "&", "&&"}); }
bool IsOr(const Word& word) { return word.IsOneOf({"or", "|", "||"}); }

// A port condition out of what stands beside the comparison. Comparisons other than = and != are ranges.
Result<Condition> ComparePort(Comparison comparison, Ports ports) {
  Condition condition;
  condition.kind = Condition::Kind::kPort;
  const bool any = ports.low != ports.high;
  if (any && comparison != Comparison::kEqual && comparison != Comparison::kNotEqual)
    return Fail("is any port, which is neither more nor less than another; allowed is a number or a service");
  int low = ports.low, high = ports.high;
  if (comparison == Comparison::kLess) low = 0, high = ports.low - 1;
  if (comparison == Comparison::kGreater) low = ports.low + 1, high = 0xffff;
  if (comparison == Comparison::kAtMost) low = 0;
  if (comparison == Comparison::kAtLeast) high = 0xffff;
  if (low > high) low = 1, high = 0;  // < 0, > 65535: no port
  condition.low = static_cast<uint16_t>(low);
  condition.high = static_cast<uint16_t>(high);
  return condition;
}

class Parser {
 public:
  Parser(std::string_view text, const Names& names) : words_(SplitWords(text)), names_(names) {}

  Result<NodePtr> All() {
    if (words_.empty()) return NodePtr();
    Result<NodePtr> all = List();
    if (all && at_ < words_.size()) return Wrong(words_[at_], "closes nothing that was opened");
    return all;
  }

 private:
  bool AtEnd() const { return at_ == words_.size() || words_[at_].Is(")"); }

  // State words at the beginning and no operator behind them are, as in ss, for all that follows.
  Result<NodePtr> List() {
    if (AtEnd() || !IsState(words_[at_])) return Joined({});
    Result<NodePtr> states = States();
    if (!states || AtEnd()) return states;
    if (IsAnd(words_[at_]) || IsOr(words_[at_])) return Joined(*states);
    const Result<NodePtr> rest = Joined({});
    return rest ? Join(Node::Kind::kAnd, *states, *rest) : rest;
  }

  // From left to right without precedence, as ss does (its manual page says otherwise). Nothing between two is `and`.
  Result<NodePtr> Joined(NodePtr left) {
    if (!left) {
      const Result<NodePtr> first = Operand();
      if (!first) return first;
      left = *first;
    }
    while (!AtEnd()) {
      const Node::Kind kind = IsOr(words_[at_]) ? Node::Kind::kOr : Node::Kind::kAnd;
      if (IsOr(words_[at_]) || IsAnd(words_[at_])) ++at_;
      Result<NodePtr> right = Operand();
      if (!right) return right;
      const Result<NodePtr> joined = Join(kind, left, *right);
      if (!joined) return joined;
      left = *joined;
    }
    return left;
  }

  Result<NodePtr> Join(Node::Kind kind, const NodePtr& left, const NodePtr& right) const {
    return Limited(MakeJoin(kind, left, right));
  }
  static Result<NodePtr> Limited(NodePtr node) {
    if (node->depth > kDeepest)
      return Fail(fmt::format(
          "the filter changes between and, or and not more than {} levels deep; write it with fewer parentheses",
          kDeepest));
    return node;
  }

  Result<NodePtr> Operand() {
    bool negative = false;
    while (at_ < words_.size() && words_[at_].IsOneOf({"!", "not"})) negative = !negative, ++at_;
    if (at_ == words_.size())
      return Fail(words_.empty() ? "no words"
                                 : fmt::format("{} at column {} is the end; behind it has to stand one of {}",
                                               Shown(words_.back().text), words_.back().column, kConditions));
    Result<NodePtr> operand = words_[at_].Is("(") ? Parenthesis() : IsState(words_[at_]) ? States() : Field();
    if (!operand || !negative) return operand;
    return Limited(MakeNot(*operand));
  }

  Result<NodePtr> Parenthesis() {
    const Word& open = words_[at_++];
    if (++open_ > kMostParentheses)
      return Wrong(open,
                   fmt::format("is the {}th parenthesis open at once; at most {} can be", open_, kMostParentheses));
    Result<NodePtr> inner = List();
    if (!inner) return inner;
    if (at_ == words_.size()) return Wrong(open, "is not closed by )");
    ++at_;
    --open_;
    return inner;
  }

  // One or more of `state NAME` and `exclude NAME`: together the states that ss would take.
  Result<NodePtr> States() {
    Condition condition;
    bool first = true;
    for (; at_ < words_.size() && IsState(words_[at_]); first = false) {
      const Word& keyword = words_[at_++];
      const bool adds = keyword.Is("state");
      if (AtEnd()) return Wrong(keyword, "has to be followed by the name of a state");
      const Result<uint32_t> states = ParseStates(words_[at_].text);
      if (!states) return Wrong(words_[at_], states.error().what);
      ++at_;
      if (first) condition.value = adds ? 0 : kEveryState;
      condition.value = adds ? condition.value | *states : condition.value & ~*states;
    }
    return MakeCondition(condition);
  }

  Result<Comparison> TakeComparison(const Word& field, bool ordered) {
    if (at_ == words_.size()) return Comparison::kEqual;
    const Word& word = words_[at_];
    for (const Comparing& known : kComparisons) {
      if (!word.IsOneOf(known.words)) continue;
      ++at_;
      if (!ordered && known.comparison > Comparison::kNotEqual)
        return Wrong(word, fmt::format("does not go with {}; allowed are = and !=", field.text));
      return known.comparison;
    }
    return Comparison::kEqual;
  }

  Result<NodePtr> Field() {
    const Word& field = words_[at_];
    const bool port = field.IsOneOf({"sport", "dport"});
    if (!port && !field.IsOneOf({"src", "dst", "dev", "fwmark", "cgroup"})) return UnknownWord(field);
    ++at_;
    const Result<Comparison> comparison = TakeComparison(field, port);
    if (!comparison) return tl::unexpected(comparison.error());
    if (AtEnd() || words_[at_].Is("(")) return Wrong(words_[at_ - 1], "has to be followed by a value");
    const Word& word = words_[at_++];
    Result<Condition> condition = Value(field, *comparison, word.text);
    if (!condition) return Wrong(word, condition.error().what);
    const NodePtr node = MakeCondition(*std::move(condition));
    return *comparison == Comparison::kNotEqual ? MakeNot(node) : node;
  }

  Result<Condition> Value(const Word& field, Comparison comparison, std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return Fail("has a zero byte in it");
    if (field.Is("dev")) return ParseDevice(text);
    if (field.Is("fwmark")) return ParseMark(text);
    if (field.Is("cgroup")) return ParseCgroup(text, names_);
    Result<Condition> condition;
    if (field.IsOneOf({"src", "dst"})) {
      condition = ParseHost(text, names_);
    } else {
      const Result<Ports> ports = ParsePort(text, names_);
      if (!ports) return tl::unexpected(ports.error());
      condition = ComparePort(comparison, *ports);
    }
    if (condition) condition->remote = field.IsOneOf({"dst", "dport"});
    return condition;
  }

  static tl::unexpected<Error> UnknownWord(const Word& word) {
    if (word.Is("autobound"))
      return Wrong(word, "is not supported: what a socket's row says does not tell whether its port was chosen for it");
    static const std::vector<std::string> kKnown = {"state", "exclude", "src",    "dst", "sport", "dport",
                                                    "dev",   "fwmark",  "cgroup", "not", "and",   "or"};
    const std::string nearest = word.escaped ? "" : Nearest(std::string_view(word.text).substr(0, 64), kKnown);
    return Wrong(word, fmt::format("stands where a condition has to begin; allowed are {}{}", kConditions,
                                   nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
  }

  std::vector<Word> words_;
  const Names& names_;
  size_t at_ = 0;
  int open_ = 0;
};

}  // namespace

Result<NodePtr> Parse(std::string_view text, const Names& names) {
  if (text.size() > kLongestText)
    return Fail(fmt::format("the filter has {} bytes; at most {} are allowed", text.size(), kLongestText));
  return Parser(text, names).All();
}

}  // namespace xtcp2::filter
