#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/catalog/fact.hpp"
#include "models/units/date.hpp"
#include "models/units/money.hpp"
#include "sim/scenario/document.hpp"
#include "sim/scenario/values.hpp"

namespace headroom::scenario {

/// "2025", "2025-06", "2025-06-30" or "2025Q2".
[[nodiscard]] bool is_date_like(std::string_view text);

/// A value of the resolved scenario and where it came from, for `show`.
struct ResolvedValue {
  std::string pointer;  ///< with ids in place of list positions: "/orders/h200/count"
  std::string value;    ///< JSON
  std::string origin;   ///< "plan.json:41:18", "--set fx.USD=6.7", "default"
  bool by_default = false;
};

/// The state of one reading: where we are in the tree, the faults so far, the names that may be referred to.
/// Tables and types (fields.hpp, types.hpp) walk the tree with it; none of them throws for a fault of the input.
class Reader {
 public:
  Reader(Document& document, const ReadFile& read_file) : document_(document), read_file_(read_file) {}

  /// Names the position within the tree while alive: a key, or the index and name of a list's entry.
  class Step {
   public:
    Step(Reader& reader, std::string token, std::string name);
    ~Step();
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Reader& reader_;
  };
  [[nodiscard]] Step step(std::string_view key) { return {*this, std::string(key), std::string(key)}; }
  [[nodiscard]] Step step(std::size_t index, std::string_view name);

  /// JSON pointer of the present position.
  [[nodiscard]] std::string pointer() const;
  [[nodiscard]] const std::string& key() const;  ///< last step
  [[nodiscard]] Place place(const Node& node) const;
  [[nodiscard]] std::string origin(const Node& node) const;

  // --- faults ---
  void fault(const Position& at, std::string problem, std::string expected = {}, std::string nearest = {});
  void fault(const Node& node, std::string problem, std::string expected = {}, std::string nearest = {}) {
    fault(node.position, std::move(problem), std::move(expected), std::move(nearest));
  }
  /// At `path` ("end", "deliveries/2/at") below the present position, or where the deepest existing part of it stands.
  void fault_below(const Node& here, std::string_view path, std::string problem, std::string expected = {},
                   std::string nearest = {});
  /// At that of several paths which was written last (an include before a file, an overlay, a setting); the first of equals.
  /// A condition between keys is broken by the one that changed.
  void fault_at_latest(const Node& here, const std::vector<std::string>& paths, std::string problem, std::string expected = {});
  /// At a place and pointer that were kept from before.
  void fault_at(const Position& at, const std::string& pointer, std::string problem, std::string expected = {});
  void warn(const Node& here, std::string_view path, std::string problem, std::string expected = {});
  /// `node` is of the wrong kind.
  void wrong_kind(const Node& node, std::string expected);
  [[nodiscard]] std::size_t faults() const { return document_.issues.size() - warnings_; }

  // --- names ---
  void declare(std::string_view what, std::string name);
  [[nodiscard]] const std::vector<std::string>& names(std::string_view what) const;
  [[nodiscard]] bool known(std::string_view what, std::string_view name) const;
  std::vector<std::string> (*suggest_chips)(std::string_view) = nullptr;  ///< ids that a chip's name may have meant
  /// Remembers that an amount in `currency` is used here, so that its rate can be asked for at the end.
  void use(Currency currency, const Node& node);
  struct CurrencyUse { Currency currency; Position at; std::string pointer; };
  [[nodiscard]] const std::vector<CurrencyUse>& currency_uses() const { return currency_uses_; }

  // --- provenance ---
  /// The plain value within `{value, low, high, as_of, source, status, note}`, or `node` itself. Null after a fault.
  struct Unwrapped {
    const Node* value = nullptr;
    const Node* low = nullptr;
    const Node* high = nullptr;
    Provenance from;
  };
  [[nodiscard]] Unwrapped unwrap(const Node& node);
  /// Reads one of the keys as_of, source, status, note into `from`; false if `key` is none of them.
  bool provenance_member(const std::string& key, const Node& node, Provenance& from);

  // --- other files ---
  /// A CSV file named by the scenario, relative to the file that names it; its index among the sources. Reported if unreadable.
  [[nodiscard]] std::optional<std::uint32_t> open_csv(const Node& name);
  [[nodiscard]] const Source& source(std::uint32_t i) const { return document_.sources[i]; }
  [[nodiscard]] const Node& root() const { return document_.root; }

  // --- record for `show` ---
  void record(const Node& node);
  void record_default(std::string_view key, std::string value);
  std::vector<ResolvedValue> resolved;

  std::optional<Period> horizon;  ///< once known: series must cover it
  Date start_or_epoch() const { return horizon ? horizon->begin : Date{}; }

 private:
  [[nodiscard]] std::string named_pointer() const;

  Document& document_;
  const ReadFile& read_file_;
  struct Token { std::string token, name; };
  std::vector<Token> path_;
  std::map<std::string, std::vector<std::string>, std::less<>> names_;
  std::vector<CurrencyUse> currency_uses_;
  std::map<std::string, std::uint32_t> csv_sources_;
  std::size_t warnings_ = 0;
};

}  // namespace headroom::scenario
