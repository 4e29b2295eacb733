#include "persist/dump_payload.h"

#include "base/crc.h"
#include "base/log.h"
#include "persist/little_endian.h"
#include "persist/rdb_value.h"

namespace gyre::persist {
namespace {

constexpr size_t kSum = sizeof(uint64_t);
constexpr size_t kFooter = sizeof(uint16_t) + kSum;

// In what form a value of the type is written.
std::string_view form_of(uint8_t type) {
  switch (static_cast<RdbType>(type)) {
    case RdbType::hash_zipmap:
      return "Zipmap";
    case RdbType::list_ziplist:
      return "List ziplist";
    case RdbType::set_int_set:
      return "Intset";
    case RdbType::zset_ziplist:
      return "Zset ziplist";
    case RdbType::hash_ziplist:
      return "Hash ziplist";
    case RdbType::list_quicklist:
      return "Quicklist ziplist";
    case RdbType::hash_listpack:
      return "Hash listpack";
    case RdbType::zset_listpack:
      return "Zset listpack";
    case RdbType::list_quicklist_2:
      return "Quicklist listpack";
    case RdbType::set_listpack:
      return "Set listpack";
    case RdbType::stream_listpacks:
    case RdbType::stream_listpacks_2:
    case RdbType::stream_listpacks_3:
      return "Stream listpack";
    default:
      return "Value";
  }
}

}  // namespace

void write_payload(BlobSink& sink, const store::Entry& entry, bool compresses) {
  RdbWriter writer(sink, compresses);
  const RdbType type = type_of(entry);
  writer.byte(static_cast<uint8_t>(type));
  write_value(writer, entry, type);
  const uint16_t version = version_of(type);
  writer.byte(static_cast<uint8_t>(version));
  writer.byte(static_cast<uint8_t>(version >> 8));
  const uint64_t sum = base::crc64(0, sink.bytes());
  writer.raw({reinterpret_cast<const char*>(&sum), sizeof sum});
}

Result<store::Entry*> read_payload(std::string_view payload, std::string_view key,
                                   int64_t expire_at_ms, const PayloadOptions& options) {
  constexpr Error kBadFooter{"ERR DUMP payload version or checksum are wrong"};
  constexpr Error kBadValue{"ERR Bad data format"};
  if (payload.size() < kFooter) {
    return fail(kBadFooter);
  }
  const std::string_view value = payload.substr(0, payload.size() - kFooter);
  const auto version = load<uint16_t>(payload.data() + value.size());
  const std::string_view summed = payload.substr(0, payload.size() - kSum);
  if (!is_known_version(version) ||
      (options.checks_sum &&
       base::crc64(0, summed) != load<uint64_t>(payload.data() + summed.size()))) {
    return fail(kBadFooter);
  }
  RdbReader reader(value, options.text_max);
  const uint8_t type = reader.byte();
  store::Entry* entry = reader.is_ok() ? read_value(reader, type, key, expire_at_ms,
                                                    {.limits = options.limits, .version = version})
                                       : nullptr;
  if (entry == nullptr || !reader.is_at_end()) {
    // In Redis's words, for who looks for them. Not as a warning: clients send what they like.
    log::verbose("RESTORE: {} integrity check failed.", form_of(type));
    if (entry != nullptr) {
      store::Entry::destroy(entry);
    }
    return fail(kBadValue);
  }
  return entry;
}

}  // namespace gyre::persist
