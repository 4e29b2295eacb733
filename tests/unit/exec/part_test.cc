// Tests of exec/part.h: replies of another core, cut into commands and values, with attached blobs.
#include "exec/part.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "cpu_time.h"

namespace gyre::exec {
namespace {

// A reply that is one text, attached bytes and all.
class TextSink final : public resp::Sink {
 public:
  explicit TextSink(bool attaches) : attaches_(attaches) {}
  void begin(resp::Reply& reply) { reply.lend(memory_, memory_); }
  void more(resp::Reply& reply, size_t size) override {
    finish(reply);
    extra_.assign(size, '?');
    reply.lend(extra_.data(), extra_.data() + size);
    lent_ = extra_.data();
  }
  bool attach(resp::Reply& reply, base::Blob& blob, std::string_view bytes) override {
    if (attaches_) {
      finish(reply);
      text.append(bytes);
      attached += bytes.size();
    }
    return attaches_;
  }
  void finish(resp::Reply& reply) {
    if (lent_ != nullptr) {
      text.append(lent_, static_cast<size_t>(reply.at() - lent_));
    }
    lent_ = nullptr;
    reply.lend(nullptr, nullptr);
  }

  std::string text;
  size_t attached = 0;  // bytes

 private:
  bool attaches_;
  char* lent_ = nullptr;
  char memory_[1];
  std::string extra_;
};

TEST(ReplyBuffer, cuts_replies_where_commands_end) {
  base::Random random(2);
  base::BlobRef blob(base::Blob::make(std::string(5000, 'B')));
  const std::string blob_text = "$5000\r\n" + std::string(5000, 'B') + "\r\n";
  for (int round = 0; round < 500; ++round) {
    ReplyBuffer buffer;
    resp::Reply reply(buffer, false);
    std::vector<std::string> expected;
    std::vector<size_t> ends;
    buffer.begin(reply);
    for (uint64_t commands = 1 + random.below(40); commands > 0; --commands) {
      std::string text;
      switch (random.below(4)) {
        case 0:
          reply.bulk(*blob.get());
          text = blob_text;
          break;
        case 1: {
          const std::string bytes(random.below(random.below(4) == 0 ? 20'000 : 200), 'x');
          reply.bulk(bytes);
          text = "$" + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
          break;
        }
        case 2:
          reply.array(2);
          reply.bulk(*blob.get());
          reply.bulk(*blob.get());
          text = "*2\r\n" + blob_text + blob_text;
          break;
        default:
          reply.ok();
          text = "+OK\r\n";
      }
      expected.push_back(text);
      ends.push_back(buffer.mark(reply));
      if (random.below(10) == 0) {  // it had to wait for a lock in between
        buffer.finish(reply);
        buffer.begin(reply);
      }
    }
    buffer.finish(reply);
    for (const bool attaches : {false, true}) {
      TextSink sink(attaches);
      resp::Reply out(sink, false);
      std::string all;
      for (size_t i = 0; i < ends.size(); ++i) {
        buffer.copy_to(out, i == 0 ? 0 : ends[i - 1], ends[i]);
        all += expected[i];
      }
      sink.finish(out);
      ASSERT_TRUE(sink.text == all) << round;
    }
  }
  EXPECT_FALSE(blob.get()->is_shared());
}

TEST(ReplyBuffer, knows_where_values_end) {
  base::BlobRef blob(base::Blob::make(std::string(5000, 'B')));
  ReplyBuffer buffer;
  resp::Reply reply(buffer, true);
  std::vector<size_t> ends;
  buffer.begin(reply);
  reply.bulk("abc");
  ends.push_back(buffer.mark(reply));
  reply.bulk(*blob.get());
  ends.push_back(buffer.mark(reply));
  reply.null();
  ends.push_back(buffer.mark(reply));
  reply.raw("$-1\r\n");
  ends.push_back(buffer.mark(reply));
  reply.bulk("");
  ends.push_back(buffer.mark(reply));
  reply.bulk("a\r\n$9\r\nb");
  ends.push_back(buffer.mark(reply));
  reply.integer(-5);
  ends.push_back(buffer.mark(reply));
  buffer.finish(reply);
  size_t at = 0;
  for (const size_t end : ends) {
    ASSERT_EQ(buffer.value_end(at), end);
    at = end;
  }
}

TEST(ReplyBuffer, long_replies_are_handed_on_without_a_copy) {
  TextSink sink(true);
  {
    ReplyBuffer buffer;
    resp::Reply reply(buffer, false);
    buffer.begin(reply);
    reply.array(100'000);
    for (int i = 0; i < 100'000; ++i) {
      reply.bulk_integer(i);
    }
    buffer.finish(reply);
    resp::Reply out(sink, false);
    buffer.copy_to(out, 0, buffer.size());
    sink.finish(out);
    EXPECT_EQ(sink.text.size(), buffer.size());
  }
  std::string expected = "*100000\r\n";
  for (int i = 0; i < 100'000; ++i) {
    const std::string digits = std::to_string(i);
    expected += "$" + std::to_string(digits.size()) + "\r\n" + digits + "\r\n";
  }
  EXPECT_TRUE(sink.text == expected);
  EXPECT_GT(sink.attached, expected.size() - 20'000);
}

TEST(ReplyBuffer, copying_value_by_value_takes_time_in_proportion) {
  base::BlobRef blob(base::Blob::make(std::string(5000, 'B')));
  const int64_t growth = growth_over_16(1000, [&](size_t count) {
    ReplyBuffer buffer;
    ReplyBuffer copies;
    resp::Reply reply(buffer, false);
    resp::Reply out(copies, false);
    buffer.begin(reply);
    copies.begin(out);
    for (size_t i = 0; i < count; ++i) {
      reply.bulk(*blob.get());
    }
    buffer.finish(reply);
    for (size_t at = 0; at < count; ++at) {
      buffer.copy_to(out, at, at + 1);
    }
    copies.finish(out);
  });
  EXPECT_LT(growth, kQuadratic);
}

TEST(ReplyBuffer, clear_lets_go_and_starts_over) {
  base::BlobRef blob(base::Blob::make(std::string(5000, 'B')));
  ReplyBuffer buffer;
  for (int round = 0; round < 3; ++round) {
    resp::Reply reply(buffer, false);
    buffer.begin(reply);
    reply.bulk(std::string(10'000, 'x'));  // beyond the memory inside
    reply.bulk(*blob.get());
    buffer.finish(reply);
    EXPECT_TRUE(buffer.has_attachments());
    EXPECT_TRUE(blob.get()->is_shared());
    EXPECT_EQ(buffer.size(), 10'010u + 1u);  // the blob is one byte in its place
    buffer.clear();
    EXPECT_EQ(buffer.size(), 0u);
    EXPECT_FALSE(buffer.has_attachments());
    EXPECT_FALSE(blob.get()->is_shared());
  }
}

}  // namespace
}  // namespace gyre::exec
