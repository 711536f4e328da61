#include "sim/scenario/node.hpp"

#include <fmt/format.h>

namespace headroom::scenario {

const Node* Node::find(std::string_view key) const {
  for (const Member& m : members) {
    if (m.key == key) return &m.value;
  }
  return nullptr;
}

Node* Node::find(std::string_view key) {
  for (Member& m : members) {
    if (m.key == key) return &m.value;
  }
  return nullptr;
}

std::string_view Node::id() const {
  const Node* id = find("id");
  return id != nullptr && id->is(Kind::string) ? std::string_view(id->text) : std::string_view();
}

std::string_view describe(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null: return "null";
    case Node::Kind::boolean: return "a truth value";
    case Node::Kind::number: return "a number";
    case Node::Kind::string: return "a string";
    case Node::Kind::array: return "a list";
    case Node::Kind::object: return "an object";
    case Node::Kind::broken: return "faulty text";
  }
  return "";
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

namespace {

void write(const Node& node, std::size_t limit, std::string& out) {
  if (limit != 0 && out.size() > limit) return;
  bool first = true;
  switch (node.kind) {
    case Node::Kind::null:
    case Node::Kind::broken: out += "null"; break;
    case Node::Kind::boolean: out += node.boolean ? "true" : "false"; break;
    case Node::Kind::number: out += node.text; break;
    case Node::Kind::string: out += json_string(node.text); break;
    case Node::Kind::array:
      out += '[';
      for (const Node& item : node.items) {
        if (!first) out += ", ";
        first = false;
        write(item, limit, out);
      }
      out += ']';
      break;
    case Node::Kind::object:
      out += '{';
      for (const Node::Member& m : node.members) {
        if (!first) out += ", ";
        first = false;
        out += json_string(m.key) + ": ";
        write(m.value, limit, out);
      }
      out += '}';
      break;
  }
}

}  // namespace

std::string to_json(const Node& node, std::size_t limit) {
  std::string out;
  write(node, limit, out);
  if (limit == 0 || out.size() <= limit) return out;
  std::size_t cut = limit;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0U) == 0x80U) --cut;  // not inside a character
  return out.substr(0, cut) + "…";
}

std::string pointer_token(std::string_view token) {
  std::string out;
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace headroom::scenario
