#include "exec/news.h"

#include "exec/engine.h"
#include "exec/session.h"

namespace gyre::exec {

Announcer::~Announcer() {
  while (News* news = under_way_.pop_front()) {
    delete news;
  }
}

bool Announcer::is_alone() const { return all_.count() <= 1; }

void Announcer::tell(std::unique_ptr<News> told, Session* session) {
  if (is_alone()) {
    return;
  }
  News& news = *told.release();
  under_way_.push_back(news);
  news.home_ = this;
  news.origin_ = core_.id();
  news.session_ = session;
  news.pending_ = all_.count() - 1U;
  news.copies_.resize(all_.count());
  if (session != nullptr) {
    ++session->unknown_to;
  }
  for (uint16_t to = 0; to < all_.count(); ++to) {
    if (to == core_.id()) {
      continue;
    }
    news.copies_[to].news = &news;
    news.copies_[to].run = [](ring::Message& message, ring::Core& at) {
      const News& heard = *static_cast<News::Copy&>(message).news;
      heard.hear(Engine::current());
      message.run = [](ring::Message& answer, ring::Core&) {
        News& known = *static_cast<News::Copy&>(answer).news;
        known.home_->heard_by_one(known);
      };
      at.post(heard.origin_, message);
    };
    core_.post(to, news.copies_[to]);
  }
}

// Back on the core that told it.
void Announcer::heard_by_one(News& news) {
  if (--news.pending_ > 0) {
    return;
  }
  const std::unique_ptr<News> over(&news);
  news.unlink();
  if (news.session_ != nullptr && --news.session_->unknown_to == 0) {
    news.session_->let_out();
  }
}

void Announcer::forget(Session& session) {
  if (session.unknown_to == 0) {
    return;
  }
  for (News& news : under_way_) {
    if (news.session_ == &session) {
      news.session_ = nullptr;
    }
  }
  session.unknown_to = 0;
}

}  // namespace gyre::exec
