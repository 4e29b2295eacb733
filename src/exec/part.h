// Part: the requests of one batch that run on one core, and their replies on the way back.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/blob.h"
#include "exec/locks.h"
#include "exec/request.h"
#include "resp/reply.h"
#include "ring/mailbox.h"

namespace gyre::exec {

class Engine;
class Rest;

// Counts down parts that are out; resumes the waiting coroutine at zero. Asking core only.
class Join {
 public:
  void expect(size_t count) { pending_ += count; }
  void arrived();
  auto wait() {
    struct Awaiter {
      Join& join;
      bool await_ready() const noexcept { return join.pending_ == 0; }
      void await_suspend(std::coroutine_handle<> handle) { join.caller_ = handle; }
      void await_resume() const noexcept { join.caller_ = nullptr; }
    };
    return Awaiter{*this};
  }

 private:
  size_t pending_ = 0;
  std::coroutine_handle<> caller_;
};

// Encoded replies. The first bytes lie in one growing stretch, more of them in pieces that are
// handed on without a copy, as large values are. Positions count bytes as if all were one stretch,
// with one byte for each large value.
class ReplyBuffer final : public resp::Sink {
 public:
  ReplyBuffer() = default;
  ReplyBuffer(const ReplyBuffer&) = delete;
  ReplyBuffer& operator=(const ReplyBuffer&) = delete;
  ~ReplyBuffer();

  void begin(resp::Reply& reply);
  // Bytes encoded so far.
  size_t mark(const resp::Reply& reply) const;
  void finish(resp::Reply& reply);
  void more(resp::Reply& reply, size_t size) override;
  bool attach(resp::Reply& reply, base::Blob& blob, std::string_view bytes) override;

  // Appends the bytes [from, to) with what is attached between them to another reply.
  void copy_to(resp::Reply& reply, size_t from, size_t to) const;
  size_t size() const { return size_; }
  // The first bytes: all of a short reply, the first line of any.
  std::string_view head() const { return stretch_at(0); }
  bool is_error() const { return head().starts_with('-'); }
  // Where the value that begins at `at` ends: a line, or a bulk whose bytes may be attached.
  size_t value_end(size_t at) const;
  bool has_attachments() const { return !attachments_.empty(); }
  void clear();

 private:
  struct Attachment {
    size_t at;
    base::Blob* blob;
    std::string_view bytes;
  };
  struct Piece {
    size_t from;
    base::Blob* blob;
  };
  // Stands for an attached bulk among the encoded bytes; no RESP value begins with it.
  static constexpr char kPlaceholder = '\0';
  static constexpr size_t kInline = 2048;
  static constexpr size_t kFirstMax = 16 * 1024;
  static constexpr size_t kPiece = 64 * 1024 - base::Blob::allocation(0);

  // What lies together with the byte at a position, from there on. No value but an array is ever
  // divided.
  std::string_view stretch_at(size_t at) const;
  const Piece* piece_at(size_t at) const;  // null: in the first stretch
  void copy_bytes(resp::Reply& reply, size_t from, size_t to) const;

  char* data_ = inline_;  // the first stretch
  size_t capacity_ = kInline;
  size_t size_ = 0;
  char* open_ = inline_;  // the stretch that is written now,
  size_t open_at_ = 0;    // its position,
  size_t open_capacity_ = kInline;
  std::vector<Piece> pieces_;
  std::vector<Attachment> attachments_;
  char inline_[kInline];
};

// Replies to many commands in a row, as long as they are not more than their client may be owed.
// What comes behind that goes nowhere: the client will be cut off, and the commands run all the
// same.
class BoundedReply {
 public:
  BoundedReply(resp::Reply& reply, size_t bytes_max)
      : reply_(reply), unheard_(nowhere_, false), begin_(reply.written()), bytes_max_(bytes_max) {}
  BoundedReply(const BoundedReply&) = delete;
  BoundedReply& operator=(const BoundedReply&) = delete;

  // Where the next command answers.
  resp::Reply& next(bool is_resp3) {
    resp::Reply& reply = is_cut() ? drop_last() : reply_;
    reply.set_resp3(is_resp3);
    return reply;
  }
  bool is_cut() const { return reply_.written() - begin_ > bytes_max_; }

 private:
  resp::Reply& drop_last() {
    nowhere_.finish(unheard_);
    nowhere_.clear();
    nowhere_.begin(unheard_);
    return unheard_;
  }

  resp::Reply& reply_;
  ReplyBuffer nowhere_;
  resp::Reply unheard_;
  const size_t begin_;
  const size_t bytes_max_;
};

// Travels to the core that owns the keys and back. The requests and the bytes they refer to belong
// to the asking core and stay as they are meanwhile; the other core writes into the part only.
struct Part : ring::Message {
  Engine* home = nullptr;
  uint16_t core = 0;
  Join* join = nullptr;
  Request* requests = nullptr;    // of the batch
  std::vector<uint16_t> indexes;  // which of them run here, in order
  std::vector<size_t> ends;       // where each one's reply ends in the buffer
  ReplyBuffer buffer;
  size_t next = 0;     // index to run next; a locked key stops a part half way
  size_t replied = 0;  // replies that the asking core has taken
  bool has_written = false;
  bool is_lost = false;  // what it did is not safe, and cannot be for now
  Rest* rest = nullptr;  // of the last reply; the part goes on when that one is complete
  struct Waiter : LockWaiter {
    Part* part = nullptr;
  } waiter;

  // On the asking core: sends it off, or runs it now if its core is this one; again after a rest.
  void start();
  // Has all that has run been taken, and is there a rest to take next?
  bool is_at_rest() const { return rest != nullptr && replied == ends.size(); }
  void reset();

 private:
  static void run_on(Part& part, Engine& engine);
};

}  // namespace gyre::exec
