// A history of transactions: what each read and wrote, when, and how it ended.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "clock.h"

namespace gyre::consistency {

// Keys are numbers; the upper two bits say what they are for.
inline constexpr uint32_t kListKey = 0, kTextKey = 1u << 30, kBallKey = 2u << 30;

std::string key_name(uint32_t key);

enum class StepKind : uint8_t {
  append,  // RPUSH key value
  list,    // LRANGE key 0 -1 -> elements
  write,   // the key's value is now `value`
  read,    // the key's value is `value`, 0 for none
};

// Values and elements are small numbers above 0, and none is written twice.
struct Step {
  StepKind kind = StepKind::read;
  uint32_t key = 0;
  uint32_t value = 0;
  uint32_t at = 0, size = 0;  // of list: where its elements are
  uint64_t content = 0;       // a hash of all that the value stands for; 0 if that is not known
};

enum class Outcome : uint8_t {
  done,
  failed,   // EXEC answered nil or an error, or was never sent: no effect
  unknown,  // no answer came: took effect at any time, or never
};

struct Txn {
  int64_t call = 0;
  int64_t back = kNever;
  uint32_t client = 0;
  uint32_t first = 0, count = 0;  // its steps
  Outcome outcome = Outcome::unknown;
};

struct TxnHistory {
  std::vector<Txn> txns;
  std::vector<Step> steps;
  std::vector<uint32_t> elements;
  int64_t epoch = kNever;  // the first call
  // Pairs of transactions of one batch, of which the second must come after the first.
  std::vector<std::pair<uint32_t, uint32_t>> orders;

  // A transaction is begun, given its steps in order, and ended.
  void begin(uint32_t client, int64_t call);
  void append(uint32_t key, uint32_t element) { add({StepKind::append, key, element}); }
  void list(uint32_t key, std::span<const uint32_t> found);
  void write(uint32_t key, uint32_t value, uint64_t content = 0);
  void read(uint32_t key, uint32_t value, uint64_t content = 0);
  void end(Outcome outcome, int64_t back = kNever);
  // Takes over all of another history.
  void join(const TxnHistory& other);

  std::span<const Step> steps_of(const Txn& txn) const {
    return std::span(steps).subspan(txn.first, txn.count);
  }
  std::span<const uint32_t> elements_of(const Step& step) const {
    return std::span(elements).subspan(step.at, step.size);
  }
  std::string describe(uint32_t txn) const;

 private:
  void add(const Step& step);
};

}  // namespace gyre::consistency
