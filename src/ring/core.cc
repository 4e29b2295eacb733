#include "ring/core.h"

#include <time.h>

#include <algorithm>

#include "base/assert.h"
#include "base/clock.h"
#include "ring/sync.h"

namespace gyre::ring {
namespace {

constexpr uint64_t kWaitMaxUs = 10'000'000;   // an idle core without timers looks around this often
constexpr uint64_t kOffsetPeriodUs = 10'000;  // a step of the wall clock is noticed after this
// For resuming coroutines before the kernel is visited again: replies wait for that.
constexpr uint64_t kReadyBudgetNs = 250'000;
constexpr int kMailQuota = 256;  // messages taken from one lane in one turn

uint64_t clock_us(clockid_t id) {
  timespec time;
  clock_gettime(id, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000 +
         static_cast<uint64_t>(time.tv_nsec) / 1000;
}

}  // namespace

thread_local Core* Core::current_ = nullptr;

void schedule(std::coroutine_handle<> handle) { Core::current().schedule(handle); }

Core::Core(Cores& all, uint16_t id) : all_(all), id_(id) {
  update_clock();
  timers_ = std::make_unique<TimerWheel>(now_ms());
}

void Core::update_clock() {
  now_us_ = clock_us(CLOCK_MONOTONIC);
  if (now_us_ - offset_read_us_ >= kOffsetPeriodUs) {
    offset_read_us_ = now_us_;
    unix_offset_us_ = clock_us(CLOCK_REALTIME) - now_us_;
  }
  unix_ms_ = static_cast<int64_t>((now_us_ + unix_offset_us_) / 1000);
}

uint64_t Core::turn_clock_us() const {
  return clock_us(measures_cpu_ ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC);
}

void Core::post(uint16_t to, Message& message) {
  Lane& lane = all_.at(to).inbound_[id_];
  lane.push(message);
  if (std::find(outbound_.begin(), outbound_.end(), to) == outbound_.end()) {
    outbound_.push_back(to);
  }
}

void Core::publish() {
  size_t kept = 0;
  bool fenced = false;
  for (const uint16_t to : outbound_) {
    Core& target = all_.at(to);
    Lane& lane = target.inbound_[id_];
    const bool published = lane.publish();
    if (lane.has_spill()) {
      outbound_[kept++] = to;
    }
    if (!published || to == id_) {
      continue;
    }
    // Pairs with the fence in run(): either this load sees the target asleep, or the target, which
    // looks at its lanes after saying that it sleeps, sees the message.
    if (!fenced) {
      std::atomic_thread_fence(std::memory_order_seq_cst);
      fenced = true;
    }
    if (target.sleeping_.load(std::memory_order_relaxed) &&
        target.sleeping_.exchange(false, std::memory_order_relaxed)) {
      ++stats_.wakes_sent;
      target.reactor_->wake();
    } else {
      ++stats_.wakes_skipped;
    }
  }
  outbound_.resize(kept);
}

bool Core::has_mail() const {
  for (uint16_t from = 0; from < all_.count(); ++from) {
    if (inbound_[from].has_mail()) {
      return true;
    }
  }
  return false;
}

void Core::run_mail() {
  for (uint16_t from = 0; from < all_.count(); ++from) {
    Lane& lane = inbound_[from];
    for (int taken = 0; taken < kMailQuota; ++taken) {
      Message* message = lane.pop();
      if (message == nullptr) {
        break;
      }
      ++stats_.messages;
      message->run(*message, *this);
    }
  }
}

void Core::run_ready() {
  if (ready_.empty()) {
    return;
  }
  std::swap(ready_, running_);
  const uint64_t began = base::ticks_now();
  size_t done = 0;
  for (; done < running_.size(); ++done) {
    running_[done].resume();
    if (base::ticks_to_ns(base::ticks_now() - began) > kReadyBudgetNs) {
      ++done;
      break;
    }
  }
  // What is left goes first in the next turn.
  ready_.insert(ready_.begin(), running_.begin() + static_cast<ptrdiff_t>(done), running_.end());
  running_.clear();
}

uint64_t Core::wait_us() const {
  if (!ready_.empty() || !outbound_.empty()) {
    return 0;
  }
  const uint64_t limit_ms = (now_us_ + kWaitMaxUs) / 1000;
  const uint64_t next_us = timers_->next_deadline_ms(limit_ms) * 1000;
  return next_us > now_us_ ? next_us - now_us_ : 0;
}

// What other cores had no room for goes out first; the word to stop may be among it.
bool Core::may_end() const {
  return stopping_ && std::none_of(outbound_.begin(), outbound_.end(), [this](uint16_t to) {
           return to != id_ && !all_.at(to).has_ended_.load(std::memory_order_acquire);
         });
}

void Core::run() {
  while (!may_end()) {
    uint64_t timeout_us = wait_us();
    if (timeout_us > 0) {  // mail may also come from this core itself
      sleeping_.store(true, std::memory_order_relaxed);
      std::atomic_thread_fence(std::memory_order_seq_cst);
      if (has_mail()) {
        timeout_us = 0;
      }
    }
    reactor_->turn(timeout_us);
    if (sleeping_.load(std::memory_order_relaxed)) {
      sleeping_.store(false, std::memory_order_relaxed);
    }
    update_clock();
    const uint64_t turn_began_us = measures_cpu_ ? turn_clock_us() : now_us_;
    ++stats_.turns;
    if (hook_ != nullptr) {
      hook_->begin_turn();
    }
    run_mail();
    run_ready();
    timers_->advance(now_ms());
    if (hook_ != nullptr) {
      hook_->end_turn();
    }
    publish();
    stats_.turn_us_max = std::max(stats_.turn_us_max, turn_clock_us() - turn_began_us);
  }
  has_ended_.store(true, std::memory_order_release);
}

}  // namespace gyre::ring
