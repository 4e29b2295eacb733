// EXEC of a transaction whose keys are not all on the asking core, or are locked.
#include <algorithm>
#include <memory>

#include "base/clock.h"
#include "exec/core_parts.h"
#include "exec/session.h"
#include "exec/several.h"
#include "exec/transaction.h"

namespace gyre::exec {

// Life: prepare() finds out which cores and keys are concerned. Locking visits the cores in order;
// each looks at its watches and drops them. If every command has its keys on one core, the cores
// work through theirs side by side, the last one as soon as its locks are held, and each lets go
// when it is through: with two cores that is one message there and back. Otherwise the commands run
// in waves, with those that need several cores between them, and all locks go at the end.
class TransactionRun {
 public:
  TransactionRun(Engine& engine, Session& session, Transaction& transaction)
      : engine_(engine), session_(session), transaction_(transaction) {}

  ring::Task<> run(resp::Reply& reply);

 private:
  using Queued = Transaction::Queued;

  struct QueuePart : CorePart {
    std::vector<Request*> queue;  // of a wave
    std::vector<size_t> ends;     // where each one's reply ends in the buffer
    size_t replied = 0;
    ReplyBuffer buffer;
    std::vector<Watch*> watches;
    bool is_cut = false;  // its replies are more than the client may be owed

    void run(Engine& at, const AtomicGroup& group, size_t reply_max);
    void reset();
  };

  void prepare();
  void prepare_everything();
  void set_group(uint64_t id);
  QueuePart& part_of(uint16_t core);
  void lock_key(uint16_t core, uint64_t hash, bool is_write);
  size_t plan_wave(size_t from);
  void copy_replies(size_t from, size_t to, resp::Reply& reply);
  ring::Task<> run_waves(resp::Reply& reply);
  ring::Task<> run_special(const Queued& queued, resp::Reply& reply);

  static void held_step(CorePart& part, Engine& at, void* context);
  static void run_step(CorePart& part, Engine& at, void* context);
  static void finish_step(CorePart& part, Engine& at, void* context);
  static void end_step(CorePart& part, Engine& at, void* context);

  Engine& engine_;
  Session& session_;
  Transaction& transaction_;
  std::vector<std::unique_ptr<QueuePart>> parts_;  // by core, once prepared
  std::vector<CorePart*> all_;
  bool is_one_wave_ = true;
  AtomicGroup group_;
  // What is repeated before the end of the transaction.
  AtomicGroup wave_group() const { return {group_.id, 0}; }
  bool is_changed_ = false;          // what is watched; one core after the other writes it
  int64_t deadline_ms_ = INT64_MAX;  // Unix time when the first of it goes; likewise
  const size_t reply_max_ = session_.reply_max();
  bool is_cut_ = false;  // the client is owed more than that, and gets nothing
};

void TransactionRun::QueuePart::run(Engine& at, const AtomicGroup& group, size_t reply_max) {
  resp::Reply reply(buffer, false);
  buffer.begin(reply);
  at.recorder().begin_part(group);
  at.start_clock();
  BoundedReply bounded(reply, reply_max);
  for (Request* request : queue) {
    GYRE_ASSERT(at.run_next(*request, bounded.next(request->resp3)));
    ends.push_back(buffer.mark(reply));
  }
  at.stop_clock();
  is_cut = bounded.is_cut();
  at.recorder().end_part(group);
  buffer.finish(reply);
}

void TransactionRun::QueuePart::reset() {
  queue.clear();
  ends.clear();
  replied = 0;
  buffer.clear();
}

TransactionRun::QueuePart& TransactionRun::part_of(uint16_t core) {
  const auto at = std::find_if(parts_.begin(), parts_.end(),
                               [&](const auto& part) { return part->core == core; });
  if (at != parts_.end()) {
    return **at;
  }
  parts_.push_back(std::make_unique<QueuePart>());
  parts_.back()->core = core;
  parts_.back()->lock.exclusive = false;
  return *parts_.back();
}

void TransactionRun::lock_key(uint16_t core, uint64_t hash, bool is_write) {
  LockRequest& lock = part_of(core).lock;
  lock.exclusive |= is_write;
  Locks::add_key(lock, hash);
}

void TransactionRun::prepare() {
  bool is_everything = false;
  for (const Queued& queued : transaction_.queued_) {
    const Request& request = *queued.request;
    is_everything |= queued.route == Route::wait;
    is_one_wave_ &= Transaction::is_plain(queued);
    const bool is_write = request.command->is_write();
    if (request.keys.empty() && Transaction::is_plain(queued)) {
      lock_key(request.core, request.key.hash, is_write);
    }
    for (const KeyRef& key : request.keys) {
      lock_key(key.core, key.hash, is_write);
    }
  }
  for (Watch* watch : transaction_.watches_) {
    lock_key(watch->core, watch->hash, false);
    part_of(watch->core).watches.push_back(watch);
  }
  transaction_.watches_.clear();  // each core drops its own
  transaction_.watched_.clear();
  if (is_everything) {
    prepare_everything();
  }
  std::sort(parts_.begin(), parts_.end(),
            [](const auto& a, const auto& b) { return a->core < b->core; });
  for (const auto& part : parts_) {
    all_.push_back(part.get());
  }
  if (transaction_.writes()) {
    group_ = {engine_.recorder().next_group_id(), static_cast<uint32_t>(all_.size())};
  }
}

// With more than one part only; see come_home().
void TransactionRun::set_group(uint64_t id) {
  for (const auto& part : parts_) {
    part->group = parts_.size() > 1 ? id : 0;
    part->is_write = id != 0;
  }
}

// One of the commands locks whole cores by itself, or may come upon any key.
void TransactionRun::prepare_everything() {
  session_.holds_cores = true;
  for (uint16_t core = 0; core < engine_.all().count(); ++core) {
    LockRequest& lock = part_of(core).lock;
    lock.exclusive = true;
    lock.whole_core = true;
    lock.cells.clear();
  }
}

// Gives the commands from `from` on to their cores, up to one that has to run alone.
size_t TransactionRun::plan_wave(size_t from) {
  size_t to = from;
  for (; to < transaction_.size() && Transaction::is_plain(transaction_.queued_[to]); ++to) {
    Request* request = transaction_.queued_[to].request;
    session_.claim(*request);
    const Showing showing(session_, *request);
    part_of(request->core).queue.push_back(request);
  }
  return to;
}

void TransactionRun::copy_replies(size_t from, size_t to, resp::Reply& reply) {
  for (; from < to; ++from) {
    QueuePart& part = part_of(transaction_.queued_[from].request->core);
    const size_t begin = part.replied == 0 ? 0 : part.ends[part.replied - 1];
    is_cut_ |= part.is_cut || reply.written() > reply_max_;
    if (!is_cut_) {
      part.buffer.copy_to(reply, begin, part.ends[part.replied]);
    }
    ++part.replied;
  }
}

void TransactionRun::held_step(CorePart& core_part, Engine& at, void* context) {
  auto& self = *static_cast<TransactionRun*>(context);
  auto& part = static_cast<QueuePart&>(core_part);
  for (Watch* watch : part.watches) {
    self.is_changed_ |= at.watches().is_changed(*watch);
    self.deadline_ms_ = std::min(self.deadline_ms_, at.watches().deadline_ms(*watch));
    at.watches().remove(*watch);
  }
  at.effects().update();
  if (&part == self.all_.back()) {
    // All locks are held, and the transaction takes place now: what was looked at before must not
    // have come to its time since.
    self.is_changed_ |= base::unix_ms() > self.deadline_ms_;
  }
  if (&part == self.all_.back() && self.is_one_wave_ && !self.is_changed_) {
    finish_step(part, at, context);
  }
}

void TransactionRun::run_step(CorePart& part, Engine& at, void* context) {
  const auto& self = *static_cast<TransactionRun*>(context);
  static_cast<QueuePart&>(part).run(at, self.wave_group(), self.reply_max_);
}

void TransactionRun::finish_step(CorePart& part, Engine& at, void* context) {
  const auto& self = *static_cast<TransactionRun*>(context);
  static_cast<QueuePart&>(part).run(at, self.group_, self.reply_max_);
  part.let_go(at);
}

// Behind the last wave.
void TransactionRun::end_step(CorePart& part, Engine& at, void* context) {
  const AtomicGroup& group = static_cast<TransactionRun*>(context)->group_;
  at.recorder().begin_part(group);
  at.recorder().end_part(group);
  part.let_go(at);
}

ring::Task<> TransactionRun::run(resp::Reply& reply) {
  prepare();
  if (is_one_wave_) {
    plan_wave(0);
  }
  set_group(group_.id);
  session_.held_group = group_.id;
  co_await lock_parts(engine_, all_, held_step, this);
  if (is_changed_) {
    set_group(0);  // nothing has been done
    Fan release(engine_, all_, release_part, nullptr);
    co_await release.run();
    reply.null_array();
  } else if (is_one_wave_) {
    Fan finish(engine_, CoreParts(all_).first(all_.empty() ? 0 : all_.size() - 1), finish_step,
               this);
    co_await finish.run();
    reply.array(transaction_.size());
    copy_replies(0, transaction_.size(), reply);
  } else {
    reply.array(transaction_.size());
    co_await run_waves(reply);
    Fan end(engine_, all_, end_step, this);
    co_await end.run();
  }
  if (!is_changed_ && all_.size() > 1) {
    come_home(engine_, all_, group_.id);
  }
  session_.holds_cores = false;
  lose_if_lost(all_, &session_);
  if (is_cut_) {
    session_.cut();
  }
}

ring::Task<> TransactionRun::run_waves(resp::Reply& reply) {
  for (size_t at = 0; at < transaction_.size();) {
    const size_t end = plan_wave(at);
    if (at == end) {
      co_await run_special(transaction_.queued_[at++], reply);
      continue;
    }
    std::vector<CorePart*> busy;
    for (const auto& part : parts_) {
      if (!part->queue.empty()) {
        busy.push_back(part.get());
      }
    }
    Fan wave(engine_, busy, run_step, this);
    co_await wave.run();
    copy_replies(at, end, reply);
    for (const auto& part : parts_) {
      part->reset();
    }
    at = end;
  }
}

// A command without keys, or with keys on several cores.
ring::Task<> TransactionRun::run_special(const Queued& queued, resp::Reply& reply) {
  Request& request = *queued.request;
  session_.claim(request);
  const Showing showing(session_, request);
  ReplyBuffer buffer;
  if (queued.route == Route::several) {
    const AtomicGroup group = wave_group();
    co_await run_several(engine_, request, buffer, &group);
  } else if (queued.route == Route::wait) {
    co_await run_waiting(engine_, request, buffer);
  } else {
    resp::Reply answer(buffer, request.resp3);
    buffer.begin(answer);
    engine_.run(request, answer);
    buffer.finish(answer);
  }
  is_cut_ |= reply.written() > reply_max_;
  if (!is_cut_) {
    buffer.copy_to(reply, 0, buffer.size());
  }
  reply.set_resp3(session_.resp3);
}

ring::Task<> Transaction::run(Engine& engine, Session& session, resp::Reply& reply) {
  TransactionRun run(engine, session, *this);
  co_await run.run(reply);
}

}  // namespace gyre::exec
