// Where a record stands, and where a slug is looked for.
#pragma once

#include <string>

namespace sidecache::mock {

struct scope {
  std::string organisation_id;
  std::string workspace_id;  ///< empty: the whole organisation
};

}  // namespace sidecache::mock
