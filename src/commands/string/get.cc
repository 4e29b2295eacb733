// GET.
#include "commands/string/strings.h"

namespace gyre::commands {
namespace {

Status get(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  store::Entry* entry = shard.db(request.db).find(request.key);
  if (entry == nullptr) {
    reply.null();
    return {};
  }
  return reply_string(*entry, reply);
}

constexpr exec::Command kRows[] = {
    {.name = "GET",
     .since = "1.0.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Returns the string stored at a key.",
     .syntax = "key",
     .flags = exec::kReadonly | exec::kFast,
     .keys = exec::kReadKey,
     .shape = exec::owner(get)},
};

}  // namespace

extern const exec::Rows string_get{kRows};

}  // namespace gyre::commands
