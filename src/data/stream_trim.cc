// Stream: the removal of its front.
#include <utility>
#include <vector>

#include "base/assert.h"
#include "data/stream.h"

namespace gyre::data {

// If more blocks go than stay, moves those that stay instead, and leaves the others to `rest`.
// Returns how many entries went.
size_t Stream::cut_front(const StreamTrim& trim, Stream& rest) {
  Body& body = *this->body();
  if (body.tail == nullptr || body.tree.size() < 2) {
    return 0;
  }
  std::vector<StreamBlock*> kept;
  size_t entries = body.tail->count();
  const size_t kept_max = body.tree.size() / 2;
  const bool is_counted = trim.length.has_value();
  const bool is_few = !body.tree.descend(StreamId::max(), [&](const auto& item) {
    if (is_counted ? entries >= *trim.length : is_below(*item.value, trim.below)) {
      return false;
    }
    entries += item.value->count();
    kept.push_back(item.value);
    return kept.size() < kept_max;
  });
  if (!is_few || kept.size() >= kept_max) {
    return 0;
  }
  rest = make();
  rest.set_last_id(body.last_id);
  rest.body()->tree.swap(body.tree);
  rest.body()->block_bytes = body.block_bytes - body.tail->memory();
  body.block_bytes = body.tail->memory();
  const size_t removed = body.size - entries;
  body.size = entries;
  rest.body()->size = removed;
  for (size_t i = kept.size(); i-- > 0;) {
    rest.body()->tree.erase(kept[i]->first_id());
    body.tree.insert(kept[i]->first_id(), kept[i]);
    body.block_bytes += kept[i]->memory();
  }
  rest.body()->block_bytes -= body.block_bytes - body.tail->memory();
  rest.take_tail();
  return removed;
}

// Entry by entry; returns how many went. The block may be gone afterwards.
size_t Stream::trim_block(StreamBlock* block, const StreamTrim& trim) {
  size_t removed = 0;
  uint32_t at = block->begin();
  while (at < block->end()) {  // the end moves when the last entry goes
    const uint32_t next = block->next(at);
    const StreamId id = block->id_at(at);
    if (trim.length ? body()->size <= *trim.length : id >= trim.below) {
      break;
    }
    if (!block->is_deleted(at) && (trim.references != References::heed || !is_referenced(id))) {
      if (trim.references == References::drop) {
        drop_references(id);
      }
      ++removed;
      const bool is_last = block->count() == 1;
      erase_at(block, at);
      if (is_last) {
        break;
      }
    }
    at = next;
  }
  return removed;
}

size_t Stream::trim(const StreamTrim& trim, Stream& rest) {
  Body& body = *this->body();
  size_t removed = 0;
  if (trim.references == References::keep && trim.limit >= body.size) {
    removed = cut_front(trim, rest);
  }
  StreamBlock* block = first_block({});
  while (block != nullptr) {
    const bool is_done =
        trim.length ? body.size <= *trim.length : block->id_at(block->begin()) >= trim.below;
    const bool goes_whole =
        trim.length ? body.size - *trim.length >= block->count() : is_below(*block, trim.below);
    if (is_done || removed + block->count() > trim.limit || (trim.whole_blocks && !goes_whole)) {
      break;
    }
    const StreamId first = block->first_id();
    if (goes_whole && trim.references == References::keep) {
      removed += block->count();
      body.size -= block->count();
      drop_block(block);
    } else {
      removed += trim_block(block, trim);
    }
    block = first < StreamId::max() ? first_block(*first.next()) : nullptr;
  }
  return removed;
}

}  // namespace gyre::data
