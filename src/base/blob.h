// Blob: a large byte string with a reference count, shared by values and by replies on their way
// out.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace gyre::base {

// The bytes are immutable while there is more than one reference. The count is atomic because a
// reply may be sent by another core than the one that owns the value.
//
// There is room around the bytes for what a reply puts around them ("$16384\r\n" before, "\r\n"
// behind), so that a large value is sent as one stretch of memory, without a copy or a vector.
struct Blob {
  static constexpr size_t kFront = 16;
  static constexpr size_t kBack = 2;

  std::atomic<uint32_t> refs;
  size_t size;      // bytes in use
  size_t capacity;  // bytes there is room for

  char* data() { return reinterpret_cast<char*>(this + 1) + kFront; }
  const char* data() const { return reinterpret_cast<const char*>(this + 1) + kFront; }
  std::string_view view() const { return {data(), size}; }
  bool is_shared() const { return refs.load(std::memory_order_acquire) != 1; }

  // Bytes of memory a blob of this capacity takes.
  static constexpr size_t allocation(size_t capacity) {
    return sizeof(Blob) + kFront + capacity + kBack;
  }

  // Returns a blob with one reference and size 0.
  static Blob* make(size_t capacity);
  static Blob* make(std::string_view bytes) {
    Blob* blob = make(bytes.size());
    std::memcpy(blob->data(), bytes.data(), bytes.size());
    blob->size = bytes.size();
    return blob;
  }
  // Gives the only reference a new capacity >= size; returns the blob at its new place. Mapped
  // blobs move without being copied.
  static Blob* resize(Blob* blob, size_t capacity);

  // Blobs of this many bytes and more have pages of their own: they grow by moving page tables (0.1
  // ms for 256 MiB, where a copy takes 280) and can be given back to the system in slices.
  static constexpr size_t kMapped = size_t{2} * 1024 * 1024;
  // Bytes of the process in such blobs.
  static size_t mapped_bytes();
  // From now on the calling thread frees mapped blobs in slices: it calls free_some() now and then.
  static void free_in_slices(bool on);
  // Frees up to `bytes` of blobs that this thread gave up; true if any are left.
  static bool free_some(size_t bytes);

  void ref() { refs.fetch_add(1, std::memory_order_relaxed); }
  void unref() {
    if (refs.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      destroy(this);
    }
  }

 private:
  static void destroy(Blob* blob);
};

// One owned reference.
class BlobRef {
 public:
  BlobRef() = default;
  explicit BlobRef(Blob* adopted) : blob_(adopted) {}
  BlobRef(BlobRef&& other) noexcept : blob_(std::exchange(other.blob_, nullptr)) {}
  BlobRef& operator=(BlobRef&& other) noexcept {
    std::swap(blob_, other.blob_);
    return *this;
  }
  ~BlobRef() {
    if (blob_ != nullptr) {
      blob_->unref();
    }
  }
  Blob* get() const { return blob_; }
  Blob* take() { return std::exchange(blob_, nullptr); }
  void reset(Blob* adopted = nullptr) { *this = BlobRef(adopted); }
  explicit operator bool() const { return blob_ != nullptr; }

 private:
  Blob* blob_ = nullptr;
};

}  // namespace gyre::base
