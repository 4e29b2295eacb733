// The order of the elements of lists: each read is a prefix of the longest.
#include <fmt/core.h>

#include <algorithm>

#include "versions.h"

namespace gyre::consistency {

namespace {

// One LRANGE, with what its own transaction had appended before taken off the end.
struct Sight {
  uint32_t txn = 0;
  uint32_t step = 0;
  uint32_t size = 0;
};

struct ListKey {
  std::vector<Sight> sights;
  std::vector<uint32_t> appends;  // steps, of transactions that did not fail
  std::vector<uint32_t> order;    // elements
};

class Lists {
 public:
  Lists(const TxnHistory& history, const Origins& origins, std::vector<int64_t>& ends, Graph& graph,
        Findings& findings)
      : history_(history), origins_(origins), ends_(ends), graph_(graph), findings_(findings) {}

  void run() {
    collect();
    for (auto& [key, list] : keys_) find_order(key, list);
    for (auto& [key, list] : keys_) note_when_seen(list);
    for (auto& [key, list] : keys_) {
      find_lost(key, list);
      tie(key, list);
    }
  }

 private:
  void collect() {
    for (uint32_t index = 0; index < history_.txns.size(); index++) {
      const Txn& txn = history_.txns[index];
      if (txn.outcome == Outcome::failed) continue;
      std::map<uint32_t, std::vector<uint32_t>> own;
      for (uint32_t step = txn.first; step < txn.first + txn.count; step++) {
        const Step& at = history_.steps[step];
        txn_of_[step] = index;
        if (at.kind == StepKind::append) {
          keys_[at.key].appends.push_back(step);
          own[at.key].push_back(at.value);
        } else if (at.kind == StepKind::list) {
          add_sight(index, step, own[at.key]);
        }
      }
    }
  }

  void add_sight(uint32_t txn, uint32_t step, const std::vector<uint32_t>& own) {
    const Step& at = history_.steps[step];
    const auto found = history_.elements_of(at);
    Sight sight{txn, step, at.size};
    const bool ends_with_own =
        own.size() <= found.size() && std::equal(own.rbegin(), own.rend(), found.rbegin());
    if (ends_with_own) {
      sight.size -= static_cast<uint32_t>(own.size());
    } else {
      findings_.add("internal", at.key,
                    "does not see its own appends:\n  " + history_.describe(txn));
    }
    keys_[at.key].sights.push_back(sight);
  }

  void find_order(uint32_t key, ListKey& list) {
    const Sight* longest = nullptr;
    for (const Sight& sight : list.sights) {
      const bool is_longer = !longest || elements(sight).size() > elements(*longest).size();
      if (is_longer) longest = &sight;
    }
    if (!longest) return;
    const auto order = elements(*longest);
    list.order.assign(order.begin(), order.end());
    std::set<uint32_t> once;
    for (const uint32_t element : list.order) {
      if (!once.insert(element).second) {
        findings_.add(
            "duplicate", key,
            fmt::format("{} is twice in\n  {}", element, history_.describe(longest->txn)));
      }
      check_origin(key, element, longest->txn);
    }
    for (const Sight& sight : list.sights) {
      const auto seen = elements(sight);
      if (std::equal(seen.begin(), seen.end(), list.order.begin())) continue;
      for (const uint32_t element : seen) check_origin(key, element, sight.txn);
      findings_.add("incompatible-order", key,
                    fmt::format("neither read is the beginning of the other:\n  {}\n  {}",
                                history_.describe(sight.txn), history_.describe(longest->txn)));
    }
  }

  void check_origin(uint32_t key, uint32_t element, uint32_t reader) {
    const Origin* origin = origins_.find(element);
    if (!origin || origin->key != key) {
      findings_.add("garbage-read", key,
                    fmt::format("nobody appended {} to {}:\n  {}", element, key_name(key),
                                history_.describe(reader)));
    } else if (history_.txns[origin->txn].outcome == Outcome::failed) {
      findings_.add("aborted-read", key,
                    fmt::format("{} is of a failed transaction:\n  {}\n  {}", element,
                                history_.describe(reader), history_.describe(origin->txn)));
    }
  }

  // A transaction without an answer had taken effect when somebody had seen an element of it.
  void note_when_seen(const ListKey& list) {
    std::vector<int64_t> seen_by(list.order.size() + 1, kNever);
    for (const Sight& sight : list.sights) {
      int64_t& at = seen_by[std::min<size_t>(elements(sight).size(), list.order.size())];
      at = std::min(at, history_.txns[sight.txn].back);
    }
    for (size_t size = list.order.size(); size > 0; size--) {
      if (size < list.order.size()) seen_by[size] = std::min(seen_by[size], seen_by[size + 1]);
      const Origin* origin = origins_.find(list.order[size - 1]);
      if (origin) ends_[origin->txn] = std::min(ends_[origin->txn], seen_by[size]);
    }
  }

  void find_lost(uint32_t key, const ListKey& list) {
    const Sight* latest = nullptr;
    for (const Sight& sight : list.sights) {
      if (!latest || call(sight) > call(*latest)) latest = &sight;
    }
    if (!latest) return;
    const std::set<uint32_t> present(list.order.begin(), list.order.end());
    for (const uint32_t step : list.appends) {
      const uint32_t value = history_.steps[step].value, txn = txn_of_[step];
      if (ends_[txn] >= call(*latest) || present.contains(value)) continue;
      findings_.add("lost-append", key,
                    fmt::format("{} is gone:\n  {}\n  {}", value, history_.describe(txn),
                                history_.describe(latest->txn)));
    }
  }

  void tie(uint32_t key, const ListKey& list) {
    const auto writer = [&](size_t place) {
      const Origin* origin = origins_.find(list.order[place]);
      return origin ? origin->txn : kNobody;
    };
    for (size_t i = 0; i + 1 < list.order.size(); i++) {
      if (writer(i) == kNobody || writer(i + 1) == kNobody) continue;
      graph_.add({writer(i), writer(i + 1), key, list.order[i], kWriteWrite});
    }
    for (const Sight& sight : list.sights) {
      const size_t size = std::min<size_t>(sight.size, list.order.size());
      const uint32_t before = size > 0 ? writer(size - 1) : kNobody;
      const uint32_t after = size < list.order.size() ? writer(size) : kNobody;
      if (before != kNobody) {
        graph_.add({before, sight.txn, key, list.order[size - 1], kWriteRead});
      }
      if (after != kNobody) graph_.add({sight.txn, after, key, list.order[size], kReadWrite});
      const bool is_torn = before != kNobody && before == after && before != sight.txn;
      if (is_torn) {
        findings_.add("intermediate-read", key,
                      fmt::format("sees a part of what the other appended:\n  {}\n  {}",
                                  history_.describe(sight.txn), history_.describe(before)));
      }
    }
  }

  std::span<const uint32_t> elements(const Sight& sight) const {
    return history_.elements_of(history_.steps[sight.step]);
  }
  int64_t call(const Sight& sight) const { return history_.txns[sight.txn].call; }

  const TxnHistory& history_;
  const Origins& origins_;
  std::vector<int64_t>& ends_;
  Graph& graph_;
  Findings& findings_;
  std::map<uint32_t, ListKey> keys_;
  std::unordered_map<uint32_t, uint32_t> txn_of_;  // by step
};

}  // namespace

void order_lists(const TxnHistory& history, const Origins& origins, std::vector<int64_t>& ends,
                 Graph& graph, Findings& findings) {
  Lists(history, origins, ends, graph, findings).run();
}

}  // namespace gyre::consistency
