// The part of a session that passes requests on and waits for their answers without a coroutine.
#include <boost/asio/post.hpp>

#include "base/log_failure.hpp"
#include "net/answer_head.hpp"
#include "net/session.hpp"

namespace sidecache::net {

using std::chrono::steady_clock;

bool session::pass_on(std::string_view arrived, const known_request& asked) {
  if (asked.target.contains('#')) return false;  // it is to be refused
  try {
    auto pass = host_.handler.pass_known(asked.target, asked.block, *asked_.known->known, shared_from_this());
    if (!pass) return false;
    client_.adopt(arrived);
    passing_ = std::make_unique<passing>(std::move(pass), host_.home.sweep, [this] { pass_is_late(); });
    passing_->began = asked.began;
    passing_->line = static_cast<std::size_t>(asked.block.data() - arrived.data());
    passing_->block = asked.block.size();
  } catch (...) {
    log_failure(std::current_exception(), "a request could not be passed on");
    return false;
  }
  if (const auto longest = host_.limits.request_timeout; longest != duration{})
    passing_->deadline.arm(asked.began + longest);
  return true;
}

void session::answer_came() {
  if (passing_) take_answer();
  if (!client_.resting()) stop_holding();
}

void session::take_answer() {
  host_.home.ready.give_way();
  passing_->deadline.disarm();
  bool goes_on = false;
  try {
    std::string& head = host_.home.memory.leaving;
    head.clear();
    host_.home.scrub_soon();
    // Of a server that goes away, this is the connection's last answer, and ends as a conversation does.
    const auto whole = host_.draining ? std::nullopt : passing_->pass->take(head);
    if (!whole) return converse_on({std::move(passing_->pass), passing_->began});
    goes_on = write_passed(head, *whole);
  } catch (...) {
    log_failure(std::current_exception(), "an answer could not be passed on");
    if (passing_ && passing_->pass) report_passed(0, outcome::error, 0);
    client_.close();
  }
  if (!goes_on) return passing_.reset();
  ++asked_.requests;
  ++known_in_a_row_;
  client_.consume(passing_->line + passing_->block);
  const bool waits_would_tell = drained_ && !passing_->more_came && !client_.hides_input();
  passing_.reset();
  if (!client_.input().empty()) return converse({});
  client_.shrink();
  if (waits_would_tell) return listen(answered_);
  readable({});
}

bool session::write_passed(std::string& text, const proxy::whole_answer& answer) {
  const unsigned status = answer.head.status;
  std::string_view body = answer.body;
  finish_head(answer.head, {.version = 11, .close = false, .date = host_.home.date}, text);
  if (body.size() <= copied_body) {
    text.append(body);
    body = {};
  }
  std::string_view unsent = text;
  const auto before = client_.written();
  const auto written = client_.write_now(unsent, body);
  if (!written) {  // the client takes its time: the control plane's connection need not wait for that
    proxy::answer rest;
    rest.status = status;
    rest.report = passing_->pass->report();
    const auto kept = std::make_shared<const secret>(body);
    rest.owner = kept;
    conversation_ = std::make_unique<conversation>(host_, client_, asked_);
    conversation_->finish(
        {std::move(rest), std::string(unsent), kept->view(), passing_->began, before, passing_->pass->made()});
    passing_.reset();
    converse({});
    return false;
  }
  answered_ = steady_clock::now();
  host_.home.ready.done_at(answered_);
  const bool left = written->failed();
  report_passed(status, left ? outcome::cancelled : passing_->pass->report().outcome, client_.written() - before);
  if (left) client_.leave();
  return !left;
}

void session::report_passed(unsigned status, outcome how, std::uint64_t bytes) {
  const auto head = client_.input().substr(0, passing_->line + passing_->block);
  const auto target = head.substr(head.find(' ') + 1);
  proxy::finished_request done;
  done.report = passing_->pass->report();
  done.report.outcome = how;
  done.method = "GET";
  done.target = target.substr(0, target.find(' '));
  done.block = head.substr(passing_->line);
  done.status = status;
  done.bytes_sent = bytes;
  done.took = (status == 0 ? steady_clock::now() : answered_) - passing_->began;
  done.made = &passing_->pass->made();
  host_.observer.finished(done);
}

/// Told in the middle of the sweep, which has others to tell.
void session::pass_is_late() {
  asio::post(host_.home.context, [self = shared_from_this(), late = asked_.requests] {
    if (!self->passing_ || self->asked_.requests != late) return;  // it was answered meanwhile
    self->passing_->pass->give_up();
    self->converse_on({std::move(self->passing_->pass), self->passing_->began, true});
    self->stop_holding();
  });
}

void session::converse_on(conversation::begun_request first) {
  conversation_ = std::make_unique<conversation>(host_, client_, asked_);
  conversation_->go_on(std::move(first));
  passing_.reset();
  converse({});
}

}  // namespace sidecache::net
