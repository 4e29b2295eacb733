// Parsing and printing of the fields that hold several words.
#include "server/config_lists.h"
#include "base/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "base/number.h"
#include "base/text.h"

namespace gyre::server {
namespace {

constexpr size_t kBindMax = 16;

using Input = std::span<const std::string>;

tl::unexpected<std::string> refuse(std::string text) { return tl::unexpected(std::move(text)); }

// One empty word stands for no words, as in `save ""`.
Input without_blank(Input words) { return words.size() == 1 && words[0].empty() ? Input() : words; }

bool read_integer(std::string_view word, int64_t& value) {
  const std::optional<int64_t> parsed = base::parse_int64(word);
  value = parsed.value_or(0);
  return parsed.has_value();
}

Checked<void> set_bind(Config& config, Input words, bool) {
  if (words.size() > kBindMax) {
    return refuse("Too many bind addresses specified.");
  }
  words = without_blank(words);
  config.bind.assign(words.begin(), words.end());
  return {};
}

Checked<void> set_save(Config& config, Input words, bool append) {
  const Input numbers = without_blank(words);
  std::vector<SavePoint> points;
  if (append && !numbers.empty()) {
    points = config.save;
  }
  if (numbers.size() % 2 != 0) {
    return refuse("Invalid save parameters");
  }
  for (size_t i = 0; i < numbers.size(); i += 2) {
    SavePoint point;
    if (!read_integer(numbers[i], point.seconds) || !read_integer(numbers[i + 1], point.changes) ||
        point.seconds < 1 || point.changes < 0) {
      return refuse("Invalid save parameters");
    }
    points.push_back(point);
  }
  config.save = std::move(points);
  return {};
}

Words get_save(const Config& config) {
  Words words;
  for (const SavePoint& point : config.save) {
    words.push_back(std::to_string(point.seconds));
    words.push_back(std::to_string(point.changes));
  }
  return words;
}

OutputLimit* limit_of(OutputLimits& limits, std::string_view client_class) {
  if (base::equals_ignore_case(client_class, "normal")) {
    return &limits.normal;
  }
  if (base::equals_ignore_case(client_class, "replica") ||
      base::equals_ignore_case(client_class, "slave")) {
    return &limits.replica;
  }
  return base::equals_ignore_case(client_class, "pubsub") ? &limits.pubsub : nullptr;
}

// Classes that are not named keep their limits.
Checked<void> set_output_limits(Config& config, Input words, bool) {
  if (words.size() % 4 != 0) {
    return refuse("Wrong number of arguments in buffer limit configuration.");
  }
  OutputLimits limits = config.client_output_buffer_limit;
  for (size_t i = 0; i < words.size(); i += 4) {
    OutputLimit* limit = limit_of(limits, words[i]);
    if (limit == nullptr) {
      return refuse("Invalid client class specified in buffer limit configuration.");
    }
    const auto hard = base::parse_memory(words[i + 1]);
    const auto soft = base::parse_memory(words[i + 2]);
    int64_t seconds = 0;
    if (!hard || !soft || !read_integer(words[i + 3], seconds) || seconds < 0) {
      return refuse("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
    }
    *limit = {*hard, *soft, seconds};
  }
  config.client_output_buffer_limit = limits;
  return {};
}

Words get_output_limits(const Config& config) {
  Words words;
  const auto add = [&words](const char* name, const OutputLimit& limit) {
    words.insert(words.end(),
                 {name, std::to_string(limit.hard_bytes), std::to_string(limit.soft_bytes),
                  std::to_string(limit.soft_seconds)});
  };
  add("normal", config.client_output_buffer_limit.normal);
  add("replica", config.client_output_buffer_limit.replica);
  add("pubsub", config.client_output_buffer_limit.pubsub);
  return words;
}

// CONFIG GET has called replicas "slave" since its first days, and tools compare that text.
Words show_output_limits(const Config& config) {
  Words words = get_output_limits(config);
  std::replace(words.begin(), words.end(), std::string("replica"), std::string("slave"));
  return words;
}

Checked<void> set_oom_values(Config& config, Input words, bool) {
  if (words.size() != config.oom_score_adj_values.size()) {
    return refuse("wrong number of arguments");
  }
  std::array<int64_t, 3> values{};
  for (size_t i = 0; i < values.size(); ++i) {
    if (!read_integer(words[i], values[i]) || values[i] < -2000 || values[i] > 2000) {
      return refuse("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
    }
  }
  config.oom_score_adj_values = values;
  return {};
}

Words get_oom_values(const Config& config) {
  Words words;
  for (const int64_t value : config.oom_score_adj_values) {
    words.push_back(std::to_string(value));
  }
  return words;
}

Checked<void> set_percentiles(Config& config, Input words, bool) {
  std::vector<double> values;
  for (const std::string& word : without_blank(words)) {
    const std::optional<double> value = base::parse_double(word);
    if (!value) {
      return refuse("Invalid latency-tracking-info-percentiles parameters");
    }
    if (*value < 0 || *value > 100) {
      return refuse("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
    }
    values.push_back(*value);
  }
  config.latency_tracking_info_percentiles = std::move(values);
  return {};
}

// Six digits after the point without the zeros at the end, as Redis prints them.
Words get_percentiles(const Config& config) {
  Words words;
  for (const double value : config.latency_tracking_info_percentiles) {
    std::string word = fmt::format("{:.6f}", value);
    word.erase(word.find_last_not_of('0') + 1);
    if (word.back() == '.') {
      word.pop_back();
    }
    words.push_back(std::move(word));
  }
  return words;
}

Checked<void> set_replicaof(Config& config, Input words, bool) {
  words = without_blank(words);
  if (words.empty()) {
    config.replicaof = {};
    return {};
  }
  if (words.size() != 2) {
    return refuse("wrong number of arguments");
  }
  if (base::equals_ignore_case(words[0], "no") && base::equals_ignore_case(words[1], "one")) {
    config.replicaof = {};
    return {};
  }
  int64_t port = 0;
  if (!read_integer(words[1], port) || port < 0 || port > 65535) {
    return refuse("Invalid master port");
  }
  config.replicaof = {words[0], port};
  return {};
}

Words get_replicaof(const Config& config) {
  if (config.replicaof.host.empty()) {
    return {};
  }
  return {config.replicaof.host, std::to_string(config.replicaof.port)};
}

struct EventLetter {
  char letter;
  uint32_t bit;
};

// In the order in which they are printed.
constexpr EventLetter kEventLetters[] = {
    {'g', kEventGeneric},  {'$', kEventString}, {'l', kEventList},    {'s', kEventSet},
    {'h', kEventHash},     {'z', kEventZset},   {'x', kEventExpired}, {'e', kEventEvicted},
    {'t', kEventStream},   {'d', kEventModule}, {'n', kEventNew},     {'K', kEventKeyspace},
    {'E', kEventKeyevent}, {'m', kEventMissed},
};

Checked<void> set_keyspace_events(Config& config, Input words, bool) {
  words = without_blank(words);
  if (words.size() > 1) {
    return refuse("wrong number of arguments");
  }
  uint32_t bits = 0;
  for (const char c : words.empty() ? std::string_view() : std::string_view(words[0])) {
    const auto* const found = std::find_if(std::begin(kEventLetters), std::end(kEventLetters),
                                           [c](const EventLetter& e) { return e.letter == c; });
    if (c == 'A') {
      bits |= kEventAll;
    } else if (found != std::end(kEventLetters)) {
      bits |= found->bit;
    } else {
      return refuse("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    }
  }
  config.notify_keyspace_events = bits;
  return {};
}

Words get_keyspace_events(const Config& config) {
  const uint32_t bits = config.notify_keyspace_events;
  const bool all = (bits & kEventAll) == kEventAll;
  std::string text = all ? "A" : "";
  for (const EventLetter& event : kEventLetters) {
    if ((bits & event.bit) != 0 && !(all && (event.bit & kEventAll) != 0)) {
      text += event.letter;
    }
  }
  return text.empty() ? Words() : Words{text};
}

}  // namespace

std::string keyspace_event_letters(uint32_t bits) {
  std::string letters;
  for (const EventLetter& event : kEventLetters) {
    if ((bits & event.bit) != 0) {
      letters += event.letter;
    }
  }
  return letters;
}

namespace {

struct ShutdownWord {
  std::string_view word;
  uint32_t bit;
};
constexpr ShutdownWord kShutdownWords[] = {{"default", 0},
                                           {"save", kShutdownSave},
                                           {"nosave", kShutdownNosave},
                                           {"now", kShutdownNow},
                                           {"force", kShutdownForce}};

template <uint32_t Config::*Member>
Checked<void> set_shutdown(Config& config, Input words, bool) {
  uint32_t bits = 0;
  for (const std::string& word : words) {
    const auto* const found =
        std::find_if(std::begin(kShutdownWords), std::end(kShutdownWords),
                     [&](const ShutdownWord& w) { return base::equals_ignore_case(w.word, word); });
    if (found == std::end(kShutdownWords)) {
      return refuse("argument(s) must be one of the following: default, save, nosave, now, force");
    }
    bits |= found->bit;
  }
  if ((bits & kShutdownSave) != 0 && (bits & kShutdownNosave) != 0) {
    return refuse("shutdown options SAVE and NOSAVE can't be used simultaneously");
  }
  config.*Member = bits;
  return {};
}

template <uint32_t Config::*Member>
Words get_shutdown(const Config& config) {
  Words words;
  for (const ShutdownWord& w : kShutdownWords) {
    if ((config.*Member & w.bit) != 0) {
      words.emplace_back(w.word);
    }
  }
  return words.empty() ? Words{"default"} : words;
}

}  // namespace

constinit const ListField kBindField = {.set = set_bind,
                                        .get = [](const Config& config) { return config.bind; },
                                        .expected = "an array of at most 16 addresses"};
constinit const ListField kSaveField = {
    .set = set_save,
    .get = get_save,
    .expected = "an array of strings \"SECONDS CHANGES\", such as [\"3600 1\", \"300 100\"]",
    .group = 2,
    .line_per_group = true,
    .adds_up = true};
constinit const ListField kOutputLimitsField = {
    .set = set_output_limits,
    .get = get_output_limits,
    .expected =
        "an array of strings \"CLASS HARD SOFT SECONDS\", such as "
        "[\"normal 256mb 64mb 60\"], of the classes normal, replica and pubsub",
    .group = 4,
    .line_per_group = true,
    .shown = show_output_limits};
constinit const ListField kOomValuesField = {
    .set = set_oom_values,
    .get = get_oom_values,
    .expected = "an array of three integers from -2000 to 2000",
    .form = ListForm::numbers};
constinit const ListField kPercentilesField = {.set = set_percentiles,
                                               .get = get_percentiles,
                                               .expected = "an array of numbers from 0 to 100",
                                               .form = ListForm::numbers};
constinit const ListField kReplicaofField = {.set = set_replicaof,
                                             .get = get_replicaof,
                                             .expected = "a string \"HOST PORT\"",
                                             .group = 2,
                                             .form = ListForm::text};
constinit const ListField kKeyspaceEventsField = {
    .set = set_keyspace_events,
    .get = get_keyspace_events,
    .expected = "a string of the letters Ag$lshzxeKEtmdn",
    .form = ListForm::text};
constinit const ListField kShutdownSigintField = {
    .set = set_shutdown<&Config::shutdown_on_sigint>,
    .get = get_shutdown<&Config::shutdown_on_sigint>,
    .expected = "an array of default, save, nosave, now, force"};
constinit const ListField kShutdownSigtermField = {
    .set = set_shutdown<&Config::shutdown_on_sigterm>,
    .get = get_shutdown<&Config::shutdown_on_sigterm>,
    .expected = "an array of default, save, nosave, now, force"};

}  // namespace gyre::server
