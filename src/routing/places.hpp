// A stable sort of short lists of places by a key, least first: by insertion, in place. (The
// library's asks for a buffer by a function that is deprecated.)
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace pontage::routing {

template <class Key>
void sort_places(std::span<std::size_t> places, Key key) {
  for (auto at = places.begin(); at != places.end(); ++at) {
    const auto to = std::upper_bound(places.begin(), at, *at,
                                     [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    std::rotate(to, at, at + 1);
  }
}

}  // namespace pontage::routing
