#include "exec/blocking.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "exec/blocked.h"
#include "exec/core_parts.h"
#include "exec/session.h"
#include "exec/several.h"

namespace gyre::exec {
namespace {

// One core's share of the keys, and of those waited for.
struct BlockPart : CorePart {
  std::vector<ParkedKey*> parked;
};

}  // namespace

// Life: lock the keys and run the command. If that has nothing to say and wants to wait, every core
// notes its keys before it gives its locks back, so that no write falls between. Then a write to
// one of the keys serves the client right behind itself, on its own core (BlockedKeys::serve()), or
// the timer, CLIENT UNBLOCK or the end of the connection ends the wait. Last, the cores that have
// not served forget the client.
class BlockingRun {
 public:
  BlockingRun(Engine& engine, Session& session, Request& request)
      : engine_(engine), session_(session), request_(request), blocked_(engine, request) {}

  ring::Task<> run(ReplyBuffer& out);
  bool has_answer() const { return end_ != Blocked::End::closed; }

 private:
  void prepare();
  BlockPart& part_of(uint16_t core);
  void attempt_here(BlockPart& part, Engine& at);
  ring::Task<> attempt();
  ring::Task<> wait();
  ring::Task<> forget();

  static void held_step(CorePart& part, Engine& at, void* context);
  static void park_step(CorePart& part, Engine& at, void* context);
  static void come_back_step(CorePart& part, Engine& at, void* context);
  static void forget_step(CorePart& part, Engine& at, void* context);
  void park(BlockPart& part, Engine& at);
  static bool is_null(const ReplyBuffer& reply) {
    const std::string_view head = reply.head();
    return head == "*-1\r\n" || head == "$-1\r\n" || head == "_\r\n";
  }

  Engine& engine_;
  Session& session_;
  Request& request_;
  Blocked blocked_;
  const Blocking& blocking_ = *request_.command->shape.blocking;
  std::optional<uint64_t> timeout_ms_;
  // One more attempt over several cores.
  AtomicGroup next_group() {
    AtomicGroup group;
    if (request_.command->is_write()) {
      group = {engine_.recorder().next_group_id(), static_cast<uint32_t>(parts_.size())};
    }
    for (const auto& part : parts_) {
      part->group = group.id;
      part->is_write = group.id != 0;
    }
    return group;
  }

  bool is_answered_ = false;
  Blocked::End end_ = Blocked::End::served;
  std::vector<std::unique_ptr<BlockPart>> parts_;  // by core
  std::vector<CorePart*> all_;
};

BlockPart& BlockingRun::part_of(uint16_t core) {
  for (const auto& part : parts_) {
    if (part->core == core) {
      return *part;
    }
  }
  parts_.push_back(std::make_unique<BlockPart>());
  parts_.back()->core = core;
  return *parts_.back();
}

void BlockingRun::prepare() {
  timeout_ms_ = blocking_.timeout_ms(request_);
  std::unordered_set<std::string_view> names;  // a key may be named twice, but waits once
  for (const KeyRef& key : request_.keys) {
    BlockPart& part = part_of(key.core);
    Locks::add_key(part.lock, key.hash);
    const bool is_waited_for = blocking_.narrow != nullptr || &key == request_.keys.data();
    if (timeout_ms_ && is_waited_for && names.insert(request_.arg(key.position)).second) {
      part.parked.push_back(&blocked_.add_key(key));
    }
  }
  std::sort(parts_.begin(), parts_.end(),
            [](const auto& a, const auto& b) { return a->core < b->core; });
  for (const auto& part : parts_) {
    all_.push_back(part.get());
  }
}

// All keys are on one core: what comes of it is known there.
void BlockingRun::attempt_here(BlockPart& part, Engine& at) {
  resp::Reply reply(blocked_.reply(), request_.resp3);
  blocked_.reply().begin(reply);
  at.start_clock();
  is_answered_ = timeout_ms_ ? at.run_or_block(request_, reply) : at.run_next(request_, reply);
  at.stop_clock();
  blocked_.reply().finish(reply);
  if (!is_answered_) {
    blocked_.reply().clear();
    park(part, at);
  }
}

// From here on, the reply belongs to who serves.
void BlockingRun::park(BlockPart& part, Engine& at) {
  for (ParkedKey* parked : part.parked) {
    if (blocking_.narrow != nullptr) {
      blocking_.narrow(request_, at.shard(), *parked);
      parked->request.argv = parked->argv.data();
      parked->request.argc = static_cast<uint32_t>(parked->argv.size());
      parked->request.keys = {&parked->key, 1};
      parked->request.source = nullptr;
    }
    at.blocked().park(*parked);
  }
  at.effects().update();
}

void BlockingRun::held_step(CorePart& part, Engine& at, void* context) {
  auto& self = *static_cast<BlockingRun*>(context);
  if (self.parts_.size() == 1) {
    self.attempt_here(static_cast<BlockPart&>(part), at);
    part.let_go(at);
  }
}

void BlockingRun::park_step(CorePart& part, Engine& at, void* context) {
  auto& self = *static_cast<BlockingRun*>(context);
  if (!self.is_answered_) {
    self.park(static_cast<BlockPart&>(part), at);
  }
  part.let_go(at);
}

void BlockingRun::come_back_step(CorePart& core_part, Engine& at, void* context) {
  auto& self = *static_cast<BlockingRun*>(context);
  for (ParkedKey* parked : static_cast<BlockPart&>(core_part).parked) {
    self.is_answered_ ? at.blocked().unpark(*parked) : at.blocked().come_back(*parked);
  }
  at.effects().update();
  core_part.let_go(at);
}

void BlockingRun::forget_step(CorePart& core_part, Engine& at, void*) {
  for (ParkedKey* parked : static_cast<BlockPart&>(core_part).parked) {
    at.blocked().unpark(*parked);
  }
  at.effects().update();
  at.serve_blocked();  // those behind a client that had been sent for
}

// Locks the keys, runs the command, and lets go; parks the client if it got nothing.
ring::Task<> BlockingRun::attempt() {
  co_await lock_parts(engine_, all_, held_step, this);
  if (parts_.size() == 1) {
    co_return;
  }
  const AtomicGroup group = next_group();
  co_await run_several(engine_, request_, blocked_.reply(), &group);
  is_answered_ = !timeout_ms_ || !is_null(blocked_.reply());
  if (!is_answered_) {
    blocked_.reply().clear();
  }
  Fan park(engine_, all_, park_step, this);
  co_await park.run();
  come_home(engine_, all_, group.id);
}

ring::Task<> BlockingRun::wait() {
  if (*timeout_ms_ > 0) {
    blocked_.start_timer(*timeout_ms_);
  }
  while ((end_ = co_await blocked_.wait()) == Blocked::End::retry) {
    co_await lock_parts(engine_, all_, nullptr, nullptr);
    blocked_.reply().clear();
    const AtomicGroup group = next_group();
    co_await run_several(engine_, request_, blocked_.reply(), &group);
    is_answered_ = !is_null(blocked_.reply());
    if (!is_answered_) {
      blocked_.wait_again();
    }
    Fan come_back(engine_, all_, come_back_step, this);
    co_await come_back.run();
    come_home(engine_, all_, group.id);
    if (is_answered_) {
      break;
    }
  }
  blocked_.stop_timer();
}

ring::Task<> BlockingRun::forget() {
  std::vector<CorePart*> left;
  for (const auto& part : parts_) {
    if (std::any_of(part->parked.begin(), part->parked.end(),
                    [](const ParkedKey* parked) { return parked->queue != nullptr; })) {
      left.push_back(part.get());
    }
  }
  Fan forget(engine_, left, forget_step, this);
  co_await forget.run();
}

ring::Task<> BlockingRun::run(ReplyBuffer& out) {
  if (session_.is_gone()) {  // what it took would be lost
    end_ = Blocked::End::closed;
    co_return;
  }
  prepare();
  // From here on whoever ends the connection ends the wait, also one that has not begun.
  session_.blocked = &blocked_;
  co_await attempt();
  if (!is_answered_) {
    engine_.count_blocked(1);
    co_await wait();
    engine_.count_blocked(-1);
    co_await forget();
  }
  session_.blocked = nullptr;
  lose_if_lost(all_, &session_);
  if (blocked_.is_lost()) [[unlikely]] {
    session_.lose();
  }
  resp::Reply reply(out, request_.resp3);
  out.begin(reply);
  switch (end_) {
    case Blocked::End::unblocked:
      reply.error(Error{"UNBLOCKED client unblocked via CLIENT UNBLOCK"});
      break;
    case Blocked::End::timeout:
      reply.null_array();
      break;
    case Blocked::End::none:
    case Blocked::End::closed:
      break;
    case Blocked::End::served:
    case Blocked::End::retry:
      blocked_.reply().copy_to(reply, 0, blocked_.reply().size());
  }
  out.finish(reply);
}

ring::Task<bool> run_blocking(Engine& engine, Session& session, Request& request,
                              ReplyBuffer& out) {
  BlockingRun run(engine, session, request);
  co_await run.run(out);
  co_return run.has_answer();
}

}  // namespace gyre::exec
