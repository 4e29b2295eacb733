// Messages to a connection: what it is sent without having asked just now.
#include "exec/engine.h"
#include "server/connection.h"
#include "server/core_server.h"

namespace gyre::server {
namespace {

// Frames of this size or more are never copied.
constexpr size_t kShareMin = 4096;

}  // namespace

// While a send is under way the client is slow, and what it is sent now may stay for long.
void Connection::push(const resp::Frame& frame) {
  if (is_closing() || is_finished()) {
    return;
  }
  if (output_.is_open() || is_alone_) {
    if (kept_ == nullptr) {
      kept_ = std::make_unique<resp::Output>(core_.engine().chunks());
    }
    kept_->append(frame);
  } else if (is_sending() && frame.bytes().size() < kShareMin) {
    output_.append_copy(frame);
  } else {
    output_.append(frame);
  }
  mark_dirty();
}

// Between two commands.
void Connection::send_kept() {
  output_.append(*kept_);
  kept_.reset();
}

void Connection::let_out() { mark_dirty(); }

const OutputLimit& Connection::output_limit() const {
  const OutputLimits& limits = core_.config().client_output_buffer_limit;
  return is_subscribed() ? limits.pubsub : limits.normal;
}

}  // namespace gyre::server
