// Task<T>: a lazy coroutine that its parent awaits. It runs on the worker that awaits it, never
// elsewhere, and holds no lock. It knows nothing of sockets: transport's awaiters resume it.
// Cancellation is explicit: whoever owns a stream closes it, and the pending operation returns an
// error.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <utility>

namespace pontage {

template <class T>
class Task;

namespace detail {

struct FinalAwaiter {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
    return self.promise().continuation;
  }
  void await_resume() const noexcept {}
};

// Coroutine frames come and go some ten times a request, always in the same sizes: each thread
// keeps a few of each. Not under AddressSanitizer, which should see every use after free.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PONTAGE_PLAIN_FRAMES 1
#endif
#endif
class FramePool {
 public:
  static constexpr std::size_t kStep = 256;
  static constexpr std::size_t kClasses = 16;    // frames up to 4 KiB
  static constexpr std::size_t kMostKept = 128;  // of each class: memory returns after a burst

  static void* allocate(std::size_t size) {
#ifndef PONTAGE_PLAIN_FRAMES
    const std::size_t index = (size + kStep - 1) / kStep;
    if (index < kClasses) {
      Class& list = classes()[index];
      if (list.first != nullptr) {
        --list.kept;
        return std::exchange(list.first, list.first->next);
      }
      return ::operator new(index * kStep);
    }
#endif
    return ::operator new(size);
  }
  static void release(void* frame, [[maybe_unused]] std::size_t size) noexcept {
#ifndef PONTAGE_PLAIN_FRAMES
    const std::size_t index = (size + kStep - 1) / kStep;
    if (index < kClasses) {
      Class& list = classes()[index];
      if (list.kept < kMostKept) {
        ++list.kept;
        list.first = ::new (frame) Free{list.first};
        return;
      }
    }
#endif
    ::operator delete(frame);
  }

 private:
  struct Free {
    Free* next;
  };
  struct Class {
    Free* first = nullptr;
    std::size_t kept = 0;
  };
  struct Classes {
    Class lists[kClasses];
    Class& operator[](std::size_t index) { return lists[index]; }
    ~Classes() {
      for (auto& list : lists) {
        list.kept = kMostKept;  // what is released after the thread's end is not kept
        while (list.first != nullptr)
          ::operator delete(std::exchange(list.first, list.first->next));
      }
    }
  };
  static Classes& classes() {
    thread_local Classes kept;
    return kept;
  }
};

}  // namespace detail

/// What comes and goes with every request on one thread, and takes its memory where coroutine
/// frames do.
struct Pooled {
  static void* operator new(std::size_t size) { return detail::FramePool::allocate(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    detail::FramePool::release(memory, size);
  }
};

namespace detail {

struct PromiseBase : Pooled {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr failure;

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] FinalAwaiter final_suspend() const noexcept { return {}; }
  // The request path does not throw; what still does (bad_alloc, a library) surfaces in the parent.
  void unhandled_exception() noexcept { failure = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() noexcept {}
  void take() {
    if (failure) std::rethrow_exception(failure);
  }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
    handle_.promise().continuation = parent;
    return handle_;
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}
}  // namespace detail

}  // namespace pontage
