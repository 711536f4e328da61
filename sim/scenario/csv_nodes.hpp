#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/reader.hpp"
#include "sim/scenario/fields.hpp"

namespace headroom::scenario {

/// Rows of a CSV file as nodes with their positions in that file: a cell that is a JSON number becomes one, others are
/// strings. `columns` are the wanted ones; `named_by` the nodes that name them (null: a default), for messages.
/// `where` is an object of column: text; only rows that agree are taken. Nothing (reported) after a fault.
[[nodiscard]] std::optional<std::vector<std::vector<Node>>> read_csv_columns(Reader& reader, const Node& file,
                                                                             const std::vector<std::string>& columns,
                                                                             const Node* where,
                                                                             const std::vector<const Node*>& named_by);

/// {csv: "file.csv", where: {column: "text"}} as the list of objects that its rows are; columns are keys.
[[nodiscard]] std::optional<Node> read_csv_list(Reader& reader, const Node& node, const std::vector<FieldInfo>& keys);

/// A list of flat objects, or a CSV file with a row for each.
template <class T>
Type<std::vector<T>> list_or_csv(const Table<T>& (*table)(), int least = 0) {
  Type<std::vector<T>> list = list_of(object(table), least);
  Type<std::vector<T>> type;
  type.form.kind = Form::Kind::any_of;
  type.form.name = list.form.name;
  Form csv;
  csv.kind = Form::Kind::object;
  csv.fragment = "csv_list";
  type.form.parts = {list.form, csv};
  type.read = [list, table](Reader& r, const Node& node, std::vector<T>& out) {
    if (!node.is(Node::Kind::object)) return list.read(r, node, out);
    const auto rows = read_csv_list(r, node, table().fields());
    return rows && list.read(r, *rows, out);
  };
  return type;
}

}  // namespace headroom::scenario
