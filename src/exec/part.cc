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
  size_ = 0;
}

// Memory of an ordinary pipeline's replies is kept for the next one.
void ReplyBuffer::trim() {
  if (data_ != inline_ && capacity_ > kKeptMax) {
    std::free(data_);
    data_ = inline_;
    capacity_ = kInline;
  }
}

void ReplyBuffer::begin(resp::Reply& reply) { reply.lend(data_ + size_, data_ + capacity_); }

size_t ReplyBuffer::mark(const resp::Reply& reply) const {
  return static_cast<size_t>(reply.at() - data_);
}

void ReplyBuffer::finish(resp::Reply& reply) {
  size_ = mark(reply);
  reply.lend(nullptr, nullptr);
}

void ReplyBuffer::more(resp::Reply& reply, size_t size) {
  size_ = mark(reply);
  capacity_ = std::max(capacity_ * 2, size_ + size);
  if (data_ == inline_) {
    data_ = static_cast<char*>(std::malloc(capacity_));
    GYRE_ASSERT(data_ != nullptr);
    std::memcpy(data_, inline_, size_);
  } else {
    data_ = static_cast<char*>(std::realloc(data_, capacity_));
    GYRE_ASSERT(data_ != nullptr);
  }
  begin(reply);
}

bool ReplyBuffer::attach(resp::Reply& reply, base::Blob& blob) {
  blob.ref();
  // Framed here, on the core that owns the value: those that send it find the frame and only read.
  resp::framed(blob);
  attachments_.push_back({mark(reply), &blob});
  reply.raw({&kPlaceholder, 1});
  return true;
}

void ReplyBuffer::copy_to(resp::Reply& reply, size_t from, size_t to) const {
  // Attachments lie in the order of the bytes, and there may be as many as keys in an MGET.
  auto next = std::lower_bound(attachments_.begin(), attachments_.end(), from,
                               [](const Attachment& a, size_t at) { return a.at < at; });
  for (; next != attachments_.end() && next->at < to; ++next) {
    reply.raw({data_ + from, next->at - from});
    reply.bulk(*next->blob);
    from = next->at + 1;
  }
  reply.raw({data_ + from, to - from});
}

size_t ReplyBuffer::value_end(size_t at) const {
  const std::string_view all = bytes();
  if (all[at] == kPlaceholder) {
    return at + 1;
  }
  const size_t line = all.find('\n', at) + 1;
  if (all[at] != '$' || all[at + 1] == '-') {
    return line;
  }
  return line + static_cast<size_t>(*base::parse_int64(all.substr(at + 1, line - at - 3))) + 2;
}

void Part::reset() {
  indexes.clear();
  ends.clear();
  buffer.clear();
  buffer.trim();
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
  resp::Reply reply(part.buffer, false);
  part.buffer.begin(reply);
  engine.start_clock();
  while (part.next < indexes.size()) {
    Request& request = part.requests[indexes[part.next]];
    if (engine.is_blocked(request)) {
      engine.stop_clock();
      part.buffer.finish(reply);
      part.waiter.part = &part;
      part.waiter.retry = [](LockWaiter& waiter) {
        run_on(*static_cast<Waiter&>(waiter).part, Engine::current());
      };
      engine.locks().wait(part.waiter);
      return;
    }
    reply.set_resp3(request.resp3);
    engine.run_next(request, reply);
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
  engine.core().post(part.home->core_id(), part);
}

}  // namespace gyre::exec
