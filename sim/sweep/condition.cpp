#include "sim/sweep/condition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "models/text/number.hpp"
#include "models/units/nearest.hpp"

namespace headroom::sweep {

/// A node of the tree. Leaves hold a constant or an axis.
struct Condition::Term {
  enum class Kind { constant, axis, operation };
  Kind kind = Kind::constant;
  std::size_t at = 1;
  Operand constant;
  std::size_t axis = 0;
  std::string operation;  ///< "or", "<", "+", "in", "negative" ...
  std::vector<std::shared_ptr<const Term>> parts;
};

namespace {

using Term = Condition::Term;
using TermPtr = std::shared_ptr<const Term>;

bool is_date(const std::string& text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((i == 4 || i == 7) ? text[i] != '-' : !digit(text[i])) return false;
  }
  return true;
}

struct Token {
  enum class Kind { number, text, name, sign, end };
  Kind kind = Kind::end;
  std::string text;
  std::size_t at = 1;
};

bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.'; }

/// A number ends where its letters do ("1e-3"), a name takes what an axis may be called, so a minus behind a name needs a blank.
Token next_token(std::string_view text, std::size_t& i) {
  while (i < text.size() && (text[i] == ' ' || text[i] == '\t')) ++i;
  Token token;
  token.at = i + 1;
  if (i == text.size()) return token;
  const char c = text[i];
  const std::size_t begin = i;
  if (c == '\'' || c == '"') {
    const auto close = text.find(c, i + 1);
    if (close == std::string_view::npos) throw ConditionError(token.at, "a quote that is not closed");
    i = close + 1;
    return {Token::Kind::text, std::string(text.substr(begin + 1, close - begin - 1)), token.at};
  }
  if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.') {
    while (i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '.' ||
                               ((text[i] == '+' || text[i] == '-') && (text[i - 1] == 'e' || text[i - 1] == 'E')))) ++i;
    return {Token::Kind::number, std::string(text.substr(begin, i - begin)), token.at};
  }
  if (std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_') {
    while (i < text.size() && in_name(text[i])) ++i;
    return {Token::Kind::name, std::string(text.substr(begin, i - begin)), token.at};
  }
  i += (i + 1 < text.size() && text[i + 1] == '=' && (c == '<' || c == '>' || c == '!' || c == '=')) ? 2 : 1;
  return {Token::Kind::sign, std::string(text.substr(begin, i - begin)), token.at};
}

class Parser {
 public:
  Parser(std::string_view text, const std::vector<std::string>& axes) : text_(text), axes_(axes) { advance(); }

  TermPtr whole() {
    auto term = chain({"or"}, [this] { return chain({"and"}, [this] { return negation(); }); });
    if (token_.kind != Token::Kind::end) throw ConditionError(token_.at, fmt::format("\"{}\" is not expected here", token_.text));
    return term;
  }

 private:
  void advance() { token_ = next_token(text_, i_); }
  bool is(std::string_view word) const { return (token_.kind == Token::Kind::sign || token_.kind == Token::Kind::name) && token_.text == word; }
  void expect(std::string_view sign) {
    if (!is(sign)) throw ConditionError(token_.at, fmt::format("expected \"{}\"{}", sign, token_.text.empty() ? "" : " instead of \"" + token_.text + "\""));
    advance();
  }
  static TermPtr operation(std::string name, std::size_t at, std::vector<TermPtr> parts) {
    Term term;
    term.kind = Term::Kind::operation;
    term.operation = std::move(name);
    term.at = at;
    term.parts = std::move(parts);
    return std::make_shared<const Term>(std::move(term));
  }

  template <class Below>
  TermPtr chain(std::initializer_list<std::string_view> words, Below below) {
    TermPtr left = below();
    for (;;) {
      const auto found = std::find_if(words.begin(), words.end(), [this](std::string_view w) { return is(w); });
      if (found == words.end()) return left;
      const std::size_t at = token_.at;
      advance();
      left = operation(std::string(*found), at, {left, below()});
    }
  }

  TermPtr negation() {
    if (!is("not")) return comparison();
    const std::size_t at = token_.at;
    advance();
    return operation("not", at, {negation()});
  }

  TermPtr comparison() {
    TermPtr left = sum();
    const std::size_t at = token_.at;
    if (is("in")) {
      advance();
      expect("(");
      std::vector<TermPtr> parts{left, sum()};
      while (is(",")) {
        advance();
        parts.push_back(sum());
      }
      expect(")");
      return operation("in", at, std::move(parts));
    }
    for (const char* sign : {"==", "=", "!=", "<=", "<", ">=", ">"}) {
      if (!is(sign)) continue;
      advance();
      return operation(std::string(sign) == "==" ? "=" : sign, at, {left, sum()});
    }
    return left;
  }

  TermPtr sum() {
    return chain({"+", "-"}, [this] { return chain({"*", "/"}, [this] { return factor(); }); });
  }

  TermPtr factor() {
    const Token token = token_;
    if (is("-")) {
      advance();
      return operation("negative", token.at, {factor()});
    }
    if (is("(")) {
      if (++depth_ > 100) throw ConditionError(token.at, "too many parentheses");
      advance();
      auto inner = chain({"or"}, [this] { return chain({"and"}, [this] { return negation(); }); });
      expect(")");
      --depth_;
      return inner;
    }
    advance();
    Term term;
    term.at = token.at;
    switch (token.kind) {
      case Token::Kind::text: term.constant = operand_of(token.text); break;
      case Token::Kind::number: {
        const auto value = text::parse_double(token.text);
        if (!value) throw ConditionError(token.at, fmt::format("\"{}\" is no number; a number with a unit stands in quotes, '5000 tokens/s'", token.text));
        term.constant = {true, *value, {}};
        break;
      }
      case Token::Kind::name: {
        if (token.text == "true" || token.text == "false") {
          term.constant.text = token.text;
          break;
        }
        const auto found = std::find(axes_.begin(), axes_.end(), token.text);
        if (found == axes_.end()) throw ConditionError(token.at, fmt::format("there is no axis \"{}\"", token.text), nearest(token.text, axes_).value_or(""));
        term.kind = Term::Kind::axis;
        term.axis = static_cast<std::size_t>(found - axes_.begin());
        break;
      }
      default: throw ConditionError(token.at, token.text.empty() ? "the condition ends too early" : fmt::format("\"{}\" is not expected here", token.text));
    }
    return std::make_shared<const Term>(std::move(term));
  }

  std::string_view text_;
  const std::vector<std::string>& axes_;
  std::size_t i_ = 0;
  Token token_;
  int depth_ = 0;
};

std::string shown(const Operand& o) {
  if (!o.is_number) return "'" + o.text + "'";
  return text::shortest(o.number) + (o.text.empty() ? "" : " " + o.text);
}

struct Evaluation {
  const std::function<Operand(std::size_t)>& value_of;

  [[nodiscard]] static ConditionError misfit(const Term& term, const Operand& a, const Operand& b) {
    return {term.at, fmt::format("{} and {} do not fit together by \"{}\"", shown(a), shown(b), term.operation)};
  }

  [[nodiscard]] static int order(const Term& term, const Operand& a, const Operand& b, bool only_equal) {
    if (a.is_number != b.is_number) throw misfit(term, a, b);
    if (a.is_number) {
      if (a.text != b.text) throw misfit(term, a, b);
      return a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
    }
    if (!only_equal && !(is_date(a.text) && is_date(b.text))) throw misfit(term, a, b);
    return a.text.compare(b.text);
  }

  /// Units: sums need the same one, a product or quotient has at most one; a quotient of equal units has none.
  [[nodiscard]] static Operand arithmetic(const Term& term, const Operand& a, const Operand& b) {
    const char op = term.operation.front();
    if (!a.is_number || !b.is_number) throw misfit(term, a, b);
    Operand out{true, 0, a.text};
    if (op == '+' || op == '-') {
      if (a.text != b.text) throw misfit(term, a, b);
      out.number = op == '+' ? a.number + b.number : a.number - b.number;
    } else if (op == '*') {
      if (!a.text.empty() && !b.text.empty()) throw misfit(term, a, b);
      out.number = a.number * b.number;
      out.text = a.text + b.text;
    } else {
      if (b.number == 0) throw ConditionError(term.at, fmt::format("{} is divided by zero", shown(a)));
      if (!b.text.empty() && a.text != b.text) throw misfit(term, a, b);
      out.number = a.number / b.number;
      if (!b.text.empty()) out.text.clear();
    }
    if (!std::isfinite(out.number)) throw misfit(term, a, b);
    return out;
  }

  [[nodiscard]] Operand number(const Term& term) const {
    if (term.kind == Term::Kind::constant) return term.constant;
    if (term.kind == Term::Kind::axis) return value_of(term.axis);
    if (term.operation == "negative") {
      Operand inner = number(*term.parts[0]);
      if (!inner.is_number) throw ConditionError(term.at, fmt::format("{} has no negative", shown(inner)));
      inner.number = -inner.number;
      return inner;
    }
    if (std::string_view("+-*/").find(term.operation) == std::string_view::npos) {
      throw ConditionError(term.at, fmt::format("a value is needed, \"{}\" is true or false", term.operation));
    }
    return arithmetic(term, number(*term.parts[0]), number(*term.parts[1]));
  }

  /// Both sides are always evaluated, so that a misfit shows in the first point and not in the one that reaches it.
  [[nodiscard]] bool truth(const Term& term) const {
    if (term.kind == Term::Kind::operation) {
      const auto& op = term.operation;
      if (op == "not") return !truth(*term.parts[0]);
      if (op == "and" || op == "or") {
        const bool a = truth(*term.parts[0]), b = truth(*term.parts[1]);
        return op == "and" ? a && b : a || b;
      }
      if (op == "in") {
        const Operand left = number(*term.parts[0]);
        bool found = false;
        for (std::size_t i = 1; i < term.parts.size(); ++i) found |= order(term, left, number(*term.parts[i]), true) == 0;
        return found;
      }
      if (op != "negative" && std::string_view("+-*/").find(op) == std::string_view::npos) {
        const int c = order(term, number(*term.parts[0]), number(*term.parts[1]), op == "=" || op == "!=");
        if (op == "=") return c == 0;
        if (op == "!=") return c != 0;
        if (op == "<") return c < 0;
        if (op == "<=") return c <= 0;
        return op == ">" ? c > 0 : c >= 0;
      }
    }
    if (term.kind != Term::Kind::operation) {
      const Operand value = number(term);
      if (!value.is_number && (value.text == "true" || value.text == "false")) return value.text == "true";
    }
    throw ConditionError(term.at, "this is a value; a condition compares, e.g. growth > 3");
  }
};

}  // namespace

Operand operand_of(std::string_view label) {
  if (const auto value = text::parse_double(label)) return {true, *value, {}};
  const auto blank = label.find(' ');
  if (blank != std::string_view::npos && blank + 1 < label.size()) {
    if (const auto value = text::parse_double(label.substr(0, blank))) return {true, *value, std::string(label.substr(blank + 1))};
  }
  return {false, 0, std::string(label)};
}

Condition::Condition(std::string_view text, const std::vector<std::string>& axes) : root_(Parser(text, axes).whole()) {}

bool Condition::holds(const std::function<Operand(std::size_t)>& value_of) const { return Evaluation{value_of}.truth(*root_); }

}  // namespace headroom::sweep
