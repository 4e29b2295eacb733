#include "commands/set/operands.h"

#include <utility>

namespace gyre::commands {

using data::Set;
using data::SetOperation;

Status read_operands(const exec::Request& request, store::Shard& shard, exec::Carry& carry,
                     SetOperation operation, uint32_t first) {
  std::vector<const Set*> sets;
  uint32_t position = 0;  // of the first of them
  for (const exec::KeyRef& ref : request.keys) {
    if (ref.position < first) {
      continue;  // the destination
    }
    store::Entry* entry = shard.db(request.db).find(request.key_at(ref));
    GYRE_TRY_LET(set, value_in<Set>(entry));
    sets.push_back(set);
    position = position == 0 ? ref.position : position;
  }
  if (carry.is_here || sets.empty()) {
    return {};
  }
  if (operation == SetOperation::difference && position != first) {
    operation = SetOperation::unification;  // all of them are taken from the first set
  }
  Set result = data::combine(operation, sets, shard.options().limits);
  carry.at(position).entry = store::make_value("", std::move(result), store::Entry::kNever);
  return {};
}

std::vector<const Set*> operands(const exec::Request& request, store::Shard& shard,
                                 exec::Carry& carry, uint32_t first) {
  std::vector<const Set*> sets;
  for (const exec::Carry::Item& item : carry.items) {
    if (item.position >= first && (carry.is_here || item.entry != nullptr)) {
      sets.push_back(gathered_value<Set>(request, shard, carry, item.position));
    }
  }
  return sets;
}

}  // namespace gyre::commands
