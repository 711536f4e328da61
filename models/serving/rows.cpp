#include "models/serving/configuration.hpp"
#include "models/text/csv.hpp"
#include "models/text/number.hpp"

namespace headroom::serving {
namespace {

std::optional<int> whole(std::string_view field) {
  const auto value = text::parse_double(field);
  if (!value || *value < 1) return std::nullopt;
  return static_cast<int>(*value);
}

}  // namespace

std::vector<Row> read_rows(const std::filesystem::path& file) {
  text::CsvReader csv(file);
  const auto at = [&](std::string_view name) { return csv.column(name); };
  const auto id = at("id"), source = at("source"), model = at("model"), arch = at("arch"), accelerator = at("accelerator"),
             chip = at("accelerator_id"), engine = at("engine"), weights = at("precision_weights"), kv = at("precision_kv"),
             metric = at("metric"), notes = at("notes"), task = at("task"), run = at("run_id"), year = at("year"),
             total = at("params_total_b"), active = at("params_active_b"), count = at("num_accelerators"), tp = at("tp"), pp = at("pp"),
             ep = at("ep"), dp = at("dp"), input = at("input_len"), output = at("output_len"), concurrency = at("concurrency_or_batch"),
             rate = at("request_rate");
  const auto scoreable = csv.find_column("scoreable");
  std::vector<Row> rows;
  while (csv.next()) {
    Row r;
    const auto word = [&](std::size_t column) { return std::string(csv[column]); };
    r.id = word(id);
    r.source = word(source);
    r.model = word(model);
    r.arch = word(arch);
    r.accelerator = word(accelerator);
    r.accelerator_id = word(chip);
    r.engine = word(engine);
    r.precision_weights = word(weights);
    r.precision_kv = word(kv);
    r.metric = word(metric);
    r.notes = word(notes);
    r.task = word(task);
    r.run_id = word(run);
    r.year = whole(csv[year]).value_or(2025);
    r.params_total = text::parse_double(csv[total]).value_or(0) * 1e9;
    r.params_active = text::parse_double(csv[active]).value_or(0) * 1e9;
    r.accelerators = whole(csv[count]).value_or(0);
    r.tp = whole(csv[tp]);
    r.pp = whole(csv[pp]);
    r.ep = whole(csv[ep]);
    r.dp = whole(csv[dp]);
    r.input = text::parse_double(csv[input]);
    r.output = text::parse_double(csv[output]);
    r.concurrency = text::parse_double(csv[concurrency]);
    r.rate = text::parse_double(csv[rate]);
    if (scoreable) r.scoreable = csv[*scoreable] == "1";
    rows.push_back(std::move(r));
  }
  return rows;
}

std::map<std::string, double> read_values(const std::filesystem::path& file) {
  text::CsvReader csv(file);
  const auto id = csv.column("id"), value = csv.column("value");
  std::map<std::string, double> values;
  while (csv.next()) {
    if (const auto v = text::parse_double(csv[value]); v && *v > 0) values.emplace(std::string(csv[id]), *v);
  }
  return values;
}

}  // namespace headroom::serving
