#include "commands/string/strings.h"

#include <algorithm>
#include <utility>

#include "base/number.h"

namespace gyre::commands {

using store::Entry;
using store::Form;

std::string_view string_bytes(const Entry& entry, Scratch& scratch) {
  switch (entry.form()) {
    case Form::inlined:
      return entry.inlined();
    case Form::integer:
      return {scratch.text, base::format_int64(scratch.text, entry.integer())};
    case Form::blob:
      return entry.blob()->view();
    case Form::value:
      break;
  }
  GYRE_UNREACHABLE();
}

size_t string_size(const Entry& entry) {
  if (entry.form() == Form::integer) {
    const int64_t value = entry.integer();
    const auto magnitude = static_cast<uint64_t>(value);
    return static_cast<size_t>(value < 0 ? base::digits10(0 - magnitude) + 1
                                         : base::digits10(magnitude));
  }
  return entry.form() == Form::blob ? entry.blob()->size : entry.inlined().size();
}

Result<Entry*> find_string(const exec::Request& request, store::Shard& shard) {
  Entry* entry = shard.db(request.db).find(request.key);
  if (entry != nullptr && entry->type() != store::Type::string) [[unlikely]] {
    return fail(exec::errors::wrong_type);
  }
  return entry;
}

Result<Entry*> find_string_for_write(const exec::Request& request, store::Shard& shard) {
  Entry* entry = shard.db(request.db).find_for_write(request.key);
  if (entry != nullptr && entry->type() != store::Type::string) [[unlikely]] {
    return fail(exec::errors::wrong_type);
  }
  return entry;
}

Status reply_string(const Entry& entry, resp::Reply& reply) {
  if (entry.type() != store::Type::string) [[unlikely]] {
    return fail(exec::errors::wrong_type);
  }
  switch (entry.form()) {
    case Form::inlined:
      reply.bulk(entry.inlined());
      break;
    case Form::integer:
      reply.bulk_integer(entry.integer());
      break;
    case Form::blob:
      reply.bulk(*entry.blob());
      break;
    case Form::value:
      GYRE_UNREACHABLE();
  }
  return {};
}

namespace {

// Makes the entry hold another string without a new allocation, if its memory suits the value:
// an inlined one of the same size class, a blob nobody else refers to.
bool overwrite(Entry& entry, std::string_view value, base::BlobRef& blob) {
  if (entry.type() != store::Type::string) {
    return false;
  }
  if (entry.form() == Form::blob && value.size() > Entry::kInlineMax) {
    base::Blob* old = entry.blob();
    const bool fits = value.size() <= old->capacity && value.size() >= old->capacity / 4 * 3;
    if (!blob && fits && !old->is_shared()) {
      std::memcpy(old->data(), value.data(), value.size());
      old->size = value.size();
    } else {
      entry.set_blob(blob ? blob.take() : base::Blob::make(value));
      old->unref();
    }
    return true;
  }
  if (entry.form() != Form::inlined || value.size() > Entry::kInlineMax) {
    return false;
  }
  const size_t size = entry.allocation() - entry.inlined().size() + value.size();
  if (base::heap_class(size) != base::heap_class(entry.allocation())) {
    return false;
  }
  std::memcpy(entry.inlined_data(), value.data(), value.size());
  entry.set_inline_size(value.size());
  entry.set_raw(false);
  return true;
}

// Stores in the present entry of a key, null if there is none.
void store_text_in(store::Keyspace& db, const store::Key& key, Entry* old, std::string_view value,
                   int64_t expire_at_ms, base::BlobRef blob) {
  if (old != nullptr && old->has_expiry() == (expire_at_ms != Entry::kNever) &&
      overwrite(*old, value, blob)) {
    if (expire_at_ms != Entry::kNever) {
      db.set_expiry(key, expire_at_ms);
    }
    return;
  }
  if (value.size() > Entry::kInlineMax) {
    base::Blob* bytes = blob ? blob.take() : base::Blob::make(value);
    db.put(key, Entry::make_blob(key.name, bytes, expire_at_ms));
  } else {
    db.put(key, Entry::make_inline(key.name, value, expire_at_ms));
  }
}

}  // namespace

void store_text(store::Keyspace& db, const store::Key& key, std::string_view value,
                int64_t expire_at_ms, base::Blob* blob) {
  store_text_in(db, key, db.find_to_replace(key), value, expire_at_ms, base::BlobRef(blob));
}

void store_raw_text(store::Keyspace& db, const store::Key& key, std::string_view value,
                    int64_t expire_at_ms) {
  if (value.size() > Entry::kInlineMax) {
    store_text(db, key, value, expire_at_ms);
    return;
  }
  Entry* entry = Entry::make_inline(key.name, value, expire_at_ms);
  entry->set_raw(true);
  db.put(key, entry);
}

void store_string(store::Keyspace& db, const store::Key& key, std::string_view value,
                  int64_t expire_at_ms, base::Blob* blob) {
  base::BlobRef owned(blob);
  Entry* old = db.find_to_replace(key);
  if (value.size() <= 20) {
    if (const auto number = base::parse_int64(value)) {
      if (old != nullptr && old->form() == Form::integer &&
          old->has_expiry() == (expire_at_ms != Entry::kNever)) {
        old->set_integer(*number);
        if (expire_at_ms != Entry::kNever) {
          db.set_expiry(key, expire_at_ms);
        }
      } else {
        db.put(key, Entry::make_integer(key.name, *number, expire_at_ms));
      }
      return;
    }
  }
  store_text_in(db, key, old, value, expire_at_ms, std::move(owned));
}

Status check_string_size(const store::Shard& shard, size_t present, size_t added) {
  size_t total = 0;
  if (__builtin_add_overflow(present, added, &total) || total > shard.options().string_max) {
    return fail(exec::errors::string_too_long);
  }
  return {};
}

namespace {

// Doubling, until a step would waste too much.
size_t blob_room(size_t size) {
  constexpr size_t kStepMax = 1024 * 1024;
  return size + std::min(size, kStepMax);
}

// A blob of at least this size with the same bytes; takes over the reference.
base::Blob* grow_blob(base::Blob* blob, size_t size) {
  if (!blob->is_shared()) {
    return size <= blob->capacity ? blob : base::Blob::resize(blob, blob_room(size));
  }
  base::Blob* copy = base::Blob::make(blob_room(size));
  std::memcpy(copy->data(), blob->data(), blob->size);
  blob->unref();
  return copy;
}

}  // namespace

char* grow_string(store::Keyspace& db, const store::Key& key, Entry* entry, size_t size) {
  if (entry != nullptr && entry->form() == Form::blob) {
    base::Blob* blob = grow_blob(entry->blob(), size);
    blob->size = size;
    entry->set_blob(blob);
    return blob->data();
  }
  if (entry != nullptr && entry->form() == Form::inlined && size <= entry->inline_capacity()) {
    entry->set_inline_size(size);
    entry->set_raw(true);
    return entry->inlined_data();
  }
  Scratch scratch;
  std::string_view present = "";
  int64_t expire_at_ms = Entry::kNever;
  if (entry != nullptr) {
    present = string_bytes(*entry, scratch);
    expire_at_ms = entry->expire_at_ms();
  }
  if (size <= Entry::kInlineMax) {
    Entry* fresh = Entry::make_room(key.name, size, expire_at_ms);
    std::memcpy(fresh->inlined_data(), present.data(), present.size());
    fresh->set_raw(true);
    db.put(key, fresh);
    return fresh->inlined_data();
  }
  base::Blob* blob = base::Blob::make(entry != nullptr ? blob_room(size) : size);
  std::memcpy(blob->data(), present.data(), present.size());
  blob->size = size;
  db.put(key, Entry::make_blob(key.name, blob, expire_at_ms));
  return blob->data();
}

}  // namespace gyre::commands
