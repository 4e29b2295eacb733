// What a history of transactions says about the order of each key's values, as anomalies and edges.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "txn_check.h"
#include "txn_graph.h"
#include "txn_history.h"

namespace gyre::consistency {

inline constexpr uint32_t kNobody = ~0u;  // the writer of the value 0, before everything

// Who wrote a value or element.
struct Origin {
  uint32_t txn = kNobody;
  uint32_t key = 0;
  bool is_last = true;  // the transaction wrote no other value to the key afterwards
  uint64_t content = 0;
};

// Notes the first anomaly of each name and key.
class Findings {
 public:
  explicit Findings(std::vector<Anomaly>& anomalies) : anomalies_(anomalies) {}
  void add(const std::string& name, uint32_t key, std::string story);

 private:
  std::vector<Anomaly>& anomalies_;
  std::set<std::pair<std::string, uint32_t>> seen_;
};

// The values of all steps and who wrote them; the same for lists and for single values.
class Origins {
 public:
  explicit Origins(const TxnHistory& history);
  // Null if nobody wrote it.
  const Origin* find(uint32_t value) const {
    const bool is_known = value < origins_.size() && origins_[value].txn != kNobody;
    return is_known ? &origins_[value] : nullptr;
  }

 private:
  std::vector<Origin> origins_;
};

// Both look at all keys of their kind. `ends` are the transactions' ends; those of unknown outcome
// whose writes were seen get the moment by which they had been seen, the others kNever.
void order_lists(const TxnHistory& history, const Origins& origins, std::vector<int64_t>& ends,
                 Graph& graph, Findings& findings);
void order_values(const TxnHistory& history, const Origins& origins, std::vector<int64_t>& ends,
                  Graph& graph, Findings& findings);

}  // namespace gyre::consistency
