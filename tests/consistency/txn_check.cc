// Anomalies, edges, real time, cycles, and the words for them.
#include "txn_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "txn_graph.h"
#include "versions.h"

namespace gyre::consistency {

namespace {

// "Ended before it began", by a chain of helpers in the order of the ends.
void tie_by_time(const TxnHistory& history, const std::vector<int64_t>& ends, Graph& graph) {
  std::vector<uint32_t> by_end;
  for (uint32_t txn = 0; txn < history.txns.size(); txn++) {
    const bool has_ended = ends[txn] != kNever && history.txns[txn].outcome != Outcome::failed;
    if (has_ended) by_end.push_back(txn);
  }
  std::sort(by_end.begin(), by_end.end(),
            [&](uint32_t a, uint32_t b) { return ends[a] < ends[b]; });
  std::vector<uint32_t> helpers;
  for (const uint32_t txn : by_end) {
    helpers.push_back(graph.add_helper());
    if (helpers.size() > 1) graph.add({helpers[helpers.size() - 2], helpers.back(), 0, 0, kPass});
    graph.add({txn, helpers.back(), 0, 0, kTime});
  }
  for (uint32_t txn = 0; txn < history.txns.size(); txn++) {
    if (history.txns[txn].outcome == Outcome::failed) continue;
    const auto before = std::partition_point(by_end.begin(), by_end.end(), [&](uint32_t other) {
      return ends[other] < history.txns[txn].call;
    });
    if (before == by_end.begin()) continue;
    graph.add({helpers[static_cast<size_t>(before - by_end.begin()) - 1], txn, 0, 0, kPass});
  }
}

std::string reason(const Edge& edge, uint32_t to) {
  const std::string key = key_name(edge.key);
  switch (edge.tie) {
    case kWriteWrite:
      return fmt::format("T{} overwrote or appended to {} = {} of T{}", to, key, edge.value,
                         edge.from);
    case kWriteRead:
      return fmt::format("T{} read {} = {} that T{} wrote", to, key, edge.value, edge.from);
    case kReadWrite:
      return fmt::format("T{} read {} before T{} wrote it (at {})", edge.from, key, to, edge.value);
    case kTimedWriteWrite:
      return fmt::format("T{} wrote {} = {}, and by real time T{} wrote {} later", edge.from, key,
                         edge.value, to, key);
    case kTimedReadWrite:
      return fmt::format("T{} read {} = {}, which by real time was before T{} wrote {}", edge.from,
                         key, edge.value, to, key);
    case kOrder:
      return fmt::format("T{} stood before T{} in one batch", edge.from, to);
    default:
      return fmt::format("T{} had ended before T{} began", edge.from, to);
  }
}

std::string tell(const TxnHistory& history, Cycle cycle) {
  auto& edges = cycle.edges;
  const auto is_tie = [](const Edge& edge) { return edge.tie != kPass; };
  std::rotate(edges.begin(), std::find_if(edges.begin(), edges.end(), is_tie), edges.end());
  std::set<uint32_t> members;
  std::string reasons;
  for (size_t i = 0; i < edges.size();) {
    size_t last = i + 1;
    while (last < edges.size() && edges[last].tie == kPass) last++;
    members.insert(edges[i].from);
    reasons += fmt::format("  T{} < T{}: {}\n", edges[i].from, edges[last - 1].to,
                           reason(edges[i], edges[last - 1].to));
    i = last;
  }
  std::string story = "each of these had to come before the next, and the last before the first:\n";
  for (const uint32_t txn : members) story += "  " + history.describe(txn) + "\n";
  return story + "  because\n" + reasons;
}

}  // namespace

void Findings::add(const std::string& name, uint32_t key, std::string story) {
  if (seen_.insert({name, key}).second) anomalies_.push_back({name, std::move(story)});
}

Origins::Origins(const TxnHistory& history) {
  uint32_t most = 0;
  for (const Step& step : history.steps) most = std::max(most, step.value);
  origins_.resize(most + 1);
  for (uint32_t index = 0; index < history.txns.size(); index++) {
    std::map<uint32_t, uint32_t> last;
    for (const Step& step : history.steps_of(history.txns[index])) {
      if (step.kind != StepKind::append && step.kind != StepKind::write) continue;
      origins_[step.value] = {index, step.key, true, step.content};
      if (step.kind != StepKind::write) continue;
      const auto [before, is_first] = last.try_emplace(step.key, step.value);
      if (!is_first) origins_[before->second].is_last = false;
      before->second = step.value;
    }
  }
}

TxnVerdict check_transactions(const TxnHistory& history) {
  TxnVerdict verdict;
  Findings findings(verdict.anomalies);
  Graph graph(static_cast<uint32_t>(history.txns.size()));
  const Origins origins(history);
  std::vector<int64_t> ends;
  for (const Txn& txn : history.txns) ends.push_back(txn.back);
  order_lists(history, origins, ends, graph, findings);
  order_values(history, origins, ends, graph, findings);
  tie_by_time(history, ends, graph);
  for (const auto& [before, after] : history.orders) {
    const bool both_happened = ends[before] != kNever && ends[after] != kNever;
    if (both_happened) graph.add({before, after, 0, 0, kOrder});
  }
  verdict.edges = graph.size();
  for (Cycle& cycle : graph.cycles()) {
    verdict.anomalies.push_back({std::string(cycle.name), tell(history, std::move(cycle))});
  }
  return verdict;
}

}  // namespace gyre::consistency
