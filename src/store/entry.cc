#include "store/entry.h"

#include <memory>

#include "store/value.h"

namespace gyre::store {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::string:
      return "string";
    case Type::list:
      return "list";
    case Type::set:
      return "set";
    case Type::zset:
      return "zset";
    case Type::hash:
      return "hash";
    case Type::stream:
      return "stream";
  }
  GYRE_UNREACHABLE();
}

Entry* Entry::make(std::string_view key, Type type, Form form, size_t inline_size,
                   int64_t expire_at_ms) {
  uint8_t flags = 0;
  flags |= key.size() > 255 ? kLongKey : 0;
  flags |= expire_at_ms != kNever ? kExpiry : 0;
  flags |= form != Form::inlined ? kWord : 0;
  const size_t offset =
      sizeof(Entry) + (flags & (kLongKey | kExpiry)) + (static_cast<size_t>(flags & kWord) >> 1);
  auto* entry = static_cast<Entry*>(base::heap_alloc(offset + key.size() + inline_size));
  entry->kind_ = static_cast<uint8_t>(static_cast<int>(type) | static_cast<int>(form) << 4);
  entry->flags_ = flags;
  entry->value_size_ = static_cast<uint16_t>(inline_size);
  entry->key_size_ = static_cast<uint8_t>(key.size());
  entry->set_access(0);
  if ((flags & kExpiry) != 0) {
    entry->words()[0] = expire_at_ms;
  }
  char* at = reinterpret_cast<char*>(entry) + offset;
  if ((flags & kLongKey) != 0) {
    const auto size = static_cast<uint32_t>(key.size());
    std::memcpy(at - sizeof size, &size, sizeof size);
  }
  std::memcpy(at, key.data(), key.size());
  return entry;
}

Entry* Entry::make_room(std::string_view key, size_t size, int64_t expire_at_ms) {
  GYRE_ASSERT(size <= kInlineMax);
  return make(key, Type::string, Form::inlined, size, expire_at_ms);
}

Entry* Entry::make_inline(std::string_view key, std::string_view value, int64_t expire_at_ms) {
  Entry* entry = make_room(key, value.size(), expire_at_ms);
  std::memcpy(entry->inlined_data(), value.data(), value.size());
  return entry;
}

Entry* Entry::make_integer(std::string_view key, int64_t value, int64_t expire_at_ms) {
  Entry* entry = make(key, Type::string, Form::integer, 0, expire_at_ms);
  entry->set_integer(value);
  return entry;
}

Entry* Entry::make_blob(std::string_view key, base::Blob* value, int64_t expire_at_ms) {
  Entry* entry = make(key, Type::string, Form::blob, 0, expire_at_ms);
  entry->set_blob(value);
  return entry;
}

Entry* Entry::make_unset(std::string_view key, Type type, int64_t expire_at_ms) {
  return make(key, type, Form::value, 0, expire_at_ms);
}

Entry* Entry::clone(const Entry& entry, std::string_view key, int64_t expire_at_ms) {
  Entry* copy = nullptr;
  switch (entry.form()) {
    case Form::inlined:
      copy = make_inline(key, entry.inlined(), expire_at_ms);
      break;
    case Form::integer:
      copy = make_integer(key, entry.integer(), expire_at_ms);
      break;
    case Form::blob:
      entry.blob()->ref();
      copy = make_blob(key, entry.blob(), expire_at_ms);
      break;
    case Form::value:
      copy = visit_value(
          entry, [&](const auto& value) { return make_value(key, value.clone(), expire_at_ms); });
      break;
  }
  copy->set_raw(entry.is_raw());
  copy->set_access(entry.access());
  return copy;
}

Entry* Entry::move_to(Entry* entry, std::string_view key, int64_t expire_at_ms) {
  if (entry->form() != Form::value) {
    Entry* moved = clone(*entry, key, expire_at_ms);
    destroy(entry);
    return moved;
  }
  Entry* moved = make_unset(key, entry->type(), expire_at_ms);
  moved->word() = entry->word();
  moved->set_access(entry->access());
  base::heap_free(entry, entry->allocation());
  return moved;
}

Entry* Entry::move(Entry* entry, int64_t expire_at_ms) {
  return move_to(entry, entry->key(), expire_at_ms);
}

Entry* Entry::rename(Entry* entry, std::string_view key) {
  return move_to(entry, key, entry->expire_at_ms());
}

void Entry::destroy(Entry* entry) {
  if (entry->form() == Form::blob) {
    entry->blob()->unref();
  } else if (entry->form() == Form::value) {
    visit_value(*entry, [](auto& value) { std::destroy_at(&value); });
  }
  base::heap_free(entry, entry->allocation());
}

size_t Entry::inline_capacity() const {
  const size_t room = base::heap_class(allocation()) - key_offset() - key_size();
  return room < kInlineMax ? room : kInlineMax;
}

size_t Entry::memory(size_t samples) const {
  size_t value_bytes = 0;
  if (form() == Form::blob) {
    value_bytes = base::Blob::allocation(blob()->capacity);
  } else if (form() == Form::value) {
    value_bytes = visit_value(*this, [&](const auto& value) { return value.memory(samples); });
  }
  return base::heap_class(allocation()) + value_bytes;
}

std::string_view encoding_name(const Entry& entry) {
  constexpr size_t kEmbeddedMax = 44;  // what Redis keeps in one piece with its object
  if (entry.form() == Form::integer) {
    return "int";
  }
  if (entry.form() == Form::value) {
    return visit_value(entry, [](const auto& value) { return value.encoding(); });
  }
  const bool is_embedded =
      entry.form() == Form::inlined && !entry.is_raw() && entry.inlined().size() <= kEmbeddedMax;
  return is_embedded ? "embstr" : "raw";
}

}  // namespace gyre::store
