#include "data/hash_table_base.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace gyre::data {

HashTableBase::HashTableBase() { root_ = pack(make_segment(kBytesMin), 0); }

HashTableBase::~HashTableBase() { free_directory(); }

void HashTableBase::swap(HashTableBase& other) noexcept {
  std::swap(directory_, other.directory_);
  std::swap(root_, other.root_);
  std::swap(size_, other.size_);
  std::swap(memory_, other.memory_);
  std::swap(depth_, other.depth_);
  std::swap(drain_slot_, other.drain_slot_);
  std::swap(drain_at_, other.drain_at_);
  for (HashTableBase* table : {this, &other}) {
    if (table->depth_ == 0) {
      table->directory_ = &table->root_;
    }
  }
}

HashTableBase::Segment* HashTableBase::make_segment(size_t bytes) {
  auto* segment = static_cast<Segment*>(base::heap_alloc(bytes));
  memory_ += bytes;
  format(*segment, bytes);
  return segment;
}

// Makes an empty segment of a stretch of memory.
void HashTableBase::format(Segment& fresh, size_t bytes) {
  Segment* segment = &fresh;
  std::memset(static_cast<void*>(segment), 0, bytes);
  segment->bytes = static_cast<uint32_t>(bytes);
  const size_t slots = segment->slots_end();
  const size_t homes = std::min(slots - kTail, kHomesMax);
  segment->homes = static_cast<uint32_t>(homes);
  // One with a lengthened tail is full when the tail is: elements crowd at few homes.
  segment->limit =
      static_cast<uint32_t>(homes < kHomesMax || bytes == kBytesMax ? homes * 23 / 25 : slots - 1);
}

void HashTableBase::free_segment(Segment* segment) {
  memory_ -= segment->bytes;
  base::heap_free(segment, segment->bytes);
}

// The smallest segment that holds `count` elements with room for a few more. Sizes are size classes
// of the allocator: four per doubling, each a multiple of 128 bytes.
size_t HashTableBase::bytes_for(size_t count) {
  const size_t wanted = (count * 10 / 9 + 2 + kTail) * 8 + kHeader;
  if (wanted <= kBytesMin) {
    return kBytesMin;
  }
  const size_t rounded = base::heap_class(wanted);
  return std::min((rounded + 127) & ~size_t{127}, kBytesMax);
}

// The next larger size.
size_t HashTableBase::bytes_above(size_t bytes) {
  return (base::heap_class(bytes + 1) + 127) & ~size_t{127};
}

void HashTableBase::prefetch_slots(uint64_t hash) const {
  const uint64_t word = directory_[index_of(hash)];
  const uint64_t tag = tag_of(hash, depth_of(word));
  const uint64_t* slot = segment_of(word)->slots + (tag * homes_of(word) >> 16);
  __builtin_prefetch(slot);
  __builtin_prefetch(slot + 4);
}

void HashTableBase::prefetch_item(uint64_t hash) const {
  const uint64_t word = directory_[index_of(hash)];
  const uint64_t tag = tag_of(hash, depth_of(word));
  const uint64_t* slot = segment_of(word)->slots + (tag * homes_of(word) >> 16);
  while (*slot != 0 && *slot >> 48 < tag) {
    ++slot;
  }
  if (*slot >> 48 == tag) {
    const auto* entry = reinterpret_cast<const char*>(*slot & kPointerMask);
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + 64);
    __builtin_prefetch(entry + 88);
  }
}

// Puts ascending slots at their homes or behind their predecessors; false if they do not fit.
bool HashTableBase::fill(Segment& segment, const uint64_t* begin, const uint64_t* end) {
  size_t next = 0;
  for (const uint64_t* slot = begin; slot != end; ++slot) {
    if (*slot == 0) {
      continue;
    }
    const size_t at = std::max(segment.home_of(*slot >> 48), next);
    if (at + 1 >= segment.slots_end()) {
      return false;
    }
    segment.slots[at] = *slot;
    next = at + 1;
    ++segment.count;
  }
  return true;
}

HashTableBase::Segment* HashTableBase::build(const uint64_t* begin, const uint64_t* end,
                                             size_t bytes) {
  for (;; bytes = bytes_above(bytes)) {
    Segment* segment = make_segment(bytes);
    if (fill(*segment, begin, end)) [[likely]] {
      return segment;
    }
    free_segment(segment);
  }
}

// Inserts behind all equal tags; false if the run of elements reaches the end of the segment.
bool HashTableBase::shift_in(Segment& segment, uint64_t slot) {
  const uint64_t tag = slot >> 48;
  uint64_t* at = segment.slots + segment.home_of(tag);
  while (*at != 0 && *at >> 48 <= tag) {
    ++at;
  }
  uint64_t* gap = at;
  while (*gap != 0) {
    ++gap;
  }
  if (gap + 1 >= segment.slots + segment.slots_end()) {
    return false;
  }
  std::memmove(at + 1, at, static_cast<size_t>(gap - at) * sizeof *at);
  *at = slot;
  ++segment.count;
  return true;
}

void HashTableBase::insert(uint64_t hash, uint64_t item, HashOf hash_of) {
  for (;;) {
    const uint64_t index = index_of(hash);
    const uint64_t word = directory_[index];
    Segment& segment = *segment_of(word);
    const uint64_t slot = tag_of(hash, depth_of(word)) << 48 | item;
    if (segment.count < segment.limit && shift_in(segment, slot)) [[likely]] {
      ++size_;
      return;
    }
    grow(index, hash_of);
  }
}

void HashTableBase::take(const BasePlace& place) {
  Segment& segment = *segment_of(directory_[place.directory_index]);
  uint64_t* gap = place.slot;
  // Elements behind the gap move back until one is at its home, which restores invariant 2.
  for (uint64_t* next = gap + 1; *next != 0; ++next) {
    if (segment.slots + segment.home_of(*next >> 48) == next) {
      break;
    }
    *gap++ = *next;
  }
  *gap = 0;
  --segment.count;
  --size_;
  // Not at every removal, because a crowded segment may be too small for its elements already.
  if (segment.count % 8 == 0 && segment.count * 2 < segment.homes) {
    shrink(place.directory_index);
  }
}

void HashTableBase::point_to(uint64_t index, Segment* segment, unsigned depth) {
  const uint64_t span = span_of(depth);
  const uint64_t first = index & ~(span - 1);
  std::fill_n(directory_ + first, span, pack(segment, depth));
}

void HashTableBase::replace_segment(uint64_t index, size_t bytes) {
  if (refill(index, bytes)) {
    return;
  }
  const uint64_t word = directory_[index];
  Segment* old = segment_of(word);
  Segment* fresh = build(old->slots, old->slots + old->slots_end(), bytes);
  point_to(index, fresh, depth_of(word));
  free_segment(old);
}

// Gives a segment of whole pages another size where it is; false if it cannot be done.
bool HashTableBase::refill(uint64_t index, size_t bytes) {
  const uint64_t word = directory_[index];
  Segment* segment = segment_of(word);
  const size_t before = segment->bytes;
  if (std::min(before, bytes) <= base::kHeapSmall || std::max(before, bytes) > kBytesMax) {
    return false;
  }
  // Copied first: the pages that a smaller size gives up are gone with what is in them.
  uint64_t slots[kBytesMax / 8];
  const size_t count = segment->slots_end();
  std::memcpy(slots, segment->slots, count * sizeof *slots);
  if (!base::heap_resize(segment, before, bytes)) {
    return false;
  }
  memory_ += bytes - before;
  format(*segment, bytes);
  point_to(index, segment, depth_of(word));
  if (!fill(*segment, slots, slots + count)) {
    // Crowded at its end: start again from the copy in a segment one size up.
    Segment* fresh = build(slots, slots + count, bytes_above(bytes));
    point_to(index, fresh, depth_of(word));
    free_segment(segment);
  }
  return true;
}

// Makes room for an element that found its segment full, or found the run it belongs to at the end.
void HashTableBase::grow(uint64_t index, HashOf hash_of) {
  const Segment& segment = *segment_of(directory_[index]);
  if (segment.bytes < kBytesMax) {
    // At least one size up: the segment may be crowded at its end only.
    replace_segment(index, std::max(bytes_above(segment.bytes),
                                    bytes_for(segment.count + segment.count / 8 + 8)));
  } else if (can_split(index)) {
    split(index, hash_of);
  } else {
    replace_segment(index, bytes_above(segment.bytes));
  }
}

void HashTableBase::shrink(uint64_t index) {
  while (merge(index)) {
    // The directory stays as it is, so `index` belongs to the merged segment.
  }
  const Segment& segment = *segment_of(directory_[index]);
  if (segment.bytes > kBytesMin && segment.count * 2 < segment.homes) {
    const size_t bytes = bytes_for(segment.count + segment.count / 4);
    if (bytes < segment.bytes) {
      replace_segment(index, bytes);
    }
  }
}

// Joins a segment with its neighbour of the same depth if both are nearly empty.
bool HashTableBase::merge(uint64_t index) {
  const unsigned depth = depth_of(directory_[index]);
  if (depth == 0) {
    return false;
  }
  const uint64_t upper_bit = span_of(depth);
  const uint64_t lower_word = directory_[index & ~upper_bit];
  const uint64_t upper_word = directory_[index | upper_bit];
  Segment* lower = segment_of(lower_word);
  Segment* upper = segment_of(upper_word);
  const size_t count = lower->count + upper->count;
  if (depth_of(lower_word) != depth || depth_of(upper_word) != depth || count > kMergeMax) {
    return false;
  }
  uint64_t slots[kMergeMax];
  size_t filled = 0;
  for (const Segment* half : {lower, upper}) {
    const uint64_t top_bit = half == upper ? uint64_t{1} << 63 : 0;
    for (size_t i = 0; i < half->slots_end(); ++i) {
      if (half->slots[i] != 0) {
        const uint64_t tag = half->slots[i] >> 49 << 48;
        slots[filled++] = top_bit | tag | (half->slots[i] & kPointerMask);
      }
    }
  }
  Segment* fresh = build(slots, slots + filled, bytes_for(count + count / 4));
  point_to(index, fresh, depth - 1);
  free_segment(lower);
  free_segment(upper);
  return true;
}

void HashTableBase::double_directory() {
  GYRE_ASSERT(depth_ < 32);
  const size_t size = directory_size();
  auto* wider = static_cast<uint64_t*>(base::heap_alloc(2 * size * sizeof(uint64_t)));
  for (size_t i = 0; i < size; ++i) {
    wider[2 * i] = wider[2 * i + 1] = directory_[i];
  }
  free_directory();
  directory_ = wider;
  ++depth_;
}

void HashTableBase::free_directory() {
  if (depth_ > 0) {
    base::heap_free(directory_, directory_size() * sizeof(uint64_t));
  }
}

// Equal prefixes must not double the directory again and again; one word for 64 keys is six times
// what evenly spread hashes need.
bool HashTableBase::can_split(uint64_t index) const {
  return depth_of(directory_[index]) < depth_ || directory_size() < 16 + size_ / 64;
}

void HashTableBase::split(uint64_t index, HashOf hash_of) {
  if (depth_of(directory_[index]) == depth_) {
    double_directory();
    index *= 2;
  }
  const uint64_t word = directory_[index];
  Segment* old = segment_of(word);
  const unsigned depth = depth_of(word) + 1;
  const uint64_t* const end = old->slots + old->slots_end();
  const uint64_t* upper = old->slots;  // what has its top bit set goes to the second half
  while (upper != end && *upper >> 63 == 0) {
    ++upper;
  }
  Segment* const halves[2] = {build_half(old->slots, upper, depth, hash_of),
                              build_half(upper, end, depth, hash_of)};
  const uint64_t span = span_of(depth);
  const uint64_t first = index & ~(2 * span - 1);
  point_to(first, halves[0], depth);
  point_to(first + span, halves[1], depth);
  free_segment(old);
}

HashTableBase::Segment* HashTableBase::build_half(const uint64_t* begin, const uint64_t* end,
                                                  unsigned depth, HashOf hash_of) {
  constexpr ptrdiff_t kAhead = 24;
  std::vector<uint64_t> slots;
  slots.reserve(static_cast<size_t>(end - begin));
  // The new tag has one bit more at its end, which only the hash knows, so elements that had equal
  // tags may change their order; those of different tags stay in theirs.
  size_t equal_from = 0;
  uint64_t last_tag = 0;
  for (const uint64_t* slot = begin; slot != end; ++slot) {
    if (end - slot > kAhead && slot[kAhead] != 0) {
      const auto* ahead = reinterpret_cast<const char*>(slot[kAhead] & kPointerMask);
      __builtin_prefetch(ahead);
      __builtin_prefetch(ahead + 40);  // a short key may reach into the next line
    }
    if (*slot == 0) {
      continue;
    }
    if (*slot >> 48 != last_tag) {
      std::sort(slots.begin() + static_cast<ptrdiff_t>(equal_from), slots.end());
      equal_from = slots.size();
      last_tag = *slot >> 48;
    }
    const uint64_t item = *slot & kPointerMask;
    const uint64_t hash = hash_of.call(hash_of.traits, item);
    slots.push_back(tag_of(hash, depth) << 48 | item);
  }
  std::sort(slots.begin() + static_cast<ptrdiff_t>(equal_from), slots.end());
  return build(slots.data(), slots.data() + slots.size(),
               bytes_for(slots.size() + slots.size() / 16));
}

// Every element of the segment with the same chance; 0 if there is none.
uint64_t HashTableBase::random_of(const Segment& segment, uint64_t random) {
  if (segment.count == 0) {
    return 0;
  }
  const size_t slots = segment.slots_end();
  if (segment.count * 4 > slots) {
    // A random slot is tried again until it is taken: once or twice, by the usual load.
    for (;;) {
      const uint64_t slot = segment.slots[(random >> 32) * slots >> 32];
      if (slot != 0) {
        return slot & kPointerMask;
      }
      random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    }
  }
  uint64_t left = (random >> 32) * segment.count >> 32;
  for (size_t at = 0;; ++at) {
    if (segment.slots[at] != 0 && left-- == 0) {
      return segment.slots[at] & kPointerMask;
    }
  }
}

uint64_t HashTableBase::random_bits(uint64_t random) const {
  GYRE_ASSERT(size_ > 0);
  // Segments are chosen in proportion to their share of the hashes, thus of the elements.
  for (int tries = 0; tries < 64; ++tries) {
    const uint64_t word = directory_[index_of(random)];
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    if (const uint64_t item = random_of(*segment_of(word), random)) {
      return item;
    }
  }
  // Nearly empty: the segments behind a random hash, and those before it.
  for (uint64_t index = index_of(random);; index = (index + 1) & (directory_size() - 1)) {
    if (const uint64_t item = random_of(*segment_of(directory_[index]), random)) {
      return item;
    }
  }
}

uint64_t HashTableBase::drain_next() {
  constexpr size_t kAhead = 8;  // slots
  while (root_ != 0 && drain_at_ < directory_size()) {
    const uint64_t word = directory_[drain_at_];
    Segment* segment = segment_of(word);
    while (drain_slot_ < segment->slots_end()) {
      if (drain_slot_ + kAhead < segment->slots_end()) {
        warm_up(segment->slots[drain_slot_ + kAhead]);
      }
      const uint64_t slot = segment->slots[drain_slot_++];
      if (slot != 0) {
        --size_;
        return slot & kPointerMask;
      }
    }
    free_segment(segment);
    drain_slot_ = 0;
    drain_at_ += span_of(depth_of(word));
  }
  free_directory();
  directory_ = &root_;
  root_ = 0;
  depth_ = 0;
  return 0;
}

size_t HashTableBase::slots() const {
  size_t slots = 0;
  for (uint64_t index = 0; index < directory_size();
       index += span_of(depth_of(directory_[index]))) {
    slots += homes_of(directory_[index]);
  }
  return slots;
}

// Returns the bytes of the segment.
size_t HashTableBase::check_segment(uint64_t index, HashOf hash_of) const {
  const uint64_t word = directory_[index];
  const unsigned depth = depth_of(word);
  const Segment& segment = *segment_of(word);
  GYRE_ASSERT(depth <= depth_ && index % span_of(depth) == 0);
  for (uint64_t i = 0; i < span_of(depth); ++i) {
    GYRE_ASSERT(directory_[index + i] == word);
  }
  GYRE_ASSERT(homes_of(word) == segment.homes && segment.homes % 16 == 0);
  GYRE_ASSERT(segment.bytes % 128 == 0 && segment.slots[segment.slots_end() - 1] == 0);
  size_t count = 0;
  uint64_t last_tag = 0;
  for (size_t at = 0; at < segment.slots_end(); ++at) {
    const uint64_t slot = segment.slots[at];
    if (slot == 0) {
      continue;
    }
    const uint64_t tag = slot >> 48;
    const uint64_t hash = hash_of.call(hash_of.traits, slot & kPointerMask);
    GYRE_ASSERT(index_of(hash) / span_of(depth) == index / span_of(depth));
    GYRE_ASSERT(tag == tag_of(hash, depth) && tag >= last_tag);
    // Behind its home without a gap: home, or right behind another one that is at or behind it.
    const size_t home = segment.home_of(tag);
    GYRE_ASSERT(at == home || (at > home && segment.slots[at - 1] != 0));
    last_tag = tag;
    ++count;
  }
  GYRE_ASSERT(count == segment.count);
  return segment.bytes;
}

void HashTableBase::check(HashOf hash_of) const {
  size_t size = 0;
  size_t bytes = 0;
  for (uint64_t index = 0; index < directory_size();) {
    bytes += check_segment(index, hash_of);
    size += segment_of(directory_[index])->count;
    index += span_of(depth_of(directory_[index]));
  }
  GYRE_ASSERT(size == size_ && bytes == memory_);
}

}  // namespace gyre::data
