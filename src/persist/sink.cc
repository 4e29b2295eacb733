#include "persist/sink.h"

#include <algorithm>

namespace gyre::persist {

void Sink::write_in_pieces(std::string_view bytes) {
  while (!bytes.empty()) {
    if (at_ == end_) {
      more(bytes.size());
    }
    const size_t size = std::min(bytes.size(), static_cast<size_t>(end_ - at_));
    std::memcpy(at_, bytes.data(), size);
    at_ += size;
    bytes.remove_prefix(size);
  }
}

void BlobSink::more(size_t wanted) {
  const size_t size = bytes().size();
  const size_t capacity = size + std::max(size, wanted);
  base::Blob* const blob = this->blob();
  if (blob != nullptr) {
    blob_.take();
    blob_.reset(base::Blob::resize(blob, capacity));
  } else {
    base::Blob* const fresh = base::Blob::make(capacity);
    std::memcpy(fresh->data(), few_, size);
    blob_.reset(fresh);
  }
  char* const begin = blob_.get()->data();
  lend(begin + size, begin + capacity);
}

void CountingSink::more(size_t) { lend(few_, few_ + sizeof few_); }

}  // namespace gyre::persist
