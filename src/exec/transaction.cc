#include "exec/transaction.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "exec/session.h"
#include "ring/hop.h"

namespace gyre::exec {
namespace {

// Lays copies of requests and of what they refer to one behind the other in a block.
class Packer {
 public:
  static size_t size_of(const Request& request) {
    size_t bytes = sizeof(Request) + request.argc * sizeof(std::string_view) +
                   request.keys.size() * sizeof(KeyRef);
    for (const std::string_view arg : request.args(0)) {
      bytes += arg.size();
    }
    return (bytes + alignof(Request) - 1) / alignof(Request) * alignof(Request);
  }

  explicit Packer(char* block) : at_(block) {}

  Request* pack(const Request& request) {
    char* const begin = at_;
    at_ += size_of(request);
    auto* const copy = new (begin) Request(request);
    auto* const views = reinterpret_cast<std::string_view*>(begin + sizeof(Request));
    auto* const keys = reinterpret_cast<KeyRef*>(views + request.argc);
    char* bytes = reinterpret_cast<char*>(keys + request.keys.size());
    for (uint32_t i = 0; i < request.argc; ++i) {
      const std::string_view arg = request.argv[i];
      std::copy(arg.begin(), arg.end(), bytes);
      new (views + i) std::string_view(bytes, arg.size());
      bytes += arg.size();
    }
    std::uninitialized_copy(request.keys.begin(), request.keys.end(), keys);
    copy->argv = views;
    copy->keys = {keys, request.keys.size()};
    copy->source = nullptr;
    if (request.key.name.data() != nullptr) {
      copy->key.name = views[request.keys.empty() ? 1 : keys[0].position];
    }
    return copy;
  }

 private:
  char* at_;
};

}  // namespace

void Transaction::queue(Request& request, Route route) {
  queued_.push_back({&request, route});
  writes_ |= request.command->is_write() || request.command->has(kMayReplicate);
  bytes_ += sizeof(Queued) + Packer::size_of(request);
  if (route == Route::block) {  // here it will not
    const auto is_there = [&](const KeyRef& key) { return key.core == request.keys[0].core; };
    route = std::all_of(request.keys.begin(), request.keys.end(), is_there) ? Route::remote
                                                                            : Route::several;
    queued_.back().route = route;
  }
  if (route == Route::several || route == Route::wait) {
    is_spread_ = true;
  } else if (request.key.name.data() != nullptr) {
    is_spread_ |= core_ != kNoCore && core_ != request.core;
    core_ = request.core;
  }
}

void Transaction::own() {
  if (owned_ == queued_.size()) {
    return;
  }
  size_t bytes = 0;
  for (size_t i = owned_; i < queued_.size(); ++i) {
    bytes += Packer::size_of(*queued_[i].request);
  }
  blocks_.push_back(std::make_unique<char[]>(bytes));
  Packer packer(blocks_.back().get());
  for (; owned_ < queued_.size(); ++owned_) {
    queued_[owned_].request = packer.pack(*queued_[owned_].request);
  }
}

// Those of the keys that are not watched yet, each once.
std::vector<store::Key> Transaction::unwatched(uint16_t db, Names names) const {
  std::vector<store::Key> keys;
  std::unordered_set<Watched, WatchedHash> seen;
  for (const std::string_view name : names) {
    const store::Key key{name, store::key_hash(name)};
    const Watched watched{name, key.hash, db};
    if (!watched_.contains(watched) && seen.insert(watched).second) {
      keys.push_back(key);
    }
  }
  return keys;
}

void Transaction::note(Watch& watch) {
  watches_.push_back(&watch);
  watched_.insert({watch.name, watch.hash, watch.db});
}

void Transaction::watch_here(Engine& engine, uint16_t db, Names names) {
  for (const store::Key& key : unwatched(db, names)) {
    note(*engine.watches().add(db, key));
  }
  engine.effects().update();
}

ring::Task<> Transaction::watch(Engine& engine, uint16_t db, Names names) {
  std::vector<std::vector<store::Key>> by_core(engine.all().count());
  for (const store::Key& key : unwatched(db, names)) {
    by_core[engine.owner_of(key.name)].push_back(key);
  }
  for (uint16_t core = 0; core < by_core.size(); ++core) {
    if (by_core[core].empty()) {
      continue;
    }
    const std::vector<store::Key>& keys = by_core[core];
    const auto added = co_await ring::hop(core, [db, &keys](ring::Core&) {
      std::vector<Watch*> watches;
      for (const store::Key& key : keys) {
        watches.push_back(Engine::current().watches().add(db, key));
      }
      Engine::current().effects().update();
      return watches;
    });
    for (Watch* watch : added) {
      note(*watch);
    }
  }
}

namespace {

// Watches of one core that nobody needs any more, on their way there.
struct Farewell : ring::Message {
  std::vector<Watch*> watches;

  static void arrive(ring::Message& message, ring::Core&) {
    const std::unique_ptr<Farewell> self(static_cast<Farewell*>(&message));
    Engine& at = Engine::current();
    for (Watch* watch : self->watches) {
      at.watches().remove(*watch);
    }
    at.effects().update();
  }
};

}  // namespace

void Transaction::forget_watches() {
  if (watches_.empty()) {
    return;
  }
  watched_.clear();  // which refers to the names of these
  Engine& engine = Engine::current();
  std::vector<std::unique_ptr<Farewell>> by_core(engine.all().count());
  for (Watch* watch : std::exchange(watches_, {})) {
    if (watch->core == engine.core_id()) {
      engine.watches().remove(*watch);
      continue;
    }
    std::unique_ptr<Farewell>& farewell = by_core[watch->core];
    if (farewell == nullptr) {
      farewell = std::make_unique<Farewell>();
      farewell->run = &Farewell::arrive;
    }
    farewell->watches.push_back(watch);
  }
  for (uint16_t core = 0; core < by_core.size(); ++core) {
    if (by_core[core] != nullptr) {
      engine.core().post(core, *by_core[core].release());
    }
  }
  engine.effects().update();
}

bool Transaction::can_run_here(Engine& engine) const {
  if (is_spread_ || (core_ != kNoCore && core_ != engine.core_id())) {
    return false;
  }
  for (const Watch* watch : watches_) {
    if (watch->core != engine.core_id() ||
        (engine.locks().any() && engine.locks().blocks(watch->hash, false))) {
      return false;
    }
  }
  return !engine.locks().any() ||
         std::none_of(queued_.begin(), queued_.end(), [&](const Queued& queued) {
           return queued.request->key.name.data() != nullptr && engine.is_blocked(*queued.request);
         });
}

void Transaction::run_here(Engine& engine, Session& session, resp::Reply& reply) {
  const bool is_changed = std::any_of(watches_.begin(), watches_.end(), [&](const Watch* watch) {
    return engine.watches().is_changed(*watch);
  });
  forget_watches();
  if (is_changed) {
    reply.null_array();
    return;
  }
  reply.array(queued_.size());
  engine.begin_unit();
  BoundedReply bounded(reply, session.reply_max());
  for (const Queued& queued : queued_) {
    session.claim(*queued.request);
    const Showing showing(session, *queued.request);
    GYRE_ASSERT(engine.run_next(*queued.request, bounded.next(session.resp3)));
  }
  // The clock refers to the last request, which ends with its transaction.
  engine.stop_clock();
  engine.end_unit();
  reply.set_resp3(session.resp3);
  if (bounded.is_cut()) {
    session.cut();
  }
}

}  // namespace gyre::exec
