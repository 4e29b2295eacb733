#include "exec/command_stats.h"

namespace gyre::exec {
namespace {

// Scripts and modules can make up codes; beyond this many they are no statistics any more.
constexpr size_t kErrorsMax = 128;

}  // namespace

void CommandStats::count_error(std::string_view text) {
  ++error_replies_;
  const std::string_view code = text.substr(0, text.find(' '));
  const auto found = errors_.find(code);
  if (found != errors_.end()) {
    ++found->second;
  } else if (errors_.size() < kErrorsMax) {
    errors_.emplace(code, 1);
  }
}

void CommandStats::reset() {
  rows_ = std::vector<Row>(rows_.size());
  errors_.clear();
  error_replies_ = 0;
}

}  // namespace gyre::exec
