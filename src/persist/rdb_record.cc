#include "persist/rdb_record.h"

#include <string>

namespace gyre::persist {

tl::expected<store::Entry*, RdbFault> build_entry(const RdbRecord& record,
                                                  const RdbBuildOptions& options) {
  RdbReader reader(record.body, options.text_max);
  std::string scratch;
  data::Digits digits;
  const std::string_view key = reader.text(scratch, digits);
  if (!reader.is_ok()) {
    return tl::unexpected(reader.fault());
  }
  store::Entry* const entry = read_value(reader, record.type, key, record.expire_at_ms,
                                         {.limits = options.limits, .version = options.version});
  if (entry == nullptr) {
    return tl::unexpected(reader.fault());
  }
  if (!reader.is_at_end()) {
    store::Entry::destroy(entry);
    return tl::unexpected(RdbFault::broken);
  }
  return entry;
}

}  // namespace gyre::persist
