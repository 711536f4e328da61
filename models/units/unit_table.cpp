#include "models/units/unit_table.hpp"

#include <array>

namespace headroom::detail {
namespace {

constexpr Dimension number{}, time{.time = 1}, frequency{.time = -1}, data{.data = 1}, work{.work = 1},
    work_rate{.time = -1, .work = 1}, energy{.energy = 1}, power{.time = -1, .energy = 1}, token{.token = 1}, mass{.mass = 1};

struct Symbol {
  std::string_view text;
  Dimension dimension;
  int decimal;
  double ratio;
  std::string_view prefixes;  ///< SI prefixes that may stand before it; "u" stands for micro
  bool iec = false;
};

// A prefix is allowed only where planners use it: "150 mW" for a site, or "mb" for a memory, is a slip and not a milliwatt.
constexpr std::string_view large = "kMGTPE";
constexpr double day_s = 86400;
constexpr double year_s = 365.25 * day_s;  // Julian year
constexpr double month_s = year_s / 12;

constexpr std::array symbols{
    Symbol{"s", time, 0, 1, "num"},
    Symbol{"second", time, 0, 1, ""},
    Symbol{"seconds", time, 0, 1, ""},
    Symbol{"min", time, 0, 60, ""},
    Symbol{"minute", time, 0, 60, ""},
    Symbol{"minutes", time, 0, 60, ""},
    Symbol{"h", time, 0, 3600, ""},
    Symbol{"hour", time, 0, 3600, ""},
    Symbol{"hours", time, 0, 3600, ""},
    Symbol{"d", time, 0, day_s, ""},
    Symbol{"day", time, 0, day_s, ""},
    Symbol{"days", time, 0, day_s, ""},
    Symbol{"week", time, 0, 7 * day_s, ""},
    Symbol{"weeks", time, 0, 7 * day_s, ""},
    Symbol{"month", time, 0, month_s, ""},
    Symbol{"months", time, 0, month_s, ""},
    Symbol{"year", time, 0, year_s, ""},
    Symbol{"years", time, 0, year_s, ""},
    Symbol{"Hz", frequency, 0, 1, large},
    Symbol{"B", data, 0, 1, large, true},
    Symbol{"byte", data, 0, 1, ""},
    Symbol{"bytes", data, 0, 1, ""},
    Symbol{"b", data, 0, 0.125, large, true},
    Symbol{"bit", data, 0, 0.125, large, true},
    Symbol{"bits", data, 0, 0.125, ""},
    Symbol{"FLOP", work, 0, 1, "kMGTPEZY"},
    Symbol{"FLOPs", work, 0, 1, "kMGTPEZY"},
    Symbol{"OP", work, 0, 1, "kMGTPEZY"},
    Symbol{"FLOPS", work_rate, 0, 1, "kMGTPEZY"},
    Symbol{"OPS", work_rate, 0, 1, "kMGTPEZY"},
    Symbol{"J", energy, 0, 1, "pnumkMGTPE"},
    Symbol{"Wh", energy, 0, 3600, large},
    Symbol{"W", power, 0, 1, "kMGT"},
    Symbol{"tok", token, 0, 1, large},
    Symbol{"Tok", token, 0, 1, large},
    Symbol{"token", token, 0, 1, ""},
    Symbol{"tokens", token, 0, 1, ""},
    Symbol{"g", mass, 0, 1, "k"},
    Symbol{"gCO2", mass, 0, 1, "k"},
    Symbol{"gCO2e", mass, 0, 1, "k"},
    Symbol{"t", mass, 6, 1, "kM"},
    Symbol{"tCO2", mass, 6, 1, "kM"},
    Symbol{"tCO2e", mass, 6, 1, "kM"},
    Symbol{"%", number, -2, 1, ""},
    Symbol{"percent", number, -2, 1, ""},
    Symbol{"chip", number, 0, 1, ""},
    Symbol{"chips", number, 0, 1, ""},
    Symbol{"GPU", number, 0, 1, ""},
    Symbol{"GPUs", number, 0, 1, ""},
    Symbol{"card", number, 0, 1, ""},
    Symbol{"cards", number, 0, 1, ""},
    Symbol{"accelerator", number, 0, 1, ""},
    Symbol{"accelerators", number, 0, 1, ""},
    Symbol{"request", number, 0, 1, ""},
    Symbol{"requests", number, 0, 1, ""},
};

struct Prefix {
  std::string_view text;
  int decimal;
};
constexpr std::array si{Prefix{"p", -12}, Prefix{"n", -9}, Prefix{"u", -6},  Prefix{"µ", -6}, Prefix{"m", -3},  Prefix{"k", 3},
                        Prefix{"M", 6},   Prefix{"G", 9},  Prefix{"T", 12}, Prefix{"P", 15}, Prefix{"E", 18}, Prefix{"Z", 21},
                        Prefix{"Y", 24}};
constexpr std::array<std::string_view, 6> iec{"Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};

bool takes(const Symbol& symbol, const Prefix& prefix) {
  return symbol.prefixes.find(prefix.decimal == -6 ? 'u' : prefix.text.front()) != std::string_view::npos;
}

// ISO 4217 codes in use for payments (list one, without funds, metals and testing codes).
constexpr std::string_view currencies =
    "USD CNY EUR GBP JPY HKD SGD MYR TWD KRW INR IDR THB VND PHP AUD NZD CAD CHF SEK NOK DKK ISK PLN CZK HUF RON BGN RSD "
    "TRY RUB UAH KZT ILS SAR AED QAR KWD BHD OMR JOD EGP MAD TND DZD ZAR NGN KES GHS ETB TZS UGX BRL MXN ARS CLP COP PEN "
    "UYU BOB PYG CRC GTQ DOP JMD TTD PAB PKR BDT LKR NPR MMK KHR LAK BND MOP MNT UZS GEL AMD AZN BYN MDL ALL MKD BAM IQD "
    "IRR LBP LYD SYP YER AFN XOF XAF MUR MGA MZN ZMW BWP NAD AOA RWF";

}  // namespace

std::optional<Unit> find_unit(std::string_view text) {
  for (const Symbol& s : symbols) {
    if (text == s.text) return Unit{s.dimension, s.decimal, s.ratio};
  }
  for (const Symbol& s : symbols) {
    if (text.size() <= s.text.size() || !text.ends_with(s.text)) continue;
    const std::string_view before = text.substr(0, text.size() - s.text.size());
    for (const Prefix& p : si) {
      if (before == p.text && takes(s, p)) return Unit{s.dimension, s.decimal + p.decimal, s.ratio};
    }
    double factor = 1;
    for (const std::string_view p : iec) {
      factor *= 1024;
      if (s.iec && before == p) return Unit{s.dimension, s.decimal, s.ratio * factor};
    }
  }
  return std::nullopt;
}

std::optional<Currency> find_currency(std::string_view code) {
  if (code.size() != 3) return std::nullopt;
  for (std::size_t at = 0; at < currencies.size(); at += 4) {
    if (currencies.substr(at, 3) == code) return Currency::parse(code);
  }
  return std::nullopt;
}

const std::vector<std::string>& known_units() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names;
    for (const Symbol& s : symbols) names.emplace_back(s.text);
    for (const Symbol& s : symbols) {
      for (const Prefix& p : si) {
        if (takes(s, p)) names.push_back(std::string(p.text) + std::string(s.text));
      }
      for (const std::string_view p : iec) {
        if (s.iec) names.push_back(std::string(p) + std::string(s.text));
      }
    }
    for (std::size_t at = 0; at < currencies.size(); at += 4) names.emplace_back(currencies.substr(at, 3));
    return names;
  }();
  return all;
}

}  // namespace headroom::detail
