#include "cache/asked_keys.hpp"

#include <algorithm>

namespace sidecache::cache {
namespace {

constexpr std::size_t ways = 8;
constexpr std::size_t groups = 2048;

}  // namespace

asked_keys::asked_keys() : places_(ways * groups) {}

std::span<asked_keys::place> asked_keys::places_of(std::uint64_t key) {
  return std::span(places_).subspan(key % groups * ways, ways);
}

void asked_keys::note(std::uint64_t key, mono_time now) {
  const std::lock_guard lock(mutex_);
  const auto places = places_of(key);
  auto at = std::ranges::find(places, key, &place::key);
  if (at == places.end()) at = std::ranges::min_element(places, {}, &place::noted);
  *at = {key, now};
}

void asked_keys::forget(std::uint64_t key) {
  const std::lock_guard lock(mutex_);
  const auto places = places_of(key);
  if (const auto at = std::ranges::find(places, key, &place::key); at != places.end()) *at = {};
}

void asked_keys::for_each_since(mono_time since, const std::function<void(std::uint64_t)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (const place& each : places_)
    if (each.noted >= since && each.noted != mono_time::min()) visit(each.key);
}

}  // namespace sidecache::cache
