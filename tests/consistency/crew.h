// Crew: the client threads of a run, the board they sit at, and the killer among them.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <thread>

#include "base/random.h"
#include "board.h"
#include "client.h"
#include "options.h"

namespace gyre::consistency {

// One client thread's own things.
struct Member {
  Member(size_t place, const Options& options, Seat* seat)
      : index(static_cast<uint32_t>(place)),
        client(options.port(place), seat),
        random(static_cast<uint64_t>(options.seed) * 1000 + place) {}

  // True with a chance of `percent` in a hundred.
  bool chance(uint64_t percent) { return random.below(100) < percent; }

  const uint32_t index;
  Client client;
  base::Random random;
};

class Crew {
 public:
  explicit Crew(const Options& options);
  ~Crew();

  // Runs `work` in a thread for each member, with open connections, and waits for all.
  void run(const std::function<void(Member&)>& work);
  // As run(); meanwhile cuts off or kills by CLIENT KILL members below `prey` at random moments,
  // `options.kills` times at most.
  void run_with_killer(size_t prey, const std::function<void(Member&)>& work);

  std::deque<Member>& members() { return members_; }
  // A further client, of no thread, for what comes before and after.
  Client& control() { return control_; }
  uint64_t kills() const { return kills_; }

  // The killer also wakes up blocked members by CLIENT UNBLOCK.
  bool unblocks = false;

 private:
  void hunt(size_t prey);

  const Options& options_;
  Board board_;
  std::deque<Member> members_;
  Client control_;
  std::atomic<bool> is_over_ = false;
  uint64_t kills_ = 0;
};

}  // namespace gyre::consistency
