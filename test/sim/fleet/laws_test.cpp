/// Laws that hold in every run, over random scenarios: the audit, monotone service, the same bytes for any number of threads.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "random_plan.hpp"
#include "sim/fleet/books.hpp"
#include "sim/fleet/fabrics.hpp"
#include "sim/fleet/outcome.hpp"
#include "sim/fleet/queue_places.hpp"
#include "sim/fleet/state.hpp"
#include "sim/scenario/load.hpp"

using namespace headroom;

namespace {

// Sanitizers slow a run down by an order of magnitude.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t plans = 50;
#else
constexpr std::uint64_t plans = 150;
#endif

double total(const fleet::Run& run, results::MetricId id, std::optional<std::uint16_t> workload = {}) {
  return run.state->store->value(id, {{}, {}, workload}, run.state->store->calendar().spans(results::Every::run).front()).value_or(0);
}

/// What a random plan with a queue of jobs has beside that.
std::vector<std::string> random_jobs(std::uint64_t number) {
  engine::Stream draw(1, 0, "random jobs", {number});
  const auto whole = [&](int low, int high) { return low + static_cast<int>(draw.uniform() * (high - low + 1)); };
  const char* policies[] = {"fifo", "sjf", "srtf", "deadline", "priority", "easy", "conservative", "fairshare", "elastic", "quota"};
  const char* placements[] = {"packed", "neighbours", "spread", "bestfit", "fgd"};
  const char* headrooms[] = {R"({"policy":"n_plus","replicas":3})", R"({"policy":"percentile","percentile":0.9,"ahead":"2 weeks"})", R"({"policy":"forecast","ahead":"4 weeks"})"};
  const std::string policy = policies[whole(0, 9)];
  const int nodes = whole(2, 15);  // the run in a queue needs two
  const bool quotas = policy == "quota";
  std::vector<std::string> settings{
      fmt::format("policies.queues.q.accelerators={}", 8 * nodes),
      fmt::format("policies.queues.q.reserved={}", 8 * whole(0, nodes)),
      fmt::format(R"(policies.queues.q.policy="{}")", policy),
      fmt::format(R"(policies.queues.q.placement="{}")", placements[whole(0, 4)]),
      fmt::format("workloads.science.saves_when_evicted={}", whole(0, 1) == 0),
  };
  // Drawn for every policy, so that the rest of a plan does not hang on it; written where the policy reads them.
  const int owned = std::min(whole(0, 6), nodes), borrowed = whole(0, 6), lent = std::min(whole(0, 6), owned), weight = whole(1, 3);
  if (quotas) {
    for (const auto& [key, of] : {std::pair("quota", owned), std::pair("may_borrow", borrowed), std::pair("lends", lent)}) {
      settings.push_back(fmt::format("workloads.science.{}={}", key, 8 * of));
    }
  }
  if (policy == "fairshare") settings.push_back(fmt::format("workloads.science.weight={}", weight));
  const std::vector<std::string> others{
      fmt::format("workloads.science.tier={}", whole(1, 4)),
      fmt::format(R"(workloads.science.restart="{} min")", whole(0, 30)),
      fmt::format("workloads.science.arrivals.per_day={}", policy == "conservative" ? whole(1, 2) : whole(1, 60)),  // it looks at all that wait
      fmt::format(R"(workloads.science.arrivals.duration="{} h")", whole(1, 40)),
      fmt::format(R"(policies.lending_recall="{} min")", whole(0, 50)),
      "sites.dc.availability=null",
      fmt::format(R"(sites.dc.failures=[{{"id":"f","interruptions_per_million_accelerator_hours":{},"takes_down":{},"common_share":{:.2f},"common_group":{},"repair":"{} h","repair_variation":{:.1f},
          "crew":{},"replaced_per_year":{:.2f},"infant_excess":{:.1f},"spare_share":{:.2f},"rma":{},"rma_time":"{} days"}}])",
                  whole(0, 2000), whole(1, 16), 0.5 * draw.uniform(), whole(1, 60), whole(1, 60), 2 * draw.uniform(), whole(1, 5), 0.9 * draw.uniform(),
                  3 * draw.uniform(), 0.3 * draw.uniform(), draw.uniform() < 0.5, whole(1, 90)),
  };
  settings.insert(settings.end(), others.begin(), others.end());
  if (policy == "elastic") settings.push_back(fmt::format(R"(workloads.science.elastic={{"least":{:.2f},"most":{},"growth_efficiency":{:.1f}}})", 0.3 + 0.7 * draw.uniform(), whole(1, 3), draw.uniform()));
  if (policy == "deadline" || whole(1, 3) == 1) settings.push_back(fmt::format(R"(workloads.science.deadline="{} days")", whole(1, 20)));
  if (whole(1, 3) == 1) {  // a second part, of another chip; jobs are slower there
    settings.push_back(R"(policies.queues.q.also=[{"site":"dc","chip":"h200_sxm","accelerators":40,"reserved":8}])");
    settings.push_back(R"(workloads.science.rates=[{"chip":"h100_sxm","units_per_second":1},{"chip":"h200_sxm","units_per_second":0.7}])");
  }
  if (whole(1, 2) == 1) {  // the runs go through the queue as well
    settings.push_back(R"(workloads.runs.queue="q")");
    settings.push_back(fmt::format("workloads.runs.saves_when_evicted={}", whole(0, 1) == 0));
    const int of_runs = std::min(whole(0, 4), nodes - owned), borrowed_by_runs = whole(0, 4);
    if (quotas) settings.push_back(fmt::format("workloads.runs.quota={}", 8 * of_runs));
    if (quotas) settings.push_back(fmt::format("workloads.runs.may_borrow={}", 8 * borrowed_by_runs));
  }
  if (whole(1, 3) == 1) settings.push_back(fmt::format("policies.headroom={}", headrooms[whole(0, 2)]));
  if (whole(1, 2) == 1) {  // and everything stands on a fabric
    settings.push_back(fmt::format(R"(sites.dc.fabric=[{{"id":"f","domains_per_leaf":{},"leaves_per_pod":{},"leaf_oversubscription":{},"spine_oversubscription":{},"placement":"{}"}}])",
                                   whole(1, 4), whole(1, 3), whole(1, 8), whole(1, 4), whole(0, 1) ? "topology" : "packed"));
    settings.push_back(fmt::format("workloads.runs.runs.r.communication_share={:.2f}", 0.5 * draw.uniform()));
    settings.push_back(fmt::format("workloads.science.communication_share={:.2f}", 0.5 * draw.uniform()));
    if (whole(1, 2) == 1) settings.push_back(R"(policies.queues.q.placement="topology")");
  }
  return settings;
}

/// What makes the chat of a random plan a pair of pools: prompts on one chip, decodes on another or the same, at loads that the accelerators
/// of random_plan can and cannot serve. Few lengths and layouts, so that few curves are computed.
std::vector<std::string> random_pair(std::uint64_t number) {
  engine::Stream draw(1, 0, "random pair", {number});
  const auto whole = [&](int low, int high) { return low + static_cast<int>(draw.uniform() * (high - low + 1)); };
  const char* chips[] = {R"(["h100_sxm"])", R"(["h200_sxm"])", R"(["h100_sxm","h200_sxm"])"};
  const char* inputs[] = {R"({"law":"lognormal","mean":1500,"sd":700,"most":8000})", R"({"law":"lognormal","mean":4000,"sd":9000,"most":30000})"};
  const int decoding = whole(0, 2);
  return {
      R"(workloads.chat.performance_model="analytic")",
      R"(workloads.chat.model="llama-3.1-8b")",
      "workloads.chat.output_share=null",
      fmt::format(R"(workloads.chat.lengths={{"input":{},"output":{{"law":"lognormal","mean":300,"sd":200,"most":2000}}}})", inputs[whole(0, 1)]),
      fmt::format("workloads.chat.chips={}", chips[decoding]),
      fmt::format(R"(workloads.chat.prefill={{"chips":{},"plan":{{"tp":{}}}}})", chips[whole(0, 2)], whole(0, 1) == 0 ? 1 : 4),
      fmt::format(R"(workloads.chat.transfer_bandwidth="{} GB/s")", whole(0, 2) == 0 ? 5 : 50),
      R"(workloads.chat.slo={"ttft_p95":"2 s","tpot_p95":"60 ms"})",
      fmt::format(R"(workloads.chat.tokens_per_day={{"start":"{} tokens/s","factor_per_year":{:.2f}}})", 1000 * whole(1, 2000), 0.5 + 3 * draw.uniform()),
  };
}

}  // namespace

namespace {

void audit_plans(std::uint64_t first, std::uint64_t last) {
  std::uint64_t pairs = 0, served_by_pairs = 0;
  for (std::uint64_t number = first; number < last; ++number) {
    INFO("random plan " << number);
    auto settings = random_plan(number);
    const bool jobs = number % 4 != 0;
    if (jobs) {
      for (auto& setting : random_jobs(number)) settings.push_back(std::move(setting));
    }
    const bool pair = number % 8 == 2 || number % 8 == 4;  // the former with a queue of jobs
    if (pair) {
      for (auto& setting : random_pair(number)) settings.push_back(std::move(setting));
    }
    INFO(fmt::format("{}", fmt::join(settings, "\n")));
    const auto plan = scenario::load(jobs ? "test/sim/fleet/with_jobs.json" : "test/sim/fleet/two_workloads.json", {}, settings);
    const auto run = fleet::simulate(plan, number % 3 == 0 ? std::nullopt : std::optional<int>{static_cast<int>(number)});
    pairs += pair;
    served_by_pairs += pair ? total(run, results::metric("tokens_served"), 0) > 0 : 0;
    for (const auto& line : run.state->audit) {
      INFO(line.name << " at " << line.at << " by " << line.worst);
      REQUIRE(line.ok);
    }
    // No domain of a fabric has two holders: all that queues hold finds its place beside the runs'.
    for (std::size_t p = 0; run.state->fabrics && p < run.state->pools.size(); ++p) {
      if (!run.state->fabrics->pools[p]) continue;
      fleet::show_queues(*run.state, p, fleet::Shown::all);
      const auto sum = [](const scheduling::GangPlacement& place) {
        std::int64_t n = 0;
        for (const auto& nodes : place) n += std::int64_t{nodes.nodes} * nodes.gpus;
        return n;
      };
      for (const auto& queue : run.state->queues->queues) {
        for (const auto& part : queue.parts) {
          if (part.pool == p) REQUIRE(sum(part.on_fabric.shown) == sum(part.on_fabric.runs) + sum(part.on_fabric.jobs));
        }
      }
    }
    // What not serving would save is part of what serving costs.
    for (const auto month : run.state->store->calendar().spans(results::Every::month)) {
      const auto full = run.state->store->value(results::metric("cost_per_mtok"), {}, month);
      if (full) REQUIRE(run.state->store->value(results::metric("cost_per_mtok_marginal"), {}, month).value() <= *full * (1 + 1e-9));
    }
    // The parts of the accrual are all of it: opex, depreciation and interest against the cost of the hours.
    double parts = 0, cost = 0;
    for (const auto id : {results::metric("opex"), results::metric("depreciation"), results::metric("lease_interest")}) parts += total(run, id);
    const auto& ledger = run.state->books->ledger;
    for (const auto account : {finance::Account::depreciation, finance::Account::lease_amortisation, finance::Account::lease_interest, finance::Account::rent,
                               finance::Account::energy, finance::Account::colocation, finance::Account::maintenance, finance::Account::staff, finance::Account::network, finance::Account::facility_depreciation}) {
      cost += ledger.balance(account, plan.base_currency).amount();
    }
    REQUIRE(parts == Approx(cost).epsilon(1e-9).margin(1e-3));
  }
  CHECK(2 * served_by_pairs >= pairs);  // the pairs that the plans draw are not idle
}

}  // namespace

TEST_CASE("the audit and the laws of money hold over random plans", "[fleet]") { audit_plans(0, plans); }

// The rest of a thousand, for `tools/test --all`.
TEST_CASE("the audit and the laws of money hold over a thousand random plans", "[fleet][.][thousand]") { audit_plans(plans, 1000); }

TEST_CASE("more capacity never lowers the service of tier 1 on random plans", "[fleet]") {
  int checked = 0;
  for (std::uint64_t number = 0; number < plans / 10; ++number) {
    INFO("random plan " << number);
    // Accelerators that stand idle draw power, so the site has enough of it; what answers to what it sees may do other things.
    std::vector<std::string> settings = random_plan(number);
    settings.push_back(R"(sites.dc.power="100 MW")");
    settings.push_back("responses=[]");
    const auto served = [&](int count) {
      auto more = settings;
      more.push_back(fmt::format("fleet.old.count={}", count));
      const auto plan = scenario::load("test/sim/fleet/two_workloads.json", {}, more);
      return total(fleet::simulate(plan, static_cast<int>(number)), results::metric("tokens_served"), 0);
    };
    double before = 0;
    for (const int count : {20, 30, 70, 150}) {
      const double now = served(count);
      // Placement serves the forecast; what whole replicas carry beyond it, of use where the load outruns it, differs by up to one.
      REQUIRE(now >= before * (1 - 1e-3));
      checked += now > before;
      before = now;
    }
  }
  REQUIRE(checked > static_cast<int>(plans) / 10);
}

TEST_CASE("more accelerators never lower the service of tier 1", "[fleet]") {
  double before = -1;
  for (int count = 10; count <= 130; count += 20) {
    const auto plan = scenario::load("test/sim/fleet/two_workloads.json", {}, {fmt::format("fleet.old.count={}", count), R"(workloads.chat.tokens_per_day="9000 tokens/s")"});
    const auto run = fleet::simulate(plan, std::nullopt);
    const auto& store = *run.state->store;
    const double served = store.value(results::metric("tokens_served"), {{}, {}, 0}, store.calendar().spans(results::Every::run).front()).value();
    REQUIRE(served >= before);
    before = served;
  }
}

TEST_CASE("an outcome does not depend on the number of threads", "[fleet]") {
  const auto plan = scenario::load("test/sim/fleet/two_workloads.json", {}, {R"(processes=[{"id":"d","kind":"demand_error","target":"chat","sd":0.4,"reversion_per_year":1}])"});
  const auto one = fleet::run(plan, {6, 1});
  const auto three = fleet::run(plan, {6, 3});
  REQUIRE(one.yearly.blocks.size() == 8);
  for (std::size_t b = 0; b < one.yearly.blocks.size(); ++b) {
    REQUIRE(one.yearly.blocks[b].replication == three.yearly.blocks[b].replication);
    for (std::size_t r = 0; r < one.yearly.blocks[b].rows.size(); ++r) {
      REQUIRE(one.yearly.blocks[b].rows[r].value == three.yearly.blocks[b].rows[r].value);
      REQUIRE(one.yearly.blocks[b].rows[r].mc_error == three.yearly.blocks[b].rows[r].mc_error);
    }
  }
}

TEST_CASE("a supplier's volume cap cuts what is signed in its year", "[fleet]") {
  const auto plan = scenario::load("test/features/base.json", {},
                                   {R"(orders=[{"id":"a","chip":"h200_sxm","site":"dc","supplier":"s","deliveries":[{"at":"2026-03-01","count":64}],"package":8,"price":"1 USD","budget":"chips"},
                                               {"id":"b","chip":"h200_sxm","site":"dc","supplier":"other","deliveries":[{"at":"2026-03-01","count":40}],"package":8,"price":"1 USD","budget":"chips"}])",
                                    R"(orders.a.deliveries=[{"at":"2026-03-01","count":64},{"at":"2026-05-01","count":64}])",
                                    R"(budgets=[{"purpose":"chips","year":2026,"amount":"1e6 USD"}])",
                                    R"(policies.volume_caps=[{"supplier":"s","year":2026,"count":100}])"});
  const auto run = fleet::simulate(plan, std::nullopt);
  const auto year = run.state->store->calendar().spans(results::Every::year).front();
  // 64 of the first delivery, 32 of the second (36 are left, in packages of 8), and the 40 of another supplier.
  REQUIRE(run.state->store->value(results::metric("accelerators_delivered"), {}, year).value() == 64 + 32 + 40);
}

TEST_CASE("a rule on rented accelerators takes them out of service and leaves the owned ones", "[fleet]") {
  const std::string lease = R"(leases=[{"id":"rent","chip":"h100_sxm","site":"dc","count":50,"start":"2026-01-01","end":"2027-01-01","price":"2 USD/h"}])";
  const std::string rule = R"(policies.location_rules=[{"id":"law","from":"2026-07-01","location":"us","chip_origin":"us","leased_only":true}])";
  const auto plan = scenario::load("test/features/base.json", {}, {lease, rule});
  const auto run = fleet::simulate(plan, std::nullopt);
  const auto year = run.state->store->calendar().spans(results::Every::year).front();
  // 100 owned all year, 50 rented until 30 June (181 days); the rent goes on.
  CHECK(run.state->store->value(results::metric("accelerators_in_service"), {}, year).value() == Approx(100 + 50 * 181.0 / 365));
  CHECK(run.state->store->value(results::metric("cash_out"), {}, year).value() > 50 * 8760 * 2.0);
}

TEST_CASE("a rate that includes failures is not derated by them twice", "[fleet]") {
  const auto served = [](const char* includes) {
    const auto plan = scenario::load("test/features/base.json", {}, {"sites.dc.availability=0.8", R"(workloads.chat.tokens_per_day="20000 tokens/s")",
        fmt::format(R"(workloads.chat.model=[{{"architecture":"m","rates":[{{"chip":"h100_sxm","prefill":"100 tokens/s","decode":"100 tokens/s","replica":1,"includes":[{}]}}]}}])", includes)});
    const auto run = fleet::simulate(plan, std::nullopt);
    return run.state->store->value(results::metric("tokens_served"), {}, run.state->store->calendar().spans(results::Every::year).front()).value();
  };
  CHECK(served("") == Approx(80 * 100.0 * 365 * 86400));
  CHECK(served(R"("failures")") == Approx(100 * 100.0 * 365 * 86400));
  CHECK_THROWS_WITH(served(R"("idle")"), Catch::Contains("includes idle"));
}
