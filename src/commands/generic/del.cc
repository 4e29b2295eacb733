// DEL, UNLINK, EXISTS, TOUCH: commands that count keys.
#include "commands/visit_keys.h"

namespace gyre::commands {
namespace {

// Values are freed in slices when they are large, so UNLINK has nothing to add to DEL.
Status del(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  store::Keyspace& db = shard.db(request.db);
  int64_t count = 0;
  visit_keys(request, db, [&](const exec::KeyRef& ref) {
    const store::Key key = request.key_at(ref);
    if (db.erase(key)) {
      shard.commit(db, key, store::Event::del);
      ++count;
    }
  });
  reply.integer(count);
  return {};
}

// Calls visit(entry) for each of the keys that exists; returns how many those are.
template <typename Visit>
int64_t count_present(exec::Request& request, store::Shard& shard, Visit&& visit) {
  store::Keyspace& db = shard.db(request.db);
  int64_t count = 0;
  visit_keys(request, db, [&](const exec::KeyRef& ref) {
    if (store::Entry* entry = db.find(request.key_at(ref), false)) {
      visit(*entry);
      ++count;
    }
  });
  return count;
}

Status exists(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  reply.integer(count_present(request, shard, [](store::Entry&) {}));
  return {};
}

// The access is noted even for clients that asked not to touch keys: it is what they ask for here.
Status touch(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  reply.integer(count_present(request, shard, [&](store::Entry& entry) { shard.touch(entry); }));
  return {};
}

constexpr exec::KeySpec kDeletedKeys[] = {{.flags = "RM delete", .last = -1}};
constexpr exec::KeySpec kCountedKeys[] = {{.flags = "RO", .last = -1}};
constexpr std::string_view kTips = "request_policy:multi_shard response_policy:agg_sum";
constexpr exec::Change kExistsHistory[] = {{"3.0.3", "More than one `key`."}};

constexpr exec::Command kRows[] = {
    {.name = "DEL",
     .since = "1.0.0",
     .group = exec::Group::generic,
     .complexity = "O(N) where N is the number of keys, plus the number of elements of each",
     .summary = "Removes keys and tells how many there were.",
     .syntax = "key [key ...]",
     .flags = exec::kWrite,
     .categories = "keyspace",
     .keys = kDeletedKeys,
     .shape = exec::split(del, exec::Fold::sum),
     .tips = kTips},
    {.name = "UNLINK",
     .since = "4.0.0",
     .group = exec::Group::generic,
     .complexity = "O(1) for each key; the memory is freed afterwards",
     .summary = "Removes keys without waiting for their memory to be freed.",
     .syntax = "key [key ...]",
     .flags = exec::kWrite | exec::kFast,
     .categories = "keyspace",
     .keys = kDeletedKeys,
     .shape = exec::split(del, exec::Fold::sum),
     .tips = kTips},
    {.name = "EXISTS",
     .since = "1.0.0",
     .group = exec::Group::generic,
     .complexity = "O(N) where N is the number of keys",
     .summary = "Counts how many of the keys exist.",
     .syntax = "key [key ...]",
     .history = kExistsHistory,
     .flags = exec::kReadonly | exec::kFast,
     .categories = "keyspace",
     .keys = kCountedKeys,
     .shape = exec::split(exists, exec::Fold::sum),
     .tips = kTips},
    {.name = "TOUCH",
     .since = "3.2.1",
     .group = exec::Group::generic,
     .complexity = "O(N) where N is the number of keys",
     .summary = "Notes an access to the keys and counts those that exist.",
     .syntax = "key [key ...]",
     .flags = exec::kReadonly | exec::kFast,
     .categories = "keyspace",
     .keys = kCountedKeys,
     .shape = exec::split(touch, exec::Fold::sum),
     .tips = kTips},
};

}  // namespace

extern const exec::Rows generic_del{kRows};

}  // namespace gyre::commands
