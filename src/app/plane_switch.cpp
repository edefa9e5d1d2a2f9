#include "app/plane_switch.hpp"

#include <algorithm>

namespace sidecache::app {
namespace {

/// What each branch has found out about a block; null where it can't be asked by it.
struct known_by_branches final : proxy::known_block {
  std::vector<std::shared_ptr<const proxy::known_block>> by;
};

const proxy::known_block* known_by(const proxy::known_block* all, std::size_t branch) {
  return all == nullptr ? nullptr : static_cast<const known_by_branches*>(all)->by[branch].get();
}

/// The client's exchange with the branch that it came to, and with a request that has lost its prefix. Lives as long as
/// a plane handles it.
class branch_exchange final : public proxy::exchange {
 public:
  branch_exchange(proxy::exchange& client, std::string_view prefix, const proxy::known_block* by)
      : client_(client), by_(by) {
    if (prefix.empty()) return;
    own_ = client.request();
    drop_prefix(own_->target, prefix);
  }

  [[nodiscard]] const http::request_head& request() const override { return own_ ? *own_ : client_.request(); }
  [[nodiscard]] const proxy::known_block* known() const override { return by_; }
  [[nodiscard]] std::string client_address() const override { return client_.client_address(); }
  proxy::body_source& body() override { return client_.body(); }
  boost::asio::awaitable<boost::system::error_code> send(proxy::answer what) override {
    return client_.send(std::move(what));
  }
  proxy::answer_sink& sink() override { return client_.sink(); }
  void abort() override { client_.abort(); }
  [[nodiscard]] bool answered() const override { return client_.answered(); }
  [[nodiscard]] proxy::report& report() override { return client_.report(); }
  void went_upstream_as(const http::made_ids& ids) override { client_.went_upstream_as(ids); }

 private:
  proxy::exchange& client_;
  const proxy::known_block* by_;
  std::optional<http::request_head> own_;
};

/// A plane's, which goes on with the exchange that the plane knows.
class branch_pass final : public proxy::begun_pass {
 public:
  /// `prefix` and `by` outlive it.
  branch_pass(std::unique_ptr<proxy::begun_pass> behind, std::string_view prefix, const proxy::known_block& by)
      : behind_(std::move(behind)), prefix_(prefix), by_(by) {}

  std::optional<proxy::whole_answer> take(std::string& head) override { return behind_->take(head); }
  void give_up() override { behind_->give_up(); }
  boost::asio::awaitable<void> go_on(proxy::exchange& client) override {
    branch_exchange of_branch(client, prefix_, &by_);
    co_await behind_->go_on(of_branch);
  }
  [[nodiscard]] proxy::report report() const override { return behind_->report(); }
  [[nodiscard]] const http::made_ids& made() const override { return behind_->made(); }

 private:
  std::unique_ptr<proxy::begun_pass> behind_;
  std::string_view prefix_;
  const proxy::known_block& by_;
};

}  // namespace

bool has_prefix(std::string_view target, std::string_view prefix) {
  if (!target.starts_with(prefix)) return false;
  return prefix.empty() || target.size() == prefix.size() || target[prefix.size()] == '/' ||
         target[prefix.size()] == '?';
}

void drop_prefix(std::string& target, std::string_view prefix) {
  target.erase(0, prefix.size());
  if (!target.starts_with('/') && !prefix.empty()) target.insert(0, 1, '/');
}

plane_switch::plane_switch(std::vector<branch> branches, proxy::observer& others) : others_(others) {
  // By whole segments, of two prefixes that both match the longer one is below the other.
  std::vector<std::size_t> order(branches.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, std::greater{}, [&](std::size_t i) { return branches[i].prefix.size(); });
  for (const std::size_t i : order) branches_.push_back(branches[i]);
  for (const branch& each : branches) refusal_.append(refusal_.empty() ? "" : ", ").append(each.prefix);
  refusal_.insert(0, "no plane is at this path; there is one below ");
}

const plane_switch::branch* plane_switch::branch_of(std::string_view target) const {
  for (const branch& each : branches_)
    if (has_prefix(target, each.prefix)) return &each;
  return nullptr;
}

std::shared_ptr<const proxy::known_block> plane_switch::recognise(const http::request_head& request) {
  auto made = std::make_shared<known_by_branches>();
  bool any = false;
  for (const branch& each : branches_) {
    made->by.push_back(each.handler.recognise(request));
    any = any || made->by.back();
  }
  return any ? made : nullptr;
}

bool plane_switch::answer_known(std::string_view target, const proxy::known_block& by, std::string_view if_none_match,
                                mono_time at, proxy::answer& out) {
  const branch* const found = branch_of(target);
  if (found == nullptr) return false;
  const auto* const known = known_by(&by, index_of(*found));
  target.remove_prefix(found->prefix.size());
  return known != nullptr && target.starts_with('/') &&
         found->handler.answer_known(target, *known, if_none_match, at, out);
}

std::unique_ptr<proxy::begun_pass> plane_switch::pass_known(std::string_view target, std::string_view block,
                                                            const proxy::known_block& by,
                                                            const std::shared_ptr<proxy::answer_waiter>& told) {
  const branch* const found = branch_of(target);
  if (found == nullptr) return nullptr;
  const auto* const known = known_by(&by, index_of(*found));
  target.remove_prefix(found->prefix.size());
  if (known == nullptr || !target.starts_with('/')) return nullptr;
  auto begun = found->handler.pass_known(target, block, *known, told);
  if (!begun) return nullptr;
  return std::make_unique<branch_pass>(std::move(begun), found->prefix, *known);
}

std::optional<proxy::answer> plane_switch::answer_now(const http::request_head& request, const proxy::known_block* by) {
  const branch* const found = branch_of(request.target);
  if (found == nullptr) {
    auto answer = proxy::make_error(404, "no_such_plane", refusal_, request.method);
    answer.report.outcome = outcome::rejected;
    return answer;
  }
  const auto* const known = known_by(by, index_of(*found));
  if (found->prefix.empty()) return found->handler.answer_now(request, known);
  scratch_ = request;
  drop_prefix(scratch_.target, found->prefix);
  return found->handler.answer_now(scratch_, known);
}

boost::asio::awaitable<void> plane_switch::handle(proxy::exchange& client) {
  const branch* const found = branch_of(client.request().target);
  if (found == nullptr) co_return;  // answer_now() has refused it
  branch_exchange behind(client, found->prefix, known_by(client.known(), index_of(*found)));
  co_await found->handler.handle(behind);
}

void plane_switch::finished(const proxy::finished_request& request) {
  const branch* const found = branch_of(request.target);
  // Of a head that was refused there is no target: it was nobody's.
  (found == nullptr || request.target.empty() ? others_ : found->observer).finished(request);
}

}  // namespace sidecache::app
