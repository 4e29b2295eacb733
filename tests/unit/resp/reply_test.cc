// Tests of resp/reply.h: what each kind of value looks like in RESP2 and RESP3, in any memory.
#include "resp/reply.h"

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::resp {
namespace {

// Lends exactly what is asked for, or `extra` more, in fresh memory each time, so that a sanitizer
// sees a byte too many.
class TextSink final : public Sink {
 public:
  explicit TextSink(size_t extra = 0, bool attaches = false) : extra_(extra), attaches_(attaches) {}

  void more(Reply& reply, size_t size) override {
    collect(reply);
    memory_ = std::make_unique<char[]>(size + extra_);
    reply.lend(memory_.get(), memory_.get() + size + extra_);
  }
  bool attach(Reply& reply, base::Blob& blob, std::string_view bytes) override {
    if (!attaches_) {
      return false;
    }
    collect(reply);
    text.append(bytes);
    ++attached;
    return true;
  }
  // Ends the lending.
  void finish(Reply& reply) { collect(reply); }

  std::string text;
  int attached = 0;

 private:
  void collect(Reply& reply) {
    if (memory_ != nullptr) {
      text.append(memory_.get(), static_cast<size_t>(reply.at() - memory_.get()));
      memory_.reset();
      reply.lend(nullptr, nullptr);
    }
  }

  size_t extra_;
  bool attaches_;
  std::unique_ptr<char[]> memory_;
};

template <typename Write>
std::string in_resp(bool is_resp3, Write&& write) {
  TextSink sink;
  Reply reply(sink, is_resp3);
  write(reply);
  sink.finish(reply);
  return sink.text;
}

template <typename Write>
void expect_reply(Write&& write, std::string_view resp2, std::string_view resp3) {
  EXPECT_EQ(in_resp(false, write), resp2);
  EXPECT_EQ(in_resp(true, write), resp3);
}

TEST(Reply, simple_kinds) {
  expect_reply([](Reply& r) { r.ok(); }, "+OK\r\n", "+OK\r\n");
  expect_reply([](Reply& r) { r.simple("QUEUED"); }, "+QUEUED\r\n", "+QUEUED\r\n");
  expect_reply([](Reply& r) { r.integer(0); }, ":0\r\n", ":0\r\n");
  expect_reply([](Reply& r) { r.integer(INT64_MIN); }, ":-9223372036854775808\r\n",
               ":-9223372036854775808\r\n");
  expect_reply([](Reply& r) { r.integer(INT64_MAX); }, ":9223372036854775807\r\n",
               ":9223372036854775807\r\n");
  expect_reply([](Reply& r) { r.null(); }, "$-1\r\n", "_\r\n");
  expect_reply([](Reply& r) { r.null_array(); }, "*-1\r\n", "_\r\n");
  expect_reply([](Reply& r) { r.boolean(true); }, ":1\r\n", "#t\r\n");
  expect_reply([](Reply& r) { r.boolean(false); }, ":0\r\n", "#f\r\n");
  expect_reply([](Reply& r) { r.raw("+AS IT IS\r\n"); }, "+AS IT IS\r\n", "+AS IT IS\r\n");
  expect_reply([](Reply& r) { r.raw({}); }, "", "");
}

TEST(Reply, aggregates) {
  expect_reply([](Reply& r) { r.array(0); }, "*0\r\n", "*0\r\n");
  expect_reply([](Reply& r) { r.array(1'000'000); }, "*1000000\r\n", "*1000000\r\n");
  expect_reply([](Reply& r) { r.map(3); }, "*6\r\n", "%3\r\n");
  expect_reply([](Reply& r) { r.set(12); }, "*12\r\n", "~12\r\n");
  expect_reply([](Reply& r) { r.push(2); }, "*2\r\n", ">2\r\n");
}

TEST(Reply, bulks_of_all_lengths) {
  expect_reply([](Reply& r) { r.bulk(""); }, "$0\r\n\r\n", "$0\r\n\r\n");
  expect_reply([](Reply& r) { r.bulk({}); }, "$0\r\n\r\n", "$0\r\n\r\n");
  for (const size_t size : {1, 9, 10, 11, 99, 100, 101, 999, 1000, 4095, 4096, 100'000}) {
    const std::string bytes(size, 'x');
    const std::string expected = "$" + std::to_string(size) + "\r\n" + bytes + "\r\n";
    expect_reply([&](Reply& r) { r.bulk(bytes); }, expected, expected);
  }
  expect_reply([](Reply& r) { r.bulk_integer(-12); }, "$3\r\n-12\r\n", "$3\r\n-12\r\n");
  expect_reply([](Reply& r) { r.bulk_integer(INT64_MIN); }, "$20\r\n-9223372036854775808\r\n",
               "$20\r\n-9223372036854775808\r\n");
}

TEST(Reply, doubles) {
  expect_reply([](Reply& r) { r.number(3.5); }, "$3\r\n3.5\r\n", ",3.5\r\n");
  expect_reply([](Reply& r) { r.number(-0.0); }, "$2\r\n-0\r\n", ",-0\r\n");
  expect_reply([](Reply& r) { r.number(10); }, "$2\r\n10\r\n", ",10\r\n");
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  expect_reply([](Reply& r) { r.number(kInfinity); }, "$3\r\ninf\r\n", ",inf\r\n");
  expect_reply([](Reply& r) { r.number(-kInfinity); }, "$4\r\n-inf\r\n", ",-inf\r\n");
  expect_reply([](Reply& r) { r.number(std::nan("")); }, "$3\r\nnan\r\n", ",nan\r\n");
}

TEST(Reply, verbatim_texts) {
  expect_reply([](Reply& r) { r.verbatim("a\nb"); }, "$3\r\na\nb\r\n", "=7\r\ntxt:a\nb\r\n");
  expect_reply([](Reply& r) { r.verbatim("", "mkd"); }, "$0\r\n\r\n", "=4\r\nmkd:\r\n");
}

TEST(Reply, errors_are_one_line_and_counted) {
  TextSink sink;
  Reply reply(sink, false);
  EXPECT_EQ(reply.errors(), 0u);
  reply.error(Error{"ERR a\r\nb\nc"});
  reply.error(Error{"WRONGTYPE x"});
  EXPECT_EQ(reply.errors(), 2u);
  sink.finish(reply);
  EXPECT_EQ(sink.text, "-ERR a  b c\r\n-WRONGTYPE x\r\n");
}

TEST(Reply, blobs_are_attached_when_large_and_copied_when_small_or_refused) {
  const std::string small(Reply::kAttachMin - 1, 's');
  const std::string large(Reply::kAttachMin, 'l');
  for (const bool attaches : {false, true}) {
    TextSink sink(0, attaches);
    Reply reply(sink, false);
    for (const std::string& bytes : {small, large}) {
      base::BlobRef blob(base::Blob::make(bytes));
      reply.bulk(*blob.get());
    }
    reply.ok();
    sink.finish(reply);
    EXPECT_EQ(sink.text, "$4095\r\n" + small + "\r\n$4096\r\n" + large + "\r\n+OK\r\n");
    EXPECT_EQ(sink.attached, attaches ? 1 : 0);
  }
}

// The same replies in memory of any size are the same bytes.
TEST(Reply, no_kind_writes_more_than_it_asked_for) {
  base::Random random(1);
  for (int round = 0; round < 2000; ++round) {
    const uint64_t seed = random.next();
    std::string texts[3];
    for (size_t variant = 0; variant < 3; ++variant) {
      base::Random choices(seed);
      TextSink sink(variant * 37);
      Reply reply(sink, choices.below(2) == 0);
      for (int i = 0; i < 8; ++i) {
        const std::string bytes(choices.below(120), 'b');
        switch (choices.below(8)) {
          case 0:
            reply.bulk(bytes);
            break;
          case 1:
            reply.integer(static_cast<int64_t>(choices.next()));
            break;
          case 2:
            reply.number(static_cast<double>(choices.next()) / 3);
            break;
          case 3:
            reply.verbatim(bytes);
            break;
          case 4:
            reply.simple(bytes);
            break;
          case 5:
            reply.map(choices.below(5000));
            break;
          case 6:
            reply.null();
            break;
          default:
            reply.raw(bytes);
        }
      }
      sink.finish(reply);
      texts[variant] = sink.text;
    }
    ASSERT_EQ(texts[0], texts[1]);
    ASSERT_EQ(texts[0], texts[2]);
  }
}

}  // namespace
}  // namespace gyre::resp
