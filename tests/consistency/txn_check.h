// Is a history of transactions strictly serializable? In the manner of Elle.
//
// Every write writes a value of its own, so each read names the transaction it read from. What is
// known of the order of a key's values then gives edges between transactions: write-write,
// write-read and, from a reader to who overwrote what it read, read-write. With the order of real
// time added, the history is strictly serializable only if the graph has no cycle (Adya).
//
// The order of values is known
//  - of lists from their elements: each read must be a prefix of the longest one;
//  - where a transaction read the value that it overwrote;
//  - from real time: the first answer that shows value a comes before the last request that leads
//  to
//    b. Each value has a zone from its first answer to its last request (Gibbons and Korach); the
//    zones of a key tell whether it is linearizable at all, and if so, the order that time leaves.
//
// Besides cycles there are anomalies that need no graph; `name` tells which.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "txn_history.h"

namespace gyre::consistency {

struct Anomaly {
  // garbage-read, aborted-read (G1a), intermediate-read (G1b), duplicate, incompatible-order,
  // internal, lost-append, lost-update, garbled-value, stale-value, or the name of a cycle
  // (txn_graph.h).
  std::string name;
  std::string story;
};

struct TxnVerdict {
  std::vector<Anomaly> anomalies;  // the first of each name and key
  uint64_t edges = 0;
};

TxnVerdict check_transactions(const TxnHistory& history);

}  // namespace gyre::consistency
