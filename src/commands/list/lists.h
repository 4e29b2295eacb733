// What the list commands share: sides, adding arguments, answering with elements, removing.
#pragma once

#include <optional>
#include <string_view>

#include "commands/collections.h"
#include "data/list.h"

namespace gyre::commands {

extern const store::Event kListPushed[2];      // by side: lpush, rpush
extern const store::Event kListPopped[2];      // lpop, rpop
extern const store::Event kListLastPopped[2];  // the same when the key goes

// The commands, by side.
extern const std::string_view kPops[2];
extern const std::string_view kPushes[2];

// LEFT or RIGHT.
std::optional<data::Side> parse_side(std::string_view word);

// The blob that an argument came in, if a list would keep it as it is.
inline base::BlobRef long_argument(const exec::Request& request, size_t index,
                                   const data::Limits& limits) {
  const bool is_long = data::List::is_long(request.arg(index).size(), limits);
  return base::BlobRef(is_long ? request.take_blob(index) : nullptr);
}

inline void reply_item(resp::Reply& reply, const data::ListItem& item) {
  if (item.blob() != nullptr) [[unlikely]] {
    reply.bulk(*item.blob());
  } else {
    reply_element(reply, item.element());
  }
}

// Answers with `count` elements, from `index` on or from there back.
void reply_items(resp::Reply& reply, const data::List& list, size_t index, size_t count,
                 data::Side from);

// Removes [from, from + count). What takes long to free is freed later.
void erase_items(store::Shard& shard, data::List& list, size_t from, size_t count);

// Answers with an array of up to `count` elements from a side, and removes them. REQUIRES: the list
// is not empty, count > 0.
void pop_items(store::Shard& shard, store::Keyspace& db, const store::Key& key, data::List& list,
               data::Side side, size_t count, resp::Reply& reply);

// Removes the element at a side and commits that.
void pop_item(store::Shard& shard, store::Keyspace& db, const store::Key& key, data::List& list,
              data::Side side);

// An index, a negative one counted from the end; empty if there is no such element.
Result<std::optional<size_t>> parse_index(std::string_view text, size_t size);

// A range of indexes, negative ones counted from the end, as [first, first + count).
struct ListRange {
  size_t first = 0;
  size_t count = 0;
};
ListRange clip_range(int64_t start, int64_t stop, size_t size);

}  // namespace gyre::commands
