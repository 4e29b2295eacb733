// Tests of data/id_tree.h against a std::map: every height, both directions, draining.
#include "data/id_tree.h"

#include <cstdint>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "base/random.h"

namespace gyre::data {
namespace {

using Tree = IdTree<uint64_t>;
using Model = std::map<StreamId, uint64_t>;

void expect_same(const Tree& tree, const Model& model) {
  tree.check();
  ASSERT_EQ(tree.size(), model.size());
  auto at = model.begin();
  tree.ascend({}, [&](const Tree::Item& item) {
    EXPECT_EQ(item.id, at->first);
    EXPECT_EQ(item.value, at->second);
    ++at;
    return true;
  });
  EXPECT_EQ(at, model.end());
  auto back = model.rbegin();
  tree.descend(StreamId::max(), [&](const Tree::Item& item) {
    EXPECT_EQ(item.id, back->first);
    ++back;
    return true;
  });
  EXPECT_EQ(back, model.rend());
}

// What is found from one id, in each of the ways there are.
void expect_same_at(const Tree& tree, const Model& model, StreamId id) {
  const auto exact = model.find(id);
  const Tree::Item* found = tree.find(id);
  ASSERT_EQ(found != nullptr, exact != model.end());
  if (found != nullptr) {
    EXPECT_EQ(found->value, exact->second);
  }
  const auto above = model.upper_bound(id);
  const Tree::Item* floor = tree.find_floor(id);
  ASSERT_EQ(floor != nullptr, above != model.begin());
  if (floor != nullptr) {
    EXPECT_EQ(floor->id, std::prev(above)->first);
  }
  auto at = model.lower_bound(id);
  tree.ascend(id, [&](const Tree::Item& item) {
    EXPECT_EQ(item.id, at->first);
    ++at;
    return at != model.end() && item.id.ms < id.ms + 20;
  });
  auto back = above;
  tree.descend(id, [&](const Tree::Item& item) {
    --back;
    EXPECT_EQ(item.id, back->first);
    return back != model.begin() && item.id.ms + 20 > id.ms;
  });
}

TEST(IdTree, answers_like_a_map) {
  const int64_t used = base::heap_used;
  base::Random random(4711);
  for (const uint64_t range : {10u, 300u, 20'000u}) {
    Tree tree;
    Model model;
    for (int i = 0; i < 60'000; ++i) {
      // Times of growth and of decay, so that nodes split and are joined.
      const bool grows = (i / 10'000) % 2 == 0;
      const StreamId id{random.below(range), random.below(3)};
      if (random.below(10) < (grows ? 7u : 2u)) {
        if (model.emplace(id, i).second) {
          tree.insert(id, static_cast<uint64_t>(i));
        }
      } else {
        EXPECT_EQ(tree.erase(id), model.erase(id) > 0);
      }
      if (i % 997 == 0) {
        expect_same_at(tree, model, {random.below(range), random.below(3)});
      }
      if (i % 9973 == 0) {
        expect_same(tree, model);
      }
    }
    expect_same(tree, model);
    while (!model.empty()) {
      EXPECT_TRUE(tree.erase(model.begin()->first));
      model.erase(model.begin());
    }
    expect_same(tree, model);
  }
  EXPECT_EQ(base::heap_used, used);
}

TEST(IdTree, is_full_when_ids_ascend) {
  const int64_t used = base::heap_used;
  Tree tree;
  for (uint64_t i = 0; i < 100'000; ++i) {
    tree.insert({i, 0}, i);
  }
  tree.check();
  EXPECT_LT(tree.memory(), 100'000 * (sizeof(Tree::Item) + 1));
  EXPECT_EQ(tree.memory(), static_cast<size_t>(base::heap_used - used));
  EXPECT_EQ(tree.first()->value, 0u);
  EXPECT_EQ(tree.last()->value, 99'999u);
}

TEST(IdTree, drains_in_pieces) {
  const int64_t used = base::heap_used;
  Tree tree;
  for (uint64_t i = 0; i < 10'000; ++i) {
    tree.insert({i, 0}, i);
  }
  uint64_t sum = 0;
  size_t rounds = 0;
  for (size_t freed = 1; freed > 0; ++rounds) {
    freed = tree.drain(100, [&](const Tree::Item& item) {
      sum += item.value;
      return size_t{1};
    });
    EXPECT_LE(freed, 100u);
  }
  EXPECT_EQ(sum, 9'999u * 10'000 / 2);
  EXPECT_GT(rounds, 100u);
  EXPECT_TRUE(tree.is_empty());
  EXPECT_EQ(base::heap_used, used);
}

}  // namespace
}  // namespace gyre::data
