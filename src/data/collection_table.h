// What the tables inside collections share: their place on the heap and how their memory is told.
#pragma once

#include <cstddef>
#include <new>

#include "base/heap.h"

namespace gyre::data {

template <typename Table>
Table* make_table() {
  return new (base::heap_alloc(sizeof(Table))) Table();
}

template <typename Table>
void destroy_table(Table* table) {
  table->~Table();
  base::heap_free(table, sizeof(Table));
}

// Bytes of a table, with those of its items extrapolated from `samples` of them, 0 for all.
template <typename Table>
size_t memory_of_table(const Table& table, size_t samples) {
  size_t seen = 0;
  size_t bytes = 0;
  const size_t wanted = samples == 0 ? table.size() : samples;
  table.scan(0, wanted, [&](const auto& item) {
    bytes += item.memory();
    ++seen;
  });
  const size_t items = seen == 0 ? 0 : bytes * table.size() / seen;
  return base::heap_class(sizeof table) + table.memory() + items;
}

}  // namespace gyre::data
