#include "sim/serving/curve_cache.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "models/text/number.hpp"
#include "models/text/sha256.hpp"

namespace headroom::sim_serving {
namespace {

/// Another simulation may give other numbers for the same key, so its sources are part of it (a hash; see room.cmake).
constexpr std::string_view version = "headroom-curve " HEADROOM_CURVE_SOURCES;

/// A law is known by its quantiles.
std::string text_of(const engine::Distribution& d) {
  std::string out;
  for (int i = 0; i < 16; ++i) out += text::shortest(engine::quantile(d, (i + 0.5) / 16)) + ",";
  return out + text::shortest(engine::quantile(d, 0.001)) + "," + text::shortest(engine::quantile(d, 0.999));
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out.empty() ? "-" : out;
}

std::string unhex(const std::string& text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    throw std::invalid_argument("a stored curve holds something that is not hexadecimal");
  };
  std::string out;
  if (text == "-") return out;
  if (text.size() % 2 != 0) throw std::invalid_argument("a stored curve is cut");
  for (std::size_t i = 0; i < text.size(); i += 2) out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return out;
}

/// A sweep over what curves depend on asks for new ones at every point; those in use live on in their users.
template <class Map>
void keep_few(Map& map) {
  constexpr std::size_t most = 256;
  if (map.size() >= most) map.clear();
}

/// Reads words one by one and refuses what is not there.
class Words {
 public:
  explicit Words(std::string_view text) : in_(std::string(text)) {}
  std::string word() {
    std::string w;
    if (!(in_ >> w)) throw std::invalid_argument("a stored curve is cut");
    return w;
  }
  double number() {
    const auto value = text::parse_double(word());
    if (!value) throw std::invalid_argument("a stored curve holds something that is not a number");
    return *value;
  }

 private:
  std::istringstream in_;
};

}  // namespace

std::string key_of(const CurveSpec& s) {
  const EnginePolicy& p = s.pool.policy;
  const RequestMix& m = s.mix;
  const auto n = [](double v) { return text::shortest(v); };
  std::string power = "-";
  if (s.power) power = fmt::format("{},{},{}", n(s.power->idle.base()), n(s.power->prefill.base()), n(s.power->decode.base()));
  return fmt::format(
      "{}|{}|part {}|routing {}|replicas {} most {}|kv {}|order {} budget {} sequences {} chunked {} admission {} watermark {} reserve {} preemption {} swap {} page {} "
      "cache {} block {}|input {} {}-{}|output {} {}-{}|prefix {} {} {} {}|burst {}|slo {} {}|power {}|requests {}|factors {} {} {}|seed {}",
      version, s.model_key, static_cast<int>(s.part), static_cast<int>(s.routing), s.pool.replicas, s.most_replicas,
      s.pool.kv_capacity ? n(s.pool.kv_capacity->base()) : "-", static_cast<int>(p.order), p.token_budget, p.max_sequences, p.chunked,
      static_cast<int>(p.admission), n(p.watermark), n(p.output_reserve), static_cast<int>(p.preemption), n(p.swap_bandwidth.base()), p.page_tokens, p.prefix_cache,
      p.prefix_block_tokens, text_of(m.input), m.shortest_input, m.longest_input, text_of(m.output), m.shortest_output, m.longest_output, m.shared_prefix,
      m.prefix_groups, n(m.urgent_share), m.block_tokens, n(s.burst), n(s.slo.ttft.base()), n(s.slo.tpot.base()), power, s.requests_per_point,
      n(s.low_factor), n(s.high_factor), to_string(s.grade), s.seed);
}

std::string encode(const CapacityCurve& c) {
  std::string out(version);
  const auto put = [&](double v) { out += " " + text::shortest(v); };
  out += "\n";
  for (const double v : {c.saturation, c.saturation_low, c.saturation_high, c.input, c.output, c.cached_share, c.kv_bytes_per_request.base()}) put(v);
  put(c.replicas);
  put(static_cast<double>(c.grade));
  put(static_cast<double>(c.points.size()));
  for (const CurvePoint& p : c.points) {
    out += "\n";
    for (const double v : {p.load, p.offered, p.served, p.input_uncached.base(), p.input_cached.base(), p.output.base(), p.attainment, p.ttft_met,
                           p.tpot_met, p.kv_use, p.preemptions, p.busy, p.power.base()}) {
      put(v);
    }
    for (const auto* sketch : {&p.ttft, &p.tpot, &p.e2e}) out += " " + hex(sketch->encode());
  }
  return out + "\nend\n";
}

CapacityCurve decode_curve(std::string_view text) {
  if (text.substr(0, version.size()) != version) throw std::invalid_argument("a stored curve is of another version");
  Words in(text.substr(version.size()));
  CapacityCurve c;
  for (double* v : {&c.saturation, &c.saturation_low, &c.saturation_high, &c.input, &c.output, &c.cached_share}) *v = in.number();
  c.kv_bytes_per_request = Bytes{in.number()};
  c.replicas = static_cast<std::uint32_t>(in.number());
  c.grade = static_cast<Grade>(static_cast<int>(in.number()));
  const auto points = static_cast<std::size_t>(in.number());
  if (points > 1000) throw std::invalid_argument("a stored curve has too many points");
  for (std::size_t i = 0; i < points; ++i) {
    CurvePoint p;
    p.load = in.number();
    p.offered = in.number();
    p.served = in.number();
    p.input_uncached = TokensPerSecond{in.number()};
    p.input_cached = TokensPerSecond{in.number()};
    p.output = TokensPerSecond{in.number()};
    for (double* v : {&p.attainment, &p.ttft_met, &p.tpot_met, &p.kv_use, &p.preemptions, &p.busy}) *v = in.number();
    p.power = Watts{in.number()};
    for (auto* sketch : {&p.ttft, &p.tpot, &p.e2e}) *sketch = engine::QuantileSketch::decode(unhex(in.word()));
    c.points.push_back(std::move(p));
  }
  if (in.word() != "end") throw std::invalid_argument("a stored curve has a wrong end");
  return c;
}

std::shared_ptr<const CapacityCurve> CurveCache::get(const CurveSpec& spec) {
  const std::string hash = text::sha256(key_of(spec));
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(hash); found != known_.end()) return found->second;
  }
  std::shared_ptr<const CapacityCurve> curve;
  const auto file = folder_ ? std::optional(*folder_ / (hash + ".curve")) : std::nullopt;
  if (file) {
    std::ifstream in(*file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    try {
      if (in) curve = std::make_shared<CapacityCurve>(decode_curve(content.str()));
    } catch (const std::invalid_argument&) {
      curve = nullptr;  // written by another version, or cut
    }
  }
  const bool fresh = curve == nullptr;
  if (fresh) curve = std::make_shared<CapacityCurve>(capacity_curve(spec));
  const std::lock_guard lock(mutex_);
  if (fresh) ++computed_;
  keep_few(known_);
  known_.emplace(hash, curve);
  if (fresh && file) {
    std::error_code error;  // a cache that cannot be written is no fault of the plan
    std::filesystem::create_directories(*folder_, error);
    const std::filesystem::path part = fmt::format("{}.{}.part", file->string(), ::getpid());
    std::ofstream out(part, std::ios::binary);
    out << encode(*curve);
    out.close();
    if (out) std::filesystem::rename(part, *file, error);
  }
  return curve;
}

std::shared_ptr<const HourTable> CurveCache::hours(const CurveSpec& spec, double variation, double persistence, Seconds patience) {
  const std::string key = fmt::format("{}|{}|{}|{}", key_of(spec), text::shortest(variation), text::shortest(persistence), text::shortest(patience.base()));
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = hours_.find(key); found != hours_.end()) return found->second;
  }
  const auto table = std::make_shared<const HourTable>(*get(spec), spec.slo, LoadVariation::lognormal(variation, persistence), patience);
  const std::lock_guard lock(mutex_);
  keep_few(hours_);
  return hours_.emplace(key, table).first->second;
}

}  // namespace headroom::sim_serving
