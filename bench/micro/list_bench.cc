// Benches of data/list.h beside a linked list of packed nodes as Redis's quicklist: push, queue,
// access by index, range, iterate, insert in the middle.
#include "data/list.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "base/heap.h"
#include "base/random.h"

namespace gyre::data {
namespace {

constexpr int64_t kPacked = 100;
constexpr int64_t kLarge = 1'000'000;
constexpr size_t kRange = 100;
constexpr size_t kElement = 16;

std::string_view text_of(int64_t number) {
  static char text[kElement + 8];
  const int size = std::snprintf(text, sizeof text, "element:%08ld", number);
  return {text, static_cast<size_t>(size)};
}

// Nodes of 8 KB in a row: an element is its length, its bytes and the length again, and an index is
// found by walking over the nodes. Elements have less than 256 bytes.
class QuickList {
 public:
  QuickList() = default;
  QuickList(const QuickList&) = delete;
  QuickList& operator=(const QuickList&) = delete;
  ~QuickList() {
    while (head_ != nullptr) {
      remove(head_);
    }
  }

  size_t size() const { return size_; }

  void push_back(std::string_view element) {
    if (tail_ == nullptr || tail_->bytes + element.size() + 2 > kNodeMax) {
      link_behind(tail_);
    }
    put(*tail_, tail_->bytes, element);
  }
  void pop_front() {
    const size_t taken = static_cast<uint8_t>(head_->data[0]) + 2u;
    head_->bytes -= taken;
    std::memmove(head_->data, head_->data + taken, head_->bytes);
    --size_;
    if (--head_->count == 0) {
      remove(head_);
    }
  }
  void insert(size_t index, std::string_view element) {
    Node* node = find(index);
    size_t at = offset(*node, index);
    if (node->bytes + element.size() + 2 > kNodeMax) {
      split(node, index, at);
      if (node->bytes + element.size() + 2 > kNodeMax) {
        link_behind(node);
        node = node->next;
        at = 0;
      }
    }
    put(*node, at, element);
  }
  template <typename Visit>
  void visit(size_t index, Visit&& visit) const {
    Node* node = find(index);
    for (size_t at = offset(*node, index); node != nullptr; node = node->next, at = 0) {
      while (at < node->bytes) {
        const auto bytes = static_cast<uint8_t>(node->data[at]);
        if (!visit(std::string_view(node->data + at + 1, bytes))) {
          return;
        }
        at += bytes + 2u;
      }
    }
  }

 private:
  static constexpr size_t kNodeMax = 8192;
  struct Node {
    Node* previous;
    Node* next;
    size_t bytes;
    size_t count;
    char* data;
  };

  // The node of an index, which becomes the index within it.
  Node* find(size_t& index) const {
    if (index < size_ / 2) {
      Node* node = head_;
      for (; index >= node->count; node = node->next) {
        index -= node->count;
      }
      return node;
    }
    size_t left = size_ - index;
    Node* node = tail_;
    for (; left > node->count; node = node->previous) {
      left -= node->count;
    }
    index = node->count - left;
    return node;
  }
  static size_t offset(const Node& node, size_t index) {
    size_t at = 0;
    if (index < node.count / 2) {
      while (index-- > 0) {
        at += static_cast<uint8_t>(node.data[at]) + 2u;
      }
      return at;
    }
    at = node.bytes;
    for (size_t i = node.count; i > index; --i) {
      at -= static_cast<uint8_t>(node.data[at - 1]) + 2u;
    }
    return at;
  }
  void put(Node& node, size_t at, std::string_view element) {
    const size_t added = element.size() + 2;
    node.data = static_cast<char*>(std::realloc(node.data, node.bytes + added));
    char* to = node.data + at;
    std::memmove(to + added, to, node.bytes - at);
    to[0] = to[added - 1] = static_cast<char>(element.size());
    std::memcpy(to + 1, element.data(), element.size());
    node.bytes += added;
    ++node.count;
    ++size_;
  }
  void link_behind(Node* at) {
    auto* node = static_cast<Node*>(std::calloc(1, sizeof(Node)));
    node->previous = at;
    node->next = at == nullptr ? nullptr : at->next;
    (node->next == nullptr ? tail_ : node->next->previous) = node;
    (at == nullptr ? head_ : at->next) = node;
  }
  void split(Node* node, size_t index, size_t at) {
    link_behind(node);
    Node* rest = node->next;
    rest->bytes = node->bytes - at;
    rest->count = node->count - index;
    rest->data = static_cast<char*>(std::malloc(rest->bytes + 1));
    std::memcpy(rest->data, node->data + at, rest->bytes);
    node->bytes = at;
    node->count = index;
  }
  void remove(Node* node) {
    (node->previous == nullptr ? head_ : node->previous->next) = node->next;
    (node->next == nullptr ? tail_ : node->next->previous) = node->previous;
    std::free(node->data);
    std::free(node);
  }

  Node* head_ = nullptr;
  Node* tail_ = nullptr;
  size_t size_ = 0;
};

// The two under one face.
void push(List& list, std::string_view text) {
  list.reserve(1, text.size(), {});
  list.push(Side::back, Element::of(text), {}, {});
}
void push(QuickList& list, std::string_view text) { list.push_back(text); }
void pop(List& list) {
  list.pop(Side::front, {});
  list.settle({});
}
void pop(QuickList& list) { list.pop_front(); }
void insert(List& list, size_t index, std::string_view text) {
  list.reserve(1, text.size(), {});
  list.insert(index, Element::of(text), {}, {});
}
void insert(QuickList& list, size_t index, std::string_view text) { list.insert(index, text); }
size_t bytes_of(const ListItem& item) { return item.element().size(); }
size_t bytes_of(std::string_view element) { return element.size(); }

template <typename T>
void fill(T& list, int64_t size) {
  for (int64_t i = 0; i < size; ++i) {
    push(list, text_of(i));
  }
}

template <typename T>
void push(benchmark::State& state) {
  double bytes = 0;
  for (auto _ : state) {
    const int64_t used = base::heap_used;
    T list;
    fill(list, state.range(0));
    bytes = static_cast<double>(base::heap_used - used) / static_cast<double>(state.range(0));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  if (bytes > 0) {
    state.counters["bytes"] = bytes;
  }
}

// In at one end, out at the other.
template <typename T>
void queue(benchmark::State& state) {
  T list;
  fill(list, state.range(0));
  const std::string element(text_of(7));
  for (auto _ : state) {
    push(list, element);
    pop(list);
  }
}

template <typename T, size_t kCount>
void range(benchmark::State& state) {
  T list;
  fill(list, state.range(0));
  base::Random random(1);
  for (auto _ : state) {
    size_t bytes = 0;
    size_t left = kCount;
    list.visit(random.below(list.size() - std::min(kCount, list.size()) + 1),
               [&](const auto& item) {
                 bytes += bytes_of(item);
                 return --left > 0;
               });
    benchmark::DoNotOptimize(bytes);
  }
}

template <typename T>
void iterate(benchmark::State& state) {
  T list;
  fill(list, state.range(0));
  for (auto _ : state) {
    size_t bytes = 0;
    list.visit(0, [&](const auto& item) {
      bytes += bytes_of(item);
      return true;
    });
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

template <typename T>
void insert(benchmark::State& state) {
  T list;
  fill(list, state.range(0));
  base::Random random(1);
  const std::string element(text_of(7));
  for (auto _ : state) {
    insert(list, random.below(list.size()), element);
  }
}

BENCHMARK(push<List>)->Arg(kPacked)->Arg(kLarge);
BENCHMARK(push<QuickList>)->Arg(kPacked)->Arg(kLarge);
BENCHMARK(queue<List>)->Arg(kPacked)->Arg(kLarge);
BENCHMARK(queue<QuickList>)->Arg(kPacked)->Arg(kLarge);
BENCHMARK(range<List, 1>)->Arg(kPacked)->Arg(kLarge);
BENCHMARK(range<QuickList, 1>)->Arg(kPacked)->Arg(kLarge);
BENCHMARK(range<List, kRange>)->Arg(kPacked)->Arg(kLarge);
BENCHMARK(range<QuickList, kRange>)->Arg(kPacked)->Arg(kLarge);
BENCHMARK(iterate<List>)->Arg(kPacked)->Arg(kLarge);
BENCHMARK(iterate<QuickList>)->Arg(kPacked)->Arg(kLarge);
BENCHMARK(insert<List>)->Arg(kLarge);
BENCHMARK(insert<QuickList>)->Arg(kLarge);

}  // namespace
}  // namespace gyre::data

BENCHMARK_MAIN();
