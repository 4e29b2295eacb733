#include "exec/tracking.h"

#include <algorithm>
#include <utility>

#include "exec/engine.h"

namespace gyre::exec {

// Invalidations on their way to the clients of one core.
struct Tracking::Mail : ring::Message {
  struct Item {
    Invalidation what;
    std::vector<uint64_t> clients;
    uint64_t number;  // of the invalidation
  };
  std::vector<Item> items;
};

// What has changed below a prefix, on its way to a core.
struct Tracking::Broadcast : ring::Message {
  std::string prefix;
  Invalidation what;
};

// An invalidation on its way to the client that gets those of another one; then back, if there is
// nobody.
struct Tracking::Redirection : ring::Message {
  Invalidation what;
  uint64_t spared = 0;
  uint64_t target = 0;
  uint64_t client = 0;  // whose invalidation it is,
  uint16_t home = 0;    // and its core
};

namespace {

// When the limit is lowered; what is left has its turn in housekeep().
constexpr size_t kForgottenAtOnce = 100;

}  // namespace

Tracking::Tracking(ring::Core& core, const Engines& all, Announcer& announcer,
                   resp::ChunkPool& chunks, uint64_t seed)
    : core_(core), all_(all), chunks_(chunks), prefixes_(core, all, announcer), random_(seed) {}

Tracking::~Tracking() = default;

// ---- Keys ----

void Tracking::remember(const store::Key& key, Tracker tracker) {
  table_.remember(key, tracker);
  if (is_over_limit()) [[unlikely]] {
    forget_any_key();
  }
}

void Tracking::note_change(const store::Key& key, bool is_expired) {
  prefixes_.note_change(key.name, is_expired ? 0 : author_);
  if (table_.empty()) {
    return;
  }
  const std::vector<Tracker> trackers = table_.take(key);
  if (!trackers.empty()) {
    invalidate(key.name, trackers, author_);
  }
}

// Nobody can be told of changes of what is forgotten, so it counts as changed now.
void Tracking::forget_any_key() {
  const TrackedKey key = table_.take_any(random_.next());
  invalidate(key.name, key.trackers, 0);
}

void Tracking::invalidate(std::string_view key, const std::vector<Tracker>& trackers, uint64_t by) {
  Invalidation what;
  what.changes.push_back({std::string(key), by});
  InvalidationFrames frames(chunks_, what);
  const uint64_t number = ++invalidations_;
  for (const Tracker tracker : trackers) {
    if (core_of(tracker) == core_.id()) {
      deliver(client_of(tracker), frames, what);
      continue;
    }
    mail_.resize(all_.count());
    std::unique_ptr<Mail>& mail = mail_[core_of(tracker)];
    if (mail == nullptr) {
      mail = std::make_unique<Mail>();
      has_mail_ = true;
    }
    if (mail->items.empty() || mail->items.back().number != number) {
      mail->items.push_back({what, {}, number});
    }
    mail->items.back().clients.push_back(client_of(tracker));
  }
}

void Tracking::end_turn() {
  if (prefixes_.has_changes()) {
    prefixes_.take_changes([this](const Prefix& prefix, const Invalidation& what) {
      deliver_to_prefix(prefix, what);
      for (uint16_t core = 0; core < prefix.counts.size(); ++core) {
        if (core == core_.id() || prefix.counts[core] == 0) {
          continue;
        }
        auto* broadcast = new Broadcast;
        broadcast->prefix = prefix.text;
        broadcast->what = what;
        broadcast->run = [](ring::Message& message, ring::Core&) {
          const std::unique_ptr<Broadcast> self(static_cast<Broadcast*>(&message));
          Tracking& at = Engine::current().tracking();
          if (const Prefix* known = at.prefixes_.find(self->prefix); known != nullptr) {
            at.deliver_to_prefix(*known, self->what);
          }
        };
        core_.post(core, *broadcast);
      }
    });
  }
  if (!std::exchange(has_mail_, false)) {
    return;
  }
  for (uint16_t core = 0; core < mail_.size(); ++core) {
    if (mail_[core] == nullptr) {
      continue;
    }
    Mail& mail = *mail_[core].release();
    mail.run = [](ring::Message& message, ring::Core&) {
      const std::unique_ptr<Mail> self(static_cast<Mail*>(&message));
      Tracking& at = Engine::current().tracking();
      for (const Mail::Item& item : self->items) {
        InvalidationFrames frames(at.chunks_, item.what);
        for (const uint64_t client : item.clients) {
          at.deliver(client, frames, item.what);
        }
      }
    };
    core_.post(core, mail);
  }
}

void Tracking::set_keys_max(uint64_t keys_max) {
  const uint64_t rest = keys_max % all_.count();
  const uint64_t share = keys_max / all_.count() + (core_.id() < rest ? 1 : 0);
  keys_max_ = keys_max == 0 ? SIZE_MAX : static_cast<size_t>(share);
  for (size_t i = 0; i < kForgottenAtOnce && is_over_limit(); ++i) {
    forget_any_key();
  }
}

bool Tracking::housekeep(size_t budget) {
  for (size_t i = 0; i < budget && is_over_limit(); ++i) {
    forget_any_key();
  }
  return table_.free_some(budget) || is_over_limit();
}

// ---- Clients ----

// The client has read the key of an invalidation.
void Tracking::deliver(uint64_t client, InvalidationFrames& frames, const Invalidation& what) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) {
    return;
  }
  const TrackingOptions& options = found->second->tracking->options;
  // Who has gone over to prefixes does not hear of what it has read before.
  const bool is_own = options.is_no_loop && what.changes[0].by == client;
  if (!options.is_broadcast && !is_own) {
    send(*found->second, frames, what, 0);
  }
}

void Tracking::deliver_to_prefix(const Prefix& prefix, const Invalidation& what) {
  InvalidationFrames frames(chunks_, what);
  for (Session* session : prefix.own) {
    if (!session->tracking->options.is_no_loop) {
      send(*session, frames, what, 0);
      continue;
    }
    InvalidationFrames of_others(chunks_, what, session->id);
    if (!of_others.is_empty()) {
      send(*session, of_others, what, session->id);
    }
  }
}

void Tracking::flush() {
  table_.clear();
  const Invalidation what;
  InvalidationFrames frames(chunks_, what);
  for (const auto& [id, session] : clients_) {
    send(*session, frames, what, 0);
  }
}

void Tracking::send(Session& tracker, InvalidationFrames& frames, const Invalidation& what,
                    uint64_t spared) {
  const TrackingOptions& options = tracker.tracking->options;
  if (options.redirect != 0 && options.redirect_core != core_.id()) {
    redirect(tracker, what, spared);
  } else if (options.redirect != 0) {
    const auto target = targets_.find(options.redirect);
    target != targets_.end() ? give(*target->second, frames) : break_redirect(tracker.id);
  } else if (tracker.resp3) {
    tracker.push(frames.in(true));
  }
}

// A client of RESP2 can take messages only if it has subscribed to something.
void Tracking::give(Session& target, InvalidationFrames& frames) {
  if (target.resp3 || target.is_subscribed()) {
    target.push(frames.in(target.resp3));
  }
}

void Tracking::redirect(Session& tracker, const Invalidation& what, uint64_t spared) {
  auto* redirection = new Redirection;
  redirection->what = what;
  redirection->spared = spared;
  redirection->target = tracker.tracking->options.redirect;
  redirection->client = tracker.id;
  redirection->home = core_.id();
  redirection->run = [](ring::Message& message, ring::Core& core) {
    std::unique_ptr<Redirection> self(static_cast<Redirection*>(&message));
    Tracking& at = Engine::current().tracking();
    if (const auto target = at.targets_.find(self->target); target != at.targets_.end()) {
      InvalidationFrames frames(at.chunks_, self->what, self->spared);
      give(*target->second, frames);
      return;
    }
    self->run = [](ring::Message& answer, ring::Core&) {
      const std::unique_ptr<Redirection> back(static_cast<Redirection*>(&answer));
      Engine::current().tracking().break_redirect(back->client);
    };
    const uint16_t home = self->home;
    core.post(home, *self.release());
  };
  core_.post(tracker.tracking->options.redirect_core, *redirection);
}

void Tracking::break_redirect(uint64_t client) {
  const auto found = clients_.find(client);
  if (found == clients_.end() || found->second->tracking->options.redirect == 0) {
    return;
  }
  Session& session = *found->second;
  session.tracking->is_redirect_broken = true;
  if (session.resp3) {
    resp::Frame frame;
    frame.make(chunks_, 128, true, [&session](resp::Reply& reply) {
      reply.push(2);
      reply.bulk("tracking-redir-broken");
      reply.integer(static_cast<int64_t>(session.tracking->options.redirect));
    });
    session.push(frame);
  }
}

void Tracking::enable(Session& session, const TrackingOptions& options,
                      std::vector<std::string_view> prefixes) {
  if (session.tracking == nullptr) {
    session.tracking = std::make_unique<ClientTracking>();
    clients_.emplace(session.id, &session);
  }
  ClientTracking& tracking = *session.tracking;
  tracking.options = options;
  tracking.is_redirect_broken = false;
  if (options.is_broadcast && prefixes.empty()) {
    prefixes.emplace_back("");
  }
  for (const std::string_view prefix : prefixes) {
    const auto at = std::lower_bound(tracking.prefixes.begin(), tracking.prefixes.end(), prefix);
    if (at == tracking.prefixes.end() || *at != prefix) {
      tracking.prefixes.emplace(at, prefix);
      prefixes_.add(session, prefix);
    }
  }
  session.update_care();
  Engine::current().effects().update();
}

void Tracking::disable(Session& session) {
  if (session.tracking == nullptr) {
    return;
  }
  for (const std::string& prefix : session.tracking->prefixes) {
    prefixes_.remove(session, prefix, false);
  }
  clients_.erase(session.id);
  session.tracking.reset();
  session.update_care();
}

void Tracking::add_target(Session& session) {
  session.is_target = true;
  targets_.insert_or_assign(session.id, &session);
}

void Tracking::forget(Session& session) {
  if (session.tracking != nullptr) {
    for (const std::string& prefix : session.tracking->prefixes) {
      prefixes_.remove(session, prefix, true);
    }
    clients_.erase(session.id);
    session.tracking.reset();
    session.update_care();
  }
  if (std::exchange(session.is_target, false)) {
    targets_.erase(session.id);
  }
}

}  // namespace gyre::exec
