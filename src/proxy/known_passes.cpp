// The hot path of pass-throughs: those whose header block proxy_handler has looked at once.
//
// What such a request becomes on its way is known by the lines of its block, so none of them is parsed, classified by
// name or written anew: the lines that stay are copied. All that is not decided by block and target is asked here as
// handle() would ask it; where the answer takes more than passing on, or more may have to be waited for than the
// control plane's answer, the request is left to handle().
#include "base/secret.hpp"
#include "base/text.hpp"
#include "http/field_line.hpp"
#include "http/head_block.hpp"
#include "proxy/cache_status.hpp"
#include "proxy/known_client.hpp"
#include "proxy/proxy_handler.hpp"

namespace sidecache::proxy {
namespace {

constexpr std::size_t most_lines = 64;

/// It has held a credential.
struct wiped_after {
  std::string& text;
  ~wiped_after() { wipe(text.data(), text.size()); }
};

bool is_same(const http::field& a, const http::field& b) {
  return equal_ignoring_case(a.name, b.name) && a.value == b.value;
}

bool may_be_written(const http::field& line) { return http::is_visible(line.name) && http::is_text(line.value); }

}  // namespace

std::optional<passed_lines> passed_lines::of(const http::request_head& request, const http::fields& passed) {
  if (request.fields.size() > most_lines) return std::nullopt;
  passed_lines made;
  // The order of lines counts among those of one name alone (RFC 9110 §5.3), which both have them in.
  std::vector<bool> told(passed.size());
  for (std::size_t i = 0; i < request.fields.size(); ++i) {
    const auto line = request.fields.at(i);
    std::size_t same = 0;
    while (same < passed.size() && (told[same] || !is_same(passed.at(same), line))) ++same;
    if (same == passed.size()) continue;
    if (!may_be_written(line)) return std::nullopt;
    made.kept_ |= std::uint64_t{1} << i;
    told[same] = true;
    const bool traces = equal_ignoring_case(line.name, "traceparent");
    const bool names = equal_ignoring_case(line.name, "x-request-id");
    if (traces || names) made.of_an_id_ |= std::uint64_t{1} << i;
    made.traced_ = made.traced_ || traces;
    made.named_ = made.named_ || names;
  }
  for (std::size_t i = 0; i < passed.size(); ++i) {
    if (told[i]) continue;
    const auto line = passed.at(i);
    // Of a gap the value is another one in each request.
    if (!may_be_written(line) || http::may_differ(line.name)) return std::nullopt;
    made.added_.append(line.name).append(": ").append(line.value).append("\r\n");
  }
  if (!made.traced_ && passed.contains("tracestate")) return std::nullopt;  // which goes, without its traceparent
  return made;
}

bool passed_lines::append(std::string_view block, random_source& ids, http::made_ids& made, std::string& out) const {
  constexpr std::size_t ids_at_most = 192;
  out.reserve(out.size() + block.size() + added_.size() + ids_at_most);  // what grows leaves copies behind
  std::uint64_t line_bit = 1;
  while (!block.starts_with("\r\n")) {
    const auto end = block.find("\r\n");
    if (end == std::string_view::npos) return false;
    const auto line = block.substr(0, end);
    if ((of_an_id_ & line_bit) != 0 && trim(line.substr(line.find(':') + 1)).empty()) return false;
    if ((kept_ & line_bit) != 0) out.append(block.substr(0, end + 2));
    block.remove_prefix(end + 2);
    line_bit <<= 1U;
  }
  out.append(added_);
  made.clear();
  if (!traced_) http::append_traceparent_line(ids, made, out);
  if (!named_) http::append_request_id_line(ids, made, out);
  return true;
}

class proxy_handler::known_pass final : public begun_pass {
 public:
  /// `by` outlives it; `how` is of static texts.
  known_pass(proxy_handler& by, proxy::report told, const forwarded& how)
      : sent{.ids = by.ids_, .made = {}, .under_way = nullptr}, by_(by), report_(told), how_(how) {}

  std::optional<whole_answer> take(std::string& head) override {
    const auto whole = sent.under_way->take(head);
    if (!whole) return std::nullopt;
    how_.status = whole->head.status;
    small_text status;
    append_forwarded(status, how_);
    head.append("Cache-Status: ").append(status.view()).append("\r\n");
    return whole;
  }
  void give_up() override { sent.under_way->give_up(); }
  asio::awaitable<void> go_on(exchange& client) override {
    return by_.relay(client, by_.plan_of(client.request()), how_.detail, &sent);
  }
  [[nodiscard]] proxy::report report() const override { return report_; }
  [[nodiscard]] const http::made_ids& made() const override { return sent.made; }

  sent_before sent;

 private:
  proxy_handler& by_;
  proxy::report report_;
  forwarded how_;
};

std::unique_ptr<begun_pass> proxy_handler::pass_known(std::string_view target, std::string_view block,
                                                      const known_block& by,
                                                      const std::shared_ptr<answer_waiter>& told) {
  const auto& who = static_cast<const known_client&>(by);
  const auto& settings = core_.config();
  const plan made = plan_known_get(classified(target), settings.kind);
  if (made.what == action::lookup && settings.mode == mode::on) return fetch_known(target, block, who, made, told);
  if (made.what == action::sync || (made.what == action::lookup && settings.mode != mode::bypass)) return nullptr;
  if (!who.passed || settings.forwarded_for) return nullptr;
  const bool of_record = made.target.what == http::target_class::record;
  if (of_record && core_.drill().on(core_.now().mono)) return nullptr;

  auto begun = std::make_unique<known_pass>(
      *this, proxy::report{of_record ? outcome::bypass : outcome::pass, made.route},
      forwarded{.reason = passed_because(made), .detail = made.what == action::lookup ? bypassed : made.detail});
  passing_.clear();
  const wiped_after each_time{passing_};
  if (!who.passed->append(block, ids_, begun->sent.made, passing_)) return nullptr;
  begun->sent.under_way = origin_.begin_relay(
      {.target = target, .lines = passing_, .route = made.route, .accepts_gzip = who.accepts_gzip}, told);
  if (!begun->sent.under_way) return nullptr;
  return begun;
}

}  // namespace sidecache::proxy
