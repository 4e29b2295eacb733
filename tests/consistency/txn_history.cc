// Building histories, and telling of their transactions.
#include "txn_history.h"

#include <fmt/core.h>

#include <algorithm>

namespace gyre::consistency {

std::string key_name(uint32_t key) {
  constexpr const char* kNames[] = {"list", "text", "ball", "key"};
  return fmt::format("{}:{}", kNames[key >> 30], key & 0x3fff'ffff);
}

void TxnHistory::begin(uint32_t client, int64_t call) {
  epoch = std::min(epoch, call);
  txns.push_back({.call = call, .client = client, .first = static_cast<uint32_t>(steps.size())});
}

void TxnHistory::add(const Step& step) {
  steps.push_back(step);
  txns.back().count++;
}

void TxnHistory::list(uint32_t key, std::span<const uint32_t> found) {
  add({StepKind::list, key, 0, static_cast<uint32_t>(elements.size()),
       static_cast<uint32_t>(found.size())});
  elements.insert(elements.end(), found.begin(), found.end());
}

void TxnHistory::write(uint32_t key, uint32_t value, uint64_t content) {
  add({StepKind::write, key, value, 0, 0, content});
}

void TxnHistory::read(uint32_t key, uint32_t value, uint64_t content) {
  add({StepKind::read, key, value, 0, 0, content});
}

void TxnHistory::end(Outcome outcome, int64_t back) {
  txns.back().outcome = outcome;
  txns.back().back = outcome == Outcome::unknown ? kNever : back;
}

void TxnHistory::join(const TxnHistory& other) {
  epoch = std::min(epoch, other.epoch);
  const uint32_t txn_base = static_cast<uint32_t>(txns.size());
  for (const auto& [before, after] : other.orders) {
    orders.emplace_back(before + txn_base, after + txn_base);
  }
  const uint32_t step_base = static_cast<uint32_t>(steps.size());
  const uint32_t element_base = static_cast<uint32_t>(elements.size());
  for (Txn txn : other.txns) {
    txn.first += step_base;
    txns.push_back(txn);
  }
  for (Step step : other.steps) {
    step.at += element_base;
    steps.push_back(step);
  }
  elements.insert(elements.end(), other.elements.begin(), other.elements.end());
}

std::string TxnHistory::describe(uint32_t index) const {
  const Txn& txn = txns[index];
  std::string text = fmt::format("T{} (client {}, ", index, txn.client);
  const auto ms = [this](int64_t at) { return static_cast<double>(at - epoch) / 1e6; };
  text += fmt::format("{:.3f} ms to ", ms(txn.call));
  text += txn.back == kNever ? "no answer" : fmt::format("{:.3f} ms", ms(txn.back));
  text += txn.outcome == Outcome::failed ? ", failed):" : "):";
  for (const Step& step : steps_of(txn)) {
    const std::string key = key_name(step.key);
    if (step.kind == StepKind::append) text += fmt::format(" append {} to {};", step.value, key);
    if (step.kind == StepKind::write) text += fmt::format(" write {} = {};", key, step.value);
    if (step.kind == StepKind::read) text += fmt::format(" read {} = {};", key, step.value);
    if (step.kind != StepKind::list) continue;
    text += fmt::format(" read {} = [", key);
    const auto found = elements_of(step);
    if (found.size() > 6) text += fmt::format("{} more ", found.size() - 6);
    const size_t from = found.size() > 6 ? found.size() - 6 : 0;
    for (size_t i = from; i < found.size(); i++)
      text += fmt::format("{}{}", i > from ? " " : "", found[i]);
    text += "];";
  }
  return text;
}

}  // namespace gyre::consistency
