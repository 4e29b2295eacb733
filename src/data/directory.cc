#include "data/directory.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "base/heap.h"

namespace gyre::data {
namespace {

size_t bytes_of(uint32_t words) { return size_t{words} * sizeof(Directory::Word); }

}  // namespace

Directory::~Directory() {
  for (uint32_t i = 0; i < page_count_; ++i) {
    base::heap_free(pages_[i].words, bytes_of(pages_[i].room));
  }
  if (pages_ != nullptr) {
    base::heap_free(pages_, page_room_ * sizeof(Page));
  }
}

size_t Directory::memory() const {
  size_t bytes = pages_ == nullptr ? 0 : base::heap_class(page_room_ * sizeof(Page));
  for (uint32_t i = 0; i < page_count_; ++i) {
    bytes += base::heap_class(bytes_of(pages_[i].room));
  }
  return bytes;
}

Directory::Place Directory::find(uint64_t& index) const {
  GYRE_DCHECK(index < elements_);
  uint32_t page = 0;
  if (index < elements_ / 2) {
    for (; index >= pages_[page].elements; ++page) {
      index -= pages_[page].elements;
    }
  } else {
    uint64_t behind = elements_ - index;  // this one and those after it
    for (page = page_count_ - 1; behind > pages_[page].elements; --page) {
      behind -= pages_[page].elements;
    }
    index = pages_[page].elements - behind;
  }
  const Page& found = pages_[page];
  uint32_t slot = 0;
  if (index < found.elements / 2) {
    for (; index >= count_of(found.words[slot]); ++slot) {
      index -= count_of(found.words[slot]);
    }
  } else {
    uint64_t behind = found.elements - index;
    for (slot = found.used - 1u; behind > count_of(found.words[slot]); --slot) {
      behind -= count_of(found.words[slot]);
    }
    index = count_of(found.words[slot]) - behind;
  }
  return {page, slot};
}

// ---- Pages ----

void Directory::set_room(Page& page, uint32_t room) {
  auto* words = static_cast<Word*>(base::heap_alloc(bytes_of(room)));
  if (page.words != nullptr) {
    std::memcpy(words, page.words, bytes_of(page.used));
    base::heap_free(page.words, bytes_of(page.room));
  }
  page.words = words;
  page.room = static_cast<uint16_t>(room);
}

uint32_t Directory::sum(const Page& page, uint32_t from, uint32_t to) {
  uint32_t elements = 0;
  for (uint32_t i = from; i < to; ++i) {
    elements += count_of(page.words[i]);
  }
  return elements;
}

void Directory::insert_page(uint32_t at, Page page) {
  if (page_count_ == page_room_) {
    const uint32_t room = page_room_ == 0 ? 1 : 2 * page_room_;
    auto* pages = static_cast<Page*>(base::heap_alloc(room * sizeof(Page)));
    if (pages_ != nullptr) {
      std::memcpy(pages, pages_, page_count_ * sizeof(Page));
      base::heap_free(pages_, page_room_ * sizeof(Page));
    }
    pages_ = pages;
    page_room_ = room;
  }
  std::memmove(pages_ + at + 1, pages_ + at, (page_count_ - at) * sizeof(Page));
  pages_[at] = page;
  ++page_count_;
}

// The memory of their words belongs to somebody else.
void Directory::erase_pages(uint32_t from, uint32_t to) {
  std::memmove(pages_ + from, pages_ + to, (page_count_ - to) * sizeof(Page));
  page_count_ -= to - from;
}

// Moves the upper half of a page to a new one behind it.
void Directory::split(uint32_t at) {
  insert_page(at + 1, cut(pages_[at], pages_[at].used / 2u, pages_[at].used));
}

// Moves words of a page to a new one.
Directory::Page Directory::cut(Page& page, uint32_t from, uint32_t to) {
  const uint32_t count = to - from;
  Page part{.words = nullptr, .elements = sum(page, from, to), .used = 0, .room = 0};
  set_room(part, std::max(count, kPageMin));
  std::memcpy(part.words, page.words + from, bytes_of(count));
  part.used = static_cast<uint16_t>(count);
  std::memmove(page.words + from, page.words + to, bytes_of(page.used - to));
  page.used = static_cast<uint16_t>(page.used - count);
  page.elements -= part.elements;
  return part;
}

// Moves the words of the page behind into this one, if they are few together.
bool Directory::join(uint32_t at) {
  Page& page = pages_[at];
  const Page& other = pages_[at + 1];
  const uint32_t used = page.used + uint32_t{other.used};
  if (used > kJoinMax) {
    return false;
  }
  if (used > page.room) {
    set_room(page, used);
  }
  std::memcpy(page.words + page.used, other.words, bytes_of(other.used));
  page.used = static_cast<uint16_t>(used);
  page.elements += other.elements;
  base::heap_free(other.words, bytes_of(other.room));
  erase_pages(at + 1, at + 2);
  return true;
}

// After blocks were taken out before `place`, which may be the end of its page: removes a page that
// is empty, joins one that became small with its neighbours; returns where the block is then.
Directory::Place Directory::join_around(Place place) {
  if (place.page == page_count_) {
    return end();
  }
  if (pages_[place.page].used == 0) {
    base::heap_free(pages_[place.page].words, bytes_of(pages_[place.page].room));
    erase_pages(place.page, place.page + 1);
    place.slot = 0;
  } else {
    if (place.page + 1 < page_count_) {
      join(place.page);
    }
    if (place.page > 0) {
      const uint32_t before = pages_[place.page - 1].used;
      if (join(place.page - 1)) {
        place = {place.page - 1, place.slot + before};
      }
    }
    if (place.slot == pages_[place.page].used) {
      place = {place.page + 1, 0};
    }
  }
  return place;
}

// ---- Blocks ----

// Finds or makes a page with a free slot for a block before `place`.
Directory::Place Directory::make_way(Place place) {
  const Page fresh{.words = nullptr, .elements = 0, .used = 0, .room = 0};
  if (place.page == page_count_) {
    if (page_count_ == 0) {
      insert_page(0, fresh);
      return {0, 0};
    }
    place = {page_count_ - 1, pages_[page_count_ - 1].used};
  }
  if (pages_[place.page].used < kPageMax) {
    return place;
  }
  if (place.slot == kPageMax || place.slot == 0) {
    const uint32_t at = place.slot == 0 ? place.page : place.page + 1;
    insert_page(at, fresh);
    return {at, 0};
  }
  split(place.page);
  const uint32_t half = pages_[place.page].used;
  return place.slot <= half ? place : Place{place.page + 1, place.slot - half};
}

Directory::Place Directory::insert(Place place, Word word) {
  place = make_way(place);
  Page& page = pages_[place.page];
  if (page.used == page.room) {
    set_room(page, std::min(std::max(2u * page.room, kPageMin), kPageMax));
  }
  std::memmove(page.words + place.slot + 1, page.words + place.slot,
               bytes_of(page.used - place.slot));
  page.words[place.slot] = word;
  ++page.used;
  ++blocks_;
  add(page, count_of(word));
  return place;
}

Directory::Place Directory::erase(Place place) {
  Page& page = pages_[place.page];
  add(page, -int64_t{count_of(page.words[place.slot])});
  --page.used;
  --blocks_;
  std::memmove(page.words + place.slot, page.words + place.slot + 1,
               bytes_of(page.used - place.slot));
  return join_around(place);
}

Directory::Word Directory::take_last() {
  const Place place = last();
  const Word word = at(place);
  Page& page = pages_[place.page];
  add(page, -int64_t{count_of(word)});
  --blocks_;
  if (--page.used == 0) {
    base::heap_free(page.words, bytes_of(page.room));
    --page_count_;
  }
  return word;
}

void Directory::append_page(Page page) {
  elements_ += page.elements;
  blocks_ += page.used;
  insert_page(page_count_, page);
}

Directory::Place Directory::move(Place from, Place to, Directory& target) {
  if (from == to) {
    return to;
  }
  const uint64_t blocks = target.blocks_;
  const uint64_t elements = target.elements_;
  Place seam = from;
  if (from.page == to.page) {
    target.append_page(cut(pages_[from.page], from.slot, to.slot));
  } else {
    uint32_t whole = from.page;  // pages from here on are moved as they are
    if (from.slot > 0) {
      target.append_page(cut(pages_[from.page], from.slot, pages_[from.page].used));
      ++whole;
    }
    for (uint32_t i = whole; i < to.page; ++i) {
      target.append_page(pages_[i]);
    }
    erase_pages(whole, to.page);
    if (to.slot > 0) {
      target.append_page(cut(pages_[whole], 0, to.slot));
    }
    seam = {whole, 0};
  }
  blocks_ -= target.blocks_ - blocks;
  elements_ -= target.elements_ - elements;
  if (seam.page == page_count_ && page_count_ > 0) {
    seam = {page_count_ - 1, pages_[page_count_ - 1].used};
  }
  return join_around(seam);
}

void Directory::check() const {
  uint64_t elements = 0;
  uint64_t blocks = 0;
  for (uint32_t i = 0; i < page_count_; ++i) {
    GYRE_ASSERT(pages_[i].used > 0 && pages_[i].used <= pages_[i].room);
    GYRE_ASSERT(pages_[i].elements == sum(pages_[i], 0, pages_[i].used));
    elements += pages_[i].elements;
    blocks += pages_[i].used;
  }
  GYRE_ASSERT(elements == elements_ && blocks == blocks_);
}

}  // namespace gyre::data
