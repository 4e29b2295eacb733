// Output: what waits to be sent on one connection, as a chain of segments; and the memory behind
// it.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/blob.h"
#include "resp/reply.h"

namespace gyre::resp {

class ChunkPool;

// Memory that replies are encoded into. Replies of many connections share one chunk, one behind the
// other, so that a turn that answers fifty clients with 70 bytes each touches 3.5 KB of memory, not
// fifty buffers. A chunk is reused when every segment in it has been sent.
struct Chunk {
  ChunkPool* pool = nullptr;
  uint32_t refs = 0;
  size_t capacity = 0;
  char data[];
};

// The chunks of one core.
class ChunkPool {
 public:
  static constexpr size_t kChunk = 32 * 1024 - sizeof(Chunk) - 16;
  static constexpr size_t kRoomMin = 512;  // less room than this: start a new chunk

  ChunkPool() = default;
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;
  ~ChunkPool();

  // The chunk replies are being encoded into, with at least `size` bytes of room.
  Chunk& open(size_t size);
  char* cursor() { return cursor_; }
  char* end() { return current_->data + current_->capacity; }
  // Everything before `cursor` is taken.
  void advance(char* cursor) { cursor_ = cursor; }
  void ref(Chunk& chunk) { ++chunk.refs; }
  void unref(Chunk& chunk);
  size_t bytes() const { return bytes_; }

 private:
  Chunk* make(size_t size);
  void retire(Chunk* chunk);

  Chunk* current_ = nullptr;  // holds one reference itself
  char* cursor_ = nullptr;
  std::vector<Chunk*> free_;
  size_t bytes_ = 0;  // allocated
};

// Encoded bytes that many outputs of a core send: one reference to the chunk they lie in. Frames
// that are made one after the other lie side by side, so that an output which gets several of them
// sends them as one segment. The pool must not be the one that replies are encoded into: frames are
// made while some output is open.
class Frame final : Sink {
 public:
  Frame() = default;
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame();

  // Calls `encode(Reply&)`, which writes `size_max` bytes at most. REQUIRES: empty.
  template <typename Encode>
  void make(ChunkPool& pool, size_t size_max, bool is_resp3, Encode encode) {
    Reply reply(*this, is_resp3);
    begin(pool, size_max, reply);
    encode(reply);
    finish(reply);
  }
  bool is_empty() const { return chunk_ == nullptr; }
  std::string_view bytes() const { return bytes_; }

 private:
  friend class Output;

  void begin(ChunkPool& pool, size_t size_max, Reply& reply);
  void finish(Reply& reply);
  void more(Reply& reply, size_t size) override;
  bool attach(Reply&, base::Blob&, std::string_view) override { return false; }

  Chunk* chunk_ = nullptr;
  std::string_view bytes_;
};

// A sink, while commands of its connection run. Segments leave at the front in one send at a time.
class Output final : public Sink {
 public:
  explicit Output(ChunkPool& pool) : pool_(pool) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { clear(); }

  // Between begin() and finish() the reply encodes into this output. Only one output of a core is
  // open at a time.
  void begin(Reply& reply);
  void finish(Reply& reply);

  void more(Reply& reply, size_t size) override;
  bool attach(Reply& reply, base::Blob& blob, std::string_view bytes) override;

  bool is_open() const { return open_chunk_ != nullptr; }
  // While it is not open: sends the frame's bytes, from its memory or, for outputs that may keep
  // them for long, from a copy. Few small frames would hold whole chunks otherwise.
  void append(const Frame& frame);
  void append_copy(const Frame& frame);
  // Takes over all that is queued in another output.
  void append(Output& other);

  // Bytes queued and not yet handed to a send.
  size_t pending_bytes() const { return pending_bytes_; }
  // Bytes queued or being sent.
  size_t total_bytes() const { return pending_bytes_ + flying_bytes_; }
  bool has_pending() const { return first_ < pending_.size(); }

  // Moves segments to the sending side, up to kPartsMax of them and kSendMax bytes, but one in any
  // case; returns their number. parts() describes them.
  static constexpr size_t kPartsMax = 64;
  static constexpr size_t kSendMax = 256 * 1024;
  size_t take_off();
  iovec* parts() { return parts_.data(); }
  // The send ended: lets go of what was sent.
  void landed();

  void clear();

 private:
  struct Segment {
    const char* data;
    size_t size;
    Chunk* chunk;  // one of chunk and blob is set
    base::Blob* blob;
    size_t room = 0;  // bytes behind it that may be written, in a blob of copies
  };
  static constexpr size_t kCopiesMin = 1024;  // bytes of a blob of copies
  static constexpr size_t kCopiesMax = 16 * 1024;

  void close_segment(Reply& reply);
  void add_bytes(Chunk& chunk, const char* data, size_t size);
  static void drop(const Segment& segment);

  ChunkPool& pool_;
  Chunk* open_chunk_ = nullptr;
  char* open_begin_ = nullptr;
  std::vector<Segment> pending_;
  size_t first_ = 0;  // of pending_: those before it have left
  std::vector<Segment> flying_;
  std::vector<iovec> parts_;
  size_t pending_bytes_ = 0;
  size_t flying_bytes_ = 0;
};

}  // namespace gyre::resp
