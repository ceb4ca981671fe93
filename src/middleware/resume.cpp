// resume: a stream that breaks off after its client has a part of it goes on from another target.
#include "pontage/chain/middleware.hpp"

namespace pontage::middleware {
namespace {

struct Options {
  int max = defaults::kResumeMax;
};

const config::Struct<Options>& table() {
  static const config::Struct<Options> kTable = [] {
    config::Struct<Options> made("chain.resume",
                                 "A stream that is cut, stalls or reports an error after its "
                                 "client has a part of it goes on "
                                 "in the same stream, from the next healthy target or from the "
                                 "same one again. What does not "
                                 "fit is not sent: then, and where the answer cannot be gone on "
                                 "with (half a tool call, half "
                                 "a thought), it ends in an error event.");
    made.integer("max", &Options::max, 0, 5, "Times that one answer is gone on with.");
    return made;
  }();
  return kTable;
}

class Resume final : public chain::Middleware {
 public:
  explicit Resume(int max) : max_(max) {}
  [[nodiscard]] chain::Kind kind() const override { return chain::Kind::kPolicy; }
  [[nodiscard]] std::string_view name() const override { return "resume"; }
  void plan(chain::Exchange& exchange) const override {
    exchange.plan.amend_policy().resume_max = max_;
  }

 private:
  int max_;
};

}  // namespace

const config::StructDoc& doc_of_resume() {
  return table().doc();
}

std::unique_ptr<chain::Middleware> make_resume(const config::Node& node,
                                               chain::BuildContext& context) {
  Options options;
  table().parse(node, options, context.diagnostics);
  return std::make_unique<Resume>(options.max);
}

}  // namespace pontage::middleware
