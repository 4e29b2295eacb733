// Histories of transactions, clean ones and such with one planted anomaly each.
#include "../txn_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace gyre::consistency {
namespace {

// Two list keys and two text keys.
constexpr uint32_t kX = 1, kY = 2, kV = kTextKey + 1, kW = kTextKey + 2;

// Transactions by hand: begun with their times, then their steps.
class Tale {
 public:
  Tale& txn(int64_t call, int64_t back, Outcome outcome = Outcome::done) {
    end();
    history_.begin(0, call);
    back_ = back;
    outcome_ = outcome;
    is_open_ = true;
    return *this;
  }
  Tale& append(uint32_t key, uint32_t element) { return history_.append(key, element), *this; }
  Tale& list(uint32_t key, std::vector<uint32_t> found) { return history_.list(key, found), *this; }
  Tale& write(uint32_t key, uint32_t value, uint64_t content = 0) {
    return history_.write(key, value, content), *this;
  }
  Tale& read(uint32_t key, uint32_t value, uint64_t content = 0) {
    return history_.read(key, value, content), *this;
  }

  void follows(uint32_t before, uint32_t after) { history_.orders.emplace_back(before, after); }

  // The names of all anomalies, sorted, and what is told of them.
  std::string names() {
    end();
    std::vector<std::string> found;
    for (const Anomaly& anomaly : check_transactions(history_).anomalies) {
      found.push_back(anomaly.name);
      story += anomaly.story;
    }
    std::sort(found.begin(), found.end());
    std::string all;
    for (const std::string& name : found) all += (all.empty() ? "" : " ") + name;
    return all;
  }

  std::string story;

 private:
  void end() {
    if (is_open_) history_.end(outcome_, back_);
    is_open_ = false;
  }

  TxnHistory history_;
  int64_t back_ = 0;
  Outcome outcome_ = Outcome::done;
  bool is_open_ = false;
};

TEST(Txn, history_one_by_one_passes) {
  Tale tale;
  tale.txn(1, 2).append(kX, 1).append(kY, 2).write(kV, 3);
  tale.txn(3, 4).list(kX, {1}).append(kX, 4).list(kX, {1, 4}).read(kV, 3).write(kV, 5).read(kV, 5);
  tale.txn(5, 6).list(kX, {1, 4}).list(kY, {2}).read(kV, 5).read(kW, 0);
  EXPECT_EQ(tale.names(), "") << tale.story;
}

TEST(Txn, concurrent_ones_may_take_either_order) {
  Tale tale;
  tale.txn(1, 10).append(kX, 1).append(kY, 2);
  tale.txn(1, 10).append(kX, 3).append(kY, 4);
  tale.txn(11, 12).list(kX, {3, 1}).list(kY, {4, 2});
  EXPECT_EQ(tale.names(), "") << tale.story;
}

TEST(Txn, garbage_read_is_found) {
  Tale lists, values;
  lists.txn(1, 2).append(kX, 1);
  lists.txn(3, 4).list(kX, {1, 9});
  EXPECT_EQ(lists.names(), "garbage-read");
  values.txn(1, 2).write(kV, 1);
  values.txn(3, 4).read(kW, 1);
  EXPECT_EQ(values.names(), "garbage-read");
}

TEST(Txn, aborted_read_is_found) {
  Tale lists, values;
  lists.txn(1, 2, Outcome::failed).append(kX, 1);
  lists.txn(3, 4).list(kX, {1});
  EXPECT_EQ(lists.names(), "aborted-read");
  values.txn(1, 2, Outcome::failed).write(kV, 1);
  values.txn(3, 4).read(kV, 1);
  EXPECT_EQ(values.names(), "aborted-read");
}

TEST(Txn, intermediate_read_is_found) {
  Tale lists, values;
  lists.txn(1, 10).append(kX, 1).append(kX, 2);
  lists.txn(1, 10).list(kX, {1});
  lists.txn(11, 12).list(kX, {1, 2});
  EXPECT_EQ(lists.names(), "G-single intermediate-read");
  values.txn(1, 10).write(kV, 1).write(kV, 2);
  values.txn(1, 10).read(kV, 1);
  EXPECT_EQ(values.names(), "intermediate-read");
}

TEST(Txn, duplicate_is_found) {
  Tale tale;
  tale.txn(1, 2).append(kX, 1);
  tale.txn(3, 4).list(kX, {1, 1});
  EXPECT_EQ(tale.names(), "duplicate");
}

TEST(Txn, lost_append_is_found) {
  Tale tale;
  tale.txn(1, 2).append(kX, 1);
  tale.txn(3, 4).append(kX, 2);
  tale.txn(5, 6).list(kX, {2});
  EXPECT_EQ(tale.names(), "lost-append");
}

TEST(Txn, two_orders_of_one_list_are_found) {
  Tale tale;
  tale.txn(1, 10).append(kX, 1);
  tale.txn(1, 10).append(kX, 2);
  tale.txn(1, 10).list(kX, {1});
  tale.txn(11, 12).list(kX, {2, 1});
  EXPECT_EQ(tale.names(), "incompatible-order");
}

TEST(Txn, transaction_blind_to_its_own_append_is_found) {
  Tale lists, values;
  lists.txn(1, 2).append(kX, 1).list(kX, {});
  lists.txn(3, 4).list(kX, {1});
  EXPECT_EQ(lists.names(), "internal");
  values.txn(1, 2).write(kV, 1).read(kV, 0);
  EXPECT_EQ(values.names(), "internal");
}

TEST(Txn, lost_update_is_found) {
  Tale tale;
  tale.txn(1, 2).write(kV, 1);
  tale.txn(3, 9).read(kV, 1).write(kV, 2);
  tale.txn(3, 9).read(kV, 1).write(kV, 3);
  EXPECT_EQ(tale.names(), "G2 lost-update");
}

TEST(Txn, g0_is_found) {
  Tale tale;
  tale.txn(1, 10).append(kX, 1).append(kY, 2);
  tale.txn(1, 10).append(kX, 3).append(kY, 4);
  tale.txn(11, 12).list(kX, {1, 3}).list(kY, {4, 2});
  EXPECT_EQ(tale.names(), "G0");
  EXPECT_NE(tale.story.find("T0 < T1: T1 overwrote or appended"), std::string::npos) << tale.story;
}

TEST(Txn, g1c_is_found) {
  Tale tale;
  tale.txn(1, 10).append(kX, 1).read(kV, 2);
  tale.txn(1, 10).list(kX, {1}).write(kV, 2);
  EXPECT_EQ(tale.names(), "G1c");
}

TEST(Txn, g_single_is_found) {
  Tale tale;
  tale.txn(1, 10).append(kX, 1).append(kY, 2);
  tale.txn(1, 10).list(kX, {1}).list(kY, {});
  tale.txn(11, 12).list(kX, {1}).list(kY, {2});
  EXPECT_EQ(tale.names(), "G-single");
}

TEST(Txn, write_skew_is_found) {
  Tale lists, values;
  lists.txn(1, 10).list(kX, {}).append(kY, 1);
  lists.txn(1, 10).list(kY, {}).append(kX, 2);
  lists.txn(11, 12).list(kX, {2}).list(kY, {1});
  EXPECT_EQ(lists.names(), "G2");
  values.txn(1, 2).write(kV, 1).write(kW, 2);
  values.txn(3, 9).read(kV, 1).read(kW, 2).write(kV, 3);
  values.txn(3, 9).read(kV, 1).read(kW, 2).write(kW, 4);
  EXPECT_EQ(values.names(), "G2");
}

TEST(Txn, stale_read_that_only_real_time_reveals_is_found) {
  Tale lists, values;
  lists.txn(1, 2).append(kX, 1);
  lists.txn(3, 4).append(kX, 2);
  lists.txn(5, 6).list(kX, {1});
  lists.txn(5, 9).list(kX, {1, 2});
  EXPECT_EQ(lists.names(), "G-single-realtime");
  values.txn(1, 2).write(kV, 1);
  values.txn(3, 4).write(kV, 2);
  values.txn(5, 6).read(kV, 1);
  EXPECT_EQ(values.names(), "stale-value");
}

TEST(Txn, nothing_after_something_is_found) {
  Tale tale;
  tale.txn(1, 2).write(kV, 1);
  tale.txn(3, 4).read(kV, 0);
  EXPECT_EQ(tale.names(), "stale-value");
}

TEST(Txn, half_of_an_mset_is_found) {
  // The second MSET overlaps the read, which sees the old value beside the new one.
  Tale tale;
  tale.txn(1, 2).write(kV, 1).write(kW, 2);
  tale.txn(3, 9).write(kV, 3).write(kW, 4);
  tale.txn(4, 5).read(kV, 3).read(kW, 2);
  EXPECT_EQ(tale.names(), "G-single-realtime");
  EXPECT_NE(tale.story.find("which by real time was before T1"), std::string::npos) << tale.story;
}

TEST(Txn, msets_seen_in_two_orders_are_found) {
  Tale tale;
  tale.txn(1, 20).write(kV, 1).write(kW, 2);
  tale.txn(1, 20).write(kV, 3).write(kW, 4);
  tale.txn(21, 22).read(kV, 1).read(kW, 4);
  EXPECT_EQ(tale.names(), "G0-realtime");
}

TEST(Txn, batch_out_of_order_is_found) {
  Tale tale;
  tale.txn(1, 10).write(kV, 1);
  tale.txn(1, 10).read(kV, 0).write(kW, 2);
  EXPECT_EQ(tale.names(), "") << tale.story;
  tale.follows(0, 1);
  EXPECT_EQ(tale.names(), "G-single-realtime");
  EXPECT_NE(tale.story.find("T0 stood before T1 in one batch"), std::string::npos) << tale.story;
}

TEST(Txn, content_that_changed_under_a_value_is_found) {
  Tale tale;
  tale.txn(1, 2).write(kV, 1, 77);
  tale.txn(3, 4).read(kV, 1, 78);
  EXPECT_EQ(tale.names(), "garbled-value");
}

TEST(Txn, one_without_answer_may_happen_late_or_never) {
  Tale tale;
  tale.txn(1, 0, Outcome::unknown).append(kX, 1).write(kV, 2);
  tale.txn(1, 0, Outcome::unknown).append(kX, 3).write(kV, 4);
  tale.txn(5, 6).list(kX, {}).read(kV, 0);
  tale.txn(7, 8).list(kX, {3}).read(kV, 4);
  EXPECT_EQ(tale.names(), "") << tale.story;
}

TEST(Txn, half_of_one_without_answer_is_found) {
  Tale tale;
  tale.txn(1, 0, Outcome::unknown).append(kX, 1).append(kY, 2);
  tale.txn(5, 6).list(kX, {1});
  tale.txn(7, 8).list(kY, {});
  EXPECT_EQ(tale.names(), "lost-append");
}

// A store that runs one transaction at a time, at a moment between call and back of each.
Tale simulate(base::Random& random, int transactions, bool reads_late) {
  Tale tale;
  std::vector<uint32_t> lists[4], old[4];
  uint32_t texts[4] = {}, next = 1;
  for (int i = 0; i < transactions; i++) {
    const int64_t effect = 100 * (i + 1);
    tale.txn(effect - static_cast<int64_t>(random.below(700)),
             effect + 1 + static_cast<int64_t>(random.below(700)));
    const bool is_late = reads_late && i == transactions / 2;
    for (uint64_t step = 1 + random.below(4); step > 0; step--) {
      const uint32_t key = static_cast<uint32_t>(random.below(4));
      switch (is_late ? 4 : random.below(4)) {
        case 0:
          old[key] = lists[key];
          lists[key].push_back(next);
          tale.append(kX + key, next++);
          break;
        case 1:
          tale.list(kX + key, lists[key]);
          break;
        case 2:
          texts[key] = next;
          tale.write(kV + key, next++);
          break;
        case 3:
          tale.read(kV + key, texts[key]);
          break;
        default:
          tale.list(kX + key, {old[key].begin(), old[key].begin() + old[key].size() / 2});
      }
    }
  }
  return tale;
}

TEST(Txn, histories_of_a_real_store_pass) {
  base::Random random(3);
  for (int round = 0; round < 30; round++) {
    Tale tale = simulate(random, 600, false);
    ASSERT_EQ(tale.names(), "") << tale.story;
  }
}

TEST(Txn, one_old_read_in_a_long_history_is_found) {
  base::Random random(4);
  for (int round = 0; round < 30; round++) {
    EXPECT_NE(simulate(random, 600, true).names(), "");
  }
}

}  // namespace
}  // namespace gyre::consistency
