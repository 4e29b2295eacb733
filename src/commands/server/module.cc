// MODULE LIST: there are no loadable modules, and clients may ask.
#include "commands/help.h"

namespace gyre::commands {
namespace {

using exec::Group;

Status module_list(exec::Request&, store::Shard&, resp::Reply& reply) {
  reply.array(0);
  return {};
}

constexpr exec::Command kRows[] = {
    {.name = "MODULE",
     .since = "4.0.0",
     .group = Group::server,
     .complexity = "Depends on subcommand.",
     .summary = "Commands about modules."},
    {.name = "LIST",
     .parent = "MODULE",
     .since = "4.0.0",
     .group = Group::server,
     .complexity = "O(N) where N is the number of loaded modules.",
     .summary = "Lists the loaded modules; there are none.",
     .flags = exec::kAdmin | exec::kNoscript,
     .shape = exec::here(module_list),
     .tips = "nondeterministic_output_order"},
    {.name = "HELP",
     .parent = "MODULE",
     .since = "5.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Lists the subcommands.",
     .flags = exec::kLoading | exec::kStale,
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows server_module{kRows};

}  // namespace gyre::commands
