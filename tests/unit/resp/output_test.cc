// Tests of resp/output.h: bytes leave in order, memory is shared, reused and given back.
#include "resp/output.h"

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "cpu_time.h"

namespace gyre::resp {
namespace {

std::string text_of(iovec* parts, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  }
  return text;
}

template <typename Write>
void write_to(Output& output, Write&& write) {
  Reply reply(output, false);
  output.begin(reply);
  write(reply);
  output.finish(reply);
}

// Sends everything; returns what left.
std::string drain(Output& output) {
  std::string text;
  while (output.has_pending()) {
    const size_t count = output.take_off();
    text += text_of(output.parts(), count);
    output.landed();
  }
  return text;
}

TEST(Output, consecutive_replies_are_one_part) {
  ChunkPool pool;
  Output output(pool);
  write_to(output, [](Reply& r) { r.ok(); });
  write_to(output, [](Reply& r) { r.bulk("abc"); });
  EXPECT_EQ(output.pending_bytes(), 14u);
  ASSERT_EQ(output.take_off(), 1u);
  EXPECT_EQ(output.pending_bytes(), 0u);
  EXPECT_EQ(output.total_bytes(), 14u);
  EXPECT_EQ(text_of(output.parts(), 1), "+OK\r\n$3\r\nabc\r\n");
  output.landed();
  EXPECT_EQ(output.total_bytes(), 0u);
  EXPECT_FALSE(output.has_pending());
}

void make(Frame& frame, ChunkPool& pool, std::string_view text) {
  frame.make(pool, text.size(), false, [text](Reply& reply) { reply.raw(text); });
}

TEST(Frame, consecutive_frames_are_one_part_of_every_output) {
  ChunkPool replies;
  ChunkPool pool;
  Output a(replies);
  Output b(replies);
  for (const char* text : {"one", "two", "three"}) {
    Frame frame;
    make(frame, pool, text);
    a.append(frame);
    b.append(frame);
  }
  EXPECT_EQ(a.pending_bytes(), 11u);
  ASSERT_EQ(a.take_off(), 1u);
  ASSERT_EQ(b.take_off(), 1u);
  EXPECT_EQ(a.parts()[0].iov_base, b.parts()[0].iov_base);
  EXPECT_EQ(text_of(a.parts(), 1), "onetwothree");
  a.landed();
  EXPECT_EQ(text_of(b.parts(), 1), "onetwothree");
  b.landed();
}

TEST(Frame, frames_stand_between_replies) {
  ChunkPool replies;
  ChunkPool pool;
  Output output(replies);
  write_to(output, [](Reply& r) { r.ok(); });
  Frame frame;
  make(frame, pool, "frame");
  output.append(frame);
  write_to(output, [](Reply& r) { r.integer(1); });
  output.append_copy(frame);
  output.append_copy(frame);
  write_to(output, [](Reply& r) { r.integer(2); });
  EXPECT_EQ(drain(output), "+OK\r\nframe:1\r\nframeframe:2\r\n");
}

TEST(Frame, copies_keep_no_chunk_and_few_blobs) {
  ChunkPool replies;
  ChunkPool pool;
  Output output(replies);
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = std::to_string(i) + std::string(50, 'x');
    Frame frame;
    make(frame, pool, text);
    output.append_copy(frame);
    expected += text;
  }
  EXPECT_EQ(pool.bytes(), ChunkPool::kChunk);
  EXPECT_EQ(output.pending_bytes(), expected.size());
  EXPECT_LE(output.take_off(), 10u);
  EXPECT_EQ(text_of(output.parts(), 1), expected.substr(0, output.parts()[0].iov_len));
  output.landed();
  EXPECT_FALSE(output.has_pending());
}

TEST(Frame, an_output_takes_over_what_waits_in_another) {
  ChunkPool replies;
  ChunkPool pool;
  Output output(replies);
  Output kept(replies);
  for (int i = 0; i < 3; ++i) {
    Frame frame;
    make(frame, pool, "frame");
    kept.append(frame);
  }
  write_to(output, [](Reply& r) { r.ok(); });
  output.append(kept);
  EXPECT_FALSE(kept.has_pending());
  EXPECT_EQ(kept.pending_bytes(), 0u);
  EXPECT_EQ(drain(output), "+OK\r\nframeframeframe");
}

TEST(Frame, one_larger_than_a_chunk_has_its_own) {
  ChunkPool replies;
  ChunkPool pool;
  Output output(replies);
  const std::string large(100'000, 'x');
  {
    Frame frame;
    make(frame, pool, large);
    output.append(frame);
  }
  EXPECT_EQ(drain(output), large);
  Frame small;
  make(small, pool, "small");
  EXPECT_EQ(pool.bytes(), ChunkPool::kChunk);
}

TEST(Output, an_empty_reply_leaves_nothing) {
  ChunkPool pool;
  Output output(pool);
  write_to(output, [](Reply&) {});
  EXPECT_FALSE(output.has_pending());
  EXPECT_EQ(output.take_off(), 0u);
}

TEST(Output, what_is_written_during_a_send_waits_and_does_not_move_it) {
  ChunkPool pool;
  Output output(pool);
  write_to(output, [](Reply& r) { r.bulk("first"); });
  const size_t count = output.take_off();
  write_to(output, [](Reply& r) { r.bulk("second"); });
  EXPECT_EQ(text_of(output.parts(), count), "$5\r\nfirst\r\n");
  output.landed();
  EXPECT_EQ(drain(output), "$6\r\nsecond\r\n");
}

TEST(Output, a_large_value_is_attached_and_held_until_it_is_sent) {
  ChunkPool pool;
  base::Blob* blob = base::Blob::make(std::string(10'000, 'v'));
  {
    Output output(pool);
    write_to(output, [&](Reply& r) {
      r.ok();
      r.bulk(*blob);
      r.ok();
    });
    EXPECT_TRUE(blob->is_shared());
    const size_t count = output.take_off();
    EXPECT_EQ(count, 3u);
    EXPECT_EQ(output.parts()[1].iov_base, blob->data() - 8);  // "$10000\r\n" lies in front
    EXPECT_EQ(text_of(output.parts(), count),
              "+OK\r\n$10000\r\n" + std::string(10'000, 'v') + "\r\n+OK\r\n");
    EXPECT_TRUE(blob->is_shared());
    output.landed();
    EXPECT_FALSE(blob->is_shared());
    write_to(output, [&](Reply& r) { r.bulk(*blob); });
    EXPECT_TRUE(blob->is_shared());
  }
  EXPECT_FALSE(blob->is_shared());  // an output that ends lets go
  blob->unref();
}

TEST(Output, many_parts_leave_in_several_sends) {
  ChunkPool pool;
  Output output(pool);
  base::BlobRef blob(base::Blob::make(std::string(5000, 'v')));
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    write_to(output, [&](Reply& r) {
      r.bulk_integer(i);
      r.bulk(*blob.get());
    });
    expected += "$" + std::to_string(std::to_string(i).size()) + "\r\n" + std::to_string(i) +
                "\r\n$5000\r\n" + std::string(5000, 'v') + "\r\n";
  }
  EXPECT_EQ(output.take_off(), Output::kPartsMax);
  std::string text = text_of(output.parts(), Output::kPartsMax);
  EXPECT_EQ(output.total_bytes(), expected.size());
  output.landed();
  text += drain(output);
  EXPECT_EQ(text, expected);
  EXPECT_EQ(output.total_bytes(), 0u);
}

TEST(Output, a_send_takes_no_more_large_values_than_it_has_to) {
  ChunkPool pool;
  Output output(pool);
  base::BlobRef blob(base::Blob::make(std::string(100'000, 'v')));
  write_to(output, [&](Reply& r) {
    for (int i = 0; i < 20; ++i) {
      r.bulk(*blob.get());
    }
  });
  for (int left = 20; left > 0; left -= 2) {
    ASSERT_EQ(output.take_off(), 2U);
    output.landed();
  }
  base::BlobRef huge(base::Blob::make(std::string(1'000'000, 'v')));
  write_to(output, [&](Reply& r) {
    r.array(1);
    r.bulk(*huge.get());
  });
  for (int i = 0; i < 2; ++i) {  // the huge one alone: the reactor divides it
    ASSERT_EQ(output.take_off(), 1U);
    output.landed();
  }
  EXPECT_FALSE(output.has_pending());
}

TEST(Output, sending_many_parts_takes_time_in_proportion) {
  base::BlobRef blob(base::Blob::make(std::string(5000, 'v')));
  const int64_t growth = growth_over_16(5000, [&](size_t count) {
    ChunkPool pool;
    Output output(pool);
    write_to(output, [&](Reply& r) {
      for (size_t i = 0; i < count; ++i) {
        r.bulk(*blob.get());
      }
    });
    while (output.take_off() > 0) {
      output.landed();
    }
  });
  EXPECT_LT(growth, kQuadratic);
}

TEST(Output, a_reply_larger_than_a_chunk_gets_one_of_its_own) {
  ChunkPool pool;
  Output output(pool);
  const std::string large(300'000, 'x');
  write_to(output, [&](Reply& r) {
    r.ok();
    r.bulk(large);
    r.ok();
  });
  EXPECT_EQ(drain(output), "+OK\r\n$300000\r\n" + large + "\r\n+OK\r\n");
  write_to(output, [](Reply& r) { r.bulk(std::string(20'000, 'y')); });
  EXPECT_LT(pool.bytes(), 400'000u);
  drain(output);
  write_to(output, [](Reply& r) { r.bulk(std::string(40'000, 'y')); });
  drain(output);
  write_to(output, [](Reply& r) { r.ok(); });
  EXPECT_LT(pool.bytes(), 200'000u);  // the large chunk was given back
}

TEST(ChunkPool, small_replies_of_many_share_a_chunk_that_starts_over) {
  ChunkPool pool;
  std::deque<Output> outputs;
  for (int i = 0; i < 50; ++i) {
    outputs.emplace_back(pool);
  }
  const char* first = nullptr;
  for (int turn = 0; turn < 100; ++turn) {
    for (Output& output : outputs) {
      write_to(output, [](Reply& r) { r.bulk("0123456789"); });
    }
    for (Output& output : outputs) {
      ASSERT_EQ(output.take_off(), 1u);
      first = first == nullptr ? static_cast<const char*>(output.parts()[0].iov_base) : first;
      output.landed();
    }
  }
  write_to(outputs[0], [](Reply& r) { r.ok(); });
  outputs[0].take_off();
  EXPECT_EQ(outputs[0].parts()[0].iov_base, first);
  EXPECT_EQ(pool.bytes(), ChunkPool::kChunk);
  outputs.clear();
}

TEST(ChunkPool, the_open_chunk_does_not_start_over_under_its_writer) {
  ChunkPool pool;
  Output slow(pool);
  Output writer(pool);
  write_to(slow, [](Reply& r) { r.bulk("in flight"); });
  slow.take_off();
  Reply reply(writer, false);
  writer.begin(reply);
  reply.bulk("begun");
  slow.landed();  // the last reference of the chunk but the writer's
  reply.bulk("ended");
  writer.finish(reply);
  EXPECT_EQ(drain(writer), "$5\r\nbegun\r\n$5\r\nended\r\n");
}

// Random connections with random replies and sends: everything arrives in order, nothing leaks.
TEST(Output, random_traffic_arrives_in_order) {
  base::Random random(6);
  ChunkPool pool;
  base::BlobRef blob(base::Blob::make(std::string(6000, 'B')));
  struct Peer {
    explicit Peer(ChunkPool& chunks) : output(chunks) {}
    Output output;
    std::string written;
    std::string sent;
    size_t flying = 0;
  };
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 12; ++i) {
    peers.push_back(std::make_unique<Peer>(pool));
  }
  for (int step = 0; step < 60'000; ++step) {
    auto& slot = peers[random.below(peers.size())];
    Peer& peer = *slot;
    switch (random.below(4)) {
      case 0:
      case 1: {
        const std::string bytes(random.below(random.below(20) == 0 ? 50'000 : 200), 'b');
        const bool attaches = random.below(10) == 0;
        write_to(peer.output, [&](Reply& r) {
          r.bulk(bytes);
          if (attaches) {
            r.bulk(*blob.get());
          }
        });
        peer.written += "$" + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
        if (attaches) {
          peer.written += "$6000\r\n" + std::string(6000, 'B') + "\r\n";
        }
        break;
      }
      case 2:
        if (peer.flying == 0 && peer.output.has_pending()) {
          peer.flying = peer.output.take_off();
        } else if (peer.flying > 0) {
          peer.sent += text_of(peer.output.parts(), peer.flying);
          peer.output.landed();
          peer.flying = 0;
        }
        break;
      default:
        ASSERT_EQ(peer.written.compare(0, peer.sent.size(), peer.sent), 0);
        ASSERT_EQ(peer.sent.size() + peer.output.total_bytes(), peer.written.size());
        if (random.below(40) == 0) {
          slot = std::make_unique<Peer>(pool);  // it went away in the middle
        } else if (peer.flying == 0 && peer.sent.size() == peer.written.size()) {
          peer.sent.clear();
          peer.written.clear();
        }
    }
  }
  peers.clear();
  EXPECT_FALSE(blob.get()->is_shared());
  EXPECT_LE(pool.bytes(), 17 * ChunkPool::kChunk);
}

}  // namespace
}  // namespace gyre::resp
