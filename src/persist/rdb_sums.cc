#include "persist/rdb_sums.h"

#include <algorithm>

#include "base/crc.h"

namespace gyre::persist {

void RdbSums::add(std::string_view bytes) {
  if (has_crc64_) {
    crc64_ = base::crc64(crc64_, bytes);
    return;
  }
  while (at_ < chunks_.size()) {
    const RdbChunk& chunk = chunks_[at_];
    const std::string_view part = bytes.substr(0, chunk.size - added_);
    crc32c_ = base::crc32c(crc32c_, part);
    added_ += part.size();
    bytes.remove_prefix(part.size());
    if (added_ < chunk.size) {
      return;
    }
    if (crc32c_ != chunk.crc32c && !wrong_) {
      wrong_ = at_;
    }
    ++at_;
    added_ = 0;
    crc32c_ = 0;
  }
}

const RdbChunk* RdbSums::chunk_of(uint64_t offset) const {
  const auto next = std::upper_bound(
      chunks_.begin(), chunks_.end(), offset,
      [](uint64_t wanted, const RdbChunk& chunk) { return wanted < chunk.offset; });
  return next == chunks_.begin() ? nullptr : &*std::prev(next);
}

}  // namespace gyre::persist
