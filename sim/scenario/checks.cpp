#include <algorithm>
#include <array>
#include <set>

#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

void check_currencies(Reader& r, const Node& root, Scenario& s) {
  const Node* fx = root.find("fx");
  for (const FxRate& rate : s.fx) {
    if (rate.currency == s.base_currency) {
      r.fault_below(root, "fx/" + std::string(rate.currency.code()), "a rate of the base currency itself", "rates of other currencies");
    }
  }
  if (fx != nullptr) {
    for (const Node::Member& m : fx->members) {
      try {
        if (m.key.size() == 3 && parse_quantity("1 " + m.key).currency) continue;
      } catch (const UnitError&) {
      }
      r.fault_below(root, "fx/" + m.key, fmt::format("{} is not a currency", json_string(m.key)), "an ISO 4217 code, e.g. \"USD\"");
    }
  }
  std::set<Currency> told;
  for (const Reader::CurrencyUse& use : r.currency_uses()) {
    const auto same = [&](const FxRate& rate) { return rate.currency == use.currency; };
    if (use.currency == s.base_currency || std::any_of(s.fx.begin(), s.fx.end(), same)) continue;
    if (!told.insert(use.currency).second) continue;
    r.fault_at(use.at, use.pointer, fmt::format("an amount in {} and no rate for it", use.currency.code()),
               fmt::format("\"fx\": {{\"{}\": ...}}, in {} for one {}", use.currency.code(), s.base_currency.code(), use.currency.code()));
  }
}

/// A state to be read at restarts needs storage that reads it, or links over which a run may move.
void check_storage(Reader& r, const Node& root, const Scenario& s) {
  if (!s.links.empty() || std::any_of(s.sites.begin(), s.sites.end(), [](const Site& site) { return site.checkpoint_read.has_value(); })) return;
  for (std::size_t w = 0; w < s.workloads.size(); ++w) {
    for (std::size_t i = 0; i < s.workloads[w].runs.size(); ++i) {
      if (s.workloads[w].runs[i].checkpoint_size.base() <= 0) continue;
      r.fault_below(root, fmt::format("workloads/{}/runs/{}/checkpoint_size", w, i), "a state to read and no site says how fast", "\"checkpoint_read\" of a site");
    }
  }
}

/// The parts of a queue with a chip.
std::vector<const QueuePart*> parts_with(const JobQueueRule& queue, const std::string& chip) {
  std::vector<const QueuePart*> parts;
  if (queue.chip == chip) parts.push_back(&queue);
  for (const QueuePart& part : queue.also) {
    if (part.chip == chip) parts.push_back(&part);
  }
  return parts;
}

/// A gang of a run that no part of its queue could ever hold.
void check_run_in_queue(Reader& r, const Node& root, const std::string& at, const TrainingRun& run, const JobQueueRule& queue) {
  const std::string* other = run.mixed_with ? &run.mixed_with->chip : run.rollout ? &run.rollout->chip : nullptr;
  const std::int64_t others = run.mixed_with ? run.mixed_with->accelerators : run.rollout ? run.rollout->accelerators : 0;
  for (const std::string& chip : run.chips) {
    for (const QueuePart* part : parts_with(queue, chip)) {
      if (part->accelerators < run.accelerators) continue;
      if (other == nullptr) return;
      for (const QueuePart* second : parts_with(queue, *other)) {
        if (second->site == part->site && second->accelerators >= others + (second == part ? run.accelerators : 0)) return;
      }
    }
  }
  std::string wanted = fmt::format("{} of {}", run.accelerators, fmt::join(run.chips, " or "));
  if (other != nullptr) wanted += fmt::format(" and at the same site {} of {}", others, *other);
  r.fault_below(root, at + "/accelerators", fmt::format("queue {} never holds {}", queue.id, wanted), "a queue with such a part (\"also\"), or a smaller run");
}

bool serves(const Site& site, const std::string& region) {
  return site.region == region || std::find(site.serves.begin(), site.serves.end(), region) != site.serves.end();
}

/// Whether jobs of a workload may stand on a part of its queue.
bool may_stand(const Scenario& s, const Workload& w, const JobQueueRule& queue, const QueuePart& part) {
  const bool listed = w.chips.empty() || std::find(w.chips.begin(), w.chips.end(), part.chip) != w.chips.end();
  const bool rates = !w.models.empty() && !w.models.front().rates.empty();
  const auto rated = [&](const ChipRate& rate) { return rate.chip == part.chip; };
  if (!listed || (rates ? std::none_of(w.models.front().rates.begin(), w.models.front().rates.end(), rated) : w.chips.empty() && part.chip != queue.chip)) return false;
  const auto site = std::find_if(s.sites.begin(), s.sites.end(), [&](const Site& x) { return x.id == part.site; });
  return w.regions.empty() || std::any_of(w.regions.begin(), w.regions.end(), [&](const auto& share) { return serves(*site, share.region); });
}

/// Jobs that no part of their queue could ever hold. Of a long list the first one is told.
void check_jobs_in_queue(Reader& r, const Node& root, const Scenario& s, const std::string& at, const Workload& w, const JobQueueRule& queue) {
  std::vector<const QueuePart*> parts{&queue};
  for (const QueuePart& part : queue.also) parts.push_back(&part);
  std::erase_if(parts, [&](const QueuePart* part) { return !may_stand(s, w, queue, *part); });
  if (parts.empty()) {
    r.fault_below(root, at + "/queue", fmt::format("queue {} has no part on which these jobs may run", queue.id), "another queue, or other \"chips\", \"rates\" or \"regions\"");
    return;
  }
  std::int64_t most = 0;
  std::vector<std::string> sizes;
  for (const QueuePart* part : parts) {
    most = std::max(most, part->accelerators);
    sizes.push_back(fmt::format("{} nodes of {}", part->accelerators / part->node, part->node));
  }
  const auto check = [&](const auto& list, const std::string& path, const char* key, auto size) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& job) { return job.*size > most; });
    if (found == list.end()) return;
    const std::string place = fmt::format("{}/{}/{}/{}", at, path, found - list.begin(), key);
    const std::string problem = fmt::format("a job of {} accelerators never fits queue {} with its {}", (*found).*size, queue.id, fmt::join(sizes, " or "));
    const std::string expected = fmt::format("at most {}, or a larger part of the queue", most);
    if constexpr (requires { found->size_at; }) r.fault_at(found->size_at, "/" + place, problem, expected);  // perhaps in a CSV file
    else r.fault_below(root, place, problem, expected);
  };
  check(w.jobs, "jobs", "accelerators", &ListedJob::accelerators);
  check(w.trace, "trace", "gpus", &TracedJob::gpus);
  if (w.arrivals) check(w.arrivals->sizes, "arrivals/sizes", "accelerators", &JobArrivals::Size::accelerators);
}

/// Keys that only one policy of queues reads. Quotas and weights may stay where policies are compared, sizes that never change promise what
/// does not happen.
void check_policy_keys(Reader& r, const Node& root, const std::string& at, const Node& written, const JobQueueRule& queue) {
  struct ReadBy { const char *key, *policy, *others; };
  static constexpr std::array<ReadBy, 5> readers{{{"elastic", "elastic", "never changes a size"}, {"quota", "quota", "knows no quotas"}, {"may_borrow", "quota", "knows no quotas"},
                                                  {"lends", "quota", "knows no quotas"}, {"weight", "fairshare", "knows no weights"}}};
  for (const auto& [key, policy, others] : readers) {
    if (written.find(key) == nullptr || queue.policy == policy) continue;
    const std::string path = fmt::format("{}/{}", at, key), problem = fmt::format("queue {} has no use for it: its policy {} {}", queue.id, queue.policy, others);
    const std::string expected = fmt::format("\"policy\": \"{}\" of the queue, or no such key", policy);
    std::string_view(key) == "elastic" ? r.fault_below(root, path, problem, expected) : r.warn(root, path, problem, expected);
  }
}

/// What tenants own of a queue is there, and they lend no more than that.
void check_quotas(Reader& r, const Node& root, const Scenario& s, const JobQueueRule& queue) {
  if (queue.policy != "quota") return;
  std::int64_t has = queue.accelerators, owned = 0;
  for (const QueuePart& part : queue.also) has += part.accelerators;
  std::vector<std::string> paths;
  for (std::size_t w = 0; w < s.workloads.size(); ++w) {
    const Workload& workload = s.workloads[w];
    if (workload.queue != queue.id) continue;
    owned += workload.quota;
    if (workload.quota > 0) paths.push_back(fmt::format("workloads/{}/quota", w));
    if (workload.lends > workload.quota) {
      r.fault_below(root, fmt::format("workloads/{}/lends", w), fmt::format("lends {} of a quota of {}", workload.lends, workload.quota), "at most \"quota\"");
    }
  }
  if (owned > has) r.fault_at_latest(root, paths, fmt::format("the quotas of queue {} sum to {} of its {} accelerators", queue.id, owned, has), "a sum of at most that");
}

/// What tenants of a queue ask for and its parts do not have.
void check_tenants(Reader& r, const Node& root, const Scenario& s) {
  for (std::size_t w = 0; w < s.workloads.size(); ++w) {
    const Workload& workload = s.workloads[w];
    const auto queue = std::find_if(s.policies.queues.begin(), s.policies.queues.end(), [&](const JobQueueRule& q) { return q.id == workload.queue; });
    if (queue == s.policies.queues.end()) continue;
    const std::string at = fmt::format("workloads/{}", w);
    for (std::size_t i = 0; i < workload.runs.size(); ++i) check_run_in_queue(r, root, fmt::format("{}/runs/{}", at, i), workload.runs[i], *queue);
    check_policy_keys(r, root, at, root.find("workloads")->items[w], *queue);
    if (workload.kind != Workload::Kind::jobs) continue;
    const std::size_t before = r.faults();
    const auto check = [&](const std::string& chip, const std::string& path) {
      if (parts_with(*queue, chip).empty()) r.fault_below(root, at + path, fmt::format("queue {} has no {}", queue->id, chip), "chips of the queue and of its \"also\"");
    };
    for (std::size_t i = 0; i < workload.chips.size(); ++i) check(workload.chips[i], fmt::format("/chips/{}", i));
    for (const ModelShare& model : workload.models) {
      for (std::size_t i = 0; i < model.rates.size(); ++i) check(model.rates[i].chip, fmt::format("/rates/{}/chip", i));
    }
    if (r.faults() == before) check_jobs_in_queue(r, root, s, at, workload, *queue);
  }
  for (const JobQueueRule& queue : s.policies.queues) check_quotas(r, root, s, queue);
}

void check_budgets(Reader& r, const Node& root, const Scenario& s) {
  std::set<std::string> purposes;
  for (const Order& o : s.orders) purposes.insert(o.budget);
  for (const Lease& l : s.leases) purposes.insert(l.budget);
  for (const Site& site : s.sites) {
    for (const SiteFabric& fabric : site.fabric) {
      for (const NetworkPurchase& p : fabric.parts) purposes.insert(p.budget);
    }
  }
  const int first = fiscal_year(s.horizon.begin, s.fiscal_year_start);
  const int last = fiscal_year(s.horizon.end - std::chrono::days(1), s.fiscal_year_start);
  for (std::size_t i = 0; i < s.budgets.size(); ++i) {
    const BudgetLine& line = s.budgets[i];
    const std::string at = fmt::format("budgets/{}", i);
    for (std::size_t j = 0; j < i; ++j) {
      if (s.budgets[j].year == line.year && s.budgets[j].purpose == line.purpose) {
        r.fault_below(root, at, fmt::format("a second budget line for {} in {}", line.purpose, line.year), "one line a year and purpose");
      }
    }
    if (line.year < first || line.year > last) {
      r.fault_below(root, at + "/year", fmt::format("the budget year {} lies outside the scenario", line.year),
                    first == last ? std::to_string(first) : fmt::format("{} to {}", first, last));
    }
  }
  for (const std::string& purpose : purposes) {
    if (purpose.empty()) continue;
    std::string missing;
    for (int year = first; year <= last; ++year) {
      const auto is_line = [&](const BudgetLine& b) { return b.year == year && b.purpose == purpose; };
      if (std::none_of(s.budgets.begin(), s.budgets.end(), is_line)) missing += (missing.empty() ? "" : ", ") + std::to_string(year);
    }
    if (!missing.empty()) {
      r.fault_below(root, "budgets", fmt::format("no budget line for {} in {}", json_string(purpose), missing),
                    fmt::format("a line for each year from {} to {}; \"0 {}\" if nothing may be spent", first, last, s.base_currency.code()));
    }
  }
}

void check_leases(Reader& r, const Node& root, const Scenario& s) {
  for (std::size_t i = 0; i < s.leases.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Lease& a = s.leases[j];
      const Lease& b = s.leases[i];
      if (a.chip != b.chip || a.site != b.site || a.end <= b.start || b.end <= a.start) continue;
      if (a.start == b.start) {
        r.fault_below(root, fmt::format("leases/{}/start", i),
                      fmt::format("the lease of {} at {} from {} overlaps lease {} of the same start", b.chip, b.site, headroom::to_string(b.start), json_string(a.id)),
                      "one lease with the sum, or other days");
      } else if (const auto days = (std::min(a.end, b.end) - std::max(a.start, b.start)).count(); days <= 31 && a.count == b.count) {
        // a renewal that begins before the old one ends; tranches that overlap for long are a ramp
        r.warn(root, fmt::format("leases/{}/start", i),
               fmt::format("this lease and {} of as many {} at {} overlap by {} days; both are counted", json_string(a.id), b.chip, b.site, days));
      }
    }
  }
}

void check_caps(Reader& r, const Node& root, const Scenario& s) {
  const auto& suppliers = r.names("supplier");
  for (std::size_t i = 0; i < s.policies.volume_caps.size(); ++i) {
    const std::string& supplier = s.policies.volume_caps[i].supplier;
    if (r.known("supplier", supplier)) continue;
    r.warn(root, fmt::format("policies/volume_caps/{}/supplier", i), fmt::format("no order names the supplier {}", json_string(supplier)),
           suppliers.empty() ? "" : fmt::format("one of {}", fmt::join(suppliers, ", ")));
  }
}

/// A price process is read where its kind of price is paid.
void check_price_processes(Reader& r, const Node& root, const Scenario& s) {
  static constexpr std::string_view words[] = {"an accelerator", "the time of an accelerator", "data"};
  std::set<std::string> read;
  const auto check = [&](const std::string& id, Process::Per per, const std::string& path) {
    if (id.empty()) return;
    read.insert(id);
    for (const Process& p : s.processes) {
      if (p.id != id || p.per == per) continue;
      r.fault_below(root, path + "/process", fmt::format("{} is a price of {}", json_string(id), words[static_cast<std::size_t>(p.per)]),
                    fmt::format("a process whose \"mean\" is a price of {}", words[static_cast<std::size_t>(per)]));
    }
  };
  for (std::size_t i = 0; i < s.orders.size(); ++i) {
    check(s.orders[i].price.process, Process::Per::accelerator, fmt::format("orders/{}/price", i));
    if (const auto& memory = s.orders[i].bundle.memory) check(memory->price.process, Process::Per::data, fmt::format("orders/{}/bundle/memory/price", i));
  }
  for (std::size_t i = 0; i < s.leases.size(); ++i) check(s.leases[i].price.process, Process::Per::time, fmt::format("leases/{}/price", i));
  for (std::size_t i = 0; i < s.responses.size(); ++i) {
    if (s.responses[i].price) check(s.responses[i].price->process, Process::Per::time, fmt::format("responses/{}/price", i));
  }
  for (std::size_t i = 0; i < s.processes.size(); ++i) {
    if (s.processes[i].kind != Process::Kind::price || read.contains(s.processes[i].id)) continue;
    r.warn(root, fmt::format("processes/{}", i), fmt::format("no order, lease or response reads the price {}", json_string(s.processes[i].id)),
           fmt::format("\"price\": {{\"process\": {}}} where it is paid", json_string(s.processes[i].id)));
  }
}

}  // namespace

void check_across(Reader& reader, const Node& root, Scenario& scenario) {
  check_currencies(reader, root, scenario);
  check_storage(reader, root, scenario);
  check_tenants(reader, root, scenario);
  check_budgets(reader, root, scenario);
  check_leases(reader, root, scenario);
  check_caps(reader, root, scenario);
  check_price_processes(reader, root, scenario);
  check_links(reader, root, scenario);
}

}  // namespace headroom::scenario
