#include "exec/rest.h"

#include "base/clock.h"
#include "exec/engine.h"

namespace gyre::exec {

Rest::Rest(Engine& engine, const Request& request, store::Entry& entry)
    : engine_(engine), request_(request), entry_(entry) {
  engine.shard().pin(entry);
  lock_.rest = this;
  lock_.exclusive = false;
  lock_.wanted = [](LockRequest& lock) { static_cast<Lock&>(lock).rest->hurry(); };
  Locks::add_key(lock_, request.key.hash);
  engine.locks().keep(lock_);
}

Rest::~Rest() {
  if (has_more_) {
    let_go();
  }
}

void Rest::let_go() {
  has_more_ = false;
  engine_.shard().unpin(entry_);
  engine_.release(lock_);
}

// Encodes a part, and measures it.
void Rest::make(resp::Reply& reply) {
  const uint64_t begin = base::ticks_now();
  const bool has_more = encode(reply);
  ns_ += base::ticks_to_ns(base::ticks_now() - begin);
  if (!has_more) {
    let_go();
  }
}

// Somebody waits. Not now: whoever asks may be in the midst of something.
void Rest::hurry() {
  if (is_building_ || !has_more_) {
    return;
  }
  is_building_ = true;
  run = [](ring::Message& message, ring::Core&) { static_cast<Rest&>(message).build(); };
  engine_.core().post(engine_.core_id(), *this);
}

void Rest::build() {
  is_building_ = false;
  if (is_dropped_) {
    delete this;
    return;
  }
  if (!has_more_) {
    return;
  }
  resp::Reply reply(built_, request_.resp3);
  built_.begin(reply);
  make(reply);
  built_.finish(reply);
  if (built_.size() > engine_.kept_max()) {
    is_cut_ = true;
    built_.clear();
    if (has_more_) {
      let_go();
    }
  }
  hurry();
}

Rest::Outcome Rest::next(resp::Reply& reply) {
  if (built_.size() > 0) {
    built_.copy_to(reply, 0, built_.size());
    built_.clear();
  } else if (has_more_) {
    make(reply);
  }
  if (has_more_) {
    return Outcome::more;
  }
  const Outcome outcome = is_cut_ ? Outcome::cut : Outcome::end;
  finish();
  return outcome;
}

void Rest::drop() { finish(); }

void Rest::finish() {
  engine_.note(request_, ns_, is_cut_);
  is_dropped_ = true;
  if (!is_building_) {
    delete this;
  }
}

}  // namespace gyre::exec
