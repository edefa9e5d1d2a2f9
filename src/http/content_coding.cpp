#include "http/content_coding.hpp"

#include <string>

#include "base/text.hpp"

namespace sidecache::http {
namespace {

/// A weight of 0, 0., 0.0 ... 0.000 means "not acceptable" (RFC 9110 §12.4.2); anything else counts as above 0.
bool is_zero_weight(std::string_view parameters) {
  bool zero = false;
  while (!parameters.empty()) {
    const auto semicolon = parameters.find(';');
    const auto parameter = trim(parameters.substr(0, semicolon));
    if (starts_with_ignoring_case(parameter, "q=")) {
      const auto weight = parameter.substr(2);
      zero = !weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos;
    }
    if (semicolon == std::string_view::npos) break;
    parameters.remove_prefix(semicolon + 1);
  }
  return zero;
}

bool is_gzip(std::string_view coding) {
  return equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip");
}

}  // namespace

bool accepts_gzip(const fields& request) {
  bool named = false;
  bool accepted = false;
  bool any = false;
  for (const auto& [name, value] : request) {
    if (!equal_ignoring_case(name, "Accept-Encoding")) continue;
    for_each_list_member(value, [&](std::string_view member) {
      const auto semicolon = member.find(';');
      const auto coding = trim(member.substr(0, semicolon));
      const bool allowed = semicolon == std::string_view::npos || !is_zero_weight(member.substr(semicolon + 1));
      if (is_gzip(coding)) {
        named = true;
        accepted = accepted || allowed;
      } else if (coding == "*") {
        any = any || allowed;
      }
    });
  }
  return named ? accepted : any;
}

bool is_undoable_gzip(const response_head& head) {
  const auto coding = head.fields.find("Content-Encoding");
  if (!coding || head.fields.count("Content-Encoding") != 1 || !is_gzip(trim(*coding))) return false;
  return head.status != 206 && !head.fields.lists("Cache-Control", "no-transform");
}

void undo_gzip(response_head& head) {
  for (const auto* name : {"Content-Encoding", "Content-Length", "Transfer-Encoding", "Accept-Ranges", "Content-MD5",
                           "Digest", "Content-Digest"})
    head.fields.erase(name);
  head.content_length = 0;
  if (head.body != framing::none) head.body = framing::chunked;
  if (const auto tag = head.fields.find("ETag"); tag && tag->starts_with('"')) {
    const std::string weak = "W/" + std::string(*tag);
    head.fields.set("ETag", weak);
  }
}

}  // namespace sidecache::http
