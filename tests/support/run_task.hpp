// Runs a task that never really waits, here and now.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "pontage/core/task.hpp"

namespace pontage::test {

struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

template <class T>
T run_now(Task<T> task) {
  std::optional<T> result;
  [](Task<T> running, std::optional<T>& out) -> Detached { out.emplace(co_await running); }(
                                                 std::move(task), result);
  if (!result) throw std::logic_error("the task waits for something");
  return std::move(*result);
}

}  // namespace pontage::test
