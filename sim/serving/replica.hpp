#pragma once

#include <optional>
#include <vector>

#include "models/serving/iteration.hpp"
#include "sim/engine/sketch.hpp"
#include "sim/serving/kv_memory.hpp"
#include "sim/serving/policy.hpp"
#include "sim/serving/request.hpp"

namespace headroom::sim_serving {

/// What a replica is for.
enum class Role : std::uint8_t { mixed, prefill, decode };

/// How a replica's time was used up to now, in nanoseconds and page-nanoseconds.
struct ReplicaUse {
  double busy = 0, prefill = 0, pages = 0, page_room = 0;
  ReplicaUse& operator+=(const ReplicaUse& o) {
    busy += o.busy;
    prefill += o.prefill;
    pages += o.pages;
    page_room += o.page_room;
    return *this;
  }
};

/// What a replica did, summed since its start.
struct ReplicaTotals {
  std::uint64_t passes = 0;
  std::uint64_t steps = 0;               ///< planned: a run of equal passes is one
  std::uint64_t preemptions = 0;
  std::uint64_t prefilled_tokens = 0;    ///< computed, recomputed ones included
  std::uint64_t recomputed_tokens = 0;   ///< of these, computed before
  std::uint64_t cached_tokens = 0;       ///< found in the cache at the first start of a request
  std::uint64_t emitted_tokens = 0;
  std::uint64_t swapped_pages = 0;
  std::uint64_t dropped_pins = 0;        ///< sessions whose cache was given up for others while they paused
  double busy_ns = 0;
  double wait_ns = 0;                    ///< from arrival to the first start, summed
  double prefill_busy_ns = 0;            ///< passes that held prompt tokens
  double page_ns = 0;                    ///< pages in use x time of passes
};

/// One replica: a queue, a batch, cache memory and the scheduler that fills its passes. It knows no clock; its owner calls
/// `start` at a boundary, waits until the time that it names and calls `finish`.
///
/// Decoding sequences are not touched in a pass. The replica counts passes; a sequence that joins at pass n with context c
/// and r passes to go completes at pass n + r, the summed context grows by one token a sequence and pass, and new
/// pages fall due by the sequence's residue modulo the passes that a page lasts. So a pass costs the same whatever the
/// batch, and a run of passes up to the next change has a closed form.
class Replica {
 public:
  /// `pages`: cache memory. `gaps` collects the seconds between tokens (null: nobody does). Model, table and sketch outlive the
  /// replica. `aggregate`: equal passes are one step.
  Replica(std::uint16_t index, Role role, const serving::IterationModel& model, const EnginePolicy& policy, std::uint64_t pages,
          RequestTable& table, engine::QuantileSketch* gaps, bool aggregate);

  /// True if the request can ever run here: its whole context fits the memory.
  [[nodiscard]] bool fits(const Request& request) const;
  /// Puts a request at the end of its priority's queue. One whose prefill was done elsewhere (State::in_transfer) joins the
  /// decodes when its cache finds room.
  void enqueue(RequestId id);
  /// Plans the next step at `now` and returns its end; `never` if there is nothing to do. Requires that no step is under way.
  Nanos start(Nanos now);
  /// A request was queued during a step: the earlier end at which it can be looked at, at or after `now`; `never` if the
  /// step's end stays.
  Nanos cut(Nanos now);
  /// Ends the step at the time that `start` or `cut` returned. Fills `first_tokens`, `completed`, `prefilled`.
  void finish(Nanos now);
  /// The cache of a prefilled request was sent: gives up its memory here.
  void exported(RequestId id);
  /// Takes every request out, in order of arrival here, and forgets the cache. Their ids are returned; tokens already emitted stay so.
  std::vector<RequestId> fail(Nanos now);

  /// Frees what a completed request held; with a session its context stays held until `unpin`, so that the next turn finds it.
  void forget(RequestId id, std::uint32_t pin_for_session = no_request);
  /// The session's next turn came (or never will). Nothing happens if its context was given up meanwhile.
  void unpin(std::uint32_t session);

  struct FirstToken {
    RequestId id;
    std::uint32_t cached;  ///< input tokens found in the cache
  };
  std::vector<FirstToken> first_tokens; ///< emitted their first token at this boundary
  std::vector<RequestId> completed;     ///< emitted their last; memory is held until `forget`
  std::vector<RequestId> prefilled;     ///< role prefill: ready to be sent

  [[nodiscard]] bool busy() const { return step_.end != never; }
  [[nodiscard]] Role role() const { return role_; }
  [[nodiscard]] std::uint32_t waiting() const { return waiting_count_; }
  [[nodiscard]] std::uint32_t running() const { return decoding_ + static_cast<std::uint32_t>(prefilling_.size()); }
  [[nodiscard]] std::uint32_t outstanding() const { return waiting_count_ + running(); }
  [[nodiscard]] const KvMemory& memory() const { return memory_; }
  [[nodiscard]] const ReplicaTotals& totals() const { return totals_; }
  [[nodiscard]] std::uint32_t cached_blocks(const PrefixChain& chain) const { return memory_.match(chain, chain.blocks); }
  /// The pass under way counts as far as it has come.
  [[nodiscard]] ReplicaUse use(Nanos now) const;
  /// Tokens that the requests that are decoding have emitted since they joined, up to `now`.
  [[nodiscard]] std::uint64_t tokens_in_flight(Nanos now) const;
  /// Memory of the lists that grow with the requests.
  [[nodiscard]] std::size_t list_bytes() const { return ends_.capacity() * sizeof(ends_[0]); }
  /// Throws std::logic_error if memory or counts do not balance.
  void check_balance() const;

 private:
  struct Chunk {
    RequestId id;
    std::uint32_t tokens;
  };
  struct Step {
    Nanos begin = 0;
    Nanos end = never;
    bool decodes = false;
    std::uint32_t passes = 0;
    serving::DecodeLine line;
    double context = 0;  ///< summed context of the first pass
  };
  struct Fresh {
    RequestId id;
    Nanos last_token;
  };
  struct Queue {
    RequestId first = no_request;
    RequestId last = no_request;
  };
  struct Pin {
    std::uint32_t session;
    std::uint32_t blocks;
    PrefixChain chain;
  };

  // planning (replica_plan.cpp)
  void plan(Nanos now);
  void admit_ready(Nanos now);
  void plan_decodes();
  void plan_prefill(int budget);
  bool continue_prefill(RequestId id, int& budget);
  bool try_start(RequestId id, int& budget);
  [[nodiscard]] std::uint64_t room() const;
  void plan_run();
  [[nodiscard]] Nanos mixed_time() const;
  [[nodiscard]] std::uint32_t longest_run();
  [[nodiscard]] const serving::DecodeLine& line(double context);
  [[nodiscard]] Nanos run_time(std::uint32_t passes) const;
  [[nodiscard]] std::uint32_t passes_by(Nanos now) const;
  [[nodiscard]] std::uint64_t pages_due(std::uint32_t passes) const;

  // memory (replica_memory.cpp)
  [[nodiscard]] std::uint64_t start_need(const Request& r, std::uint32_t context, std::uint32_t end, std::uint32_t matched_pages) const;
  [[nodiscard]] std::uint64_t join_need(const Request& r) const;
  [[nodiscard]] std::uint64_t watermark() const;
  [[nodiscard]] double output_reserve() const;
  [[nodiscard]] double least_reserve() const;
  void set_reserve(double share);
  [[nodiscard]] double output_to_come() const;
  [[nodiscard]] static bool foreseen_short(const Request& r);
  [[nodiscard]] double swap_ns(std::uint64_t pages) const;
  bool drop_pin();
  [[nodiscard]] RequestId victim() const;
  void retract();
  void preempt(RequestId id);

  // queue and batch (replica.cpp)
  void push_front(RequestId id);
  void push_back(RequestId id);
  [[nodiscard]] RequestId head() const;
  void pop_head();
  void join(RequestId id, std::uint32_t context, Nanos last_token);
  void leave(RequestId id);
  [[nodiscard]] std::uint32_t passes_to_go(const Request& r) const;
  [[nodiscard]] std::uint32_t pages_after(const Request& r, std::uint32_t passes) const;
  [[nodiscard]] std::uint32_t tokens_after(const Request& r, std::uint32_t passes) const;
  void finish_decodes(Nanos now);
  void finish_chunk(const Chunk& chunk, Nanos now);
  void complete_due();
  void record_gaps();
  void publish(Request& r);
  void release_memory(Request& r);
  [[nodiscard]] std::uint64_t full_pages(const Request& r) const { return memory_.pages_for(std::uint64_t{r.input} + r.output); }
  [[nodiscard]] const PrefixChain* chain_of(const Request& r) const {
    return r.chain == no_request ? nullptr : &table_->chains[r.chain];
  }

  std::uint16_t index_;
  Role role_;
  bool aggregate_;
  const serving::IterationModel* model_;
  EnginePolicy policy_;
  double gain_;                   ///< tokens a sequence and pass
  std::uint32_t page_passes_;     ///< passes that one page lasts
  RequestTable* table_;
  engine::QuantileSketch* gaps_;
  KvMemory memory_;

  std::vector<Queue> queues_;     ///< by priority
  std::uint32_t waiting_count_ = 0;
  std::vector<RequestId> prefilling_;
  std::vector<RequestId> exporting_;

  std::uint64_t pass_ = 0;        ///< passes done with decodes
  std::uint32_t decoding_ = 0;
  double context_ = 0;            ///< summed over the decoding sequences
  std::uint64_t last_pass_sum_ = 0;
  Queue decodes_;                 ///< in order of joining
  std::vector<std::uint64_t> ends_;   ///< heap of (last pass, id); entries of sequences that left are passed over
  std::vector<std::uint32_t> due_;    ///< sequences by residue of the passes at which they need a page
  double reserve_ = 0;            ///< Admission::reserve: share of the output to come, as it was at the pass
  std::uint64_t reserve_pass_ = 0;
  bool long_outputs_ = false;     ///< a sequence has joined, since the batch was last empty, with more to come than is foreseen
  std::uint64_t committed_pages_ = 0; ///< Admission::full: pages that running requests may come to need
  Nanos last_decode_end_ = 0;
  std::vector<Fresh> fresh_;      ///< joined since the last decode pass
  std::vector<serving::DecodeLine> lines_;  ///< last used, by batch
  std::vector<Pin> pins_;

  Step step_;
  Nanos planned_at_ = 0;
  std::vector<Chunk> chunks_;
  double extra_ns_ = 0;           ///< copies to and from host memory
  bool preempted_ = false;        ///< in this plan
  RequestId blocked_ = no_request;  ///< head of the queue that found no room in this plan
  std::uint64_t decoded_tokens_ = 0;  ///< counted by pass; must equal the sum by sequence
  ReplicaTotals totals_;
};

}  // namespace headroom::sim_serving
