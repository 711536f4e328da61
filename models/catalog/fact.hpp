#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace headroom::catalog {

/// Where a value comes from, weakest last. A value recalled from memory is `assumed`.
enum class Status { measured, reported, derived, assumed };

/// "measured", "reported", "derived", "assumed".
[[nodiscard]] std::string_view to_string(Status status);
[[nodiscard]] std::optional<Status> parse_status(std::string_view word);

struct Provenance {
  std::string source;  ///< source codes separated by ";" (`source_address`) or an address; never empty in the catalogue
  std::string as_of;   ///< ISO date or month or year of the statement; never empty in the catalogue
  Status status = Status::assumed;
  std::string note;    ///< doubt or condition, may be empty
};

/// Thrown when a number that is not public is asked for; the message says which scenario field can supply it.
struct UnknownFact : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A value of the catalogue that may be unknown. Unknown is not zero: reading it throws.
template <class T>
class Fact {
 public:
  Fact() = default;
  explicit Fact(T value, Provenance from = {}) : value_(std::move(value)), from_(std::move(from)) {}
  /// Names the fact for messages: `owner` "chips.seedchip", `key` "memory_bandwidth".
  void name(std::string owner, std::string key) { owner_ = std::move(owner); key_ = std::move(key); }

  [[nodiscard]] bool known() const { return value_.has_value(); }
  [[nodiscard]] const T& value() const {
    if (!value_) {
      throw UnknownFact(owner_ + "." + key_ + " is not public and has no value in the catalogue; supply it in the scenario as " +
                        owner_ + "." + key_);
    }
    return *value_;
  }
  [[nodiscard]] T value_or(T other) const { return value_.value_or(std::move(other)); }
  [[nodiscard]] const Provenance& from() const { return from_; }
  [[nodiscard]] const std::string& key() const { return key_; }

  /// The bounds that the source gives, both or none.
  [[nodiscard]] const std::optional<std::pair<T, T>>& bounds() const { return bounds_; }
  void set_bounds(T low, T high) { bounds_.emplace(std::move(low), std::move(high)); }

 private:
  std::optional<T> value_;
  std::optional<std::pair<T, T>> bounds_;
  Provenance from_;
  std::string owner_ = "chips.?";
  std::string key_ = "?";
};

}  // namespace headroom::catalog
