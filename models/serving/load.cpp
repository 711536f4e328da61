#include "models/serving/load.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <queue>
#include <vector>

#include "models/units/math.hpp"

namespace headroom::serving {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The k-th number of an additive sequence on (0, 1): evenly spread for any prefix (golden ratio) or its square-root sibling.
double spread_number(int k, double step) {
  const double x = (k + 0.5) * step;
  return x - std::floor(x);
}

/// Uniform number on (0, 1) from a counter (SplitMix64 finaliser, Steele et al. 2014).
double hashed_number(std::uint64_t k) {
  std::uint64_t z = (k + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  z ^= z >> 31;
  return (static_cast<double>(z >> 11) + 0.5) * 0x1.0p-53;
}

double length(double mean, LengthSpread spread, int k, double step) {
  const double u = spread_number(k, step);
  switch (spread) {
    case LengthSpread::fixed: return std::max(1.0, std::round(mean));
    case LengthSpread::near: return std::max(1.0, std::round(mean * (0.8 + 0.2 * u)));
    case LengthSpread::chat: return std::max(1.0, std::round(std::min(mean * 4.0, -mean * math::log(1.0 - 0.98 * u))));
  }
  return mean;
}

struct Request {
  double arrival = 0, enters = 0, first = 0, finish = 0;
  double input = 0, output = 0;
};

Summary summarise(std::vector<double>& values) {
  Summary s;
  if (values.empty()) return s;
  double sum = 0;
  for (const double v : values) sum += v;
  s.mean = sum / static_cast<double>(values.size());
  const auto rank = [&](double q) {
    const auto n = static_cast<double>(values.size());
    const auto k = static_cast<std::ptrdiff_t>(std::clamp(std::ceil(q * n) - 1.0, 0.0, n - 1.0));
    std::nth_element(values.begin(), values.begin() + k, values.end());
    return values[static_cast<std::size_t>(k)];
  };
  s.p50 = rank(0.50);
  s.p90 = rank(0.90);
  s.p99 = rank(0.99);
  return s;
}

/// One replica's scheduler. Decodes are kept by the pass at which they finish, so that a run of passes is one step.
class Scheduler {
 public:
  Scheduler(const IterationModel& model, const SchedulerDefaults& defaults, const FrontEnd& front, const Load& load)
      : model_(model),
        front_(front),
        load_(load),
        order_(defaults.order),
        budget_(static_cast<double>(defaults.token_budget) * model.plan().attention_dp),
        slots_(static_cast<double>(defaults.max_sequences) * model.plan().attention_dp),
        capacity_(model.kv_capacity().base()),
        gain_(model.plan().speculation.accepted_length),
        reserve_(reserve_share(model.plan().engine)) {
    total_ = load.requests;
    if (load.kind == Load::Kind::closed_loop && load.simulate_at_most > 0) {
      total_ = std::min(total_, std::max(load.simulate_at_most, 2 * load.concurrency + load.concurrency / 2));
    }
    requests_.reserve(static_cast<std::size_t>(total_));
  }

  LoadResult run() {
    start();
    while (finished_ < total_) step();
    return result();
  }

 private:
  void send(double at) {
    const int k = static_cast<int>(requests_.size());
    Request r;
    r.arrival = at;
    r.input = length(load_.input, load_.spread, k, 0.6180339887498949);
    r.output = length(load_.output, load_.spread, k, 0.4142135623730951);
    r.enters = std::max(at + front_.per_request + front_.per_token * r.input, last_entry_ + front_.spacing);
    last_entry_ = r.enters;
    requests_.push_back(r);
    arrivals_.push(k);
  }

  [[nodiscard]] double enters(int k) const { return requests_[static_cast<std::size_t>(k)].enters; }

  void start() {
    if (load_.kind == Load::Kind::open_loop) {
      double at = 0;
      for (int k = 0; k < total_; ++k) {
        at += -math::log(hashed_number(static_cast<std::uint64_t>(k))) / load_.rate;
        send(at);
      }
    } else {
      const int first = load_.kind == Load::Kind::batch ? total_ : std::min(total_, load_.concurrency);
      for (int k = 0; k < first; ++k) send(0);
    }
  }

  void receive() {
    while (!arrivals_.empty() && enters(arrivals_.front()) <= now_) {
      waiting_.push_back(arrivals_.front());
      arrivals_.pop();
    }
  }

  /// Admits waiting prompts into the pass while slots, cache and budget allow; a prompt longer than the budget is cut.
  bool fill(Batch& batch, double budget) {
    bool any = false;
    while (budget >= 1 && !waiting_.empty()) {
      const int k = waiting_.front();
      const Request& r = requests_[static_cast<std::size_t>(k)];
      if (done_ == 0) {
        const double need = r.input + reserve_ * r.output;
        const bool empty = running_.empty() && completed_.empty();
        if (!empty && (static_cast<double>(running_.size() + completed_.size()) >= slots_ || reserved_ + need > capacity_)) break;
        reserved_ += need;
      }
      const double chunk = std::min(budget, r.input - done_);
      batch.prefill_tokens += static_cast<int>(chunk);
      ++batch.prefill_sequences;
      batch.prefill_context += Batch::prefill_pairs(done_, chunk);
      budget -= chunk;
      done_ += chunk;
      any = true;
      if (done_ >= r.input - 0.5) {
        completed_.push_back(k);
        waiting_.pop_front();
        done_ = 0;
      } else {
        break;
      }
    }
    return any;
  }

  void step() {
    receive();
    Batch batch;
    const bool mixed = order_ == StepOrder::mixed;
    batch.decode_sequences = static_cast<int>(running_.size());
    batch.decode_context = context_;
    const bool prompts = fill(batch, mixed ? budget_ - batch.decode_sequences : budget_);
    if (prompts) {
      if (!mixed) {
        batch.decode_sequences = 0;
        batch.decode_context = 0;
      }
      now_ += model_.time(batch).base();
      passes_ += 1;
      decoded_ += batch.decode_sequences;
      if (batch.decode_sequences > 0) advance(1);
      settle_prompts();
    } else if (!running_.empty()) {
      decode_run_to_next_change();
    } else if (!arrivals_.empty()) {
      now_ = std::max(now_, enters(arrivals_.front()));
    }
  }

  void decode_run_to_next_change() {
    const int n = static_cast<int>(running_.size());
    const DecodeLine line = model_.decode_line(n, context_);
    double steps = static_cast<double>(running_.top().first - pass_);
    if (line.until < infinity) {
      steps = std::min(steps, std::max(1.0, std::ceil((line.until - context_) / (n * gain_))));
    }
    if (!arrivals_.empty()) {  // passes until the next arrival can be seen: smallest n with time(n) >= gap
      const double gap = enters(arrivals_.front()) - now_;
      const double a = 0.5 * line.per_context_token.base() * n * gain_;
      const double b = line.at(context_).base() - a;
      const double need = a > 0 ? (-b + std::sqrt(b * b + 4.0 * a * std::max(gap, 0.0))) / (2.0 * a) : gap / b;
      steps = std::min(steps, std::max(1.0, std::ceil(need)));
    }
    now_ += decode_run(line, n, context_, static_cast<long long>(steps), gain_).base();
    passes_ += steps;
    decoded_ += steps * n;
    advance(static_cast<std::int64_t>(steps));
  }

  void advance(std::int64_t steps) {
    pass_ += steps;
    context_ += static_cast<double>(running_.size()) * gain_ * static_cast<double>(steps);
    while (!running_.empty() && running_.top().first <= pass_) {
      const int k = running_.top().second;
      running_.pop();
      Request& r = requests_[static_cast<std::size_t>(k)];
      context_ -= r.input + r.output;
      finish(r);
    }
    if (running_.empty()) context_ = 0;
  }

  void settle_prompts() {
    for (const int k : completed_) {
      Request& r = requests_[static_cast<std::size_t>(k)];
      r.first = now_;
      if (r.output <= 1.5) {
        finish(r);
        continue;
      }
      const double passes = std::max(1.0, std::ceil((r.output - 1.0) / gain_));
      running_.emplace(pass_ + static_cast<std::int64_t>(passes), k);
      context_ += r.input + r.output - passes * gain_;
    }
    completed_.clear();
  }

  void finish(Request& r) {
    r.finish = now_;
    ++finished_;
    reserved_ = std::max(0.0, reserved_ - r.input - reserve_ * r.output);
    const double start = 0.5 * load_.concurrency, end = total_ - 0.5 * load_.concurrency;
    if (finished_ <= start) mark_begin_ = now_;
    if (finished_ <= end) mark_end_ = now_;
    if (load_.kind == Load::Kind::closed_loop && static_cast<int>(requests_.size()) < total_) send(now_);
  }

  LoadResult result() {
    LoadResult out;
    const auto n = static_cast<double>(total_);
    double inputs = 0, outputs = 0;
    std::vector<double> ttft, tpot, latency;
    const int wave = load_.kind == Load::Kind::closed_loop ? std::min(load_.concurrency, total_) : 0;
    // The first wave of a closed loop stands for its share of the whole run, the rest for the others.
    const bool extend = load_.requests > total_;
    std::vector<double> first_wave;
    for (int k = 0; k < total_; ++k) {
      const Request& r = requests_[static_cast<std::size_t>(k)];
      inputs += r.input;
      outputs += r.output;
      const double t = r.first - r.arrival;
      if (extend && k < wave) {
        first_wave.push_back(t);
      } else {
        ttft.push_back(t);
        if (r.output > 1.5) tpot.push_back((r.finish - r.first) / (r.output - 1.0));
        latency.push_back(r.finish - r.arrival);
      }
    }
    out.ttft = summarise(ttft);
    out.tpot = summarise(tpot);
    out.latency = summarise(latency);
    double duration = now_;
    if (extend) {
      const double share = static_cast<double>(wave) / load_.requests;
      const Summary early = summarise(first_wave);
      out.ttft.mean = share * early.mean + (1.0 - share) * out.ttft.mean;
      out.ttft.p99 = std::max(out.ttft.p99, share > 0.01 ? early.p90 : 0.0);
      const double middle = std::max(1.0, (total_ - 0.5 * load_.concurrency) - 0.5 * load_.concurrency);
      duration += (load_.requests - n) * (mark_end_ - mark_begin_) / middle;
    }
    const double scale = static_cast<double>(load_.requests) / n;
    out.duration = duration;
    out.requests_per_second = load_.requests / duration;
    out.output_per_second = outputs * scale / duration;
    out.input_per_second = inputs * scale / duration;
    out.mean_decodes = passes_ > 0 ? decoded_ / passes_ : 0.0;
    return out;
  }

  const IterationModel& model_;
  const FrontEnd front_;
  const Load load_;
  const StepOrder order_;
  const double budget_, slots_, capacity_, gain_, reserve_;
  int total_ = 0;
  int finished_ = 0;
  double now_ = 0;
  double last_entry_ = -1e9;
  std::int64_t pass_ = 0;
  double context_ = 0;   ///< of the running decodes
  double reserved_ = 0;  ///< cache set aside
  double done_ = 0;      ///< tokens of the first waiting prompt that earlier chunks covered
  double passes_ = 0, decoded_ = 0;
  double mark_begin_ = 0, mark_end_ = 0;
  std::vector<Request> requests_;
  std::queue<int> arrivals_;
  std::deque<int> waiting_;
  std::vector<int> completed_;
  std::priority_queue<std::pair<std::int64_t, int>, std::vector<std::pair<std::int64_t, int>>, std::greater<>> running_;
};

}  // namespace

double reserve_share(Engine engine) { return engine == Engine::trtllm ? 1.0 : 0.6; }

LoadResult run_load(const IterationModel& model, const SchedulerDefaults& scheduler, const FrontEnd& front, const Load& load) {
  return Scheduler(model, scheduler, front, load).run();
}

SteadyState saturated(const IterationModel& model, const SchedulerDefaults& scheduler, double input, double output, double reserve) {
  const double dp = model.plan().attention_dp;
  const double gain = model.plan().speculation.accepted_length;
  const double budget = scheduler.token_budget * dp;
  double sequences = std::min(scheduler.max_sequences * dp, model.kv_capacity().base() / (input + reserve * output));
  sequences = std::max(1.0, sequences);
  SteadyState s;
  if (scheduler.order == StepOrder::mixed) {
    // Every pass yields one token (or the accepted length) of each sequence, so sequences x gain / output prompts start in it.
    const double prompts_per_decode = input * gain / output;
    sequences = std::max(1.0, std::min(sequences, budget / (1.0 + prompts_per_decode)));
    Batch b;
    b.decode_sequences = static_cast<int>(sequences);
    b.decode_context = sequences * (input + 0.5 * output);
    b.prefill_tokens = static_cast<int>(sequences * prompts_per_decode);
    b.prefill_sequences = std::max(1, static_cast<int>(sequences * gain / output));
    b.prefill_context = sequences * gain / output * Batch::prefill_pairs(0, input);
    s.pass = model.time(b);
    s.output_per_second = sequences * gain / s.pass.base();
  } else {
    Batch b;
    b.decode_sequences = static_cast<int>(sequences);
    b.decode_context = sequences * (input + 0.5 * output);
    s.pass = model.time(b);
    const double prompts = std::clamp(std::floor(budget / input), 1.0, sequences);
    Batch p;
    p.prefill_tokens = static_cast<int>(prompts * input);
    p.prefill_sequences = static_cast<int>(prompts);
    p.prefill_context = prompts * Batch::prefill_pairs(0, input);
    const double prefill = model.time(p).base() / prompts;
    s.output_per_second = sequences * output / (output / gain * s.pass.base() + sequences * prefill);
  }
  s.sequences = sequences;
  return s;
}

PoolResult disaggregated(const IterationModel& prefill, int prefill_workers, const IterationModel& decode, int decode_workers,
                         const FrontEnd& front, double transfer_bytes_per_second, double input, double output, double concurrency) {
  // A prefill worker takes what one budget holds, at least one prompt per attention group.
  const SchedulerDefaults defaults = scheduler_defaults(prefill.plan().engine, prefill.plan().released);
  const double dp = prefill.plan().attention_dp;
  const auto prefill_pass = [&](double prompts) {
    Batch b;
    b.prefill_sequences = static_cast<int>(prompts);
    b.prefill_tokens = static_cast<int>(prompts * input);
    b.prefill_context = prompts * Batch::prefill_pairs(0, input);
    return prefill.time(b).base();
  };
  const double full = std::max(1.0, std::floor(defaults.token_budget / input)) * dp;
  const double prefill_rate = prefill_workers * full / prefill_pass(full);
  const double gain = decode.plan().speculation.accepted_length;
  const double slots = std::max(1.0, decode.kv_capacity().base() / (input + 0.5 * output));
  const auto pass = [&](double sequences) {
    Batch b;
    b.decode_sequences = std::max(1, static_cast<int>(std::llround(sequences)));
    b.decode_context = b.decode_sequences * (input + 0.5 * output);
    return decode.time(b).base();
  };
  const double transfer = input * decode.kv_bytes_per_token().base() / transfer_bytes_per_second;
  const double alone = front.per_request + front.per_token * input + prefill_pass(1) + transfer + front.handover;
  // Requests decode at the rate at which they arrive; the rest of the population waits before prefill.
  double low = 0.01, high = std::min(concurrency / decode_workers, slots);
  const auto rate_at = [&](double b) { return decode_workers * b * gain / (output * pass(b)); };
  for (int i = 0; i < 40; ++i) {
    const double mid = 0.5 * (low + high);
    const double x = rate_at(mid);
    const double busy = std::min(x / prefill_rate, 0.999);
    const double queue = alone + 0.5 * busy / (1.0 - busy) * full / prefill_rate;  // M/D/c-like waiting
    const double population = mid * decode_workers + x * queue;
    (x < prefill_rate && population < concurrency ? low : high) = mid;
  }
  PoolResult r;
  const double b = 0.5 * (low + high);
  r.requests_per_second = rate_at(b);
  r.tpot = pass(b) / gain;
  r.ttft = std::max(alone, (concurrency - b * decode_workers) / r.requests_per_second);
  // A tenth of a run of ten waves is the first wave, which arrives at once.
  r.ttft = 0.9 * r.ttft + 0.1 * std::max(r.ttft, 0.5 * concurrency / prefill_rate + alone);
  return r;
}

}  // namespace headroom::serving
