// Core-to-core lanes: one single-producer single-consumer ring of message pointers per ordered pair
// of cores. The sender owns a message until it is published and gets the same object back as the
// answer, so passing one moves a pointer and nothing is allocated or copied.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gyre::ring {

class Core;

// Derive, fill in and post. `run` is called on the receiving core, in a turn, outside any
// coroutine.
struct Message {
  void (*run)(Message& message, Core& at) = nullptr;
};

// Producer side: push() any number of times in a turn, publish() once at its end. Consumer side:
// pop(). A full ring spills into a vector of the producer and is refilled at the next publish, so a
// sender never waits: two cores waiting for room in each other's lanes would wait for ever.
class Lane {
 public:
  static constexpr size_t kSize = 1024;

  void push(Message& message) {
    if (!spill_.empty() || staged_ - seen_head_ == kSize) [[unlikely]] {
      push_slow(message);
      return;
    }
    slots_[staged_++ % kSize] = &message;
  }

  // Returns true if anything new became visible to the consumer.
  bool publish() {
    if (!spill_.empty()) [[unlikely]] {
      refill();
    }
    if (staged_ == published_) {
      return false;
    }
    published_ = staged_;
    tail_.store(staged_, std::memory_order_release);
    return true;
  }

  bool has_spill() const { return !spill_.empty(); }

  Message* pop() {
    if (next_ == seen_tail_) {
      seen_tail_ = tail_.load(std::memory_order_acquire);
      if (next_ == seen_tail_) {
        return nullptr;
      }
    }
    Message* message = slots_[next_++ % kSize];
    head_.store(next_, std::memory_order_release);
    return message;
  }

  bool has_mail() const { return next_ != tail_.load(std::memory_order_acquire); }

 private:
  void push_slow(Message& message);
  void refill();

  alignas(64) std::atomic<uint64_t> tail_{0};  // written by the producer
  alignas(64) std::atomic<uint64_t> head_{0};  // written by the consumer
  alignas(64) uint64_t staged_ = 0;            // producer's own
  uint64_t published_ = 0;
  uint64_t seen_head_ = 0;
  std::vector<Message*> spill_;
  alignas(64) uint64_t next_ = 0;  // consumer's own
  uint64_t seen_tail_ = 0;
  alignas(64) Message* slots_[kSize];
};

}  // namespace gyre::ring
