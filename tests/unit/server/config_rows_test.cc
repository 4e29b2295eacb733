// Tests of the rows themselves, and of the files that are generated from them.
#include "server/config_rows.h"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "base/text.h"
#include "config_test_files.h"
#include "server/config_docs.h"
#include "server/config_toml.h"
#include "server/config_value.h"

namespace gyre::server {
namespace {

template <typename Function>
void for_each_row(Function function) {
  for (const Table& table : config_tables()) {
    for (const Row& row : table.rows) {
      function(table, row);
    }
  }
}

std::string committed(const std::string& name) {
  std::stringstream text;
  text << std::ifstream(std::string(GYRE_SOURCE_ROOT) + "/" + name).rdbuf();
  return text.str();
}

TEST(ConfigRows, names_are_unique_and_found_in_any_case) {
  std::set<std::string_view> names;
  std::set<std::string> keys;
  for_each_row([&](const Table& table, const Row& row) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(
        keys.insert(std::string(table.name) + "." + std::string(row.key_in_table())).second);
    EXPECT_EQ(find_row(row.name), &row);
    EXPECT_EQ(find_row(base::to_upper(row.name)), &row);
    EXPECT_EQ(&table_of(row), &table);
    EXPECT_EQ(base::to_lower(row.name), row.name);
    if (!row.alias.empty()) {
      EXPECT_TRUE(names.insert(row.alias).second) << row.alias;
      EXPECT_EQ(find_row(row.alias), &row);
    }
  });
  EXPECT_EQ(find_row(""), nullptr);
  EXPECT_EQ(find_row("no-such-parameter"), nullptr);
  EXPECT_EQ(find_row(std::string(10000, 'x')), nullptr);
}

TEST(ConfigRows, sentences_are_sentences) {
  for_each_row([](const Table&, const Row& row) {
    EXPECT_TRUE(row.doc.ends_with('.')) << row.name;
    EXPECT_TRUE(row.effect.empty() || row.effect.ends_with('.')) << row.name;
    EXPECT_TRUE(row.doc[0] >= 'A' && row.doc[0] <= 'Z') << row.name;
  });
}

// Two rows on one field would overwrite each other.
TEST(ConfigRows, each_has_a_field_of_its_own) {
  for_each_row([](const Table&, const Row& row) {
    Config config;
    if (const auto* field = std::get_if<bool Config::*>(&row.field)) {
      config.** field = !(config.**field);
    } else if (const auto* number = std::get_if<int64_t Config::*>(&row.field)) {
      config.** number += 1;
    } else if (const auto* text = std::get_if<std::string Config::*>(&row.field)) {
      config.** text += "x";
    } else {
      return;
    }
    for_each_row([&](const Table&, const Row& other) {
      EXPECT_EQ(same_value(config, Config(), other), &row != &other)
          << row.name << " and " << other.name;
    });
  });
}

TEST(ConfigRows, defaults_are_valid_and_survive_a_round_trip) {
  for_each_row([](const Table&, const Row& row) {
    Config config;
    Words words = value_words(config, row);
    const Checked<void> outcome = set_value(config, row, words);
    EXPECT_TRUE(outcome) << row.name << ": " << outcome.error();
    EXPECT_TRUE(same_value(config, Config(), row)) << row.name;
  });
}

TEST(ConfigRows, choices_cover_their_enumeration) {
  for_each_row([](const Table&, const Row& row) {
    if (row.kind != Kind::choice) {
      return;
    }
    for (const std::string_view name : row.choices) {
      Config config;
      const Words words = {base::to_upper(name)};
      ASSERT_TRUE(set_value(config, row, words)) << row.name;
      EXPECT_EQ(value_text(config, row), name);
    }
    Config config;
    const Words words = {"no-such-choice"};
    EXPECT_FALSE(set_value(config, row, words));
  });
}

TEST(ConfigRows, numbers_keep_to_their_range) {
  for_each_row([](const Table&, const Row& row) {
    if (!std::holds_alternative<int64_t Config::*>(row.field) || row.kind == Kind::octal) {
      return;
    }
    Config config;
    const auto accepts = [&](const std::string& word) {
      const Words words = {word};
      return set_value(config, row, words).has_value();
    };
    EXPECT_TRUE(accepts(std::to_string(row.max))) << row.name;
    if (row.kind == Kind::integer || row.min > 0) {
      EXPECT_TRUE(accepts(std::to_string(row.min))) << row.name;
      EXPECT_FALSE(accepts(std::to_string(row.min - 1))) << row.name;
    }
    if (row.max < INT64_MAX) {
      EXPECT_FALSE(accepts(std::to_string(row.max + 1))) << row.name;
    }
  });
}

TEST(ConfigRows, sizes_print_with_the_greatest_exact_unit) {
  EXPECT_EQ(memory_text(0), "0");
  EXPECT_EQ(memory_text(1023), "1023");
  EXPECT_EQ(memory_text(1024), "1kb");
  EXPECT_EQ(memory_text(1025), "1025");
  EXPECT_EQ(memory_text(3 * kMib), "3mb");
  EXPECT_EQ(memory_text(1536 * kMib), "1536mb");
  EXPECT_EQ(memory_text(2 * kGib), "2gb");
}

TEST(ConfigDocs, committed_files_are_fresh) {
  EXPECT_TRUE(committed("config/gyre.toml") == config_toml_file()) << "run ./dev docs";
  EXPECT_TRUE(committed("docs/config.md") == config_docs_file()) << "run ./dev docs";
}

TEST(ConfigDocs, the_sample_holds_exactly_the_defaults) {
  const auto loaded = load_text(config_toml_file(), ConfigForm::toml);
  ASSERT_TRUE(loaded) << loaded.error();
  EXPECT_EQ(loaded->warnings, std::vector<std::string>());
  Config defaults;
  normalize(defaults);
  for_each_row([&](const Table&, const Row& row) {
    EXPECT_TRUE(same_value(loaded->config, defaults, row)) << row.name;
    const std::string line = "\n" + std::string(row.key_in_table()) + " = ";
    EXPECT_EQ(config_toml_file().find(line) == std::string::npos, row.hidden) << row.name;
  });
}

}  // namespace
}  // namespace gyre::server
