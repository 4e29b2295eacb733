#include "commands/help.h"

#include <algorithm>
#include <string>
#include <vector>

#include "exec/engine.h"

namespace gyre::commands {

Status container_help(exec::Request& request, store::Shard&, resp::Reply& reply) {
  const exec::Command& container = *exec::Engine::current().commands().find(request.arg(0));
  std::vector<const exec::Command*> subcommands;
  for (const exec::Command& sub : container.subcommands) {
    if (sub.name != "HELP") {
      subcommands.push_back(&sub);
    }
  }
  std::sort(subcommands.begin(), subcommands.end(),
            [](const exec::Command* a, const exec::Command* b) { return a->name < b->name; });
  reply.array(subcommands.size() * 2 + 3);
  reply.simple(std::string(container.name) +
               " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const exec::Command* sub : subcommands) {
    std::string line(sub->name);
    if (!sub->syntax.empty()) {
      line += ' ';
      line += sub->syntax;
    }
    reply.simple(line);
    reply.simple("    " + std::string(sub->summary));
  }
  reply.simple("HELP");
  reply.simple("    Print this help.");
  return {};
}

}  // namespace gyre::commands
