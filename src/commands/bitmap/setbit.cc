// SETBIT, GETBIT.
#include "commands/bitmap/bitmap.h"
#include "data/bits.h"

namespace gyre::commands {
namespace {

Status setbit(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(offset, parse_bit_offset(request.arg(2), shard));
  const std::string_view digit = request.arg(3);
  if (digit != "0" && digit != "1") {
    return fail("ERR bit is not an integer or out of range");
  }
  const uint64_t bit = digit == "1" ? 1 : 0;
  GYRE_TRY_LET(bitmap, open_bitmap(request, shard, (offset >> 3) + 1));
  const uint64_t before = data::read_bits({bitmap.bytes, bitmap.size}, offset, 1);
  if (bitmap.has_grown || before != bit) {
    data::write_bits(bitmap.bytes, offset, 1, bit);
    shard.commit(shard.db(request.db), request.key, kSetbitEvent);
  }
  reply.integer(static_cast<int64_t>(before));
  return {};
}

Status getbit(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(offset, parse_bit_offset(request.arg(2), shard));
  GYRE_TRY_LET(entry, find_string(request, shard));
  uint64_t bit = 0;
  if (entry != nullptr) {
    Scratch scratch;
    bit = data::read_bits(string_bytes(*entry, scratch), offset, 1);
  }
  reply.integer(static_cast<int64_t>(bit));
  return {};
}

constexpr exec::KeySpec kChangedKey[] = {{.flags = "RW access update"}};

constexpr exec::Command kRows[] = {
    {.name = "SETBIT",
     .since = "2.2.0",
     .group = exec::Group::bitmap,
     .complexity = "O(1), plus what the string grows by",
     .summary = "Sets or clears a bit of the string at a key; returns what it was.",
     .syntax = "key offset value:integer",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kChangedKey,
     .shape = exec::owner(setbit),
     .repeat = exec::Repeat::same},
    {.name = "GETBIT",
     .since = "2.2.0",
     .group = exec::Group::bitmap,
     .complexity = "O(1)",
     .summary = "Returns a bit of the string at a key.",
     .syntax = "key offset",
     .flags = exec::kReadonly | exec::kFast,
     .keys = exec::kReadKey,
     .shape = exec::owner(getbit)},
};

}  // namespace

extern const exec::Rows bitmap_setbit{kRows};

}  // namespace gyre::commands
