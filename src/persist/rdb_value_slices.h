// RdbValueSlices: writes a large value bit by bit, so that nobody waits for long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "data/hash.h"
#include "data/list.h"
#include "data/set.h"
#include "data/sorted_set.h"
#include "persist/rdb.h"
#include "persist/rdb_stream.h"
#include "persist/rdb_writer.h"
#include "store/entry.h"

namespace gyre::persist {

// Each of these writes until the writer has written `end` bytes, or slightly more; true if that was
// all. What it writes neither changes nor goes before.

// A string. It is compressed piece by piece first, as pieces one behind the other are what the
// whole would be; very long ones are not, because all of it has to lie in memory before its size is
// known.
class RdbStringSlices {
 public:
  explicit RdbStringSlices(std::string_view text) : text_(text) {}
  bool write(RdbWriter& writer, uint64_t end);

 private:
  static constexpr size_t kPiece = size_t{32} << 10;
  static constexpr size_t kCompressMax = size_t{16} << 20;

  bool compress_piece();
  void begin(RdbWriter& writer);

  std::string_view text_;
  std::vector<std::string> pieces_;  // compressed; given back as they are written
  size_t compressed_ = 0;            // bytes of all pieces
  size_t at_ = 0;                    // in the text, or the number of pieces that are written
  bool has_begun_ = false;
};

class RdbListSlices {
 public:
  explicit RdbListSlices(const data::List& list) : list_(list) {}
  bool write(RdbWriter& writer, uint64_t end);

 private:
  const data::List& list_;
  bool has_begun_ = false;
  size_t index_ = 0;                         // of the first element that is not written
  std::optional<RdbStringSlices> in_block_;  // that is an element of its own
};

class RdbSetSlices {
 public:
  explicit RdbSetSlices(const data::Set& set) : set_(set) {}
  bool write(RdbWriter& writer, uint64_t end);

 private:
  const data::Set& set_;
  bool has_begun_ = false;
  uint64_t cursor_ = 0;  // of a scan; of integers, the index
};

class RdbSortedSetSlices {
 public:
  explicit RdbSortedSetSlices(const data::SortedSet& set) : set_(set), left_(set.size()) {}
  bool write(RdbWriter& writer, uint64_t end);

 private:
  const data::SortedSet& set_;
  bool has_begun_ = false;
  size_t left_;
};

class RdbHashSlices {
 public:
  RdbHashSlices(const data::Hash& hash, bool is_expiring)
      : hash_(hash), is_expiring_(is_expiring) {}
  bool write(RdbWriter& writer, uint64_t end);

 private:
  const data::Hash& hash_;
  bool is_expiring_;
  bool has_begun_ = false;
  int64_t first_ms_ = 0;  // from which deadlines are told
  uint64_t cursor_ = 0;
};

class RdbValueSlices {
 public:
  // Begins with the value of an entry that is written as `type`; false if that can only be done at
  // once, and is not much.
  bool begin(const store::Entry& entry, RdbType type);
  // Writes at least `bytes` bytes or compresses as many; true if that was all.
  bool write(RdbWriter& writer, uint64_t bytes);

 private:
  std::variant<std::monostate, RdbStringSlices, RdbListSlices, RdbSetSlices, RdbSortedSetSlices,
               RdbHashSlices, RdbStreamSlices>
      slices_;
};

}  // namespace gyre::persist
