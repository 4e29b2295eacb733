// Directory: a sequence of blocks with the number of elements in each, in two levels.
//
// The problem. A list of ten million elements is some twenty thousand blocks, or ten million if the
// user wants small ones. The block of an index is to be found without touching the blocks, blocks
// come and go at both ends and in the middle, and nothing may ever take a millisecond.
//
// The layout. A block is one word, count:16 | pointer:48; up to 256 words are a page; the pages are
// an array with the number of elements in each:
//
//     pages   [ words, 51200 elements, 120 used ] [ words, 90112, 256 ] ...
//                 |
//             [ 455|*  451|*  460|* ... ]
//
// An index is found by adding up pages, then the words of one page: for ten million elements a
// kilobyte and two. A change moves words within one page; a page that is full splits, or gets a new
// one beside it if the change is at its edge, so that pages are full in a list that grew at its
// ends; neighbours that fit into half a page become one.
//
// Rejected: a ring of blocks (adding up and moving is linear in all blocks, growing copies all at
// once), a tree of more levels (two reach 2^24 blocks with arrays of a megabyte).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace gyre::data {

class Directory {
 public:
  // The words are the caller's: count:16 | 48 bits of any meaning; the count is not 0 for long.
  using Word = uint64_t;
  static constexpr unsigned kCountShift = 48;
  static constexpr uint32_t count_of(Word word) { return static_cast<uint32_t>(word >> 48); }

  // A place of a block; good until a block is inserted or erased.
  struct Place {
    uint32_t page = 0;
    uint32_t slot = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };

  Directory() = default;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory();
  void swap(Directory& other) noexcept {
    std::swap(pages_, other.pages_);
    std::swap(page_count_, other.page_count_);
    std::swap(page_room_, other.page_room_);
    std::swap(elements_, other.elements_);
    std::swap(blocks_, other.blocks_);
  }

  uint64_t elements() const { return elements_; }
  uint64_t blocks() const { return blocks_; }
  // Bytes of memory behind the object.
  size_t memory() const;

  // The block that holds the element with this index, which becomes its index in there.
  // REQUIRES: index < elements().
  Place find(uint64_t& index) const;
  // REQUIRES: blocks() > 0 for these two.
  Place first() const { return {0, 0}; }
  Place last() const { return {page_count_ - 1, pages_[page_count_ - 1].used - 1u}; }
  // Behind the last.
  Place end() const { return {page_count_, 0}; }
  Place next(Place place) const {
    return place.slot + 1 < pages_[place.page].used ? Place{place.page, place.slot + 1}
                                                    : Place{place.page + 1, 0};
  }
  // REQUIRES: place is not first().
  Place previous(Place place) const {
    return place.slot > 0 ? Place{place.page, place.slot - 1}
                          : Place{place.page - 1, pages_[place.page - 1].used - 1u};
  }

  Word at(Place place) const { return pages_[place.page].words[place.slot]; }
  void set(Place place, Word word) {
    Word& old = pages_[place.page].words[place.slot];
    add(pages_[place.page], count_of(word) - int64_t{count_of(old)});
    old = word;
  }
  // Puts a block before another, or at the end; returns its place.
  Place insert(Place place, Word word);
  // Takes a block out; returns the place of the next one, or end().
  Place erase(Place place);
  // Moves the blocks of [from, to) to the end of another directory; returns the place of the block
  // that was at `to`, or end().
  Place move(Place from, Place to, Directory& target);
  // Takes the last block out. REQUIRES: blocks() > 0.
  Word take_last();

  // Asserts that the numbers agree with the words; for tests.
  void check() const;

 private:
  static constexpr uint32_t kPageMax = 256;
  static constexpr uint32_t kPageMin = 4;
  static constexpr uint32_t kJoinMax = kPageMax / 2;

  struct Page {
    Word* words;
    uint32_t elements;
    uint16_t used;
    uint16_t room;
  };
  static_assert(sizeof(Page) == 16);

  void add(Page& page, int64_t elements) {
    page.elements = static_cast<uint32_t>(page.elements + elements);
    elements_ = static_cast<uint64_t>(static_cast<int64_t>(elements_) + elements);
  }
  static void set_room(Page& page, uint32_t room);
  static uint32_t sum(const Page& page, uint32_t from, uint32_t to);
  void insert_page(uint32_t at, Page page);
  void erase_pages(uint32_t from, uint32_t to);
  Place make_way(Place place);
  void split(uint32_t at);
  Place join_around(Place place);
  bool join(uint32_t at);
  Page cut(Page& page, uint32_t from, uint32_t to);
  void append_page(Page page);

  Page* pages_ = nullptr;
  uint32_t page_count_ = 0;
  uint32_t page_room_ = 0;
  uint64_t elements_ = 0;
  uint64_t blocks_ = 0;
};

}  // namespace gyre::data
