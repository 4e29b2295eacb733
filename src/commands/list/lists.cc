#include "commands/list/lists.h"

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "base/text.h"

namespace gyre::commands {

using data::List;
using data::ListItem;
using data::Side;
using store::Event;

const Event kListPushed[2] = {{'l', "lpush"}, {'l', "rpush"}};
const Event kListPopped[2] = {{'l', "lpop"}, {'l', "rpop"}};
const Event kListLastPopped[2] = {{'l', "lpop", &Event::del}, {'l', "rpop", &Event::del}};

const std::string_view kPops[2] = {"LPOP", "RPOP"};
const std::string_view kPushes[2] = {"LPUSH", "RPUSH"};

std::optional<Side> parse_side(std::string_view word) {
  if (base::equals_ignore_case(word, "LEFT")) {
    return Side::front;
  }
  return base::equals_ignore_case(word, "RIGHT") ? std::optional(Side::back) : std::nullopt;
}

void reply_items(resp::Reply& reply, const List& list, size_t index, size_t count, Side from) {
  reply.array(count);
  if (count == 0) {
    return;
  }
  list.visit(index, from, [&](const ListItem& item) {
    reply_item(reply, item);
    return --count > 0;
  });
}

void erase_items(store::Shard& shard, List& list, size_t from, size_t count) {
  List rest = list.erase(from, count, shard.options().limits);
  if (rest.pieces() > store::kDrainMin) {
    shard.discard(store::make_value("", std::move(rest), store::Entry::kNever));
  }
  list.settle(shard.options().limits);
}

void pop_items(store::Shard& shard, store::Keyspace& db, const store::Key& key, List& list,
               Side side, size_t count, resp::Reply& reply) {
  const size_t size = list.size();
  count = std::min(count, size);
  reply_items(reply, list, side == Side::front ? 0 : size - 1, count, side);
  const auto index = static_cast<size_t>(side);
  char digits[base::kIntCharsMax];
  shard.record(db.index(), {kPops[index], key.name, {digits, base::format_uint64(digits, count)}});
  if (count == size) {
    db.erase(key);
    shard.commit(db, key, kListLastPopped[index]);
    return;
  }
  erase_items(shard, list, side == Side::front ? 0 : size - count, count);
  shard.commit(db, key, kListPopped[index]);
}

void pop_item(store::Shard& shard, store::Keyspace& db, const store::Key& key, List& list,
              Side side) {
  list.pop(side, shard.options().limits);
  list.settle(shard.options().limits);
  const auto index = static_cast<size_t>(side);
  shard.record(db.index(), {kPops[index], key.name});
  commit_removal(shard, db, key, list, kListPopped[index], kListLastPopped[index]);
}

Result<std::optional<size_t>> parse_index(std::string_view text, size_t size) {
  const auto number = base::parse_int64(text);
  if (!number) {
    return fail(exec::errors::not_integer);
  }
  const int64_t index = *number < 0 ? *number + static_cast<int64_t>(size) : *number;
  if (index < 0 || index >= static_cast<int64_t>(size)) {
    return std::nullopt;
  }
  return static_cast<size_t>(index);
}

ListRange clip_range(int64_t start, int64_t stop, size_t size) {
  const auto end = static_cast<int64_t>(size);
  start = std::max<int64_t>(start < 0 ? start + end : start, 0);
  stop = std::min(stop < 0 ? stop + end : stop, end - 1);
  if (start > stop) {
    return {};
  }
  return {static_cast<size_t>(start), static_cast<size_t>(stop - start + 1)};
}

}  // namespace gyre::commands
