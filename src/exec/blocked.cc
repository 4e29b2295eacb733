#include "exec/blocked.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "exec/engine.h"

namespace gyre::exec {

// ---- Blocked ----

ParkedKey& Blocked::add_key(const KeyRef& key) {
  keys_.push_back(std::make_unique<ParkedKey>());
  ParkedKey& parked = *keys_.back();
  parked.who = this;
  parked.core = key.core;
  parked.request = request_;
  parked.request.core = key.core;
  parked.key = key;
  return parked;
}

void Blocked::end(End how) {
  end_ = how;
  if (caller_) {
    home_.core().schedule(std::exchange(caller_, nullptr));
  }
}

bool Blocked::cancel(End reason) {
  if (!claim()) {
    missed_ = missed_ == End::closed ? missed_ : reason;
    return false;
  }
  end(reason);
  return true;
}

void Blocked::wait_again() {
  end_ = End::none;
  state_.store(State::waiting, std::memory_order_release);
  if (const End missed = std::exchange(missed_, End::none); missed != End::none) {
    cancel(missed);
  }
}

void Blocked::finish(Engine& at, End how) {
  if (&at == &home_) {
    end(how);
    return;
  }
  message_end_ = how;
  run = [](ring::Message& message, ring::Core&) {
    auto& self = static_cast<Blocked&>(message);
    self.end(self.message_end_);
  };
  const bool has_written = how == End::served && request_.command->is_write();
  at.departures().post(home_.core_id(), *this, {.is_lost = &is_lost_, .has_written = has_written});
}

void Blocked::start_timer(uint64_t timeout_ms) {
  alarm_.who = this;
  alarm_.fire = [](ring::Timer& timer) { static_cast<Alarm&>(timer).who->cancel(End::timeout); };
  ring::Core& core = home_.core();
  // The clock of the turn is rounded down; one more makes up for it.
  core.timers().add(alarm_, core.now_ms() + timeout_ms + 1);
}

void Blocked::stop_timer() {
  if (alarm_.is_armed()) {
    home_.core().timers().cancel(alarm_);
  }
}

// ---- BlockedKeys ----

BlockedQueue* BlockedKeys::find(uint16_t db, const store::Key& key) {
  const auto range = by_hash_.equal_range(key.hash);
  for (auto at = range.first; at != range.second; ++at) {
    if (at->second->db == db && at->second->name == key.name) {
      return at->second.get();
    }
  }
  return nullptr;
}

void BlockedKeys::park(ParkedKey& parked) {
  const uint16_t db = parked.request.db;
  const store::Key key = parked.request.key_at(parked.key);
  BlockedQueue* queue = find(db, key);
  if (queue == nullptr) {
    auto fresh = std::make_unique<BlockedQueue>();
    fresh->db = db;
    fresh->hash = key.hash;
    fresh->name = key.name;
    queue = by_hash_.emplace(key.hash, std::move(fresh))->second.get();
  }
  parked.queue = queue;
  queue->minding += parked.request.command->shape.blocking->minds_absence ? 1 : 0;
  queue->waiting.push_back(parked);
}

void BlockedKeys::unpark(ParkedKey& parked) {
  if (parked.queue == nullptr) {
    return;
  }
  BlockedQueue& queue = *std::exchange(parked.queue, nullptr);
  parked.unlink();
  queue.minding -= parked.request.command->shape.blocking->minds_absence ? 1 : 0;
  if (std::exchange(parked.is_away, false)) {
    look_at(queue);
  }
  drop_if_idle(queue);
}

void BlockedKeys::come_back(ParkedKey& parked) {
  parked.is_away = false;
  look_at(*parked.queue);
}

void BlockedKeys::drop_if_idle(BlockedQueue& queue) {
  if (queue.is_ready || queue.is_served || !queue.waiting.is_empty()) {
    return;
  }
  const auto range = by_hash_.equal_range(queue.hash);
  for (auto at = range.first; at != range.second; ++at) {
    if (at->second.get() == &queue) {
      by_hash_.erase(at);
      return;
    }
  }
}

void BlockedKeys::look_at(BlockedQueue& queue) {
  if (!queue.is_ready) {
    queue.is_ready = true;
    ready_.push_back(&queue);
  }
}

void BlockedKeys::note_change(uint16_t db, const store::Key& key) {
  if (BlockedQueue* queue = find(db, key); queue != nullptr) {
    look_at(*queue);
  }
}

void BlockedKeys::note_all(uint16_t db) {
  for (const auto& [hash, queue] : by_hash_) {
    if (queue->db == db) {
      look_at(*queue);
    }
  }
}

void BlockedKeys::retry_locked() {
  ready_.insert(ready_.end(), locked_.begin(), locked_.end());
  locked_.clear();
}

void BlockedKeys::serve(Engine& at) {
  if (std::exchange(is_serving_, true)) {
    return;  // what serves a client may make another key ready
  }
  for (size_t i = 0; i < ready_.size(); ++i) {
    BlockedQueue& queue = *ready_[i];
    if (at.locks().any() && at.locks().blocks(queue.hash, true)) {
      at.locks().want(queue.hash);
      locked_.push_back(&queue);
      continue;
    }
    queue.is_ready = false;
    queue.is_served = true;
    serve_queue(at, queue);
    queue.is_served = false;
    drop_if_idle(queue);
  }
  ready_.clear();
  is_serving_ = false;
}

void BlockedKeys::serve_queue(Engine& at, BlockedQueue& queue) {
  store::Keyspace& db = at.shard().db(queue.db);
  for (auto next = queue.waiting.begin(); next != queue.waiting.end();) {
    if (queue.minding == 0 && db.peek(queue.key()) == nullptr) {
      return;
    }
    ParkedKey& parked = *next;
    ++next;
    if (parked.is_away) {
      return;
    }
    Blocked& who = *parked.who;
    const Blocking& blocking = *parked.request.command->shape.blocking;
    if (who.is_taken() || !blocking.can_serve(parked.request, at.shard(), queue.key())) {
      continue;
    }
    const bool is_here = std::all_of(parked.request.keys.begin(), parked.request.keys.end(),
                                     [&](const KeyRef& key) { return key.core == at.core_id(); });
    if (is_here && at.is_blocked(parked.request)) {  // where BLMOVE would push to
      at.want_keys(parked.request);
      if (!std::exchange(queue.is_ready, true)) {
        locked_.push_back(&queue);
      }
      return;
    }
    if (!who.claim()) {
      continue;
    }
    if (!is_here) {
      parked.is_away = true;
      who.finish(at, Blocked::End::retry);
      return;
    }
    serve_one(at, parked);
  }
}

void BlockedKeys::serve_one(Engine& at, ParkedKey& parked) {
  Blocked& who = *parked.who;
  const uint64_t begin = base::ticks_now();
  resp::Reply reply(who.reply(), parked.request.resp3);
  who.reply().begin(reply);
  const Status status = at.run_gather_here(parked.request, reply);
  at.recorder().end_step();
  if (!status) {
    at.encode_error(status.error(), reply);
  }
  who.reply().finish(reply);
  at.note(parked.request, base::ticks_to_ns(base::ticks_now() - begin), reply.errors() > 0);
  for (const auto& other : who.keys()) {
    if (other->core == at.core_id()) {
      unpark(*other);
    }
  }
  who.finish(at, Blocked::End::served);
}

}  // namespace gyre::exec
