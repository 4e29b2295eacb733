#include "commands/bitmap/bitmap.h"

#include "base/number.h"

namespace gyre::commands {

Result<uint64_t> parse_bit_offset(std::string_view text, const store::Shard& shard,
                                  unsigned width) {
  constexpr Error kBad{"ERR bit offset is not an integer or out of range"};
  const bool counts_fields = width > 0 && text.starts_with('#');
  const auto number = base::parse_int64(counts_fields ? text.substr(1) : text);
  if (!number) {
    return fail(kBad);
  }
  // The product wraps, and its sign decides, as in Redis.
  const uint64_t offset = static_cast<uint64_t>(*number) * (counts_fields ? width : 1);
  if (static_cast<int64_t>(offset) < 0 || offset >> 3 >= shard.options().string_max) {
    return fail(kBad);
  }
  return offset;
}

Result<Bitmap> open_bitmap(const exec::Request& request, store::Shard& shard, size_t size) {
  GYRE_TRY_LET(entry, find_string_for_write(request, shard));
  GYRE_TRY(check_string_size(shard, size, 0));
  const size_t before = entry == nullptr ? 0 : string_size(*entry);
  Bitmap bitmap;
  bitmap.has_grown = size > before;
  bitmap.size = bitmap.has_grown ? size : before;
  bitmap.bytes = grow_string(shard.db(request.db), request.key, entry, bitmap.size);
  if (bitmap.has_grown) {
    std::memset(bitmap.bytes + before, 0, size - before);
  }
  return bitmap;
}

}  // namespace gyre::commands
