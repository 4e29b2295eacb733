// Part (b): transactions over lists and strings of all cores must be strictly serializable.
#include <fmt/core.h>

#include "clock.h"
#include "runs.h"
#include "txn_author.h"
#include "txn_check.h"

namespace gyre::consistency {

namespace {

struct Counts {
  uint64_t done = 0, failed = 0, unknown = 0;
};

Counts count(const TxnHistory& history) {
  Counts counts;
  for (const Txn& txn : history.txns) {
    counts.done += txn.outcome == Outcome::done;
    counts.failed += txn.outcome == Outcome::failed;
    counts.unknown += txn.outcome == Outcome::unknown;
  }
  return counts;
}

}  // namespace

bool run_transactions(const Options& options) {
  Crew crew(options);
  Stock stock;
  // Before and after all others, one client alone.
  Seat seat("first and last");
  Member alone(static_cast<size_t>(options.clients), options, &seat);
  alone.client.connect();
  TxnAuthor frame(options, alone, stock);
  if (!options.plain) frame.make_balls();
  std::deque<TxnAuthor> authors;
  for (Member& member : crew.members()) authors.emplace_back(options, member, stock);
  const int64_t start = now_ns();
  crew.run_with_killer(options.kills > 0 ? crew.members().size() : 0, [&](Member& member) {
    authors[member.index].write((options.count + options.clients - 1) / options.clients);
  });
  const int64_t middle = now_ns();
  frame.read_all(stock.lists_end(), options.plain);
  TxnHistory history = std::move(frame.history);
  bool fine = true;
  for (TxnAuthor& author : authors) {
    history.join(author.history);
    author.history = TxnHistory();
    if (author.refused.empty() || !fine) continue;
    fmt::print("VIOLATION: an unexpected answer: {}\n", author.refused);
    fine = false;
  }
  const TxnVerdict verdict = check_transactions(history);
  size_t shown = 0;
  for (const Anomaly& anomaly : verdict.anomalies) {
    if (shown++ < 5) fmt::print("VIOLATION: {}: {}\n", anomaly.name, anomaly.story);
  }
  if (shown > 5) fmt::print("and {} more\n", shown - 5);
  const Counts counts = count(history);
  fmt::print(
      "transactions: {} done, {} failed, {} without an answer ({} kills) in {:.1f} s; checked in "
      "{:.1f} s "
      "({} edges)\n",
      counts.done, counts.failed, counts.unknown, crew.kills(), seconds(middle - start),
      seconds(now_ns() - middle), verdict.edges);
  return fine && verdict.anomalies.empty();
}

}  // namespace gyre::consistency
