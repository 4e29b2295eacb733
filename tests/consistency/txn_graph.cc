// Components by Tarjan's algorithm, cycles by breadth-first search within them.
#include "txn_graph.h"

#include <algorithm>
#include <deque>
#include <span>

namespace gyre::consistency {

namespace {

constexpr uint32_t kNone = ~0u;
constexpr size_t kTries = 64;  // searches for a short cycle in one component

struct Level {
  std::string_view name;
  uint8_t ties;    // any number of these
  uint8_t single;  // and exactly one of these, if any are named
};

constexpr uint8_t kDirect = kWriteWrite | kWriteRead;
constexpr uint8_t kTimed = kTime | kTimedWriteWrite | kOrder | kPass;

// From grave to mild, the order within batches being part of time; the names are Adya's, G-single
// is snapshot isolation's.
constexpr Level kLevels[] = {
    {"G0", kWriteWrite, 0},
    {"G1c", kDirect, 0},
    {"G-single", kDirect, kReadWrite},
    {"G2", kDirect | kReadWrite, 0},
    {"G0-realtime", kWriteWrite | kTimed, 0},
    {"G1c-realtime", kDirect | kTimed, 0},
    {"G-single-realtime", kDirect | kTimed, kReadWrite | kTimedReadWrite},
    {"G2-realtime", kDirect | kTimed | kReadWrite | kTimedReadWrite, 0},
};

}  // namespace

class CycleSearch {
 public:
  explicit CycleSearch(const Graph& graph) : graph_(graph) {}

  std::vector<Cycle> run(const Level& level, size_t limit) {
    find_components(level.ties | level.single);
    std::vector<Cycle> found;
    for (const auto& members : components_) {
      if (found.size() == limit) break;
      std::vector<Edge> shortest;
      const auto take = [&shortest](std::vector<Edge> cycle) {
        if (!cycle.empty() && (shortest.empty() || length(cycle) < length(shortest))) {
          shortest = std::move(cycle);
        }
      };
      size_t tries = 0;
      for (uint32_t node : members) {
        if (level.single == 0 && tries++ < kTries) take(path(node, node, level.ties));
        for (const Edge& edge : edges_of(node)) {
          const bool is_inside = component_[edge.to] == component_[node];
          if ((edge.tie & level.single) == 0 || !is_inside || tries++ >= kTries) continue;
          std::vector<Edge> way = path(edge.to, node, level.ties);
          if (way.empty()) continue;
          way.insert(way.begin(), edge);
          take(std::move(way));
        }
      }
      if (!shortest.empty()) found.push_back({level.name, std::move(shortest)});
    }
    return found;
  }

 private:
  static size_t length(const std::vector<Edge>& cycle) {
    return static_cast<size_t>(
        std::count_if(cycle.begin(), cycle.end(), [](const Edge& e) { return e.tie != kPass; }));
  }

  std::span<const Edge> edges_of(uint32_t node) const {
    const uint32_t from = graph_.first_[node], to = graph_.first_[node + 1];
    return std::span(graph_.edges_).subspan(from, to - from);
  }

  // The shortest way from one node to another inside their component; for the same node, around.
  std::vector<Edge> path(uint32_t from, uint32_t to, uint8_t ties) {
    came_.resize(graph_.nodes_);
    cost_.assign(graph_.nodes_, kNone);
    std::deque<uint32_t> open = {from};
    cost_[from] = 0;
    bool found = false;
    while (!open.empty() && !found) {
      const uint32_t node = open.front();
      open.pop_front();
      for (const Edge& edge : edges_of(node)) {
        if ((edge.tie & ties) == 0 || component_[edge.to] != component_[from]) continue;
        const uint32_t cost = cost_[node] + (edge.tie == kPass ? 0 : 1);
        if (edge.to == to) {
          came_[to] = edge;
          found = true;
          break;
        }
        if (cost >= cost_[edge.to]) continue;
        cost_[edge.to] = cost;
        came_[edge.to] = edge;
        edge.tie == kPass ? open.push_front(edge.to) : open.push_back(edge.to);
      }
    }
    std::vector<Edge> way;
    if (!found) return way;
    uint32_t node = to;
    do {
      way.push_back(came_[node]);
      node = came_[node].from;
    } while (node != from);
    std::reverse(way.begin(), way.end());
    return way;
  }

  // Tarjan's algorithm with its own stack. Keeps components of two nodes or more.
  void find_components(uint8_t ties) {
    struct Visit {
      uint32_t node, next;
    };
    const uint32_t nodes = graph_.nodes_;
    std::vector<uint32_t> number(nodes, kNone), low(nodes, 0), stack;
    std::vector<Visit> visits;
    component_.assign(nodes, kNone);
    components_.clear();
    uint32_t counter = 0, names = 0;
    for (uint32_t root = 0; root < nodes; root++) {
      if (number[root] != kNone) continue;
      visits.push_back({root, graph_.first_[root]});
      while (!visits.empty()) {
        auto& [node, next] = visits.back();
        if (number[node] == kNone) {
          number[node] = low[node] = counter++;
          stack.push_back(node);
        }
        uint32_t child = kNone;
        for (; next < graph_.first_[node + 1] && child == kNone; next++) {
          const Edge& edge = graph_.edges_[next];
          if ((edge.tie & ties) == 0) continue;
          if (number[edge.to] == kNone) {
            child = edge.to;
          } else if (component_[edge.to] == kNone) {
            low[node] = std::min(low[node], number[edge.to]);
          }
        }
        if (child != kNone) {
          visits.push_back({child, graph_.first_[child]});
          continue;
        }
        if (low[node] == number[node]) keep(stack, node, names++);
        const uint32_t done = node;
        visits.pop_back();
        if (!visits.empty()) {
          low[visits.back().node] = std::min(low[visits.back().node], low[done]);
        }
      }
    }
  }

  void keep(std::vector<uint32_t>& stack, uint32_t root, uint32_t name) {
    std::vector<uint32_t> members;
    uint32_t node = kNone;
    do {
      node = stack.back();
      stack.pop_back();
      component_[node] = name;
      members.push_back(node);
    } while (node != root);
    if (members.size() > 1) components_.push_back(std::move(members));
  }

  const Graph& graph_;
  std::vector<uint32_t> component_;
  std::vector<std::vector<uint32_t>> components_;
  std::vector<Edge> came_;
  std::vector<uint32_t> cost_;
};

std::vector<Cycle> Graph::cycles(size_t limit) {
  std::sort(edges_.begin(), edges_.end(), [](const Edge& a, const Edge& b) {
    return std::pair(a.from, a.to) < std::pair(b.from, b.to);
  });
  first_.assign(nodes_ + 1, 0);
  for (const Edge& edge : edges_) first_[edge.from + 1]++;
  for (uint32_t node = 0; node < nodes_; node++) first_[node + 1] += first_[node];
  CycleSearch search(*this);
  // No cycle with all ties means none with fewer.
  if (search.run(kLevels[std::size(kLevels) - 1], 1).empty()) return {};
  for (const Level& level : kLevels) {
    std::vector<Cycle> found = search.run(level, limit);
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace gyre::consistency
