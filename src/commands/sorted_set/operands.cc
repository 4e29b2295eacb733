#include "commands/sorted_set/operands.h"

#include "base/number.h"

namespace gyre::commands {

using data::ScoredSource;
using store::Entry;
using store::Type;

Result<size_t> parse_source_count(const exec::Request& request, size_t count_at) {
  const auto count = base::parse_int64(request.arg(count_at));
  if (!count) {
    return fail(exec::errors::not_integer);
  }
  if (*count < 1) {
    const std::string_view name = request.command->full_name;
    return exec::format_error("ERR at least 1 input key is needed for '%.*s' command",
                              static_cast<int>(name.size()), name.data());
  }
  const auto left = static_cast<int64_t>(request.size() - count_at - 1);
  if (*count > left) {
    return fail(exec::errors::syntax);
  }
  return static_cast<size_t>(*count);
}

Status read_sources(const exec::Request& request, store::Shard& shard, exec::Carry& carry,
                    size_t count_at) {
  GYRE_TRY(parse_source_count(request, count_at));
  for (const exec::KeyRef& ref : request.keys) {
    if (ref.position <= count_at) {
      continue;  // the destination
    }
    const Entry* entry = shard.db(request.db).find(request.key_at(ref), !request.no_touch());
    if (entry != nullptr && entry->type() != Type::zset && entry->type() != Type::set) {
      return fail(exec::errors::wrong_type);
    }
    gather_value(carry, ref.position, entry);
  }
  return {};
}

std::vector<ScoredSource> gathered_sources(exec::Carry& carry, size_t count_at, size_t count) {
  std::vector<ScoredSource> sources;
  for (size_t i = 1; i <= count; ++i) {
    const auto position = static_cast<uint32_t>(count_at + i);
    const exec::Carry::Item& item = carry.at(position);
    if (item.entry == nullptr && item.lent == nullptr) {
      sources.emplace_back();
    } else if (item.type == Type::zset) {
      sources.emplace_back(gathered_value<data::SortedSet>(item));
    } else {
      sources.emplace_back(gathered_value<data::Set>(item));
    }
  }
  return sources;
}

}  // namespace gyre::commands
