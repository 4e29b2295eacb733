#include "commands/generic/sort_reader.h"

#include <algorithm>

#include "commands/string/strings.h"
#include "store/value.h"

namespace gyre::commands {

std::string_view keep(std::string_view text, SortArena& arena) {
  auto* bytes = static_cast<char*>(arena.allocate(text.size() + 1, 1));
  std::copy(text.begin(), text.end(), bytes);
  bytes[text.size()] = '\0';
  return {bytes, text.size()};
}

SortReader::Text SortReader::look_up(const store::Key& key, std::string_view field) {
  const store::Entry* entry = shard_.db(db_).find(key);
  if (entry == nullptr) {
    return std::nullopt;
  }
  if (field.empty()) {
    Scratch scratch;
    return entry->type() == store::Type::string ? Text(keep(string_bytes(*entry, scratch), arena_))
                                                : std::nullopt;
  }
  if (entry->type() != store::Type::hash) {
    return std::nullopt;
  }
  const auto found = entry->value<data::Hash>().find(field, shard_.now_ms());
  data::Digits digits;
  return found ? Text(keep(found->value.text(digits), arena_)) : std::nullopt;
}

void SortReader::read(const SortPattern& pattern, std::string_view element, Text& text) {
  name_ = pattern.before;
  name_ += element;
  name_ += pattern.behind;
  if (at_.owner_of(name_) == at_.core_id()) {
    text = look_up({name_, store::key_hash(name_)}, pattern.field);
  }
}

}  // namespace gyre::commands
