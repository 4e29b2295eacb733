#include "persist/dump_payload.h"

#include "base/crc.h"
#include "persist/little_endian.h"
#include "persist/rdb_value.h"

namespace gyre::persist {
namespace {

constexpr size_t kSum = sizeof(uint64_t);
constexpr size_t kFooter = sizeof(uint16_t) + kSum;

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
  if (entry == nullptr) {
    return fail(kBadValue);
  }
  if (!reader.is_at_end()) {
    store::Entry::destroy(entry);
    return fail(kBadValue);
  }
  return entry;
}

}  // namespace gyre::persist
