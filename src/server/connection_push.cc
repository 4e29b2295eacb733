// Messages to a connection: what it is sent without having asked just now.
#include "exec/blocked.h"
#include "exec/engine.h"
#include "server/connection.h"
#include "server/core_server.h"

namespace gyre::server {
namespace {

// Frames of this size or more are never copied.
constexpr size_t kShareMin = 4096;

}  // namespace

// Also a client that has waited for a key gets what it was served with first.
bool Connection::keeps_pushes() const {
  return keeps_pushes_ || (blocked != nullptr && blocked->is_taken());
}

// While a send is under way the client is slow, and what it is sent now may stay for long; likewise
// while it is in the midst of a long reply.
void Connection::push(const resp::Frame& frame) {
  if (is_closing() || is_finished()) {
    return;
  }
  const bool is_kept = keeps_pushes() || output_.is_open();
  if (is_kept && kept_ == nullptr) {
    kept_ = std::make_unique<resp::Output>(core_.engine().chunks());
  }
  was_pushed_ = true;
  resp::Output& output = is_kept ? *kept_ : output_;
  const bool may_stay = keeps_pushes_ || is_sending();
  if (may_stay && frame.bytes().size() < kShareMin) {
    output.append_copy(frame);
  } else {
    output.append(frame);
  }
  mark_dirty(false);
}

// Between two replies.
void Connection::send_kept() {
  output_.append(*kept_);
  kept_.reset();
  mark_dirty(false);
}

Connection::KeepPushes::~KeepPushes() {
  of.keeps_pushes_ = false;
  if (of.kept_ != nullptr) {
    of.send_kept();
  }
}

size_t Connection::output_bytes() const {
  return output_.total_bytes() + (kept_ != nullptr ? kept_->pending_bytes() : 0);
}

void Connection::let_out() { mark_dirty(false); }

const OutputLimit& Connection::output_limit() const {
  const OutputLimits& limits = core_.config().client_output_buffer_limit;
  return is_subscribed() ? limits.pubsub : limits.normal;
}

}  // namespace gyre::server
