#include "exec/part.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/number.h"
#include "exec/engine.h"

namespace gyre::exec {

void Join::arrived() {
  if (--pending_ == 0 && caller_) {
    ring::Core::current().schedule(caller_);
  }
}

ReplyBuffer::~ReplyBuffer() {
  clear();
  if (data_ != inline_) {
    std::free(data_);
  }
}

void ReplyBuffer::clear() {
  for (const Attachment& attachment : attachments_) {
    attachment.blob->unref();
  }
  attachments_.clear();
  for (const Piece& piece : pieces_) {
    piece.blob->unref();
  }
  pieces_.clear();
  size_ = 0;
  open_ = data_;
  open_at_ = 0;
  open_capacity_ = capacity_;
}

void ReplyBuffer::begin(resp::Reply& reply) {
  reply.lend(open_ + (size_ - open_at_), open_ + open_capacity_);
}

size_t ReplyBuffer::mark(const resp::Reply& reply) const {
  return open_at_ + static_cast<size_t>(reply.at() - open_);
}

void ReplyBuffer::finish(resp::Reply& reply) {
  size_ = mark(reply);
  reply.lend(nullptr, nullptr);
}

// Memory of an ordinary pipeline's replies is one stretch, which is kept for the next pipeline.
void ReplyBuffer::more(resp::Reply& reply, size_t size) {
  size_ = mark(reply);
  const size_t wanted = std::max(capacity_ * 2, size_ + size);
  if (pieces_.empty() && wanted <= kFirstMax) {
    char* grown = static_cast<char*>(std::realloc(data_ == inline_ ? nullptr : data_, wanted));
    GYRE_ASSERT(grown != nullptr);
    if (data_ == inline_) {
      std::memcpy(grown, inline_, size_);
    }
    data_ = open_ = grown;
    capacity_ = open_capacity_ = wanted;
  } else {
    base::Blob* blob = base::Blob::make(std::max(kPiece, size));
    pieces_.push_back({size_, blob});
    open_ = blob->data();
    open_at_ = size_;
    open_capacity_ = blob->capacity;
  }
  begin(reply);
}

bool ReplyBuffer::attach(resp::Reply& reply, base::Blob& blob, std::string_view bytes) {
  blob.ref();
  attachments_.push_back({mark(reply), &blob, bytes});
  reply.raw({&kPlaceholder, 1});
  return true;
}

void ReplyBuffer::copy_to(resp::Reply& reply, size_t from, size_t to) const {
  // Attachments lie in the order of the bytes, and there may be as many as keys in an MGET.
  auto next = std::lower_bound(attachments_.begin(), attachments_.end(), from,
                               [](const Attachment& a, size_t at) { return a.at < at; });
  for (; next != attachments_.end() && next->at < to; ++next) {
    copy_bytes(reply, from, next->at);
    reply.raw(*next->blob, next->bytes);
    from = next->at + 1;
  }
  copy_bytes(reply, from, to);
}

void ReplyBuffer::copy_bytes(resp::Reply& reply, size_t from, size_t to) const {
  while (from < to) {
    const Piece* piece = piece_at(from);
    const std::string_view bytes = stretch_at(from).substr(0, to - from);
    piece != nullptr ? reply.raw(*piece->blob, bytes) : reply.raw(bytes);
    from += bytes.size();
  }
}

const ReplyBuffer::Piece* ReplyBuffer::piece_at(size_t at) const {
  const auto next =
      std::upper_bound(pieces_.begin(), pieces_.end(), at,
                       [](size_t position, const Piece& p) { return position < p.from; });
  return next == pieces_.begin() ? nullptr : &next[-1];
}

std::string_view ReplyBuffer::stretch_at(size_t at) const {
  const Piece* piece = piece_at(at);
  const Piece* next = piece != nullptr ? piece + 1 : pieces_.data();
  const size_t end = next == pieces_.data() + pieces_.size() ? size_ : next->from;
  return piece == nullptr ? std::string_view(data_ + at, end - at)
                          : std::string_view(piece->blob->data() + (at - piece->from), end - at);
}

size_t ReplyBuffer::value_end(size_t at) const {
  const std::string_view bytes = stretch_at(at);
  if (bytes[0] == kPlaceholder) {
    return at + 1;
  }
  const size_t line = bytes.find('\n') + 1;
  if (bytes[0] != '$' || bytes[1] == '-') {
    return at + line;
  }
  return at + line + static_cast<size_t>(*base::parse_int64(bytes.substr(1, line - 3))) + 2;
}

void Part::reset() {
  indexes.clear();
  ends.clear();
  buffer.clear();
  has_written = is_lost = false;
  next = 0;
  replied = 0;
}

void Part::start() {
  join->expect(1);
  run = [](ring::Message& message, ring::Core&) {
    run_on(static_cast<Part&>(message), Engine::current());
  };
  if (core == home->core_id()) {
    run_on(*this, *home);
  } else {
    home->core().post(core, *this);
  }
}

void Part::run_on(Part& part, Engine& engine) {
  store::Shard& shard = engine.shard();
  const std::vector<uint16_t>& indexes = part.indexes;
  if (indexes.size() > 1 && part.next == 0) {
    for (const uint16_t index : indexes) {
      shard.db(part.requests[index].db).prefetch_slots(part.requests[index].key.hash);
    }
    for (const uint16_t index : indexes) {
      shard.db(part.requests[index].db).prefetch_entry(part.requests[index].key.hash);
    }
  }
  const uint64_t writes = engine.recorder().writes();
  resp::Reply reply(part.buffer, false);
  part.buffer.begin(reply);
  engine.start_clock(true);
  while (part.rest == nullptr && part.next < indexes.size()) {
    Request& request = part.requests[indexes[part.next]];
    if (engine.is_blocked(request)) {
      engine.stop_clock();
      part.buffer.finish(reply);
      part.has_written |= engine.recorder().writes() != writes;
      part.waiter.part = &part;
      part.waiter.retry = [](LockWaiter& waiter) {
        run_on(*static_cast<Waiter&>(waiter).part, Engine::current());
      };
      engine.locks().wait(part.waiter);
      engine.want_keys(request);
      return;
    }
    reply.set_resp3(request.resp3);
    if (!engine.run_next(request, reply)) [[unlikely]] {
      part.rest = engine.take_rest();
    }
    part.ends.push_back(part.buffer.mark(reply));
    ++part.next;
  }
  engine.stop_clock();
  part.buffer.finish(reply);
  if (&engine == part.home) {
    part.join->arrived();
    return;
  }
  part.run = [](ring::Message& message, ring::Core&) {
    static_cast<Part&>(message).join->arrived();
  };
  part.has_written |= engine.recorder().writes() != writes;
  engine.departures().post(part.home->core_id(), part,
                           {.is_lost = &part.is_lost, .has_written = part.has_written});
}

}  // namespace gyre::exec
