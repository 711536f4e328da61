#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/engine/distributions.hpp"
#include "sim/engine/random.hpp"
#include "sim/serving/request_trace.hpp"

namespace headroom::sim_serving {

/// A request as it comes in.
struct Arrival {
  Nanos at = 0;
  std::uint32_t input = 0;
  std::uint32_t output = 0;
  PrefixChain chain;                     ///< no blocks: nothing is shared
  std::uint32_t session = no_request;    ///< of a client that answers (`ArrivalSource::after`)
  std::uint8_t priority = 0;
};

/// Where requests come from. Draws depend on the source's own streams only, never on how the service fares.
class ArrivalSource {
 public:
  virtual ~ArrivalSource() = default;
  /// The next request that does not wait for another one's end, in order of time; nothing when there are no more.
  virtual std::optional<Arrival> next() = 0;
  /// The request that a client sends after its previous one ended (or was refused) at `now`; nothing if it sends no more.
  virtual std::optional<Arrival> after(std::uint32_t session, Nanos now);
  /// True if the context of the session is to be held until its next turn.
  [[nodiscard]] virtual bool pins(std::uint32_t session) const;
};

/// A recorded trace, as it is. The trace must outlive the source.
class TraceArrivals : public ArrivalSource {
 public:
  explicit TraceArrivals(const RequestTrace& trace) : trace_(&trace) {}
  std::optional<Arrival> next() override;

 private:
  const RequestTrace* trace_;
  std::size_t next_ = 0;
};

/// Requests per second over time: values that hold for one step each, again and again.
struct RateCurve {
  Nanos step = 3'600'000'000'000;
  std::vector<double> per_second{1.0};
  [[nodiscard]] double mean() const;
};

/// Lengths of prompts and answers, and the priorities of their senders.
struct RequestMix {
  engine::Distribution input = engine::Constant{500};
  engine::Distribution output = engine::Constant{500};
  std::uint32_t shortest_input = 1, longest_input = 1U << 20;
  std::uint32_t shortest_output = 1, longest_output = 1U << 20;
  std::uint32_t shared_prefix = 0;      ///< tokens in front of every prompt that are the same for a group; not part of `input`
  std::uint32_t prefix_groups = 1;      ///< drawn by a Zipf law of exponent 1 (assumed)
  double urgent_share = 0;              ///< share with priority 0; the others have 1. 0: all have 0
  std::uint32_t block_tokens = 16;      ///< of the engine's keyed blocks
  /// Lengths of so many requests in a row are an exact sample of their laws in random order, so that a short run has the mean
  /// of a long one; 0: independent draws.
  std::uint32_t strata = 0;
};

/// Draws lengths and prefixes of the requests of a mix.
class RequestDraw {
 public:
  RequestDraw(RequestMix mix, std::uint64_t seed);
  /// The next request; its time is left open.
  Arrival next();

 private:
  double uniform(std::vector<std::uint32_t>& order, engine::Stream& stream) const;
  RequestMix mix_;
  engine::Stream lengths_, groups_;
  std::vector<double> group_cumulative_;
  std::vector<std::uint32_t> input_order_, output_order_;
  std::uint64_t count_ = 0;
};

/// Independent requests: a renewal process of the curve's rate. Gaps have the variation `burst` (standard deviation / mean of a
/// Gamma law): 1 is Poisson, above it requests clump.
class OpenArrivals : public ArrivalSource {
 public:
  /// Ends before `end` and after `most` requests.
  OpenArrivals(RateCurve rate, double burst, RequestMix mix, Nanos end, std::uint64_t seed, std::uint64_t most = ~std::uint64_t{0});
  std::optional<Arrival> next() override;

 private:
  RateCurve rate_;
  RequestDraw draw_;
  Nanos end_;
  std::uint64_t most_;
  engine::Stream gaps_;
  std::optional<engine::Gamma> gamma_;
  double at_s_ = 0;
  std::uint64_t count_ = 0;
};

/// A fixed number of clients, each with one request under way: the next one comes `think` after the answer.
class ClosedArrivals : public ArrivalSource {
 public:
  ClosedArrivals(std::uint32_t clients, Nanos think, std::uint64_t requests, RequestMix mix, std::uint64_t seed);
  std::optional<Arrival> next() override;
  std::optional<Arrival> after(std::uint32_t session, Nanos now) override;

 private:
  Arrival make(Nanos at, std::uint32_t client);
  std::uint32_t clients_;
  Nanos think_;
  std::uint64_t left_;
  RequestDraw draw_;
  std::uint32_t started_ = 0;
};

/// What an engine does with the context of a session while a tool runs.
enum class PausePolicy : std::uint8_t {
  cached,  ///< stays until memory is needed
  pinned,  ///< is held, and pays with memory that nobody else has
  dropped  ///< is forgotten: the next turn computes all of it again
};

/// Sessions of many turns: each turn's prompt is the whole context so far and something new (a tool's answer).
struct AgentMix {
  RateCurve sessions;
  engine::Distribution turns = engine::Constant{10};
  engine::Distribution first_input = engine::Constant{2000};  ///< of the first turn, behind the shared prefix
  engine::Distribution added_input = engine::Constant{500};   ///< of each later turn
  engine::Distribution output = engine::Constant{300};        ///< of each turn
  engine::Distribution pause_s = engine::Exponential{5.0};    ///< seconds between an answer and the next turn
  std::uint32_t shared_prefix = 1000;                         ///< tokens of the system prompt and tools
  std::uint32_t longest_context = 128'000;                    ///< a session ends before it passes this
  PausePolicy pause = PausePolicy::cached;
  std::uint32_t block_tokens = 16;
};

class AgentArrivals : public ArrivalSource {
 public:
  AgentArrivals(AgentMix mix, Nanos end, std::uint64_t seed);
  std::optional<Arrival> next() override;
  std::optional<Arrival> after(std::uint32_t session, Nanos now) override;
  [[nodiscard]] bool pins(std::uint32_t session) const override;

 private:
  struct Session {
    engine::Stream stream;
    std::uint64_t number;
    std::uint32_t turns_left;
    std::uint32_t context;
  };
  std::uint32_t length(const engine::Distribution& d, Session& s) const;
  Arrival turn(std::uint32_t slot, Nanos at, std::uint32_t input) const;
  std::optional<Arrival> take_turn(std::uint32_t slot, Nanos at, std::uint32_t input);

  AgentMix mix_;
  Nanos end_;
  engine::Stream gaps_, draws_;
  double at_s_ = 0;
  std::uint64_t count_ = 0;
  std::vector<std::optional<Session>> sessions_;
  std::vector<std::uint32_t> unused_;
};

}  // namespace headroom::sim_serving
