// What the string commands share: reading a string value, writing one, growing one in place.
#pragma once

#include <cstdint>
#include <string_view>

#include "exec/request.h"
#include "resp/reply.h"
#include "store/shard.h"

namespace gyre::commands {

// Room to print an integer value in.
struct Scratch {
  char text[24];
};

// The bytes of a string entry; an integer is printed into the scratch.
std::string_view string_bytes(const store::Entry& entry, Scratch& scratch);
// Its size without printing.
size_t string_size(const store::Entry& entry);

// The string at a key, null if there is none; WRONGTYPE for any other type.
Result<store::Entry*> find_string(const exec::Request& request, store::Shard& shard);
// The same for a write that depends on the value.
Result<store::Entry*> find_string_for_write(const exec::Request& request, store::Shard& shard);

// Encodes a string entry as a bulk, large ones without a copy; WRONGTYPE for any other type.
Status reply_string(const store::Entry& entry, resp::Reply& reply);

// Makes a key hold a string, whatever it held, with the given expiry (Unix ms or Entry::kNever).
// Numbers become integers. `blob` is taken over; it holds the value, or is null.
void store_string(store::Keyspace& db, const store::Key& key, std::string_view value,
                  int64_t expire_at_ms, base::Blob* blob = nullptr);
// The same, but a number stays the text it is.
void store_text(store::Keyspace& db, const store::Key& key, std::string_view value,
                int64_t expire_at_ms, base::Blob* blob = nullptr);
// The same for what OBJECT ENCODING calls raw at any size, as it was made piece by piece.
void store_raw_text(store::Keyspace& db, const store::Key& key, std::string_view value,
                    int64_t expire_at_ms);

// OK if the string at a key may have this size.
Status check_string_size(const store::Shard& shard, size_t present, size_t added);
// Gives the string at a key a size that is not less than its own, and returns where its bytes are:
// the present ones, then room for the caller to fill. `entry` is what the key holds, or null.
// Room grows in large steps, so that a string made piece by piece is copied seldom.
char* grow_string(store::Keyspace& db, const store::Key& key, store::Entry* entry, size_t size);

}  // namespace gyre::commands
