#include "persist/rdb_value_read.h"

#include <utility>

#include "base/blob.h"
#include "base/number.h"
#include "persist/rdb_stream.h"
#include "store/value.h"

namespace gyre::persist {
namespace {

using store::Entry;

Entry* read_string(RdbReader& reader, std::string_view key, int64_t expire_at_ms) {
  const RdbString string = reader.string();
  if (!reader.is_ok()) {
    return nullptr;
  }
  if (string.form == RdbString::Form::number) {
    return Entry::make_integer(key, string.number, expire_at_ms);
  }
  if (string.size > Entry::kInlineMax) {
    base::BlobRef blob(base::Blob::make(string.size));
    if (string.form == RdbString::Form::bytes) {
      std::memcpy(blob.get()->data(), string.bytes.data(), string.size);
    } else {
      reader.decompress(string, blob.get()->data());
    }
    blob.get()->size = string.size;
    return reader.is_ok() ? Entry::make_blob(key, blob.take(), expire_at_ms) : nullptr;
  }
  char room[Entry::kInlineMax];
  std::string_view text = string.bytes;
  if (string.form == RdbString::Form::compressed) {
    reader.decompress(string, room);
    text = {room, string.size};
  }
  if (!reader.is_ok()) {
    return nullptr;
  }
  if (text.size() < base::kIntCharsMax) {
    if (const auto number = base::parse_int64(text)) {
      return Entry::make_integer(key, *number, expire_at_ms);
    }
  }
  return Entry::make_inline(key, text, expire_at_ms);
}

template <typename T>
Entry* make_entry(RdbReader& reader, T&& value, std::string_view key, int64_t expire_at_ms) {
  if (value.size() == 0) {
    reader.fail(RdbFault::empty);
  }
  return reader.is_ok() ? store::make_value(key, std::forward<T>(value), expire_at_ms) : nullptr;
}

}  // namespace

Entry* read_value(RdbReader& reader, uint8_t type, std::string_view key, int64_t expire_at_ms,
                  const ReadOptions& options) {
  const auto rdb_type = static_cast<RdbType>(type);
  const data::Limits& limits = options.limits;
  const auto entry_of = [&](auto&& value) {
    return make_entry(reader, std::move(value), key, expire_at_ms);
  };
  if (type == kValkeyHash && options.version >= kValkeyVersion) {
    return entry_of(read_valkey_hash(reader, limits));
  }
  switch (rdb_type) {
    case RdbType::string:
      return read_string(reader, key, expire_at_ms);
    case RdbType::list:
    case RdbType::list_ziplist:
    case RdbType::list_quicklist:
    case RdbType::list_quicklist_2:
      return entry_of(read_list(reader, rdb_type, limits));
    case RdbType::set:
    case RdbType::set_int_set:
    case RdbType::set_listpack:
      return entry_of(read_set(reader, rdb_type, limits));
    case RdbType::zset:
    case RdbType::zset_2:
    case RdbType::zset_ziplist:
    case RdbType::zset_listpack:
      return entry_of(read_sorted_set(reader, rdb_type, limits));
    case RdbType::hash:
    case RdbType::hash_zipmap:
    case RdbType::hash_ziplist:
    case RdbType::hash_listpack:
    case RdbType::hash_expiring_early:
    case RdbType::hash_listpack_expiring_early:
    case RdbType::hash_expiring:
    case RdbType::hash_listpack_expiring:
      return entry_of(read_hash(reader, rdb_type, limits));
    case RdbType::stream_listpacks:
    case RdbType::stream_listpacks_2:
    case RdbType::stream_listpacks_3: {
      data::Stream stream = read_stream(reader, rdb_type, limits);
      return reader.is_ok() ? store::make_value(key, std::move(stream), expire_at_ms) : nullptr;
    }
    default:  // modules, and what is not known
      reader.fail();
      return nullptr;
  }
}

}  // namespace gyre::persist
