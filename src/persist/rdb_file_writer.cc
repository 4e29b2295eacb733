#include "persist/rdb_file_writer.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/assert.h"

namespace gyre::persist {
namespace {

void write_mark(RdbWriter& writer, RdbMark mark) { writer.byte(static_cast<uint8_t>(mark)); }

void write_aux(RdbWriter& writer, std::string_view name, std::string_view value) {
  write_mark(writer, RdbMark::aux);
  writer.text(name);
  writer.text(value);
}

void write_aux(RdbWriter& writer, std::string_view name, int64_t value) {
  write_mark(writer, RdbMark::aux);
  writer.text(name);
  writer.number(value);
}

void write_use(RdbWriter& writer, KeyUse use) {
  if (use.kind == KeyUse::Kind::idle_seconds) {
    write_mark(writer, RdbMark::idle);
    writer.length(use.number);
  } else if (use.kind == KeyUse::Kind::frequency) {
    write_mark(writer, RdbMark::frequency);
    writer.byte(static_cast<uint8_t>(std::min<uint64_t>(use.number, UINT8_MAX)));
  }
}

}  // namespace

void write_rdb_header(RdbWriter& writer, const RdbFileInfo& info) {
  GYRE_ASSERT(info.version >= 10 && info.version < 100);
  writer.raw(fmt::format("REDIS{:04}", info.version));
  write_aux(writer, "redis-ver", info.redis_version);
  write_aux(writer, "redis-bits", 64);
  write_aux(writer, "ctime", info.created_s);
  write_aux(writer, "used-mem", static_cast<int64_t>(info.used_memory));
  write_aux(writer, "aof-base", info.is_aof_base ? 1 : 0);
  write_aux(writer, "gyre-ver", info.gyre_version);
}

void write_rdb_sizes(RdbWriter& writer, uint32_t database, uint64_t keys, uint64_t expiring) {
  write_mark(writer, RdbMark::select);
  writer.length(database);
  write_mark(writer, RdbMark::sizes);
  writer.length(keys);
  writer.length(expiring);
}

bool RdbChunkWriter::write(uint32_t database, const store::Entry& entry, KeyUse use) {
  if (database_ != database) {
    write_mark(writer_, RdbMark::select);
    writer_.length(database);
    database_ = database;
  }
  ++keys_;
  if (entry.has_expiry()) {
    write_mark(writer_, RdbMark::expire_ms);
    writer_.time_ms(entry.expire_at_ms());
  }
  write_use(writer_, use);
  const RdbType type = type_of(entry, kBlockBytes);
  version_ = std::max(version_, version_of(type));
  writer_.byte(static_cast<uint8_t>(type));
  writer_.text(entry.key());
  if (slices_.begin(entry, type)) {
    return slices_.write(writer_, kStepBytes);
  }
  write_value(writer_, entry, type);
  return true;
}

}  // namespace gyre::persist
