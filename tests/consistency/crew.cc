// Crew: threads, and the killer.
#include "crew.h"

#include <fmt/core.h>

namespace gyre::consistency {

Crew::Crew(const Options& options)
    : options_(options), board_(options.stall), control_(options.port(0), board_.seat("control")) {
  control_.connect();
  for (size_t i = 0; i < static_cast<size_t>(options.clients); i++) {
    members_.emplace_back(i, options, board_.seat(fmt::format("client {}", i)));
  }
  board_.start();
}

Crew::~Crew() { board_.stop(); }

void Crew::run(const std::function<void(Member&)>& work) { run_with_killer(0, work); }

void Crew::run_with_killer(size_t prey, const std::function<void(Member&)>& work) {
  is_over_ = false;
  std::vector<std::thread> threads;
  for (Member& member : members_) {
    threads.emplace_back([&member, &work] {
      member.client.connect();
      work(member);
    });
  }
  std::thread killer([this, prey] {
    if (prey > 0) hunt(prey);
  });
  for (std::thread& thread : threads) thread.join();
  is_over_ = true;
  killer.join();
}

void Crew::hunt(size_t prey) {
  base::Random random(static_cast<uint64_t>(options_.seed) + 77);
  Client client(options_.port(0), board_.seat("killer"));
  client.connect();
  while (!is_over_ && kills_ < static_cast<uint64_t>(options_.kills)) {
    std::this_thread::sleep_for(std::chrono::microseconds(200 + random.below(20'000)));
    Client& victim = members_[random.below(prey)].client;
    const int64_t id = victim.id();
    if (id != 0 && unblocks && random.below(3) == 0) {
      client.must({"CLIENT", "UNBLOCK", std::to_string(id)});
    } else if (id != 0 && random.below(2) == 0) {
      kills_ += client.must({"CLIENT", "KILL", "ID", std::to_string(id)}).number > 0 ? 1 : 0;
    } else {
      kills_ += victim.kill() ? 1 : 0;
    }
  }
}

}  // namespace gyre::consistency
