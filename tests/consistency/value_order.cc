// The order of the values of a key: from transactions that read what they overwrote, and from
// zones.
#include <fmt/core.h>

#include <algorithm>

#include "versions.h"

namespace gyre::consistency {

namespace {

constexpr int64_t kStart = std::numeric_limits<int64_t>::min();

// A value, who wrote it and who read it. Its zone reaches from the first answer that shows it to
// the last request that leads to it; `first_back` may be before or after `last_call`.
struct Cluster {
  uint32_t value = 0;
  uint32_t writer = kNobody;
  uint32_t next = kNobody;  // the transaction that read it and overwrote it
  std::vector<uint32_t> readers;
  int64_t first_back = kNever;
  int64_t last_call = kStart;

  bool comes_before(const Cluster& other) const { return first_back < other.last_call; }
};

class Values {
 public:
  Values(const TxnHistory& history, const Origins& origins, std::vector<int64_t>& ends,
         Graph& graph, Findings& findings)
      : history_(history), origins_(origins), ends_(ends), graph_(graph), findings_(findings) {}

  void run() {
    for (uint32_t index = 0; index < history_.txns.size(); index++) {
      if (history_.txns[index].outcome != Outcome::failed) collect(index);
    }
    note_when_seen();
    for (auto& [key, clusters] : keys_) {
      for (auto& [value, cluster] : clusters) tie(key, cluster);
      order_by_time(key, clusters);
    }
  }

 private:
  using Clusters = std::unordered_map<uint32_t, Cluster>;

  Cluster& cluster_of(uint32_t key, uint32_t value) {
    Cluster& cluster = keys_[key][value];
    cluster.value = value;
    return cluster;
  }

  void collect(uint32_t index) {
    const Txn& txn = history_.txns[index];
    std::map<uint32_t, uint32_t> read, written;
    for (const Step& step : history_.steps_of(txn)) {
      if (step.kind == StepKind::write) written[step.key] = step.value;
      if (step.kind != StepKind::read) continue;
      const auto own = written.find(step.key);
      const auto [earlier, is_first] = read.try_emplace(step.key, step.value);
      const uint32_t expected = own != written.end() ? own->second : earlier->second;
      if (expected != step.value) {
        findings_.add("internal", step.key,
                      fmt::format("expected {} = {} of itself:\n  {}", key_name(step.key), expected,
                                  history_.describe(index)));
      }
      if (own == written.end()) check_origin(step, index);
    }
    for (const auto& [key, value] : read) {
      // What it read after its own write is no news.
      if (origin_of(value) != index) cluster_of(key, value).readers.push_back(index);
    }
    for (const auto& [key, value] : written) {
      cluster_of(key, value).writer = index;
      const auto seen = read.find(key);
      if (seen == read.end() || origin_of(seen->second) == index) continue;
      Cluster& before = cluster_of(key, seen->second);
      if (before.next != kNobody) {
        findings_.add(
            "lost-update", key,
            fmt::format("both read {} = {} and wrote it anew:\n  {}\n  {}", key_name(key),
                        before.value, history_.describe(before.next), history_.describe(index)));
        graph_.add({index, before.next, key, before.value, kReadWrite});
      }
      before.next = index;
      overwriters_.insert({key, index});
    }
  }

  uint32_t origin_of(uint32_t value) const {
    const Origin* origin = origins_.find(value);
    return origin ? origin->txn : kNobody;
  }

  void check_origin(const Step& step, uint32_t reader) {
    if (step.value == 0) return;
    const Origin* origin = origins_.find(step.value);
    if (!origin || origin->key != step.key) {
      findings_.add("garbage-read", step.key,
                    fmt::format("nobody wrote {} to {}:\n  {}", step.value, key_name(step.key),
                                history_.describe(reader)));
      return;
    }
    const std::string both =
        "  " + history_.describe(reader) + "\n  " + history_.describe(origin->txn);
    if (history_.txns[origin->txn].outcome == Outcome::failed) {
      findings_.add("aborted-read", step.key, "reads from a failed transaction:\n" + both);
    } else if (!origin->is_last) {
      findings_.add("intermediate-read", step.key, "reads what was overwritten at once:\n" + both);
    }
    if (step.content != 0 && origin->content != 0 && step.content != origin->content) {
      findings_.add("garbled-value", step.key, "another content under the same value:\n" + both);
    }
  }

  void note_when_seen() {
    for (auto& [key, clusters] : keys_) {
      for (auto& [value, cluster] : clusters) {
        for (const uint32_t reader : cluster.readers) {
          if (cluster.writer == kNobody) continue;
          int64_t& end = ends_[cluster.writer];
          end = std::min(end, history_.txns[reader].back);
        }
      }
    }
  }

  void tie(uint32_t key, Cluster& cluster) {
    const bool is_known = cluster.writer != kNobody;
    for (const uint32_t reader : cluster.readers) {
      if (is_known) graph_.add({cluster.writer, reader, key, cluster.value, kWriteRead});
      if (cluster.next != kNobody) {
        graph_.add({reader, cluster.next, key, cluster.value, kReadWrite});
      }
    }
    if (is_known && cluster.next != kNobody) {
      graph_.add({cluster.writer, cluster.next, key, cluster.value, kWriteWrite});
    }
  }

  void measure(Cluster& cluster) const {
    if (cluster.value == 0) cluster.first_back = kStart;
    if (cluster.writer != kNobody) {
      cluster.first_back = ends_[cluster.writer];
      cluster.last_call = history_.txns[cluster.writer].call;
    }
    for (const uint32_t reader : cluster.readers) {
      cluster.first_back = std::min(cluster.first_back, history_.txns[reader].back);
      cluster.last_call = std::max(cluster.last_call, history_.txns[reader].call);
    }
  }

  void order_by_time(uint32_t key, Clusters& clusters) {
    std::vector<const Cluster*> by_call;
    for (auto& [value, cluster] : clusters) {
      // A write that was neither answered nor seen says nothing; one that nobody made was told.
      const bool is_write = value == 0 || cluster.writer != kNobody;
      measure(cluster);
      if (is_write && cluster.first_back != kNever) by_call.push_back(&cluster);
    }
    std::sort(by_call.begin(), by_call.end(),
              [](const Cluster* a, const Cluster* b) { return a->last_call < b->last_call; });
    if (!is_linearizable(key, by_call)) return;
    std::vector<uint32_t> helpers(by_call.size());
    for (size_t i = by_call.size(); i-- > 0;) {
      helpers[i] = graph_.add_helper();
      if (i + 1 < by_call.size()) graph_.add({helpers[i], helpers[i + 1], key, 0, kPass});
      if (by_call[i]->writer == kNobody) continue;
      graph_.add({helpers[i], by_call[i]->writer, key, by_call[i]->value, kPass});
    }
    for (const Cluster* cluster : by_call) tie_by_time(key, *cluster, by_call, helpers);
  }

  // All values whose last request is after the first answer of this one come later.
  void tie_by_time(uint32_t key, const Cluster& cluster, const std::vector<const Cluster*>& by_call,
                   const std::vector<uint32_t>& helpers) {
    const auto after = [&](int64_t time) {
      return static_cast<size_t>(
          std::upper_bound(by_call.begin(), by_call.end(), time,
                           [](int64_t t, const Cluster* c) { return t < c->last_call; }) -
          by_call.begin());
    };
    // Within its own zone they are few, since the zones were found to be in order: one by one, as
    // the helpers there lead to the writer of this value, too.
    const size_t end = after(std::max(cluster.first_back, cluster.last_call));
    for (size_t i = after(cluster.first_back); i < end; i++) {
      if (by_call[i] == &cluster || by_call[i]->writer == kNobody) continue;
      leave(key, cluster, by_call[i]->writer);
    }
    if (end < by_call.size()) leave(key, cluster, helpers[end]);
  }

  void leave(uint32_t key, const Cluster& cluster, uint32_t to) {
    if (cluster.writer != kNobody) {
      graph_.add({cluster.writer, to, key, cluster.value, kTimedWriteWrite});
    }
    for (const uint32_t reader : cluster.readers) {
      // One that overwrote what it read is tied as the writer of its own value: the helpers after
      // this one lead back to it.
      if (overwriters_.contains({key, reader})) continue;
      graph_.add({reader, to, key, cluster.value, kTimedReadWrite});
    }
  }

  // No two values may each come before the other.
  bool is_linearizable(uint32_t key, const std::vector<const Cluster*>& clusters) {
    std::vector<const Cluster*> forward;
    for (const Cluster* cluster : clusters) {
      if (cluster->first_back < cluster->last_call) forward.push_back(cluster);
    }
    std::sort(forward.begin(), forward.end(),
              [](const Cluster* a, const Cluster* b) { return a->first_back < b->first_back; });
    const Cluster* longest = nullptr;
    for (const Cluster* zone : forward) {
      if (longest && zone->first_back < longest->last_call) return tell(key, *longest, *zone);
      if (!longest || zone->last_call > longest->last_call) longest = zone;
    }
    for (const Cluster* cluster : clusters) {
      const auto later = std::partition_point(
          forward.begin(), forward.end(),
          [&](const Cluster* z) { return z->first_back < cluster->last_call; });
      if (later == forward.begin() || later[-1] == cluster) continue;
      if (cluster->comes_before(*later[-1])) return tell(key, *later[-1], *cluster);
    }
    return true;
  }

  bool tell(uint32_t key, const Cluster& a, const Cluster& b) {
    std::string story = fmt::format("{} was {} before it was {} and the other way round:\n",
                                    key_name(key), a.value, b.value);
    for (const Cluster* cluster : {&a, &b}) {
      uint32_t first = cluster->writer, last = cluster->writer;
      for (const uint32_t reader : cluster->readers) {
        if (first == kNobody || ends_[reader] < ends_[first]) first = reader;
        if (last == kNobody || history_.txns[reader].call > history_.txns[last].call) last = reader;
      }
      std::set<uint32_t> shown = {cluster->writer, first, last};
      shown.erase(kNobody);
      for (const uint32_t txn : shown) story += "  " + history_.describe(txn) + "\n";
    }
    findings_.add("stale-value", key, story);
    return false;
  }

  const TxnHistory& history_;
  const Origins& origins_;
  std::vector<int64_t>& ends_;
  Graph& graph_;
  Findings& findings_;
  std::map<uint32_t, Clusters> keys_;
  std::set<std::pair<uint32_t, uint32_t>> overwriters_;  // key, transaction
};

}  // namespace

void order_values(const TxnHistory& history, const Origins& origins, std::vector<int64_t>& ends,
                  Graph& graph, Findings& findings) {
  Values(history, origins, ends, graph, findings).run();
}

}  // namespace gyre::consistency
