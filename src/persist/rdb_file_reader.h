// RdbFileReader: takes an RDB file apart, item by item, from a window that its owner moves over it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "data/element.h"
#include "persist/rdb_chunks.h"
#include "persist/rdb_record.h"
#include "persist/rdb_skimmer.h"

namespace gyre::persist {

// One item. Texts are good until the next call of next(), or for as long as the window where they
// lie in it.
struct RdbItem {
  enum class Kind : uint8_t {
    header,    // number(0): the version
    aux,       // name, text
    database,  // number(0): the one that the keys behind belong to
    sizes,     // number(0) and (1): keys of the database, and those of them that expire
    key,       // key
    function,  // text: the code of a library
    module,    // name: of the type; what the module keeps beside its values
    slot,      // what concerns the slots of a cluster
    end        // number(0): the CRC64 of all before it, 0 for none
  };

  Kind kind = Kind::header;
  uint64_t offset = 0;  // of its first byte in the file
  size_t size = 0;      // in the file
  std::string_view name = "";
  std::string_view text = "";
  std::array<uint64_t, 2> numbers{};
  RdbRecord key;
};

// What is wrong with a file, and where.
struct RdbDamage {
  uint64_t offset = 0;
  std::string text;
};

// Nothing is allocated for a key, and nothing at all because a length says so: an item whose size
// exceeds the file is refused at once, and one that exceeds the window asks for what it takes.
//
//     for (;;) {
//       switch (reader.next(window)) {
//         case item:    use reader.item(); window.remove_prefix(reader.item().size);
//         case more:    make the window reader.wanted() bytes long, or longer
//         case done:    of a chunk, all was read; of a file, the item before was its end
//         case damage:  tell reader.damage()
//       }
//     }
//
// A record of the window is walked over again when the window was too small for it, so windows
// should double.
class RdbFileReader {
 public:
  enum class Step : uint8_t { item, more, done, damage };

  // Of a whole file; UINT64_MAX if its size is not known.
  explicit RdbFileReader(uint64_t file_size) : end_(file_size) {}
  // Of one chunk of a file of this version; the first one has a header that tells it.
  RdbFileReader(uint16_t version, const RdbChunk& chunk)
      : offset_(chunk.offset),
        end_(chunk.offset + chunk.size),
        version_(chunk.offset == 0 ? uint16_t{0} : version),
        is_chunk_(true),
        has_database_(false) {}

  // `window` begins at offset().
  Step next(std::string_view window);

  const RdbItem& item() const { return item_; }
  // Where the next item begins.
  uint64_t offset() const { return offset_; }
  // Bytes that the window has to have; never more than the file has from there on.
  uint64_t wanted() const { return wanted_; }
  const RdbDamage& damage() const { return damage_; }
  // Of the file; 0 before the header was read.
  uint16_t version() const { return version_; }

 private:
  void read_header(RdbSkimmer& skimmer);
  void read_item(RdbSkimmer& skimmer);
  void read_mark(RdbSkimmer& skimmer, RdbMark mark);
  bool read_prefix(RdbSkimmer& skimmer, RdbMark mark);
  void read_module(RdbSkimmer& skimmer);
  void read_end(RdbSkimmer& skimmer);
  void read_key(RdbSkimmer& skimmer, uint8_t type);
  std::string_view text_of(RdbSkimmer& skimmer, std::string& scratch, data::Digits& digits);

  uint64_t offset_ = 0;
  uint64_t end_;
  uint64_t wanted_ = 0;
  uint16_t version_ = 0;
  bool is_chunk_ = false;
  bool has_database_ = true;
  bool is_done_ = false;
  uint32_t database_ = 0;
  RdbItem item_;
  RdbDamage damage_;
  // Of texts that are no bytes in the window.
  std::string scratch_[2];
  data::Digits digits_[2];
};

}  // namespace gyre::persist
