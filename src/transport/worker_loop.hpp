// The Asio side of a worker. Included by the sources of transport only.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "transport/timer_wheel.hpp"

namespace pontage::transport {

namespace asio = boost::asio;
using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
using TcpAcceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;
using TcpResolver = asio::ip::basic_resolver<asio::ip::tcp, asio::io_context::executor_type>;
using LoopTimer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                             asio::wait_traits<std::chrono::steady_clock>,
                                             asio::io_context::executor_type>;

struct WorkerLoop {
  // Sockets and timers belong to the worker's thread, so Asio need not lock each of them; post()
  // from elsewhere stays safe.
  asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  LoopTimer wake{io.get_executor()};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard{
      asio::make_work_guard(io)};
  TimerWheel wheel{std::chrono::steady_clock::now()};
  SteadyTime armed_for = SteadyTime::max();
  std::size_t tasks = 0;
  bool stopping = false;

  void arm_wake();
  void release();  ///< lets run() return
};

}  // namespace pontage::transport
