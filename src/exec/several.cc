#include "exec/several.h"

#include <algorithm>
#include <memory>

#include "base/clock.h"
#include "base/number.h"
#include "exec/carry.h"
#include "exec/core_parts.h"

namespace gyre::exec {
namespace {

struct CommandPart : CorePart {
  Request request;
  std::vector<KeyRef> keys;
  ReplyBuffer reply;
  bool is_lending = false;
};

// The parts of one command, in ascending order of their cores.
struct CommandParts {
  std::vector<std::unique_ptr<CommandPart>> own;
  std::vector<CorePart*> all;
  bool is_locked = false;  // by a transaction, which lets go
  AtomicGroup group;       // as which the parts are repeated

  CommandParts(const Request& request, const AtomicGroup* held);
  CommandPart& last() { return *own.back(); }
};

CommandParts::CommandParts(const Request& request, const AtomicGroup* held)
    : is_locked(held != nullptr) {
  for (const KeyRef& key : request.keys) {
    auto at = std::find_if(own.begin(), own.end(),
                           [&](const auto& part) { return part->core == key.core; });
    if (at == own.end()) {
      own.push_back(std::make_unique<CommandPart>());
      at = own.end() - 1;
      (*at)->core = key.core;
    }
    (*at)->keys.push_back(key);
    if (!is_locked) {
      Locks::add_key((*at)->lock, key.hash);
    }
  }
  std::sort(own.begin(), own.end(), [](const auto& a, const auto& b) { return a->core < b->core; });
  for (auto& part : own) {
    part->is_write = part->lock.exclusive = request.command->is_write();
    part->request = request;
    part->request.core = part->core;
    part->request.keys = part->keys;
    part->request.key = request.key_at(part->keys[0]);
    all.push_back(part.get());
  }
  if (is_locked) {
    group = *held;
  } else if (request.command->is_write()) {
    group = {Engine::current().recorder().next_group_id(), static_cast<uint32_t>(own.size())};
    for (auto& part : own) {
      part->group = own.size() > 1 ? group.id : 0;
    }
  }
}

void run_split_step(CorePart& core_part, Engine& at, void* context) {
  auto& part = static_cast<CommandPart&>(core_part);
  const auto& parts = *static_cast<CommandParts*>(context);
  {
    const Careful careful(at, part.request);
    resp::Reply reply(part.reply, part.request.resp3);
    part.reply.begin(reply);
    at.recorder().begin_part(parts.group);
    const Status status = part.request.command->shape.handler(part.request, at.shard(), reply);
    if (!status) {
      reply.error(status.error());
    }
    part.reply.finish(reply);
    at.recorder().end_part(parts.group);
  }
  if (!parts.is_locked) {
    part.let_go(at);
  }
}

// When the locks of the last part are held, those of all others are.
void run_last_split_step(CorePart& part, Engine& at, void* context) {
  if (&part == &static_cast<CommandParts*>(context)->last()) {
    run_split_step(part, at, context);
  }
}

struct GatherContext {
  CommandParts& parts;
  Carry carry;
  bool failed = false;
  bool is_lent = false;  // locks are kept until all writes have ended
};

void let_go(CorePart& core_part, Engine& at, void* context) {
  auto& part = static_cast<CommandPart&>(core_part);
  if (part.is_lending) {
    at.shard().take_back();
  }
  if (!static_cast<GatherContext*>(context)->parts.is_locked) {
    part.let_go(at);
  }
}

void run_read_step(CorePart& core_part, Engine& at, void* context) {
  auto& part = static_cast<CommandPart&>(core_part);
  auto& all = *static_cast<GatherContext*>(context);
  const Careful careful(at, part.request);
  const Status status = part.request.command->shape.read(part.request, at.shard(), all.carry);
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

void run_last_read_step(CorePart& part, Engine& at, void* context) {
  if (&part == &static_cast<GatherContext*>(context)->parts.last()) {
    run_read_step(part, at, context);
  }
}

void run_write_step(CorePart& core_part, Engine& at, void* context) {
  auto& part = static_cast<CommandPart&>(core_part);
  auto& all = *static_cast<GatherContext*>(context);
  if (!all.failed) {
    const Careful careful(at, part.request);
    resp::Reply answer(part.reply, part.request.resp3);
    part.reply.begin(answer);
    at.recorder().begin_part(all.parts.group);
    const Status status =
        part.request.command->shape.write(part.request, at.shard(), all.carry, answer);
    at.recorder().end_part(all.parts.group);
    if (!status) {
      answer.error(status.error());
    }
    part.reply.finish(answer);
  }
  if (!all.is_lent) {
    let_go(part, at, context);
  }
}

using OwnParts = std::vector<std::unique_ptr<CommandPart>>;

void fold_by_key(const Request& request, const OwnParts& parts, resp::Reply& reply) {
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

void fold(const Request& request, const OwnParts& parts, resp::Reply& reply) {
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

// Locks what is not locked yet; `held` comes by on the way, or not at all. True if it has been on
// the last core.
ring::Task<bool> lock_if_needed(Engine& engine, CommandParts& parts, CoreStep held, void* context) {
  if (parts.is_locked) {
    co_return false;
  }
  co_await lock_parts(engine, parts.all, held, context);
  co_return true;
}

ring::Task<> run_split(Engine& engine, Request& request, CommandParts& parts, ReplyBuffer& out) {
  CoreParts left = parts.all;
  if (co_await lock_if_needed(engine, parts, run_last_split_step, &parts)) {
    left = left.first(left.size() - 1);
  }
  Fan run(engine, left, run_split_step, &parts);
  co_await run.run();
  resp::Reply reply(out, request.resp3);
  out.begin(reply);
  fold(request, parts.own, reply);
  out.finish(reply);
}

ring::Task<> run_gather(Engine& engine, Request& request, CommandParts& parts, ReplyBuffer& out) {
  GatherContext context{.parts = parts};
  for (const KeyRef& key : request.keys) {
    context.carry.items.push_back({.position = key.position, .core = key.core, .hash = key.hash});
  }
  CoreParts left = parts.all;
  if (co_await lock_if_needed(engine, parts, run_last_read_step, &context)) {
    left = left.first(left.size() - 1);
  }
  Fan read(engine, left, run_read_step, &context);
  co_await read.run();
  for (const auto& part : parts.own) {
    context.failed |= part->reply.size() > 0;
    context.is_lent |= part->is_lending;
  }
  Fan write(engine, parts.all, run_write_step, &context);
  co_await write.run();
  if (context.is_lent) {
    Fan release(engine, parts.all, let_go, &context);
    co_await release.run();
  }
  resp::Reply reply(out, request.resp3);
  out.begin(reply);
  for (const auto& part : parts.own) {
    if (part->reply.size() > 0) {  // the part that has something to say
      part->reply.copy_to(reply, 0, part->reply.size());
      break;
    }
  }
  out.finish(reply);
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
  const Careful careful(*this, request);
  GYRE_TRY(request.command->shape.read(request, shard_, carry));
  return request.command->shape.write(request, shard_, carry, reply);
}

ring::Task<> run_several(Engine& engine, Request& request, ReplyBuffer& out,
                         const AtomicGroup* held) {
  CommandParts parts(request, held);
  const uint64_t begin = base::ticks_now();
  if (request.command->shape.kind == Shape::Kind::gather) {
    co_await run_gather(engine, request, parts, out);
  } else {
    co_await run_split(engine, request, parts, out);
  }
  if (!parts.is_locked) {
    come_home(engine, parts.all, parts.own[0]->group);
  }
  lose_if_lost(parts.all, request.session);
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

}  // namespace gyre::exec
