// The graph of what must come before what, and its shortest cycles.
//
// Nodes are transactions, and helpers through which many edges become few: with n transactions,
// "ended before it began" would be n*n/2 edges. Instead, the ends in the order of time are a chain
// of helpers; a transaction has an edge to the helper of its end, and one from the last helper
// before its beginning. A path of helpers stands for one edge; it costs nothing in the length of a
// cycle.
//
//     T1 --> h1 ----> h2 ----> h3 ----> ...      h: ends, in the order of time
//             |  T2 --^ |
//             v         v
//             T3        T4                        T1 < T3, T1 < T4, T2 < T4; not T2 < T3
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace gyre::consistency {

// Why one comes before the other. The ties through helpers rest on real time.
enum Tie : uint8_t {
  kWriteWrite = 1,        // overwrote what the other wrote
  kWriteRead = 2,         // read what the other wrote
  kReadWrite = 4,         // read what the other overwrote: the anti-dependency
  kTime = 8,              // ended before the other began
  kTimedWriteWrite = 16,  // as above, where real time alone tells the order of the two values
  kTimedReadWrite = 32,
  kOrder = 128,  // stood before it in one batch
  kPass = 64,    // from helper to helper, and from helper to transaction
};

struct Edge {
  uint32_t from = 0, to = 0;
  uint32_t key = 0, value = 0;  // what the tie is about; for kTime nothing
  Tie tie = kTime;
};

struct Cycle {
  std::string_view name;  // G0, G1c, G-single, G2, with -realtime if time is needed
  std::vector<Edge> edges;
};

class Graph {
 public:
  explicit Graph(uint32_t txns) : nodes_(txns) {}

  uint32_t add_helper() { return nodes_++; }
  void add(const Edge& edge) {
    if (edge.from != edge.to) edges_.push_back(edge);
  }
  size_t size() const { return edges_.size(); }

  // Cycles of the gravest kind there is, a short one for each of at most `limit` components.
  // Edges of a found cycle that belong to one path of helpers are all listed.
  std::vector<Cycle> cycles(size_t limit = 3);

 private:
  friend class CycleSearch;

  uint32_t nodes_;
  std::vector<Edge> edges_;
  std::vector<uint32_t> first_;  // of edges_, by `from`; made by cycles()
};

}  // namespace gyre::consistency
