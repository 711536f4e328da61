#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::sweep {

/// A condition that cannot be read, or that compares what cannot be compared. `at` counts characters of its text from 1.
struct ConditionError : std::runtime_error {
  ConditionError(std::size_t where, const std::string& what, std::string near = {})
      : std::runtime_error(what), at(where), nearest(std::move(near)) {}
  std::size_t at;
  std::string nearest;
};

/// What an axis has in a point, or a constant: a number with the unit that it was written with, or a text.
struct Operand {
  bool is_number = false;
  double number = 0;
  std::string text;  ///< unit of a number, "" for none
};
/// "6.7" and "2000 tokens/s" are numbers, everything else is text.
[[nodiscard]] Operand operand_of(std::string_view label);

/// An expression over the axes of a plan that is true or false in a point:
///
///     or:   and {"or" and}        and: not {"and" not}      not: ["not"] comparison
///     comparison: sum [("=" | "==" | "!=" | "<" | "<=" | ">" | ">=") sum]  |  sum "in" "(" sum {"," sum} ")"
///     sum: product {("+" | "-") product}    product: factor {("*" | "/") factor}
///     factor: number | 'text' | "text" | axis | "-" factor | "(" or ")"
///
/// A text that is a number with a unit ('5000 tokens/s') is compared as that number, and only with others of the same unit as
/// written. Other texts are compared for being equal; those that are both ISO dates also for which comes first.
class Condition {
 public:
  /// Throws ConditionError, with the nearest axis for a name that is none.
  Condition(std::string_view text, const std::vector<std::string>& axes);

  /// `value_of` gives the operand of an axis. Throws ConditionError if operands do not fit together.
  [[nodiscard]] bool holds(const std::function<Operand(std::size_t axis)>& value_of) const;

  struct Term;

 private:
  std::shared_ptr<const Term> root_;
};

}  // namespace headroom::sweep
