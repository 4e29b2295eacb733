#include "exec/several.h"

#include <algorithm>
#include <memory>

#include "base/clock.h"
#include "base/number.h"
#include "exec/carry.h"
#include "ring/hop.h"
#include "ring/sleep.h"

namespace gyre::exec {
namespace {

// What one core does for the command. The object stays on the asking core's side of memory; the
// other core works on it while the asking coroutine waits.
struct CorePart {
  uint16_t core = 0;
  LockRequest lock;
  Request request;
  std::vector<KeyRef> keys;
  ReplyBuffer reply;
  bool is_lending = false;
};

// Travels to a core, waits there for the part's locks, and comes back holding them.
struct LockHop : ring::Message {
  CorePart* part;
  Engine* home;
  std::coroutine_handle<> caller;

  LockHop(CorePart& target, Engine& engine) : part(&target), home(&engine) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    caller = handle;
    run = [](ring::Message& message, ring::Core&) { static_cast<LockHop&>(message).arrive(); };
    home->core().post(part->core, *this);
  }
  void await_resume() const noexcept {}

  void arrive() {
    part->lock.context = this;
    part->lock.granted = [](LockRequest& request) {
      static_cast<LockHop*>(request.context)->answer();
    };
    if (Engine::current().locks().acquire(part->lock)) {
      answer();
    }
  }
  void answer() {
    run = [](ring::Message& message, ring::Core& at) {
      at.schedule(static_cast<LockHop&>(message).caller);
    };
    Engine::current().core().post(home->core_id(), *this);
  }
};

// Runs a step of every part on its core, all at the same time; awaited as one.
class Fan {
 public:
  using Step = void (*)(CorePart& part, Engine& at, void* context);

  Fan(Engine& home, std::vector<std::unique_ptr<CorePart>>& parts, Step step, void* context)
      : home_(home), step_(step), context_(context) {
    for (auto& part : parts) {
      messages_.emplace_back();
      messages_.back().fan = this;
      messages_.back().part = part.get();
    }
  }

  auto run() {
    join_.expect(messages_.size());
    for (Hop& hop : messages_) {
      hop.run = [](ring::Message& message, ring::Core& at) {
        auto& self = static_cast<Hop&>(message);
        self.fan->step_(*self.part, Engine::current(), self.fan->context_);
        self.run = [](ring::Message& answer, ring::Core&) {
          static_cast<Hop&>(answer).fan->join_.arrived();
        };
        at.post(self.fan->home_.core_id(), self);
      };
      home_.core().post(hop.part->core, hop);
    }
    return join_.wait();
  }

 private:
  struct Hop : ring::Message {
    Fan* fan;
    CorePart* part;
  };
  Engine& home_;
  Step step_;
  void* context_;
  Join join_;
  std::vector<Hop> messages_;
};

using Parts = std::vector<std::unique_ptr<CorePart>>;

Parts make_parts(const Request& request, bool exclusive) {
  Parts parts;
  for (const KeyRef& key : request.keys) {
    auto at = std::find_if(parts.begin(), parts.end(),
                           [&](const auto& part) { return part->core == key.core; });
    if (at == parts.end()) {
      parts.push_back(std::make_unique<CorePart>());
      at = parts.end() - 1;
      (*at)->core = key.core;
    }
    (*at)->keys.push_back(key);
    Locks::add_key((*at)->lock, key.hash);
  }
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return a->core < b->core; });
  for (auto& part : parts) {
    part->lock.exclusive = exclusive;
    part->request = request;
    part->request.core = part->core;
    part->request.keys = part->keys;
    part->request.key = request.key_at(part->keys[0]);
  }
  return parts;
}

Parts make_whole_parts(const Engine& engine, bool exclusive) {
  Parts parts;
  for (uint16_t core = 0; core < engine.all().count(); ++core) {
    parts.push_back(std::make_unique<CorePart>());
    parts.back()->core = core;
    parts.back()->lock.exclusive = exclusive;
    parts.back()->lock.whole_core = true;
  }
  return parts;
}

void run_split_step(CorePart& part, Engine& at, void*) {
  resp::Reply reply(part.reply, part.request.resp3);
  part.reply.begin(reply);
  const Status status =
      part.request.command->shape.handler(part.request, at.shard_for(part.request), reply);
  if (!status) {
    reply.error(status.error());
  }
  part.reply.finish(reply);
  at.locks().release(part.lock);
}

struct GatherContext {
  Carry carry;
  Error error{nullptr};
  bool failed = false;
  bool is_lent = false;  // locks are kept until all writes have ended
};

void let_go(CorePart& part, Engine& at) {
  if (part.is_lending) {
    at.shard().take_back();
  }
  at.locks().release(part.lock);
}

void run_read_step(CorePart& part, Engine& at, void* shared) {
  auto& all = *static_cast<GatherContext*>(shared);
  const Status status =
      part.request.command->shape.read(part.request, at.shard_for(part.request), all.carry);
  if (!status) {
    resp::Reply error(part.reply, part.request.resp3);
    part.reply.begin(error);
    error.error(status.error());
    part.reply.finish(error);
  }
  part.is_lending = all.carry.is_lent_by(part.core);
  if (part.is_lending) {
    at.shard().lend();
  }
}

void run_write_step(CorePart& part, Engine& at, void* shared) {
  auto& all = *static_cast<GatherContext*>(shared);
  if (!all.failed) {
    resp::Reply answer(part.reply, part.request.resp3);
    part.reply.begin(answer);
    const Status status = part.request.command->shape.write(
        part.request, at.shard_for(part.request), all.carry, answer);
    if (!status) {
      answer.error(status.error());
    }
    part.reply.finish(answer);
  }
  if (!all.is_lent) {
    let_go(part, at);
  }
}

void fold_by_key(const Request& request, Parts& parts, resp::Reply& reply) {
  reply.array(request.keys.size());
  struct Cursor {
    const ReplyBuffer* from = nullptr;
    size_t at = 0;
  };
  std::vector<Cursor> by_core(size_t{parts.back()->core} + 1);
  for (const auto& part : parts) {
    const size_t header = part->reply.head().find('\n') + 1;
    by_core[part->core] = {&part->reply, header};
  }
  for (const KeyRef& key : request.keys) {
    Cursor& cursor = by_core[key.core];
    const size_t end = cursor.from->value_end(cursor.at);
    cursor.from->copy_to(reply, cursor.at, end);
    cursor.at = end;
  }
}

void fold(const Request& request, Parts& parts, resp::Reply& reply) {
  for (const auto& part : parts) {
    if (part->reply.is_error()) {
      part->reply.copy_to(reply, 0, part->reply.size());
      return;
    }
  }
  switch (request.command->shape.fold) {
    case Fold::first:
      parts[0]->reply.copy_to(reply, 0, parts[0]->reply.size());
      return;
    case Fold::sum: {
      int64_t sum = 0;
      for (const auto& part : parts) {
        const std::string_view bytes = part->reply.head();
        sum += *base::parse_int64(bytes.substr(1, bytes.size() - 3));
      }
      reply.integer(sum);
      return;
    }
    case Fold::by_key:
      fold_by_key(request, parts, reply);
      return;
  }
}

// Counts a command whose reply is complete, on the asking core.
void note_several(Engine& engine, const Request& request, uint64_t begin, const ReplyBuffer& out) {
  if (out.is_error()) {
    engine.stats().count_error(out.head().substr(1));
  }
  engine.note(request, base::ticks_to_ns(base::ticks_now() - begin), out.is_error());
}

ring::Task<> lock_all(Engine& engine, Parts& parts) {  // both outlive the task
  for (auto& part : parts) {
    co_await LockHop{*part, engine};
  }
}

}  // namespace

Carry::~Carry() {
  for (const Item& item : items) {
    if (item.entry != nullptr) {
      Engine::current().shard().discard(item.entry);
    }
  }
}

Status Engine::run_gather_here(Request& request, resp::Reply& reply) {
  Carry carry;
  carry.is_here = true;
  for (const KeyRef& key : request.keys) {
    carry.items.push_back({.position = key.position, .core = core_id_, .hash = key.hash});
  }
  GYRE_TRY(request.command->shape.read(request, shard_for(request), carry));
  return request.command->shape.write(request, shard_, carry, reply);
}

ring::Task<> run_several(Engine& engine, Request& request, ReplyBuffer& out) {
  Parts parts = make_parts(request, request.command->is_write());
  co_await lock_all(engine, parts);
  const uint64_t begin = base::ticks_now();
  resp::Reply reply(out, request.resp3);
  if (request.command->shape.kind != Shape::Kind::gather) {
    Fan run(engine, parts, run_split_step, nullptr);
    co_await run.run();
    out.begin(reply);
    fold(request, parts, reply);
    out.finish(reply);
    note_several(engine, request, begin, out);
    co_return;
  }
  GatherContext context;
  for (const KeyRef& key : request.keys) {
    context.carry.items.push_back({.position = key.position, .core = key.core, .hash = key.hash});
  }
  Fan read(engine, parts, run_read_step, &context);
  co_await read.run();
  for (auto& part : parts) {
    context.failed |= part->reply.size() > 0;
    context.is_lent |= part->is_lending;
  }
  Fan write(engine, parts, run_write_step, &context);
  co_await write.run();
  if (context.is_lent) {
    Fan release(
        engine, parts, [](CorePart& part, Engine& at, void*) { let_go(part, at); }, nullptr);
    co_await release.run();
  }
  out.begin(reply);
  for (auto& part : parts) {
    if (part->reply.size() > 0) {  // the part that has something to say
      part->reply.copy_to(reply, 0, part->reply.size());
      break;
    }
  }
  out.finish(reply);
  note_several(engine, request, begin, out);
}

ring::Task<> run_waiting(Engine& engine, Request& request, ReplyBuffer& out) {
  const uint64_t begin = base::ticks_now();
  resp::Reply reply(out, request.resp3);
  out.begin(reply);
  const Status status = co_await request.command->shape.wait(request, reply);
  if (!status) {
    reply.error(status.error());
    engine.stats().count_error(status.error().text());
  }
  out.finish(reply);
  engine.note(request, base::ticks_to_ns(base::ticks_now() - begin), reply.errors() > 0);
}

ring::Task<> run_everywhere(Engine& engine, bool exclusive, void (*body)(Engine& at, void* context),
                            void* context) {
  Parts parts = make_whole_parts(engine, exclusive);
  co_await lock_all(engine, parts);
  // One core after the other, so that `body` may use the context without locks.
  for (auto& part : parts) {
    co_await ring::hop(part->core, [&part, body, context](ring::Core&) {
      body(Engine::current(), context);
      Engine::current().locks().release(part->lock);
    });
  }
}

ring::Task<> run_in_steps(Engine& engine, bool exclusive, std::span<const Step> steps,
                          void* context) {
  struct Call {
    Step step;
    void* context;
  };
  Parts parts = make_whole_parts(engine, exclusive);
  co_await lock_all(engine, parts);
  for (const Step step : steps) {
    Call call{step, context};
    Fan fan(
        engine, parts,
        [](CorePart&, Engine& at, void* shared) {
          const auto& of = *static_cast<Call*>(shared);
          of.step(at, of.context);
        },
        &call);
    co_await fan.run();
  }
  Fan release(
      engine, parts, [](CorePart& part, Engine& at, void*) { at.locks().release(part.lock); },
      nullptr);
  co_await release.run();
}

ring::Task<> run_sliced(Engine& engine, uint16_t core, Slice slice, void* context) {
  for (;;) {
    const bool has_more = co_await ring::hop(
        core, [slice, context](ring::Core&) { return slice(Engine::current(), context); });
    if (!has_more) {
      co_return;
    }
    if (core == engine.core_id()) {
      co_await ring::next_turn();
    }
  }
}

namespace {

// A walk on one core: comes up there once a turn until nothing is left, then goes home.
struct Walk : ring::Message {
  Engine* home = nullptr;
  CorePart* part = nullptr;
  Slice slice = nullptr;
  void* context = nullptr;
  Join* join = nullptr;

  static void step(ring::Message& message, ring::Core& at) {
    auto& self = static_cast<Walk&>(message);
    if (self.slice(Engine::current(), self.context)) {
      at.post(at.id(), self);
      return;
    }
    Engine::current().locks().release(self.part->lock);
    self.run = [](ring::Message& answer, ring::Core&) {
      static_cast<Walk&>(answer).join->arrived();
    };
    at.post(self.home->core_id(), self);
  }
};

}  // namespace

ring::Task<> walk_everywhere(Engine& engine, Slice slice, std::vector<void*> contexts) {
  Parts parts = make_whole_parts(engine, false);
  co_await lock_all(engine, parts);
  Join join;
  join.expect(parts.size());
  std::vector<Walk> walks(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    Walk& walk = walks[i];
    walk.home = &engine;
    walk.part = parts[i].get();
    walk.slice = slice;
    walk.context = contexts[i];
    walk.join = &join;
    walk.run = &Walk::step;
    engine.core().post(walk.part->core, walk);
  }
  co_await join.wait();
}

}  // namespace gyre::exec
