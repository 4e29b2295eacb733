// The readers of the types of values; rdb_value_read.cc chooses among them.
#pragma once

#include <string>

#include "data/hash.h"
#include "data/list.h"
#include "data/set.h"
#include "data/sorted_set.h"
#include "persist/rdb_value.h"

namespace gyre::persist {

// Each makes a value of what the type says follows. If it is not in order the reader has failed,
// and the value may hold anything.
data::List read_list(RdbReader& reader, RdbType type, const data::Limits& limits);
data::Set read_set(RdbReader& reader, RdbType type, const data::Limits& limits);
data::SortedSet read_sorted_set(RdbReader& reader, RdbType type, const data::Limits& limits);
data::Hash read_hash(RdbReader& reader, RdbType type, const data::Limits& limits);
data::Hash read_valkey_hash(RdbReader& reader, const data::Limits& limits);

// Elements from as many strings as a length says. As the readers of blocks, but next() overwrites
// what it gave out at the last time but one.
class StringsReader {
 public:
  explicit StringsReader(RdbReader& reader) : reader_(reader) {}
  StringsReader(RdbReader& reader, uint64_t count) : reader_(reader), left_(count) {}

  bool next(data::Element& element) {
    if (left_ == 0 || !reader_.is_ok()) {
      return false;
    }
    --left_;
    is_second_ = !is_second_;
    element = reader_.element(scratch_[is_second_ ? 1 : 0]);
    return reader_.is_ok();
  }
  bool is_sound() const { return reader_.is_ok(); }

 private:
  RdbReader& reader_;
  uint64_t left_ = UINT64_MAX;
  bool is_second_ = false;
  std::string scratch_[2];
};

}  // namespace gyre::persist
