// The control plane as the contract describes it (control-plane.md §1 to §6), and nothing of sidecache: who may see
// which record, what each write changes and what it touches, and what a replica says that lags behind.
//
// Theory of operation: a record is a slot that exists or not, with a history of versions. A read is answered from the
// version that a replica `lag` behind holds; a write makes a new version of its record and of those whose answers hang
// on it. Every answer has a serial number, which stands in its head (X-Answer) and its body: whoever is given the
// answer can be told which one it was, when it was asked for and by whom. Time is an argument. The clock of the control
// plane is never stepped; sidecache's may be.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "http/message.hpp"
#include "records/kind.hpp"
#include "simulation/origin_headers.hpp"

namespace sidecache::simulation {

using namespace std::chrono_literals;

enum class standing : std::uint8_t { active, exhausted, expired, archived };
enum class rights : std::uint8_t { granted, forbidden, revoked };

struct version {
  std::uint32_t number = 0;
  bool exists = true;
  standing status = standing::active;
  bool unreadable_deadline = false;
  wall_time expires_at = wall_time::max();
  wall_time resets_at = wall_time::max();
  std::chrono::seconds resets_every{0};  ///< 0: once
  mono_time since = {};
  /// As it stands in the record: the one to come, or the last if there is no other.
  [[nodiscard]] wall_time next_reset(wall_time now) const;
};

/// One record: an integration, or a key, which answers as provider and as virtual key alike.
struct slot {
  enum class parent_shown : std::uint8_t { nothing, by_slug, by_uuid };
  bool integration = false;
  std::string slug = {};
  std::string uuid = {};
  int workspace = 1;
  int parent = -1;  ///< slot of a key's integration
  parent_shown shows_parent = parent_shown::nothing;
  bool shows_id = true;
  bool shows_workspace = false;
  std::vector<version> history = {};
};

struct credential {
  std::string authorization;
  std::string api_key;
  int workspace = 1;
  wall_time expires = wall_time::max();  ///< of a JWT
  rights may = rights::granted;
};

/// Something to look up.
struct address {
  std::string path;
  records::kind kind = records::kind::integration;
  std::string ident;
  int workspace = 0;  ///< that the query or a header names; 0: the credential's own
  bool by_header = false;
  [[nodiscard]] bool on_data_plane() const { return path.starts_with("/v2/"); }
};

enum class change : std::uint8_t {
  put_integration,
  delete_integration,
  put_workspaces,
  put_models,
  put_key,
  delete_key,
  create_integration,
  create_key,
  workspaces,
  policy,
  elsewhere,
};

/// Something to change.
struct mutation {
  std::string method;
  std::string path;
  change what = change::elsewhere;
  std::string ident;
};

/// What a write touches (control-plane.md §6), as bits of slots.
struct touched {
  std::uint32_t slots = 0;
  std::uint32_t absences = 0;         ///< these records' own 404s too
  std::uint32_t data_plane_keys = 0;  ///< of these the virtual keys under /v2 alone
  std::array<bool, 2> negatives{};    ///< remembered 404s of integrations, of keys
  bool perhaps_more = false;          ///< sidecache, which does not know whose slug it is, may think of others too
};

/// What an operator drops by hand. All that is named must hold; nothing named is everything.
struct purge {
  std::optional<records::kind> kind = {};
  std::string slug = {};
  std::string uuid = {};
  std::string integration = {};  ///< slug or UUID
  int workspace = 0;
  int who = -1;  ///< a credential
  bool soft = false;
};
/// What of one key is meant by a purge.
struct chosen {
  bool record = false;
  bool absence = false;    ///< its remembered 404
  bool untouched = false;  ///< nothing, and sidecache can tell
};

/// What the control plane said to a read.
struct said {
  std::uint32_t serial = 0;
  unsigned status = 0;
  int who = -1;
  int where = -1;
  int record = -1;  ///< slot; -1 where there is none of that name
  bool is_record = false;
  bool json = true;
  std::shared_ptr<const std::string> body = {};
  std::uint32_t confirms = 0;  ///< a 304: the answer whose body stays
  std::uint32_t version_number = 0;
  standing status_shown = standing::active;
  bool unreadable_deadline = false;
  wall_time expires_at = wall_time::max();
  wall_time resets_at = wall_time::max();
  wall_time changed = {};  ///< when what it shows came to be, in whole seconds
  spoken speaks = {};
  bool has_etag = false;
};

/// Chances of an answer that are not the contract's to say.
struct flavour {
  duration lag{};
  bool etag = false;
  bool last_modified = false;
  spoken speaks = {};
  std::uint32_t padding = 0;
};

class control_plane {
 public:
  explicit control_plane(instant start, std::uint32_t jwt_lives_for_s);

  [[nodiscard]] const std::vector<slot>& slots() const { return slots_; }
  [[nodiscard]] const std::vector<address>& addresses() const { return addresses_; }
  [[nodiscard]] const std::vector<mutation>& mutations() const { return mutations_; }
  [[nodiscard]] std::vector<credential>& credentials() { return credentials_; }
  [[nodiscard]] const std::vector<credential>& credentials() const { return credentials_; }

  /// The slot that an address names for a credential; -1 if none.
  [[nodiscard]] int resolve(int who, const address& where) const;
  [[nodiscard]] touched touched_by(int who, const mutation& write) const;
  [[nodiscard]] chosen chosen_by(const purge& order, int who, int where) const;

  /// What is asked for only if it is another than this.
  struct validators {
    const said* confirmable = nullptr;  ///< the answer whose entity tag was sent
    bool by_tag = false;                ///< one was sent: then it alone counts
    std::optional<wall_time> since = {};
  };
  [[nodiscard]] said read(int who, int where, mono_time now, const flavour& how, const validators& sent,
                          std::uint32_t serial) const;
  /// Applies it, if the credential may, and gives the status.
  unsigned write(int who, const mutation& what, mono_time now);
  /// A record changes without a write: by use, by time, by another console. `how` chooses.
  void disturb(int record, std::uint32_t how, mono_time now);

  [[nodiscard]] wall_time wall_at(mono_time now) const {
    return start_.wall + std::chrono::duration_cast<std::chrono::microseconds>(now - start_.mono);
  }

 private:
  void build();
  [[nodiscard]] int find(std::string_view ident, bool integration, int workspace) const;
  [[nodiscard]] wall_time changed(const version& v, mono_time now) const;
  [[nodiscard]] bool is_told_by_its_date(const slot& of, const version& v, mono_time now) const;
  [[nodiscard]] const version& seen(const slot& of, mono_time at) const;
  [[nodiscard]] rights rights_of(int who, mono_time now) const;
  version& renew(int record, mono_time now);
  void renew_with_keys(int record, mono_time now);

  instant start_;
  std::vector<slot> slots_;
  std::vector<credential> credentials_;
  std::vector<address> addresses_;
  std::vector<mutation> mutations_;
  std::uint32_t versions_ = 0;
};

[[nodiscard]] std::string date_time(wall_time at);
[[nodiscard]] std::string workspace_name(int number);

}  // namespace sidecache::simulation
