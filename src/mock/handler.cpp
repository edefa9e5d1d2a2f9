#include "mock/handler.hpp"

#include <expected>

#include "base/text.hpp"
#include "mock/broken_answer.hpp"

namespace sidecache::mock {
namespace {

namespace asio = proxy::asio;

constexpr std::size_t body_limit = std::size_t{1024} * 1024;

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

std::optional<proxy::answer> handler::answer_now(const http::request_head& head) {
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
  const auto plan = admitted ? admitted->plan : fault_plan{};
  const auto number = admitted ? admitted->number : 0;
  const auto report = [&](unsigned status) {
    if (admitted) instance_.answered(number, status);
  };
  if (!co_await pause(plan.before)) co_return report(0);
  if (plan.how == fault_plan::ending::none) {
    if (plan.applied) static_cast<void>(instance_.answer(asked, plan));
    const bool still_there = co_await pause(plan.stall);
    report(0);
    if (still_there) client.abort();
    co_return;
  }
  auto made = instance_.answer(asked, plan);
  for (const auto& [name, value] : plan.set_fields) set_field(made, name, value);
  if (!co_await pause(plan.after)) co_return report(0);
  report(made.status);
  if (is_broken(plan)) {
    co_await send_broken(client, std::move(made), plan);
  } else {
    co_await client.send(to_answer(std::move(made)));
  }
}

}  // namespace sidecache::mock
