#include "admin/peer_desk.hpp"

namespace sidecache::admin {
namespace {

proxy::answer refused(unsigned status, std::string_view code, std::string_view message, http::method method) {
  auto answer = proxy::make_error(status, code, message, method);
  answer.report.outcome = outcome::rejected;
  return answer;
}

}  // namespace

proxy::answer peer_desk::answer(const http::request_head& request) const {
  if (request.method != http::method::get) {
    auto answer = refused(405, "method_not_allowed", "this path is not for that method", request.method);
    answer.extra.append("Allow: GET\r\n");
    return answer;
  }
  const auto given = request.fields.find(proxy::question_seal_field).value_or("");
  const bool sealed = request.fields.count(proxy::question_seal_field) == 1 &&
                      equal_in_constant_time(given, seal_.of_question(request.target));
  if (!sealed)
    return refused(403, "not_sealed", "this takes a question of another sidecache, sealed by sync.peer_secret_file",
                   request.method);
  const auto asked = proxy::read_peer_question(request.target);
  if (!asked) return refused(400, "bad_question", "expected of " + asked.error(), request.method);
  std::string body = proxy::text_of(tell_(*asked));
  std::string fields = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  fields.append(proxy::answer_seal_field).append(": ").append(seal_.of_answer(request.target, body)).append("\r\n");
  return proxy::make_answer(200, "application/json", std::move(body), fields);
}

}  // namespace sidecache::admin
