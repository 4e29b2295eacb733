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

bool Transaction::is_watching(uint16_t db, std::string_view name) const {
  return std::any_of(watches_.begin(), watches_.end(),
                     [&](const Watch* watch) { return watch->db == db && watch->name == name; });
}

namespace {

Watch* add_watch(Engine& at, uint16_t db, std::string_view name) {
  Watch* watch = at.watches().add(db, {name, store::key_hash(name)});
  at.effects().update();
  return watch;
}

}  // namespace

void Transaction::watch_here(Engine& engine, uint16_t db, Names names) {
  for (const std::string_view name : names) {
    if (!is_watching(db, name)) {
      watches_.push_back(add_watch(engine, db, name));
    }
  }
}

ring::Task<> Transaction::watch(Engine& engine, uint16_t db, Names names) {
  for (const std::string_view name : names) {
    if (!is_watching(db, name)) {
      watches_.push_back(co_await ring::hop(engine.owner_of(name), [db, name](ring::Core&) {
        return add_watch(Engine::current(), db, name);
      }));
    }
  }
}

void Transaction::forget_watches() {
  if (watches_.empty()) {
    return;
  }
  Engine& engine = Engine::current();
  for (Watch* watch : std::exchange(watches_, {})) {
    if (watch->core == engine.core_id()) {
      engine.watches().remove(*watch);
      engine.effects().update();
      continue;
    }
    watch->run = [](ring::Message& message, ring::Core&) {
      Engine::current().watches().remove(static_cast<Watch&>(message));
      Engine::current().effects().update();
    };
    engine.core().post(watch->core, *watch);
  }
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
  for (const Queued& queued : queued_) {
    session.claim(*queued.request);
    const Showing showing(session, *queued.request);
    GYRE_ASSERT(engine.run_next(*queued.request, reply));
    reply.set_resp3(session.resp3);
  }
  // The clock refers to the last request, which ends with its transaction.
  engine.stop_clock();
  engine.end_unit();
}

}  // namespace gyre::exec
