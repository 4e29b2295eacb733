// Sorting: what SORT does to the elements of a value, step by step.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/collation.h"
#include "commands/generic/sort_options.h"
#include "commands/generic/sort_reader.h"
#include "store/value.h"

namespace gyre::commands {

// The steps in their order: load() where the value is, weigh() wherever keys may be that BY forms,
// arrange(), fetch() wherever those of GET may be, then reply() or to_list(). It keeps copies of
// all it needs, so each step may run on another core, and weigh() and fetch() on all at a time.
class Sorting {
 public:
  // `locale` is the one whose order ALPHA follows.
  Sorting(SortOptions options, uint16_t cores, const std::string& locale);

  // WRONGTYPE for what cannot be sorted; null is an empty value.
  Status load(const store::Entry* entry);
  // These two look up the keys that the core owns.
  void weigh(exec::Engine& at, store::Shard& shard, uint16_t db);
  Status arrange();
  void fetch(exec::Engine& at, store::Shard& shard, uint16_t db);

  // Elements of the result.
  size_t size() const { return count_ * std::max<size_t>(options_.gets.size(), 1); }
  void reply(resp::Reply& reply) const;
  data::List to_list(const data::Limits& limits) const;

 private:
  using Text = SortReader::Text;

  struct Row {
    std::string_view element;
    Text weight;
    double score;
    size_t index;  // in the value
  };

  void add(std::string_view element);
  void load_list(const data::List& list);
  void load_set(const data::Set& set);
  void load_sorted_set(const data::SortedSet& set);
  void clip(size_t size);
  bool score_all();
  int compare(const Row& a, const Row& b) const;
  int collate(std::string_view a, std::string_view b) const;
  template <typename Visit>
  void visit_result(Visit&& visit) const;

  SortOptions options_;
  base::Collation collation_;
  std::vector<std::unique_ptr<SortArena>> arenas_;  // one for each core
  std::vector<Row> rows_;
  size_t first_ = 0;  // of the rows that are wanted
  size_t count_ = 0;
  std::vector<Text> found_;  // by each GET, for each wanted row
};

}  // namespace gyre::commands
