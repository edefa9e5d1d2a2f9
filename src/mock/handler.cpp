#include "mock/handler.hpp"

#include <array>
#include <chrono>
#include <expected>

#include "base/text.hpp"
#include "mock/broken_answer.hpp"

namespace sidecache::mock {
namespace {

namespace asio = proxy::asio;

using std::chrono::steady_clock;

constexpr std::size_t body_limit = std::size_t{1024} * 1024;

/// Whose requests are known by their header block.
struct known_client final : proxy::known_block {
  instance::formula_access may;
};

/// What tells answers apart, as the live control plane has it: no two of a run are the same.
void append_ids(std::uint64_t number, proxy::small_text& to) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::array<char, 16> digits{};
  for (std::size_t i = digits.size(); i-- > 0; number >>= 4U) digits[i] = hex[number & 0xFU];
  const std::string_view text(digits.data(), digits.size());
  to.append("x-portkey-trace-id: 00000000-0000-4000-8000-");
  to.append(text.substr(4));
  to.append("\r\nx-request-id: 00000000-0000-4000-9000-");
  to.append(text.substr(4));
  to.append("\r\ncf-ray: ");
  to.append(text);
  to.append("-FRA\r\n");
}

request seen_as(const http::request_head& head, std::string_view body) {
  return {head.method, head.method_name, head.target, &head.fields, body};
}

proxy::answer to_answer(response from) {
  std::string fields;
  from.fields.serialize(fields);
  const std::string content_type = from.body.empty() ? std::string{} : from.content_type;
  return proxy::make_answer(from.status, content_type, std::move(from.body), fields);
}

void set_field(response& made, const std::string& name, const std::string& value) {
  if (equal_ignoring_case(name, "content-type")) {
    made.content_type = value;
  } else {
    made.fields.set(name, value);
  }
}

/// Nothing if the client left before its body was complete.
asio::awaitable<std::optional<std::string>> read_body(proxy::exchange& client) {
  std::string whole;
  if (client.request().body == http::framing::none) co_return whole;
  while (whole.size() <= body_limit) {
    const auto piece = co_await client.body().next();
    if (!piece) co_return std::nullopt;
    if (piece->empty()) break;
    whole.append(*piece);
  }
  co_return whole;
}

}  // namespace

std::shared_ptr<const proxy::known_block> handler::recognise(const http::request_head& request) {
  if (request.method != http::method::get || request.version != 11 || !request.keep_alive ||
      request.body != http::framing::none || request.expect_continue)
    return nullptr;
  auto access = instance_.formula_access_of(request.fields);
  if (!access) return nullptr;
  auto made = std::make_shared<known_client>();
  made->may = *std::move(access);
  return made;
}

bool handler::answer_known(std::string_view target, const proxy::known_block& by, std::string_view /*if_none_match*/,
                           mono_time /*at*/, proxy::answer& out) {
  const auto& may = static_cast<const known_client&>(by).may;
  const auto which = instance_.formula().read(target);
  if (!which) return false;
  const auto& view = which->by_gateway ? may.gateway : may.admin;
  if (!view) return false;
  const auto route = route_of(which->kind);
  const auto number = instance_.answered_by_formula(may, route);
  if (!number) return false;
  if (!body_ || body_.use_count() > 1) body_ = std::make_shared<std::string>();  // a slow client still has the other
  body_->clear();
  view->append(*which, *body_);
  out.status = 200;
  out.head = may.head;
  append_ids(*number, out.extra);
  out.body = *body_;
  out.owner = body_;
  out.report.route = route;
  return true;
}

std::optional<proxy::answer> handler::answer_now(const http::request_head& head, const proxy::known_block* /*by*/) {
  if (head.body != http::framing::none) return std::nullopt;
  auto made = instance_.answer_now(seen_as(head, {}));
  if (!made) return std::nullopt;
  return to_answer(std::move(*made));
}

asio::awaitable<void> handler::handle(proxy::exchange& client) {
  const auto body = co_await read_body(client);
  if (!body) co_return;
  if (body->size() > body_limit) {
    auto refused = proxy::make_error(413, "body_too_large", "the mock takes bodies to 1 MiB", client.request().method);
    refused.close = true;
    co_await client.send(std::move(refused));
    co_return;
  }
  const request asked = seen_as(client.request(), *body);
  const auto admitted = instance_.admit(asked);
  if (!admitted) {
    co_await client.send(to_answer(instance_.answer(asked, {})));
    co_return;
  }
  const fault_plan& plan = admitted->plan;
  const auto arrived = steady_clock::now();
  if (!co_await pause(plan.before)) co_return instance_.ended(*admitted, ended_as::client_left, 0);
  if (plan.how == fault_plan::ending::none) {
    co_await break_off(client, asked, *admitted);
    co_return;
  }
  auto made = instance_.answer(asked, plan);
  for (const auto& [name, value] : plan.set_fields) set_field(made, name, value);
  if (!co_await pause(plan.after)) co_return instance_.ended(*admitted, ended_as::client_left, 0);
  if (const auto intended = plan.before + plan.after; intended > duration::zero())
    instance_.delayed(*admitted, intended, steady_clock::now() - arrived);
  const auto status = made.status;
  const auto how = plan.how == fault_plan::ending::complete ? ended_as::whole : ended_as::cut;
  const auto count = [&] { instance_.ended(*admitted, how, status); };
  if (is_broken(plan)) {
    const auto sent = co_await send_broken(client, std::move(made), plan, count);
    if (sent == delivery::left_before_the_end) instance_.ended(*admitted, ended_as::client_left, status);
    if (sent == delivery::left_at_the_end) instance_.left(*admitted, how, status);
  } else {
    count();
    if (co_await client.send(to_answer(std::move(made)))) instance_.left(*admitted, how, status);
  }
}

asio::awaitable<void> handler::break_off(proxy::exchange& client, const request& asked,
                                         const instance::admission& admitted) {
  if (admitted.plan.applied) static_cast<void>(instance_.answer(asked, admitted.plan));
  const bool still_there = co_await pause(admitted.plan.stall);
  instance_.ended(admitted, still_there ? ended_as::reset : ended_as::client_left, 0);
  if (still_there) client.abort();
}

}  // namespace sidecache::mock
