#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace headroom::catalog {

/// Where a number comes from, weakest last. A value recalled from memory is `assumed`.
enum class Status { measured, reported, derived, assumed };

struct Provenance {
  std::string source;  ///< source code or address; never empty in the catalogue
  std::string as_of;   ///< ISO date or month or year of the statement
  Status status = Status::assumed;
  std::string note;    ///< doubt or condition, may be empty
};

/// Thrown when a number that is not public is asked for; the message says which scenario field can supply it.
struct UnknownFact : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A number of the catalogue that may be unknown. Unknown is not zero: reading it throws.
template <class T>
class Fact {
 public:
  Fact() = default;
  explicit Fact(T value, Provenance from = {}) : value_(std::move(value)), from_(std::move(from)) {}
  /// Names the fact for messages: `owner` "chips[id=seedchip]", `key` "memory_bandwidth".
  void name(std::string owner, std::string key) { owner_ = std::move(owner); key_ = std::move(key); }

  [[nodiscard]] bool known() const { return value_.has_value(); }
  [[nodiscard]] const T& value() const {
    if (!value_) throw UnknownFact(owner_ + "." + key_ + " is not public; supply it in the scenario as " + owner_ + "." + key_);
    return *value_;
  }
  [[nodiscard]] T value_or(T other) const { return value_.value_or(std::move(other)); }
  [[nodiscard]] const Provenance& from() const { return from_; }
  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  std::optional<T> value_;
  Provenance from_;
  std::string owner_ = "chips[id=?]";
  std::string key_ = "?";
};

}  // namespace headroom::catalog
