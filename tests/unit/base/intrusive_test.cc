// Tests of base/intrusive.h: order, leaving from anywhere, two lists at once, lifetimes.
#include "base/intrusive.h"

#include <deque>
#include <list>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::base {
namespace {

struct ByAge;
struct Item : ListHook<>, ListHook<ByAge> {
  explicit Item(int number) : id(number) {}
  int id;
};
using Items = List<Item>;
using ItemsByAge = List<Item, ByAge>;

bool in_items(const Item& item) { return static_cast<const ListHook<>&>(item).is_linked(); }
void leave_items(Item& item) { static_cast<ListHook<>&>(item).unlink(); }

template <typename AnyList>
std::vector<int> ids(AnyList& list) {
  std::vector<int> found;
  for (const Item& item : list) {
    found.push_back(item.id);
  }
  return found;
}

TEST(Intrusive, keeps_the_order_of_insertion) {
  Item a{1}, b{2}, c{3}, d{4};
  Items list;
  EXPECT_TRUE(list.is_empty());
  list.push_back(b);
  list.push_back(d);
  list.push_front(a);
  list.insert_before(d, c);
  EXPECT_EQ(ids(list), (std::vector{1, 2, 3, 4}));
  EXPECT_EQ(list.front().id, 1);
  EXPECT_EQ(list.back().id, 4);
  EXPECT_EQ(list.pop_front(), &a);
  EXPECT_EQ(list.pop_back(), &d);
  EXPECT_FALSE(in_items(a));
  EXPECT_EQ(ids(list), (std::vector{2, 3}));
}

TEST(Intrusive, popping_an_empty_list_gives_nothing) {
  Items list;
  EXPECT_EQ(list.pop_front(), nullptr);
  EXPECT_EQ(list.pop_back(), nullptr);
}

TEST(Intrusive, an_element_is_in_one_list_per_tag) {
  Item a{1}, b{2};
  Items list;
  ItemsByAge aged;
  list.push_back(a);
  list.push_back(b);
  aged.push_back(b);
  aged.push_back(a);
  EXPECT_EQ(ids(aged), (std::vector{2, 1}));
  leave_items(a);
  EXPECT_EQ(ids(list), (std::vector{2}));
  EXPECT_EQ(ids(aged), (std::vector{2, 1}));
  leave_items(a);  // no list any more: nothing to do
  list.push_back(a);
  EXPECT_EQ(ids(list), (std::vector{2, 1}));
}

TEST(Intrusive, elements_can_be_erased_while_walking) {
  std::deque<Item> items;
  Items list;
  for (int i = 0; i < 10; ++i) {
    list.push_back(items.emplace_back(i));
  }
  for (auto at = list.begin(); at != list.end();) {
    if (at->id % 3 == 0) {
      at = list.erase(at);
    } else {
      ++at;
    }
  }
  EXPECT_EQ(ids(list), (std::vector{1, 2, 4, 5, 7, 8}));
}

TEST(Intrusive, append_moves_all_elements_in_order) {
  Item a{1}, b{2}, c{3};
  Items first, second;
  first.push_back(a);
  second.push_back(b);
  second.push_back(c);
  first.append(second);
  EXPECT_TRUE(second.is_empty());
  EXPECT_EQ(ids(first), (std::vector{1, 2, 3}));
  first.append(second);
  first.append(first);
  EXPECT_EQ(ids(first), (std::vector{1, 2, 3}));
  second.append(first);
  EXPECT_TRUE(first.is_empty());
  EXPECT_EQ(ids(second), (std::vector{1, 2, 3}));
}

TEST(Intrusive, a_dying_element_leaves_and_a_dying_list_lets_go) {
  Item stays{1};
  {
    Items list;
    list.push_back(stays);
    {
      Item leaves{2};
      list.push_back(leaves);
    }
    EXPECT_EQ(ids(list), (std::vector{1}));
  }
  EXPECT_FALSE(in_items(stays));
}

TEST(IntrusiveDeathTest, linking_twice_stops_the_process) {
  Item a{1};
  Items list;
  list.push_back(a);
  EXPECT_DEATH(list.push_back(a), "assertion failed");
  EXPECT_DEATH(list.insert_before(a, a), "assertion failed");
}

TEST(Intrusive, behaves_like_a_standard_list) {
  Random random(5);
  std::deque<Item> items;
  Items list;
  std::list<int> model;
  for (int i = 0; i < 64; ++i) {
    items.emplace_back(i);
  }
  for (int step = 0; step < 20'000; ++step) {
    Item& item = items[random.below(items.size())];
    if (in_items(item)) {
      leave_items(item);
      model.remove(item.id);
    } else if (random.below(2) == 0) {
      list.push_back(item);
      model.push_back(item.id);
    } else {
      list.push_front(item);
      model.push_front(item.id);
    }
    ASSERT_EQ(ids(list), std::vector<int>(model.begin(), model.end()));
  }
}

}  // namespace
}  // namespace gyre::base
