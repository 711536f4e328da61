#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headroom::scenario {

class FieldTable;

/// What a value looks like in JSON: enough for the schema, the key reference and messages. Made beside the code that reads
/// the value, so that neither can say something else.
struct Form {
  enum class Kind { string, number, integer, boolean, list, object, map, any_of };
  Kind kind = Kind::string;
  std::string name;                 ///< for the key reference: "power", "date", "list of sites"
  std::string example;              ///< JSON
  std::vector<std::string> words;   ///< allowed words of a string
  std::string pattern;              ///< regular expression of a string
  std::optional<double> least, most;
  std::vector<Form> parts;          ///< list, map: of the entries; any_of: the alternatives
  std::optional<int> exactly;       ///< list: number of entries
  std::function<const FieldTable&()> table;  ///< object
  std::string fragment;             ///< a shared definition of the schema that stands for this form: "provenance"
};

/// One key of an object.
struct FieldInfo {
  std::string key;
  Form form;
  bool is_required = false;
  std::string default_text;         ///< JSON of the value without the key; empty: absent
  std::string doc;                  ///< one sentence
  std::string example;              ///< JSON; that of the form if empty
  std::string when_key;             ///< the key holds only where this key ...
  std::vector<std::string> when_words;  ///< ... has one of these words
  bool is_later = false;            ///< known in shape, refused: not simulated yet
};

/// The keys of an object and what they mean, without how they are read.
class FieldTable {
 public:
  FieldTable(std::string name, std::string doc) : name_(std::move(name)), doc_(std::move(doc)) {}
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& doc() const { return doc_; }
  [[nodiscard]] const std::vector<FieldInfo>& fields() const { return infos_; }

 protected:
  std::string name_;
  std::string doc_;
  std::vector<FieldInfo> infos_;
};

}  // namespace headroom::scenario
