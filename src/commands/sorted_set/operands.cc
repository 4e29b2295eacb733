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
    const Entry* entry = shard.db(request.db).find(request.key_at(ref), !request.no_touch);
    if (entry == nullptr) {
      continue;
    }
    if (entry->type() != Type::zset && entry->type() != Type::set) {
      return fail(exec::errors::wrong_type);
    }
    if (!carry.is_here) {
      carry.at(ref.position).entry = Entry::clone(*entry, "", Entry::kNever);
    }
  }
  return {};
}

std::vector<ScoredSource> gathered_sources(const exec::Request& request, store::Shard& shard,
                                           exec::Carry& carry, size_t count_at, size_t count) {
  std::vector<ScoredSource> sources;
  for (size_t i = 1; i <= count; ++i) {
    const auto position = static_cast<uint32_t>(count_at + i);
    const exec::Carry::Item& item = carry.at(position);
    const Entry* entry =
        carry.is_here ? shard.db(request.db).peek({request.arg(position), item.hash}) : item.entry;
    if (entry == nullptr) {
      sources.emplace_back();
    } else if (entry->type() == Type::zset) {
      sources.emplace_back(&entry->value<data::SortedSet>());
    } else {
      sources.emplace_back(&entry->value<data::Set>());
    }
  }
  return sources;
}

}  // namespace gyre::commands
