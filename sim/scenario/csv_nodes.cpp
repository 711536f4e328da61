#include "sim/scenario/csv_nodes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "models/text/csv.hpp"
#include "models/text/number.hpp"
#include "models/units/nearest.hpp"
#include "models/text/utf8.hpp"

namespace headroom::scenario {

namespace {

/// Characters of a field as a careful writer puts it: quoted only if it must be.
std::uint32_t width(std::string_view field) {
  const auto quotes = static_cast<std::uint32_t>(std::count(field.begin(), field.end(), '"'));
  const bool quoted = field.find_first_of(",\"\r\n") != std::string_view::npos;
  return text::characters(field) + (quoted ? 2 + quotes : 0);
}

Node cell(std::string_view field, Position at) {
  Node node;
  node.position = at;
  node.text = std::string(field);
  node.kind = Node::Kind::string;
  if (const auto number = text::parse_double(field)) {
    node.kind = Node::Kind::number;
    node.number = *number;
  }
  return node;
}

/// "deliveries.csv:4: message" -> line 4 and the message.
void report_csv(Reader& reader, std::uint32_t source, std::string_view message) {
  const std::string& name = reader.source(source).name;
  std::uint32_t line = 1;
  if (message.starts_with(name + ":")) {
    message.remove_prefix(name.size() + 1);
    const auto [end, error] = std::from_chars(message.data(), message.data() + message.size(), line);
    message.remove_prefix(static_cast<std::size_t>(end - message.data()));
    while (!message.empty() && (message.front() == ':' || message.front() == ' ')) message.remove_prefix(1);
    if (error != std::errc{}) line = 1;
  }
  reader.fault(Position{source, std::max(line, 1U), 1}, std::string(message));
}

/// The conditions of `where`: column index and text.
std::optional<std::vector<std::pair<std::size_t, std::string>>> conditions(Reader& reader, const Node* where,
                                                                           const text::CsvReader& csv) {
  std::vector<std::pair<std::size_t, std::string>> out;
  if (where == nullptr) return out;
  const auto here = reader.step("where");
  if (!where->is(Node::Kind::object)) {
    reader.wrong_kind(*where, "an object of column and text");
    return std::nullopt;
  }
  for (const Node::Member& m : where->members) {
    const auto column = csv.find_column(m.key);
    if (!column || !(m.value.is(Node::Kind::string) || m.value.is(Node::Kind::number))) {
      reader.fault(m.position, fmt::format("the file has no column {}", json_string(m.key)), "a column and the text that it must have",
                   nearest(m.key, csv.header()).value_or(""));
      return std::nullopt;
    }
    out.emplace_back(*column, m.value.text);
  }
  return out;
}

/// Calls `row(csv, positions of the cells)` for every row that agrees with `where`.
bool each_row(Reader& reader, std::uint32_t source, const Node* where,
              const std::function<bool(const text::CsvReader&)>& header,
              const std::function<void(const text::CsvReader&, const std::vector<Position>&)>& row) {
  try {
    text::CsvReader csv(reader.source(source).text, reader.source(source).name);
    const auto only = conditions(reader, where, csv);  // first: a misspelt condition makes its column look like an unknown one
    if (!only || !header(csv)) return false;
    while (csv.next()) {
      const auto agrees = [&](const auto& c) { return csv[c.first] == c.second; };
      if (!std::all_of(only->begin(), only->end(), agrees)) continue;
      std::vector<Position> at;
      std::uint32_t column = 1;
      for (const std::string_view field : csv.fields()) {
        at.push_back({source, static_cast<std::uint32_t>(csv.line()), column});
        column += width(field) + 1;
      }
      row(csv, at);
    }
    return true;
  } catch (const text::CsvError& e) {
    report_csv(reader, source, e.what());
    return false;
  }
}

}  // namespace

std::optional<std::vector<std::vector<Node>>> read_csv_columns(Reader& reader, const Node& file,
                                                               const std::vector<std::string>& columns, const Node* where,
                                                               const std::vector<const Node*>& named_by) {
  const auto source = reader.open_csv(file);
  if (!source) return std::nullopt;
  std::vector<std::size_t> index;
  std::vector<std::vector<Node>> rows;
  const auto header = [&](const text::CsvReader& csv) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto found = csv.find_column(columns[i]);
      if (!found) {
        reader.fault(named_by[i] == nullptr ? file : *named_by[i],
                     fmt::format("{} has no column {}", reader.source(*source).name, json_string(columns[i])),
                     fmt::format("one of {}", fmt::join(csv.header(), ", ")), nearest(columns[i], csv.header()).value_or(""));
        return false;
      }
      index.push_back(*found);
    }
    return true;
  };
  const auto row = [&](const text::CsvReader& csv, const std::vector<Position>& at) {
    std::vector<Node> cells;
    for (const std::size_t i : index) cells.push_back(cell(csv[i], at[i]));
    rows.push_back(std::move(cells));
  };
  if (!each_row(reader, *source, where, header, row)) return std::nullopt;
  return rows;
}

std::optional<Node> read_csv_list(Reader& reader, const Node& node, const std::vector<FieldInfo>& keys) {
  static constexpr std::array<std::string_view, 3> own{"csv", "where", "note"};
  const std::size_t before = reader.faults();
  for (const Node::Member& m : node.members) {
    if (std::find(own.begin(), own.end(), m.key) != own.end()) continue;
    const auto here = reader.step(m.key);
    reader.fault(m.position, fmt::format("unknown key {} beside a CSV file", json_string(m.key)), "csv, where, note",
                 nearest(m.key, own).value_or(""));
  }
  const Node* file = node.find("csv");
  if (file == nullptr) {
    reader.fault(node, "an object where a list belongs", "a list, or {csv: \"file.csv\"}");
    return std::nullopt;
  }
  const auto here = reader.step("csv");
  const auto source = reader.open_csv(*file);
  if (!source) return std::nullopt;
  Node list;
  list.kind = Node::Kind::array;
  list.position = node.position;
  const Node* where = node.find("where");
  const auto header = [&](const text::CsvReader& csv) {
    std::vector<std::string_view> known;
    for (const FieldInfo& key : keys) known.push_back(key.key);
    for (const std::string& column : csv.header()) {
      const bool condition = where != nullptr && where->find(column) != nullptr;
      if (condition || std::find(known.begin(), known.end(), column) != known.end()) continue;
      reader.fault(Position{*source, 1, 1}, fmt::format("unknown column {}", json_string(column)),
                   fmt::format("{}", fmt::join(known, ", ")), nearest(column, known).value_or(""));
    }
    return reader.faults() == before;
  };
  const auto row = [&](const text::CsvReader& csv, const std::vector<Position>& at) {
    Node entry;
    entry.kind = Node::Kind::object;
    entry.position = at.front();
    for (std::size_t i = 0; i < csv.header().size(); ++i) {
      const std::string& column = csv.header()[i];
      if (csv[i].empty() || (where != nullptr && where->find(column) != nullptr)) continue;
      entry.members.push_back({column, at[i], cell(csv[i], at[i])});
    }
    list.items.push_back(std::move(entry));
  };
  if (!each_row(reader, *source, where, header, row)) return std::nullopt;
  return list;
}

}  // namespace headroom::scenario
