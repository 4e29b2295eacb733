// What DEBUG does on other cores than the asking one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exec/engine.h"
#include "ring/task.h"
#include "store/digest.h"

namespace gyre::server {

// Views in parameters outlive the tasks.

// All cores stand still for so long.
ring::Task<> freeze(double seconds);

// Of all databases.
ring::Task<store::Digest> dataset_digest(const exec::Request& request);
// Of one value; of nothing if there is no such key.
ring::Task<store::Digest> value_digest(exec::Engine& engine, uint16_t db, std::string_view key);

// Line of DEBUG OBJECT; empty if there is no such key.
ring::Task<std::string> describe_object(exec::Engine& engine, uint16_t db, std::string_view key);
// Line of DEBUG SDSLEN; kNoString for another type.
inline constexpr std::string_view kNoString = "no string";
ring::Task<std::string> describe_string(exec::Engine& engine, uint16_t db, std::string_view key);
// Text of DEBUG HTSTATS.
ring::Task<std::string> describe_tables(uint16_t db);

// Creates the keys PREFIX:0 and so on that do not exist. `size` 0: the value is "value:N", else so
// many bytes that begin with it.
ring::Task<> populate(const exec::Request& request, uint64_t count, std::string_view prefix,
                      uint64_t size);

}  // namespace gyre::server
