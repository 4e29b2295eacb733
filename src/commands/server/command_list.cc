// COMMAND LIST.
#include <vector>

#include "base/glob.h"
#include "base/text.h"
#include "exec/engine.h"
#include "exec/words.h"

namespace gyre::commands {
namespace {

using exec::Command;
using exec::Group;
using exec::Request;
using resp::Reply;
using store::Shard;

struct ListFilter {
  enum class By : uint8_t { nothing, module, category, pattern };
  By by = By::nothing;
  std::string_view word;
  uint32_t category = 0;

  bool matches(const Command& command) const {
    switch (by) {
      case By::nothing:
        return true;
      case By::module:
        return false;  // there are no modules
      case By::category:
        return (exec::categories_of(command) & category) != 0;
      case By::pattern:
        return base::glob_match(word, command.full_name, true);
    }
    return false;
  }
};

Status command_list(Request& request, Shard&, Reply& reply) {
  ListFilter filter;
  if (request.size() == 5 && base::equals_ignore_case(request.arg(2), "FILTERBY")) {
    filter.word = request.arg(4);
    filter.category = exec::category_bit(filter.word);
    if (base::equals_ignore_case(request.arg(3), "MODULE")) {
      filter.by = ListFilter::By::module;
    } else if (base::equals_ignore_case(request.arg(3), "ACLCAT")) {
      filter.by = ListFilter::By::category;
    } else if (base::equals_ignore_case(request.arg(3), "PATTERN")) {
      filter.by = ListFilter::By::pattern;
    } else {
      return fail(exec::errors::syntax);
    }
  } else if (request.size() != 2) {
    return fail(exec::errors::syntax);
  }
  std::vector<std::string_view> names;
  for (const Command& command : exec::Engine::current().commands().commands()) {
    if (filter.matches(command)) {
      names.push_back(command.full_name);
    }
    for (const Command& sub : command.subcommands) {
      if (filter.matches(sub)) {
        names.push_back(sub.full_name);
      }
    }
  }
  reply.array(names.size());
  for (const std::string_view name : names) {
    reply.bulk(name);
  }
  return {};
}

constexpr Command kRows[] = {
    {.name = "LIST",
     .parent = "COMMAND",
     .since = "7.0.0",
     .group = Group::server,
     .complexity = "O(N) where N is the total number of commands",
     .summary = "Lists the names of commands.",
     .syntax = "[FILTERBY <MODULE module-name|ACLCAT category|PATTERN pattern>]",
     .flags = exec::kLoading | exec::kStale,
     .categories = "connection",
     .shape = exec::here(command_list),
     .tips = "nondeterministic_output_order"},
};

}  // namespace

extern const exec::Rows server_command_list{kRows};

}  // namespace gyre::commands
