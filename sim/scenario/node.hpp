#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::scenario {

/// Where a piece of text stands: a source of the document, line and column (both from 1, columns in characters).
struct Position {
  std::uint32_t source = 0;
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// A JSON value that remembers where it was written. A plain tree: nothing in it points elsewhere.
struct Node {
  enum class Kind {
    null,
    boolean,
    number,
    string,
    array,
    object,
    broken,  ///< its text was faulty and has been reported; readers pass over it in silence
  };
  struct Member;

  Kind kind = Kind::null;
  Position position;                  ///< of the first character
  bool boolean = false;
  bool integral = false;        ///< a number written without point and exponent
  bool damaged = false;         ///< an array or object whose end or a member was lost to a fault: what is missing proves nothing
  double number = 0;
  std::string text;             ///< a string's characters; a number as it was written
  std::vector<Node> items;      ///< of an array
  std::vector<Member> members;  ///< of an object, in the order of the text

  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  /// Member of an object; null if there is none or this is no object.
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] Node* find(std::string_view key);
  /// The string member `id` of an object; empty if there is none.
  [[nodiscard]] std::string_view id() const;
};

struct Node::Member {
  std::string key;
  Position position;  ///< of the key
  Node value;
};

/// "an object", "a string", ... for messages.
[[nodiscard]] std::string_view describe(Node::Kind kind);
/// The value as compact JSON on one line, cut to about `limit` characters (0: whole).
[[nodiscard]] std::string to_json(const Node& node, std::size_t limit = 0);
/// A JSON string literal of `text`.
[[nodiscard]] std::string json_string(std::string_view text);
/// `token` as a part of a JSON pointer (RFC 6901: ~ and / are escaped).
[[nodiscard]] std::string pointer_token(std::string_view token);

}  // namespace headroom::scenario
