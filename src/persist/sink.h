// Sink: where encoded bytes go: stretches of memory that its owner provides one after another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/blob.h"

namespace gyre::persist {

// A writer of a file lends its buffers in turn; DUMP one blob that grows.
class Sink {
 public:
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  // Bytes so far.
  uint64_t written() const { return taken_ + static_cast<uint64_t>(at_ - begin_); }
  void write(std::string_view bytes) {
    if (bytes.size() <= static_cast<size_t>(end_ - at_) && !bytes.empty()) {
      std::memcpy(at_, bytes.data(), bytes.size());
      at_ += bytes.size();
    } else {
      write_in_pieces(bytes);
    }
  }

 protected:
  Sink() = default;
  ~Sink() = default;

  // Takes what was written up to at_, and lends memory for at least one byte of the `wanted` ones.
  virtual void more(size_t wanted) = 0;
  void lend(char* begin, char* end) {
    taken_ = written();
    begin_ = begin;
    at_ = begin;
    end_ = end;
  }
  char* at() const { return at_; }

 private:
  void write_in_pieces(std::string_view bytes);

  uint64_t taken_ = 0;  // in memory that was lent before
  char* begin_ = nullptr;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

// All bytes in one piece: in the object as long as they are few, else in a blob.
class BlobSink final : public Sink {
 public:
  BlobSink() { lend(few_, few_ + sizeof few_); }

  // What was written; good until more is.
  std::string_view bytes() const {
    const char* begin = blob_ ? blob_.get()->data() : few_;
    return {begin, static_cast<size_t>(at() - begin)};
  }
  // The blob that holds the bytes and nothing else; null if they are few.
  base::Blob* blob() {
    if (blob_) {
      blob_.get()->size = bytes().size();
    }
    return blob_.get();
  }

 private:
  void more(size_t wanted) override;

  base::BlobRef blob_;
  char few_[512];
};

// Counts bytes that nobody wants.
class CountingSink final : public Sink {
 public:
  CountingSink() { lend(few_, few_ + sizeof few_); }

 private:
  void more(size_t wanted) override;

  char few_[512];
};

}  // namespace gyre::persist
