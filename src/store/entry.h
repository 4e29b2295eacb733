// Entry: one key with its value, expiry and access time in one allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/assert.h"
#include "base/blob.h"
#include "base/heap.h"
#include "base/small.h"

namespace gyre::store {

enum class Type : uint8_t { string, list, set, zset, hash, stream };

// How the value is kept. `inlined`: bytes behind the key; `integer`: an int64 in the entry's word;
// `blob`: the word points to a Blob; `value`: the word is a collection, of the class that
// store/value.h names for the type.
enum class Form : uint8_t { inlined, integer, blob, value };

// The name TYPE answers with.
std::string_view type_name(Type type);

// Memory layout, each part present only if flagged:
//
//   +0   type:4 form:4 | flags | value_size (u16, inlined bytes) | key_size (u8) | access (u24)
//   +8   expiry, Unix ms (i64)                    kExpiry
//   +8   word: integer, pointer or collection     kWord
//   +4   key size (u32), when it exceeds 255      kLongKey
//        key bytes
//        value bytes                              Form::inlined
//
// So a 16-byte key with a 64-byte value takes 88 bytes, a counter under such a key 32. An entry
// does not know its hash and is owned by exactly one table slot.
class Entry {
 public:
  // Larger strings live in a Blob, where replies can refer to them without copying.
  static constexpr size_t kInlineMax = 4095;

  static Entry* make_inline(std::string_view key, std::string_view value, int64_t expire_at_ms);
  // With `size` bytes of room for the caller to fill.
  static Entry* make_room(std::string_view key, size_t size, int64_t expire_at_ms);
  static Entry* make_integer(std::string_view key, int64_t value, int64_t expire_at_ms);
  // Takes over the reference.
  static Entry* make_blob(std::string_view key, base::Blob* value, int64_t expire_at_ms);
  // Form::value; the caller makes the collection where value() is.
  static Entry* make_unset(std::string_view key, Type type, int64_t expire_at_ms);
  // Frees the entry and what it owns, all at once: Shard::discard() takes care of large values.
  static void destroy(Entry* entry);
  // The same value under another key and expiry; a blob is shared, a collection copied.
  static Entry* clone(const Entry& entry, std::string_view key, int64_t expire_at_ms);

  // The entry with another expiry, in a new allocation; the old one is gone.
  static Entry* move(Entry* entry, int64_t expire_at_ms);
  // The same for another key.
  static Entry* rename(Entry* entry, std::string_view key);

  static constexpr int64_t kNever = -1;  // no expiry

  Type type() const { return static_cast<Type>(kind_ & 15); }
  Form form() const { return static_cast<Form>(kind_ >> 4); }
  std::string_view key() const {
    const char* at = bytes() + key_offset();
    return {at, key_size()};
  }
  bool has_key(std::string_view name) const {
    return key_size() == name.size() &&
           base::equal_small(bytes() + key_offset(), name.data(), name.size());
  }

  bool has_expiry() const { return (flags_ & kExpiry) != 0; }
  // Unix ms, or kNever.
  int64_t expire_at_ms() const { return has_expiry() ? words()[0] : kNever; }
  // Only on an entry that has an expiry.
  void set_expire_at_ms(int64_t at) {
    GYRE_DCHECK(has_expiry() && at >= 0);
    words()[0] = at;
  }
  // A key lives through the millisecond of its expiry, as in Redis.
  bool is_expired(int64_t now_ms) const { return has_expiry() && words()[0] < now_ms; }

  // Form::integer
  int64_t integer() const { return word(); }
  void set_integer(int64_t value) { word() = value; }
  // Form::blob
  base::Blob* blob() const { return reinterpret_cast<base::Blob*>(word()); }
  void set_blob(base::Blob* blob) { word() = reinterpret_cast<int64_t>(blob); }
  // Form::value; T is the class of the entry's type.
  template <typename T>
  T& value() const {
    static_assert(sizeof(T) == sizeof(int64_t));
    GYRE_DCHECK(form() == Form::value);
    return reinterpret_cast<T&>(word());
  }
  // Form::inlined
  std::string_view inlined() const { return {value_bytes(), value_size_}; }
  char* inlined_data() { return const_cast<char*>(value_bytes()); }
  // The largest inlined value this allocation can take.
  size_t inline_capacity() const;
  // The allocation stays as it is, so `size` must be of its class.
  void set_inline_size(size_t size) {
    GYRE_DCHECK(base::heap_class(allocation() - value_size_ + size) ==
                base::heap_class(allocation()));
    value_size_ = static_cast<uint16_t>(size);
  }

  // A string that was changed in place; OBJECT ENCODING calls it raw whatever its size.
  bool is_raw() const { return (flags_ & kRaw) != 0; }
  void set_raw(bool on) { flags_ = static_cast<uint8_t>(on ? flags_ | kRaw : flags_ & ~kRaw); }

  // 24 bits: LRU clock in seconds, or LFU minutes and counter, by the shard's policy.
  uint32_t access() const {
    return static_cast<uint32_t>(access_[0] | access_[1] << 8 | access_[2] << 16);
  }
  void set_access(uint32_t access) {
    access_[0] = static_cast<uint8_t>(access);
    access_[1] = static_cast<uint8_t>(access >> 8);
    access_[2] = static_cast<uint8_t>(access >> 16);
  }

  // Bytes of the entry's own allocation, as asked for.
  size_t allocation() const { return key_offset() + key_size() + (has_word() ? 0 : value_size_); }
  // Bytes of memory used, blob and all; those of a large collection are extrapolated from `samples`
  // of its elements, 0 for all.
  size_t memory(size_t samples = 5) const;

 private:
  static constexpr uint8_t kRaw = 1;
  static constexpr uint8_t kLongKey = 4;  // the values of these three are their sizes in the layout
  static constexpr uint8_t kExpiry = 8;
  static constexpr uint8_t kWord = 16;

  static Entry* make(std::string_view key, Type type, Form form, size_t inline_size,
                     int64_t expire_at_ms);
  // The entry's value in a new entry; the old one's memory is given back.
  static Entry* move_to(Entry* entry, std::string_view key, int64_t expire_at_ms);
  const char* bytes() const { return reinterpret_cast<const char*>(this); }
  bool has_word() const { return (flags_ & kWord) != 0; }
  size_t key_offset() const {
    return sizeof(Entry) + (flags_ & (kLongKey | kExpiry)) + ((flags_ & kWord) >> 1);
  }
  size_t key_size() const {
    if ((flags_ & kLongKey) == 0) [[likely]] {
      return key_size_;
    }
    uint32_t size;
    std::memcpy(&size, bytes() + key_offset() - sizeof size, sizeof size);
    return size;
  }
  const char* value_bytes() const { return bytes() + key_offset() + key_size(); }
  int64_t* words() const { return reinterpret_cast<int64_t*>(const_cast<Entry*>(this) + 1); }
  int64_t& word() const { return words()[has_expiry() ? 1 : 0]; }

  uint8_t kind_;
  uint8_t flags_;
  uint16_t value_size_;
  uint8_t key_size_;
  uint8_t access_[3];
};
static_assert(sizeof(Entry) == 8);

// The name OBJECT ENCODING answers with.
std::string_view encoding_name(const Entry& entry);

}  // namespace gyre::store
