// What a worker lends to the caches of chains: the answers of the process, its loop to wait on, its
// cells to count in.
#pragma once

#include "chain/answer_cache.hpp"
#include "metrics/metrics.hpp"
#include "transport/worker.hpp"

namespace pontage::chain {

struct CacheDesk {
  AnswerCache& answers;
  transport::Worker& worker;
  metrics::Shard& cells;
};

}  // namespace pontage::chain
