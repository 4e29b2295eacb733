// Benches of data/ranked.h beside a skip list as Redis's: insert, move, rank, access by rank,
// range.
#include "data/ranked.h"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace gyre::data {
namespace {

// A skip list with spans; name and levels are in the node's own allocation.
class SkipList {
 public:
  struct Node;
  struct Level {
    Node* next;
    uint64_t span;
  };
  struct Node {
    double score;
    Node* back;
    uint32_t levels;
    uint32_t size;
    Level level[];
    std::string_view name() const { return {reinterpret_cast<const char*>(level + levels), size}; }
  };

  SkipList() : head_(make(0, "", kLevels)) {
    for (Level& level : std::span(head_->level, kLevels)) {
      level = {nullptr, 0};
    }
  }
  ~SkipList() {
    for (Node* node = head_; node != nullptr;) {
      Node* next = node->level[0].next;
      std::free(node);
      node = next;
    }
  }

  Node* insert(double score, std::string_view name) {
    Node* update[kLevels];
    uint64_t rank[kLevels];
    Node* at = head_;
    for (uint32_t i = levels_; i-- > 0;) {
      rank[i] = i + 1 == levels_ ? 0 : rank[i + 1];
      while (at->level[i].next != nullptr && is_before(*at->level[i].next, score, name)) {
        rank[i] += at->level[i].span;
        at = at->level[i].next;
      }
      update[i] = at;
    }
    uint32_t levels = 1;
    while (levels < kLevels && random_.below(4) == 0) {
      ++levels;
    }
    for (; levels_ < levels; ++levels_) {
      rank[levels_] = 0;
      update[levels_] = head_;
      head_->level[levels_].span = size_;
    }
    Node* node = make(score, name, levels);
    link(node, update, rank);
    return node;
  }
  void erase(Node* node) {
    Node* update[kLevels];
    find(*node, update);
    unlink(node, update);
    std::free(node);
  }
  uint64_t rank(const Node& node) const {
    Node* update[kLevels];
    return find(node, update);
  }
  const Node* at(uint64_t rank) const {
    const Node* node = head_;
    uint64_t seen = 0;
    for (uint32_t i = levels_; i-- > 0;) {
      while (node->level[i].next != nullptr && seen + node->level[i].span <= rank + 1) {
        seen += node->level[i].span;
        node = node->level[i].next;
      }
    }
    return node;
  }

 private:
  static constexpr uint32_t kLevels = 32;

  static bool is_before(const Node& node, double score, std::string_view name) {
    return node.score < score || (node.score == score && node.name() < name);
  }
  static Node* make(double score, std::string_view name, uint32_t levels) {
    auto* node =
        static_cast<Node*>(std::malloc(sizeof(Node) + levels * sizeof(Level) + name.size()));
    node->score = score;
    node->back = nullptr;
    node->levels = levels;
    node->size = static_cast<uint32_t>(name.size());
    std::memcpy(node->level + levels, name.data(), name.size());
    return node;
  }
  uint64_t find(const Node& node, Node** update) const {
    uint64_t rank = 0;
    Node* at = head_;
    for (uint32_t i = levels_; i-- > 0;) {
      while (at->level[i].next != nullptr &&
             is_before(*at->level[i].next, node.score, node.name())) {
        rank += at->level[i].span;
        at = at->level[i].next;
      }
      update[i] = at;
    }
    return rank;
  }
  void link(Node* node, Node** update, const uint64_t* rank) {
    for (uint32_t i = 0; i < node->levels; ++i) {
      node->level[i].next = update[i]->level[i].next;
      update[i]->level[i].next = node;
      node->level[i].span = update[i]->level[i].span - (rank[0] - rank[i]);
      update[i]->level[i].span = rank[0] - rank[i] + 1;
    }
    for (uint32_t i = node->levels; i < levels_; ++i) {
      ++update[i]->level[i].span;
    }
    node->back = update[0];
    if (node->level[0].next != nullptr) {
      node->level[0].next->back = node;
    }
    ++size_;
  }
  void unlink(Node* node, Node** update) {
    for (uint32_t i = 0; i < levels_; ++i) {
      if (update[i]->level[i].next == node) {
        update[i]->level[i].span += node->level[i].span - 1;
        update[i]->level[i].next = node->level[i].next;
      } else {
        --update[i]->level[i].span;
      }
    }
    if (node->level[0].next != nullptr) {
      node->level[0].next->back = node->back;
    }
    --size_;
  }

  base::Random random_{1};
  Node* head_;
  uint64_t size_ = 0;
  uint32_t levels_ = 1;
};

constexpr uint64_t kMembers = 1'000'000;

std::string_view name_of(uint64_t number, char (&text)[24]) {
  return {text, static_cast<size_t>(std::snprintf(text, sizeof text, "element:%012lu", number))};
}

// How scores are: any of as many, all different in ascending order, or all the same.
enum Scores : int64_t { kAny, kAscending, kEqual };

double score_of(int64_t scores, uint64_t index, base::Random& random) {
  return scores == kAny         ? static_cast<double>(random.below(kMembers))
         : scores == kAscending ? static_cast<double>(index)
                                : 0;
}

struct Tree {
  explicit Tree(int64_t scores) {
    base::Random random(2);
    char text[24];
    for (uint64_t i = 0; i < kMembers; ++i) {
      const double score = score_of(scores, i, random);
      members.push_back(Scored::make(name_of(random.next() % 1'000'000'000'000, text), score));
    }
  }
  void fill() {
    for (const Scored member : members) {
      tree.insert(member);
    }
  }
  ~Tree() {
    for (const Scored member : members) {
      Scored::destroy(member);
    }
  }
  std::vector<Scored> members;
  Ranked tree;
};

struct List {
  explicit List(int64_t scores) : scores(scores) {}
  void fill() {
    base::Random random(2);
    char text[24];
    for (uint64_t i = 0; i < kMembers; ++i) {
      const double score = score_of(scores, i, random);
      nodes.push_back(list.insert(score, name_of(random.next() % 1'000'000'000'000, text)));
    }
  }
  int64_t scores;
  std::vector<SkipList::Node*> nodes;
  SkipList list;
};

// Filling from nothing, the allocation of the members excluded for the tree, included for the list,
// whose nodes they are.
template <typename T>
void fill(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto* values = new T(state.range(0));
    state.ResumeTiming();
    values->fill();
    state.PauseTiming();
    if constexpr (std::is_same_v<T, Tree>) {
      state.counters["bytes/member"] =
          static_cast<double>(values->tree.memory()) / static_cast<double>(kMembers);
    }
    delete values;
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kMembers));
}

Tree& full_tree() {
  static Tree tree(kAny);
  if (tree.tree.size() == 0) {
    tree.fill();
  }
  return tree;
}

List& full_list() {
  static List list(kAny);
  if (list.nodes.empty()) {
    list.fill();
  }
  return list;
}

void tree_move(benchmark::State& state) {
  Tree& full = full_tree();
  base::Random random(3);
  for (auto _ : state) {
    full.tree.set_score(full.members[random.below(kMembers)],
                        static_cast<double>(random.below(kMembers)));
  }
}

void list_move(benchmark::State& state) {
  List& full = full_list();
  base::Random random(3);
  for (auto _ : state) {
    SkipList::Node*& node = full.nodes[random.below(kMembers)];
    const std::string name(node->name());
    full.list.erase(node);
    node = full.list.insert(static_cast<double>(random.below(kMembers)), name);
  }
}

void tree_rank(benchmark::State& state) {
  const Tree& full = full_tree();
  base::Random random(3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(full.tree.rank(full.members[random.below(kMembers)]));
  }
}

void list_rank(benchmark::State& state) {
  const List& full = full_list();
  base::Random random(3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(full.list.rank(*full.nodes[random.below(kMembers)]));
  }
}

void tree_at(benchmark::State& state) {
  const Tree& full = full_tree();
  base::Random random(3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(full.tree.at(random.below(kMembers)).score());
  }
}

void list_at(benchmark::State& state) {
  const List& full = full_list();
  base::Random random(3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(full.list.at(random.below(kMembers))->score);
  }
}

constexpr uint64_t kRange = 100;

void tree_range(benchmark::State& state) {
  const Tree& full = full_tree();
  base::Random random(3);
  for (auto _ : state) {
    size_t bytes = 0;
    full.tree.ascend(random.below(kMembers - kRange), kRange,
                     [&](Scored member) { bytes += member.name().size(); });
    benchmark::DoNotOptimize(bytes);
  }
}

void list_range(benchmark::State& state) {
  const List& full = full_list();
  base::Random random(3);
  for (auto _ : state) {
    size_t bytes = 0;
    const SkipList::Node* node = full.list.at(random.below(kMembers - kRange));
    for (uint64_t i = 0; i < kRange; ++i) {
      bytes += node->name().size();
      node = node->level[0].next;
    }
    benchmark::DoNotOptimize(bytes);
  }
}

BENCHMARK(fill<Tree>)->Arg(kAny)->Arg(kAscending)->Arg(kEqual)->Unit(benchmark::kMillisecond);
BENCHMARK(fill<List>)->Arg(kAny)->Arg(kAscending)->Arg(kEqual)->Unit(benchmark::kMillisecond);
BENCHMARK(tree_move);
BENCHMARK(list_move);
BENCHMARK(tree_rank);
BENCHMARK(list_rank);
BENCHMARK(tree_at);
BENCHMARK(list_at);
BENCHMARK(tree_range);
BENCHMARK(list_range);

}  // namespace
}  // namespace gyre::data

BENCHMARK_MAIN();
