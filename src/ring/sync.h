// Waiting on one core: Event, Semaphore, Channel. None of them is touched by two threads.
#pragma once

#include <coroutine>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace gyre::ring {

// Puts a coroutine on this core's ready list: it is resumed in this turn or the next.
void schedule(std::coroutine_handle<> handle);

namespace detail {

// A FIFO of waiters linked through their own frames, so waiting allocates nothing.
struct Waiter {
  std::coroutine_handle<> handle;
  Waiter* next = nullptr;
};

class WaitQueue {
 public:
  bool empty() const { return head_ == nullptr; }
  void push(Waiter& waiter) {
    waiter.next = nullptr;
    (head_ == nullptr ? head_ : tail_->next) = &waiter;
    tail_ = &waiter;
  }
  Waiter& pop() {
    Waiter& waiter = *head_;
    head_ = waiter.next;
    return waiter;
  }

 private:
  Waiter* head_ = nullptr;
  Waiter* tail_ = nullptr;
};

}  // namespace detail

// Waiters pass while it is set; set() wakes all of them.
class Event {
 public:
  bool is_set() const { return set_; }
  void reset() { set_ = false; }
  void set() {
    set_ = true;
    while (!waiters_.empty()) {
      schedule(waiters_.pop().handle);
    }
  }

  auto wait() {
    struct Awaiter : detail::Waiter {
      Event& event;
      explicit Awaiter(Event& owner) : event(owner) {}
      bool await_ready() const noexcept { return event.set_; }
      void await_suspend(std::coroutine_handle<> caller) {
        handle = caller;
        event.waiters_.push(*this);
      }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this};
  }

 private:
  bool set_ = false;
  detail::WaitQueue waiters_;
};

// Units handed out in the order they were asked for.
class Semaphore {
 public:
  explicit Semaphore(size_t units) : units_(units) {}

  auto acquire() {
    struct Awaiter : detail::Waiter {
      Semaphore& semaphore;
      explicit Awaiter(Semaphore& owner) : semaphore(owner) {}
      bool await_ready() noexcept {
        if (semaphore.units_ > 0 && semaphore.waiters_.empty()) {
          --semaphore.units_;
          return true;
        }
        return false;
      }
      void await_suspend(std::coroutine_handle<> caller) {
        handle = caller;
        semaphore.waiters_.push(*this);
      }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this};
  }

  // A waiting coroutine gets the unit directly, so a latecomer cannot overtake it.
  void release() {
    if (waiters_.empty()) {
      ++units_;
    } else {
      schedule(waiters_.pop().handle);
    }
  }

 private:
  size_t units_;
  detail::WaitQueue waiters_;
};

// An unbounded queue of values with any number of receivers; close() ends it.
template <typename T>
class Channel {
 public:
  void send(T value) {
    GYRE_ASSERT(!closed_);
    values_.push_back(std::move(value));
    if (!waiters_.empty()) {
      schedule(waiters_.pop().handle);
    }
  }

  void close() {
    closed_ = true;
    while (!waiters_.empty()) {
      schedule(waiters_.pop().handle);
    }
  }

  // Yields the next value, or nothing once the channel is closed and empty. A receiver that was
  // woken for a value another one took meanwhile is told nothing only when the channel is closed:
  // callers with several receivers ask again while is_open().
  auto receive() {
    struct Awaiter : detail::Waiter {
      Channel& channel;
      explicit Awaiter(Channel& owner) : channel(owner) {}
      bool await_ready() const noexcept { return !channel.values_.empty() || channel.closed_; }
      void await_suspend(std::coroutine_handle<> caller) {
        handle = caller;
        channel.waiters_.push(*this);
      }
      std::optional<T> await_resume() {
        if (channel.values_.empty()) {
          return std::nullopt;
        }
        std::optional<T> value{std::move(channel.values_.front())};
        channel.values_.pop_front();
        return value;
      }
    };
    return Awaiter{*this};
  }

  bool is_open() const { return !closed_; }
  size_t size() const { return values_.size(); }

 private:
  bool closed_ = false;
  std::deque<T> values_;
  detail::WaitQueue waiters_;
};

}  // namespace gyre::ring
