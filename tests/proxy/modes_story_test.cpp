// The mode changes while lookups, fetches and writes are under way in any order: a lookup that begins after a write was
// answered never gets what was asked of the control plane before it, whichever modes it and the others began in.
#include <gtest/gtest.h>

#include "base/random_source.hpp"
#include "proxy/changing.hpp"

namespace sidecache::tests {
namespace {

/// Requests for one target are held there, and each is let go with an answer of its own.
class held_line {
 public:
  held_line(world& in, std::string target) : in_(in), target_(std::move(target)) { in_.origin.hold(target_); }

  /// Who has come since the last time saw that version, or will see a later one.
  void note_arrivals(int version) {
    while (static_cast<int>(seen_.size()) + gone_ < in_.origin.count(target_)) seen_.push_back(version);
  }
  [[nodiscard]] bool empty() const { return seen_.empty(); }
  /// The last that came goes first, so that older answers overtake newer ones.
  void release(random_source& chance, int version) {
    const int oldest = seen_.back();
    const int told = oldest + static_cast<int>(chance.below(static_cast<std::uint32_t>(version - oldest + 1)));
    seen_.pop_back();
    ++gone_;
    in_.origin.says(target_, record("integration", "openai", R"(,"n":)" + std::to_string(told)));
    in_.origin.release_latest(target_);
    in_.run();
  }

 private:
  world& in_;
  std::string target_;
  std::vector<int> seen_;
  int gone_ = 0;
};

struct client {
  std::shared_ptr<conversation> talk;
  int floor;  ///< the version that the last write before it made
};

int version_in(const std::string& body) {
  const auto at = body.find(R"("n":)");
  return at == std::string::npos ? -1 : std::stoi(body.substr(at + 4));
}

class modes_story : public testing::TestWithParam<std::uint64_t> {
 protected:
  void step() {
    switch (chance_.below(8)) {
      case 0:
        put(w_, static_cast<proxy::mode>(chance_.below(3)));
        break;
      case 1:
        ++version_;
        w_.ask("PUT", openai_path, key_a, "{}");
        break;
      case 2:
        w_.advance(std::chrono::milliseconds(chance_.below(4) == 0 ? 20'000 : 300));
        break;
      case 3:
      case 4:
      case 5:
        if (held_line& line = chance_.one_in(2) ? fetches_ : passages_; !line.empty()) line.release(chance_, version_);
        break;
      default:
        if (clients_.size() < 12) clients_.push_back({w_.start("GET", openai_path), version_});
    }
    fetches_.note_arrivals(version_);
    passages_.note_arrivals(version_);
  }

  void judge() {
    std::erase_if(clients_, [this](const client& each) {
      if (!each.talk->done()) return false;
      EXPECT_EQ(each.talk->got().status, 200U);
      EXPECT_GE(version_in(each.talk->got().body), each.floor) << each.talk->got().cache_status();
      ++answered_;
      return true;
    });
  }

  random_source chance_{GetParam()};
  world w_;
  held_line fetches_{w_, openai_path};
  held_line passages_{w_, "GET " + openai_path};
  std::vector<client> clients_;
  int version_ = 0;
  int answered_ = 0;
};

TEST_P(modes_story, no_lookup_gets_what_was_asked_for_before_a_write_that_was_answered_before_it) {
  w_.origin.says("PUT " + openai_path, "{}");
  for (int at = 0; at < 5000 && !HasFailure(); ++at) {
    SCOPED_TRACE(at);
    step();
    judge();
  }
  EXPECT_GT(answered_, 500);
}

INSTANTIATE_TEST_SUITE_P(seeds, modes_story, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace sidecache::tests
