#include "exec/session.h"

#include "exec/tracking.h"
#include "exec/transaction.h"

namespace gyre::exec {

Session::Session() = default;
Session::~Session() = default;

void Session::claim(Request& request) {
  request.db = db;
  request.resp3 = resp3;
  request.care = care;
  request.session = this;
}

void Session::update_care() {
  care = no_touch ? kQuiet : 0;
  is_unusual = is_watched || reply_off || reply_skip_next;
  if (tracking == nullptr) {
    return;
  }
  const TrackingOptions& options = tracking->options;
  const bool is_given = tracking->is_caching_given;
  is_unusual |= is_given;
  if (options.is_no_loop) {
    care |= kNamed;
  }
  if (!options.is_broadcast && !(options.opts_in && !is_given) && !(options.opts_out && is_given)) {
    care |= kRemembered;
  }
}

Showing::Showing(Session& session, const Request& request)
    : session_(session), request_(request), is_before_(request.key.name.data() != nullptr) {
  if (session.is_watched && is_before_) [[unlikely]] {
    session.show(request);
  }
}

Showing::~Showing() {
  if (session_.is_watched && !is_before_) [[unlikely]] {
    session_.show(request_);
  }
}

}  // namespace gyre::exec
