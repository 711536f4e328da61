#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/issue.hpp"
#include "sim/scenario/node.hpp"

namespace headroom::scenario {

/// A text that took part in a document.
struct Source {
  enum class Kind { file, include, overlay, set, csv };
  Kind kind = Kind::file;
  std::string name;  ///< path as the user or the including file gave it; "--set PATH=VALUE" for the command line
  std::string text;  ///< its bytes
};
/// "file", "include", "overlay", "--set", "csv".
[[nodiscard]] std::string_view to_string(Source::Kind kind);

/// The contents of a file, or nothing if it cannot be read. The only edge to the disk; tests hand in a map.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;
[[nodiscard]] std::optional<std::string> read_from_disk(const std::string& path);

/// Scenario, overlays and settings merged into one tree, each value with its position in the source it came from.
struct Document {
  Node root;
  std::vector<Source> sources;  ///< in order of reading; `Position::source` counts into it
  std::vector<Issue> issues;    ///< faults of the texts and of the merging
};

/// What a user names on the command line.
struct Request {
  std::string path;
  std::vector<std::string> overlays;  ///< files
  std::vector<std::string> sets;      ///< PATH=VALUE
};

/// Reads and merges in the order of effect: includes, file, overlays left to right, then sets.
///
/// `"include": ["parts/x.json"]` names files relative to the including one; the including file lies over them. A file over
/// another: objects merge by key, null deletes, lists whose entries have a name merge by it, every other value is
/// replaced. The name of an entry is its `id`, or else year and purpose ("2026:chips"), currency, origin, region,
/// architecture or chip. An object laid over such a list addresses entries by name: `{"orders": {"h200": null}}`.
///
/// PATH is keys and names with points between, `orders.h200.price`; a key that holds a point may stand in quotes.
/// VALUE is JSON, or else a string: `start=2026-01-01`, `fx.USD=6.7`, `orders.h200=null`.
///
/// Throws nothing for faults of the input: they are in `issues`.
[[nodiscard]] Document read_document(const Request& request, const ReadFile& read_file);

/// The name of a list's entry (see above); empty if it has none.
[[nodiscard]] std::string entry_name(const Node& entry);
/// Names of all entries of a list; nothing unless all have one and no two are equal.
[[nodiscard]] std::optional<std::vector<std::string>> entry_names(const Node& list);

}  // namespace headroom::scenario
