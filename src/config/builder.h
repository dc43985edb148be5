// Collects values into a Parsed, source by source in ascending precedence. Private to parsing.
#pragma once

#include <string>
#include <string_view>

#include "config/parse.h"

namespace xtcp2::config {

class Builder {
 public:
  Builder();

  // Sets the option from text; a value it does not accept is an error and changes nothing.
  void Assign(const Option& option, std::string_view text, Origin origin);
  void SetOrigin(const Option& option, Origin origin);
  const Origin& OriginOf(const Option& option) const;

  // An error of this option's value. Rules over several options leave those out that have one already.
  void ErrorOf(const Option& option, const Origin& origin, std::string_view what);
  bool IsFailed(const Option& option) const;

  void Error(const Origin& origin, std::string_view what);
  void Error(std::string text) { parsed.errors.push_back(std::move(text)); }
  void Notify(LogLevel level, std::string text) { parsed.notices.push_back({level, std::move(text)}); }

  Parsed parsed;

 private:
  std::vector<bool> failed_;  // by the index of Options()
};

// The sources, each in a file of its own name.
void AddFile(const ParseInput& input, const std::string& path, Builder& builder);
void AddEnvironment(const ParseInput& input, Builder& builder);
void AddJson(const ParseInput& input, Builder& builder);

// Rules over the finished configuration (validate.cc): what is not built, and what must fit together.
void Validate(const ParseInput& input, Builder& builder);

}  // namespace xtcp2::config
