#include "config/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/table.h"
#include "config/text.h"

namespace xtcp2::config {
namespace {

class Scanner {
 public:
  Scanner(std::span<const FlagName> flags, std::span<const std::string> args) : flags_(flags), args_(args) {}

  ScannedFlags Run() {
    while (next_ < args_.size()) TakeWord(args_[next_++]);
    return std::move(out_);
  }

 private:
  void TakeWord(const std::string& word) {
    if (word == "--") {
      while (next_ < args_.size()) AddPositional(args_[next_++]);
      return;
    }
    if (word.size() < 2 || word.front() != '-') return AddPositional(word);
    std::string_view name(word);
    name.remove_prefix(name.starts_with("--") ? 2 : 1);
    if (name.empty() || name.front() == '-' || name.front() == '=') {
      out_.errors.push_back(fmt::format("{} is not a flag; write -name, -name value or -name=value", InQuotes(word)));
      return;
    }
    TakeFlag(name);
  }

  void TakeFlag(std::string_view word) {
    last_switch_.clear();
    const size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const FlagName* flag = Find(name);
    if (flag == nullptr) return Unknown(name, equals != std::string_view::npos);
    if (equals != std::string_view::npos) return Give(flag, word.substr(equals + 1));
    if (flag->is_switch) {
      Give(flag, "true");
      last_switch_ = flag->name;
    } else if (next_ < args_.size()) {
      Give(flag, args_[next_++]);
    } else {
      out_.errors.push_back(fmt::format("flag -{} needs a value: -{} VALUE", name, name));
    }
  }

  void Unknown(std::string_view name, bool has_value) {
    std::vector<std::string> known;
    for (const FlagName& flag : flags_) known.push_back(flag.name);
    const std::string nearest = NearestName(name, known);
    out_.errors.push_back(fmt::format("flag -{} is not known{} (-help lists all)", Shortened(name),
                                      nearest.empty() ? "" : DidYouMean("-" + nearest)));
    // What follows is most likely its value, not an error of its own.
    const FlagName* meant = nearest.empty() ? nullptr : Find(nearest);
    const bool takes_value = !has_value && (meant == nullptr || !meant->is_switch);
    if (takes_value && next_ < args_.size() && !args_[next_].starts_with('-')) ++next_;
  }

  void Give(const FlagName* flag, std::string_view text) {
    // Repeated lists add up; of anything else the last one counts, as in Go.
    if (flag->option != nullptr && flag->option->Is(kLines))
      for (GivenFlag& earlier : out_.given)
        if (earlier.flag == flag) {
          earlier.text += fmt::format("\n{}", text);
          return;
        }
    out_.given.push_back({flag, std::string(text)});
  }

  void AddPositional(const std::string& word) {
    out_.positional.push_back(word);
    out_.switches_before.push_back(std::exchange(last_switch_, ""));
  }

  const FlagName* Find(std::string_view name) const {
    const auto found = std::find_if(flags_.begin(), flags_.end(), [&](const FlagName& f) { return f.name == name; });
    return found == flags_.end() ? nullptr : &*found;
  }

  std::span<const FlagName> flags_;
  std::span<const std::string> args_;
  size_t next_ = 0;
  std::string last_switch_;
  ScannedFlags out_;
};

}  // namespace

ScannedFlags ScanFlags(std::span<const FlagName> flags, std::span<const std::string> args) {
  return Scanner(flags, args).Run();
}

std::vector<FlagName> AllFlagNames() {
  std::vector<FlagName> names;
  for (const Option& option : Options())
    for (const std::string_view name : {option.flag, option.alias})
      if (!name.empty()) names.push_back({std::string(name), option.IsBool(), &option});
  return names;
}

}  // namespace xtcp2::config
