// LPUSH, RPUSH, LPUSHX, RPUSHX.
#include "commands/list/lists.h"

namespace gyre::commands {
namespace {

using data::Element;
using data::List;
using data::Side;

enum class Where : uint8_t { anywhere, existing };

template <Side kSide, Where kWhere>
Status push(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(list, kWhere == Where::existing ? find_value_for_write<List>(request, shard)
                                               : find_or_make_value<List>(request, shard));
  if (list == nullptr) {
    reply.integer(0);
    return {};
  }
  const data::Limits& limits = shard.options().limits;
  size_t bytes = 0;
  for (const std::string_view element : request.args(2)) {
    bytes += element.size();
  }
  list->reserve(request.size() - 2, bytes, limits);
  for (size_t i = 2; i < request.size(); ++i) {
    list->push(kSide, Element::of(request.arg(i)), long_argument(request, i, limits), limits);
  }
  shard.commit(shard.db(request.db), request.key, kListPushed[static_cast<size_t>(kSide)]);
  reply.integer(static_cast<int64_t>(list->size()));
  return {};
}

constexpr exec::KeySpec kInsertedKey[] = {{.flags = "RW insert"}};
constexpr exec::Change kManyElements[] = {{"2.4.0", "More than one `element`."}};
constexpr exec::Change kManyElementsLater[] = {{"4.0.0", "More than one `element`."}};

constexpr exec::Command row(std::string_view name, std::string_view since, std::string_view summary,
                            std::span<const exec::Change> history, exec::Handler handler) {
  return {.name = name,
          .since = since,
          .group = exec::Group::list,
          .complexity = "O(N) where N is the number of elements given",
          .summary = summary,
          .syntax = "key element [element ...]",
          .history = history,
          .flags = exec::kWrite | exec::kDenyoom | exec::kFast,
          .keys = kInsertedKey,
          .shape = exec::owner(handler),
          .repeat = exec::Repeat::same};
}

constexpr exec::Command kRows[] = {
    row("LPUSH", "1.0.0", "Adds elements to the head of a list; creates a missing key.",
        kManyElements, push<Side::front, Where::anywhere>),
    row("RPUSH", "1.0.0", "Adds elements to the tail of a list; creates a missing key.",
        kManyElements, push<Side::back, Where::anywhere>),
    row("LPUSHX", "2.2.0", "Adds elements to the head of a list if the key exists.",
        kManyElementsLater, push<Side::front, Where::existing>),
    row("RPUSHX", "2.2.0", "Adds elements to the tail of a list if the key exists.",
        kManyElementsLater, push<Side::back, Where::existing>),
};

}  // namespace

extern const exec::Rows list_lpush{kRows};

}  // namespace gyre::commands
