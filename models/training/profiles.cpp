#include "models/training/profiles.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "models/collectives/collectives.hpp"
#include "models/text/csv.hpp"
#include "models/text/sha256.hpp"
#include "models/training/step.hpp"
#include "models/units/math.hpp"

namespace headroom::training {
namespace {

namespace fs = std::filesystem;
using Kind = KernelSample::Kind;

struct Machine { std::string_view compute, network, chip; };
constexpr std::array machines{Machine{"a100", "a100_dgx", "a100_sxm_80"}, Machine{"h100", "h100_dgx", "h100_sxm"}};

/// Operators measured several times count once, by the mean of their logarithms; shapes that differ by name only as well.
using Key = std::tuple<Kind, double, double, double, int>;
using Table = std::map<Key, std::pair<double, int>>;

void note(Table& table, Kind kind, double m, double n, double k, int ranks, double milliseconds) {
  if (!(milliseconds > 0)) return;
  auto& [sum, count] = table[{kind, m, n, k, ranks}];
  sum += math::log(milliseconds * 1e-3);
  ++count;
}

void read_operators(const fs::path& file, Table& table) {
  static constexpr std::array<double, 5> kept{512, 1024, 2048, 3072, 4096};
  text::CsvReader csv(file);
  const auto time = [&csv](std::string_view op) { return csv.column("time_stats." + std::string(op) + ".median"); };
  const std::size_t up = time("mlp_up_proj"), down = time("mlp_down_proj"), in = time("attn_pre_proj"), out = time("attn_post_proj");
  const std::size_t heads = csv.column("n_head"), kv = csv.column("n_kv_head"), hidden = csv.column("n_embd"), wide = csv.column("n_expanded_embd");
  const std::size_t gated = csv.column("use_gated_mlp"), tokens = csv.column("num_tokens"), split = csv.column("num_tensor_parallel_workers");
  while (csv.next()) {
    const double m = csv.number(tokens);
    if (std::find(kept.begin(), kept.end(), m) == kept.end()) continue;
    const double t = csv.number(split), h = csv.number(hidden), f = csv.number(wide) / t;
    const double width = h / csv.number(heads);
    const double local = csv.number(heads) / t, keys = std::max(1.0, csv.number(kv) / t);
    const double gates = csv[gated] == "True" ? 2 : 1;
    note(table, Kind::product, m, gates * f, h, 1, csv.number(up));
    note(table, Kind::product, m, h, f, 1, csv.number(down));
    note(table, Kind::product, m, (local + 2 * keys) * width, h, 1, csv.number(in));
    note(table, Kind::product, m, h, local * width, 1, csv.number(out));
  }
}

void read_reductions(const fs::path& file, Table& table) {
  text::CsvReader csv(file);
  const std::size_t time = csv.column("time_stats.all_reduce.median"), workers = csv.column("num_workers");
  const std::size_t each = csv.column("devices_per_node"), size = csv.column("size");
  std::map<int, int> seen;
  while (csv.next()) {
    const int ranks = static_cast<int>(csv.integer(workers));
    if (ranks < 4 || csv.integer(each) != ranks) continue;  // inside one node; two ranks take another path through the switch
    if (seen[ranks]++ % 40 == 0) note(table, Kind::all_reduce, csv.number(size), 0, 0, ranks, csv.number(time));
  }
}

std::vector<fs::path> files_named(const fs::path& folder, std::string_view name) {
  std::vector<fs::path> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename() == name) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<fs::path> operator_files(const fs::path& folder, const Machine& m) { return files_named(folder / "compute" / m.compute, "mlp.csv"); }
std::vector<fs::path> reduction_files(const fs::path& folder, const Machine& m) { return files_named(folder / "network" / m.network, "all_reduce.csv"); }

}  // namespace

std::string profiles_sha256(const fs::path& folder) {
  std::string lines;
  for (const Machine& m : machines) {
    for (const auto& files : {operator_files(folder, m), reduction_files(folder, m)}) {
      for (const fs::path& file : files) lines += fs::relative(file, folder).generic_string() + " " + text::sha256_of_file(file) + "\n";
    }
  }
  return lines.empty() ? "" : text::sha256(lines);
}

std::vector<KernelSample> read_profiles(const fs::path& folder) {
  static constexpr std::array<std::string_view, 2> names{"product", "all_reduce"};
  std::vector<KernelSample> out;
  for (const Machine& machine : machines) {
    Table table;
    for (const fs::path& file : operator_files(folder, machine)) read_operators(file, table);
    for (const fs::path& file : reduction_files(folder, machine)) read_reductions(file, table);
    for (const auto& [key, sum] : table) {
      KernelSample s;
      s.kind = std::get<0>(key);
      s.group = std::string(names[static_cast<std::size_t>(s.kind)]) + " " + std::string(machine.chip);
      s.chip = catalog::find_chip(machine.chip);
      if (s.kind == Kind::product) s.shape = {std::get<1>(key), std::get<2>(key), std::get<3>(key), 1};
      else s.bytes = Bytes{std::get<1>(key)};
      s.ranks = std::get<4>(key);
      s.log_seconds = sum.first / sum.second;
      out.push_back(std::move(s));
    }
  }
  return out;
}

double kernel_log_seconds(const KernelSample& s, const Constants& k) {
  DeviceGroup g;
  g.chip = s.chip;
  g.accelerators = g.per_node = std::max(1, s.ranks);
  if (s.kind == Kind::all_reduce) {
    collectives::Fabric fabric = tuned_fabric(g, k);
    fabric.reduces_in_switch = false;  // the bench's rates on H100 are those of a ring
    return math::log(collectives::all_reduce(fabric, {s.ranks, s.ranks}, s.bytes).base());
  }
  Constants alone = k;
  alone.value[static_cast<std::size_t>(Constant::gemm_level)] = 1;
  const kernels::Device d = tuned_device(g, alone);
  return math::log(kernels::gemm_time(d, Precision::bf16, s.shape).base() + d.launch.base());
}

}  // namespace headroom::training
