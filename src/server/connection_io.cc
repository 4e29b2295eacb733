// The bytes of a connection: what arrives, what is parsed from it, what is sent.
#include <algorithm>

#include "base/log.h"
#include "exec/blocked.h"
#include "exec/engine.h"
#include "exec/transaction.h"
#include "server/connection.h"
#include "server/core_server.h"

namespace gyre::server {
namespace {

constexpr size_t kTrimAbove = 64;  // bytes of an empty input buffer that a connection may keep

constexpr uint32_t kOwnMemory = UINT32_MAX;  // the "buffer" of a slice that is a copy

// What may arrive while commands run before receiving is paused.
constexpr size_t kLaterMax = 256 * 1024;

}  // namespace

// ---- Stream ----

void Connection::received(ring::Slice slice) {
  ring::Reactor& reactor = core_.core().reactor();
  core_.stats().input_bytes += slice.size;
  ring::Slice& last = queued_ > 0 ? queue_[queued_ - 1] : slice_;
  // Who waits for its client, or for the end of a pause, may do so for long, and receive buffers
  // are few: a few dozen such connections would leave none for the others.
  const bool may_take_long =
      (waiting_ != Waiting::nothing && waiting_ != Waiting::input) || blocked != nullptr;
  if (may_take_long) {
    later_.append(slice.data, slice.size);
    reactor.release(slice);
  } else if (slice_left() == 0 && waiting_bytes() == 0 && !busy_) {
    release_slice();
    slice_ = slice;
  } else if (last.size > 0 && later_.empty() && last.buffer == slice.buffer &&
             last.data + last.size == slice.data) {
    last.size += slice.size;  // one hold on the buffer is enough
    reactor.release(slice);
  } else if (later_.empty() && queued_ < kQueueMax && !reactor.is_scarce()) {
    queue_[queued_++] = slice;
  } else {
    later_.append(slice.data, slice.size);
    reactor.release(slice);
  }
  if (blocked != nullptr) {
    // Only who receives sees that the client leaves.
    if (static_cast<int64_t>(later_.size()) > core_.config().client_query_buffer_limit) {
      close_now();
    }
  } else if (!paused_ && waiting_bytes() > kLaterMax) {
    paused_ = true;
    reactor.pause(*this);
  }
  wake();
}

void Connection::receive_ended(int error) {
  ended_ = true;
  if (blocked != nullptr) {
    close_now();  // nobody is there to be served
  }
  wake();
}

void Connection::sent(int error) {
  output_.landed();
  if (error != 0) {
    output_.clear();
    close_now();
  } else if (output_.has_pending()) {
    flush();
  } else if (closing_gently_ && !is_serving_) {
    close_now();
  }
  wake();
}

void Connection::closed() {
  is_closed_ = true;
  ended_ = true;
  if (!is_serving_) {
    core_.remove(*this);
    return;
  }
  wake();
}

// ---- Output ----

void Connection::mark_dirty(bool is_answer) {
  has_answers_ |= is_answer;
  if (!is_dirty_) {
    is_dirty_ = true;
    core_.add_dirty(*this);
  }
}

void Connection::flush() {
  is_dirty_ = false;
  has_answers_ = false;
  if (kept_ != nullptr && !keeps_pushes()) {
    send_kept();
  }
  if (std::exchange(was_pushed_, false)) {
    check_output();
  }
  if (is_sending() || is_closing() || unknown_to > 0 || is_held()) {
    return;
  }
  const size_t count = output_.take_off();
  core_.stats().output_bytes += output_.total_bytes() - output_.pending_bytes();
  if (count == 0) {
    if (closing_gently_ && !is_serving_) {
      close_now();
    }
    return;
  }
  iovec* parts = output_.parts();
  if (count == 1) {
    core_.core().reactor().send(*this, static_cast<const char*>(parts->iov_base), parts->iov_len);
  } else {
    core_.core().reactor().send(*this, parts, count);
  }
}

void Connection::close_gently() {
  closing_gently_ = true;
  core_.engine().channels().leave_all(*this);
  core_.engine().tracking().forget(*this);
  core_.monitors().remove(*this, false);
  if (blocked != nullptr) {
    blocked->cancel(exec::Blocked::End::closed);
  }
  if (!is_serving_ && !is_sending() && !output_.has_pending()) {
    close_now();
  }
  wake();
}

void Connection::close_now() {
  ended_ = true;
  core_.forget(*this);
  if (blocked != nullptr) {
    blocked->cancel(exec::Blocked::End::closed);
  }
  core_.core().reactor().close(*this);
  wake();
}

void Connection::check_output() {
  const OutputLimit& limit = output_limit();
  const auto bytes = static_cast<int64_t>(output_bytes());
  if (limit.hard_bytes > 0 && bytes > limit.hard_bytes) {
    cut_off(bytes);
  }
}

size_t Connection::reply_max() const {
  const int64_t bytes = output_limit().hard_bytes;
  return bytes > 0 ? static_cast<size_t>(bytes) : SIZE_MAX;
}

void Connection::cut() { cut_off(output_limit().hard_bytes); }

void Connection::cut_off(int64_t bytes) {
  if (is_closing()) {
    return;
  }
  log::warning("Client {} closed for overcoming of output buffer limits ({} bytes)", id, bytes);
  ++core_.stats().output_limit_disconnections;
  close_now();
}

// ---- Input ----

void Connection::check_input() {
  const size_t queued = transaction != nullptr ? transaction->bytes() : 0;
  if (static_cast<int64_t>(parser_.held_bytes() + input_.size() + queued) >
      core_.config().client_query_buffer_limit) {
    log::warning("Closing client {} that reached max query buffer length", id);
    ++core_.stats().query_limit_disconnections;
    close_now();
  }
}

// Commands that run now count, since their bytes are still in use.
size_t Connection::input_bytes() const {
  const size_t parsed = busy_ ? 0 : slice_at_ + input_at_;
  return slice_.size + input_.size() - parsed + waiting_bytes() + parser_.held_bytes();
}

size_t Connection::waiting_bytes() const {
  size_t bytes = later_.size();
  for (uint32_t i = 0; i < queued_; ++i) {
    bytes += queue_[i].size;
  }
  return bytes;
}

size_t Connection::input_capacity() const {
  return input_.capacity() + later_.capacity() + own_slice_.capacity();
}

resp::ParserLimits Connection::parser_limits() const {
  // Keys and elements count their bytes in 32 bits.
  constexpr int64_t kArgumentMax = UINT32_MAX - 1024;
  return {std::min(core_.config().proto_max_bulk_len, kArgumentMax), authenticated};
}

// Fills the batch from what has arrived; false after a violation of the protocol.
bool Connection::read_commands(exec::Batch& batch) {
  const size_t most = authenticated ? exec::Batch::kMax : 1;
  bool stop = false;
  while (!stop && batch.size() < most) {
    const bool ok = input_at_ < input_.size() ? read_from_input(batch, stop)
                    : slice_left() > 0        ? read_from_slice(batch, stop)
                                              : (stop = true);
    if (!ok) {
      return false;
    }
  }
  return true;
}

// Continues an unfinished command: takes as much from the slice as it needs, no more.
bool Connection::read_from_input(exec::Batch& batch, bool& stop) {
  const size_t first = batch.arguments().views.size();
  size_t consumed = 0;
  const resp::ParserLimits limits = parser_limits();
  switch (parser_.next(input_.data() + input_at_, input_.size() - input_at_, limits,
                       batch.arguments(), consumed)) {
    case resp::ParseResult::error:
      return false;
    case resp::ParseResult::command:
      input_at_ += consumed;
      batch.add(first);
      if (topped_up_ > 0) {
        const size_t surplus = input_.size() - input_at_;
        slice_at_ -= static_cast<uint32_t>(surplus);
        input_.resize(input_at_);
        topped_up_ = 0;
      }
      return true;
    case resp::ParseResult::incomplete:
      break;
  }
  input_at_ += consumed;
  if (batch.size() > 0 || slice_left() == 0) {
    stop = true;  // growing input_ would move bytes the batch refers to
    return true;
  }
  input_.erase(0, input_at_);
  input_at_ = 0;
  topped_up_ = 0;
  if (!input_.empty() || !parser_.is_collecting()) {
    topped_up_ = std::min(slice_left(), std::max<size_t>(parser_.needed(), 1024));
    input_.append(slice_.data + slice_at_, topped_up_);
    slice_at_ += static_cast<uint32_t>(topped_up_);
  }
  return true;
}

bool Connection::read_from_slice(exec::Batch& batch, bool& stop) {
  const size_t first = batch.arguments().views.size();
  size_t consumed = 0;
  const resp::ParserLimits limits = parser_limits();
  const resp::ParseResult result =
      parser_.next(slice_.data + slice_at_, slice_left(), limits, batch.arguments(), consumed);
  slice_at_ += static_cast<uint32_t>(consumed);
  if (result == resp::ParseResult::error) {
    return false;
  }
  if (result == resp::ParseResult::command) {
    batch.add(first);
  } else {
    stop = true;
  }
  return true;
}

// After a batch: drops what was consumed, keeps an unfinished command in input_, gives the slice
// back.
// True if bytes are at hand that the parser has not seen.
bool Connection::settle(bool has_progressed) {
  bool has_new = false;
  if (input_at_ == input_.size()) {
    input_.clear();
    input_at_ = 0;
  } else if (input_at_ > input_.size() / 2) {
    // Not after every batch, or a long input would be moved once per 64 commands.
    input_.erase(0, input_at_);
    input_at_ = 0;
  }
  topped_up_ = 0;
  if (slice_left() == 0 || parser_.is_midway()) {
    keep_slice();
  }
  // What waits is taken over when there is room, so that a pause of receiving bounds the input; a
  // command that could not be finished needs it whatever its size.
  const bool has_room = input_.size() - input_at_ < kLaterMax || !has_progressed;
  if (slice_.size == 0 && waiting_bytes() > 0 && has_room) {
    has_new = true;
    if (queued_ > 0) {
      slice_ = queue_[0];
      std::copy(queue_ + 1, queue_ + queued_--, queue_);
    } else if (input_.empty()) {
      std::swap(input_, later_);
    } else {
      input_.append(later_);
      later_.clear();
    }
    if (paused_ && later_.empty()) {
      paused_ = false;
      core_.core().reactor().receive(*this);
    }
  }
  return has_new || slice_left() > 0;
}

// Moves what is left of the slice to the input, and gives the slice back.
void Connection::keep_slice() {
  if (slice_.size > 0) {
    input_.append(slice_.data + slice_at_, slice_left());
    release_slice();
  }
}

void Connection::keep_slices() {
  keep_slice();
  empty_queue();
}

void Connection::release_slice() {
  if (slice_.buffer == kOwnMemory) {
    own_slice_.clear();
  } else if (slice_.size > 0) {
    core_.core().reactor().release(slice_);
  }
  slice_ = {};
  slice_at_ = 0;
}

// Before a wait in the middle of a batch: if that may be long, or receive buffers are few, the
// slices are copied. A buffer that is held is lost for everybody else, for
// whoever could end the wait as well.
void Connection::let_go_of_slices(exec::Batch& batch, bool may_be_long) {
  if (!may_be_long && !core_.core().reactor().is_scarce()) {
    return;
  }
  empty_queue();
  if (slice_.size == 0 || slice_.buffer == kOwnMemory) {
    return;
  }
  own_slice_.assign(slice_.data, slice_.size);
  batch.rebase(slice_.data, slice_.size, own_slice_.data());
  core_.core().reactor().release(slice_);
  slice_ = {own_slice_.data(), slice_.size, kOwnMemory};
}

// Copies what waits in the reactor's memory.
void Connection::empty_queue() {
  if (queued_ == 0) {
    return;
  }
  std::string bytes;
  bytes.reserve(waiting_bytes());
  for (; queued_ > 0; --queued_) {
    bytes.append(queue_[0].data, queue_[0].size);
    core_.core().reactor().release(queue_[0]);
    std::copy(queue_ + 1, queue_ + queued_, queue_);
  }
  bytes.append(later_);
  later_ = std::move(bytes);
}

void Connection::trim() {
  if (busy_) {
    return;
  }
  if (input_.empty() && input_.capacity() > kTrimAbove) {
    std::string().swap(input_);
  }
  if (later_.empty() && later_.capacity() > kTrimAbove) {
    std::string().swap(later_);
  }
  if (own_slice_.empty() && own_slice_.capacity() > kTrimAbove) {
    std::string().swap(own_slice_);
  }
}

}  // namespace gyre::server
