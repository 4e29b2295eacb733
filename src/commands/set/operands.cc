#include "commands/set/operands.h"

namespace gyre::commands {

using data::Set;

Status read_operands(const exec::Request& request, store::Shard& shard, exec::Carry& carry,
                     uint32_t first) {
  for (const exec::KeyRef& ref : request.keys) {
    if (ref.position < first) {
      continue;  // the destination
    }
    const store::Entry* entry = shard.db(request.db).find(request.key_at(ref));
    if (entry != nullptr && entry->type() != store::Type::set) {
      return fail(exec::errors::wrong_type);
    }
    gather_value(carry, ref.position, entry);
  }
  return {};
}

std::vector<const Set*> operands(const exec::Carry& carry, uint32_t first) {
  std::vector<const Set*> sets;
  for (const exec::Carry::Item& item : carry.items) {
    if (item.position >= first) {
      sets.push_back(gathered_value<Set>(item));
    }
  }
  return sets;
}

}  // namespace gyre::commands
