#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/units/error.hpp"

namespace headroom::text {

/// A file that cannot be read, a malformed row, or a field that is not what was asked for. The message begins "FILE:LINE: ".
struct CsvError : InputError {
  using InputError::InputError;
};

struct CsvFormat {
  char delimiter = ',';
  /// Names of the columns of a file that has no header row.
  std::vector<std::string> header;
};

/// Reads RFC 4180 text row by row: quoted fields may hold delimiters, quotes (doubled) and line ends; line ends are LF or
/// CRLF; a byte order mark and wholly empty lines are passed over. A row with more or fewer fields than the header, a quote
/// inside a plain field, text after a closing quote, and a quote that never closes are errors.
class CsvReader {
 public:
  /// Opens a file; one whose name ends in ".gz" is unpacked while reading.
  explicit CsvReader(const std::filesystem::path& file, CsvFormat format = {});
  /// Reads from a text; `name` stands for the file in messages.
  CsvReader(std::string_view content, std::string name, CsvFormat format = {});
  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  /// Index of a column. Throws CsvError with the nearest name if there is none.
  [[nodiscard]] std::size_t column(std::string_view name) const;
  [[nodiscard]] std::optional<std::size_t> find_column(std::string_view name) const;

  /// Moves to the next row; false at the end. Fields of the row before become invalid.
  bool next();
  /// The field of the current row.
  [[nodiscard]] std::string_view operator[](std::size_t column) const { return fields_[column]; }
  [[nodiscard]] const std::vector<std::string_view>& fields() const { return fields_; }
  /// Line on which the current row begins, from 1.
  [[nodiscard]] std::int64_t line() const { return line_; }

  /// The field as a finite number. Throws CsvError.
  [[nodiscard]] double number(std::size_t column) const;
  [[nodiscard]] std::int64_t integer(std::size_t column) const;
  /// The same, nothing for an empty field.
  [[nodiscard]] std::optional<double> optional_number(std::size_t column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(std::size_t column) const;
  /// A CsvError at the current row, for faults that only the caller can see.
  [[nodiscard]] CsvError fault(std::string_view what) const;

 private:
  class Source;
  struct Cut {
    std::size_t begin, end;
    bool doubled;  ///< holds doubled quotes
  };

  void read_header();
  bool read_row();
  bool scan();
  [[nodiscard]] bool scan_quoted(std::size_t& at);
  bool refill();
  void finish_fields();
  [[nodiscard]] CsvError fault_at(std::int64_t line, std::string_view what) const;

  std::unique_ptr<Source> source_;
  std::string name_;
  char delimiter_ = ',';
  std::vector<std::string> header_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< of the row that is read next
  std::size_t end_ = 0;    ///< of the text in the buffer
  bool exhausted_ = false;
  std::vector<Cut> cuts_;
  std::vector<std::string_view> fields_;
  std::int64_t line_ = 0;
  std::int64_t next_line_ = 1;
};

/// Writes RFC 4180 text: LF line ends, a field is quoted only where it must be, numbers in the shortest form that reads back.
class CsvWriter {
 public:
  /// Writes the header at once. `out` must outlive the writer.
  CsvWriter(std::ostream& out, std::initializer_list<std::string_view> header);
  CsvWriter(std::ostream& out, const std::vector<std::string>& header);

  CsvWriter& add(std::string_view field);
  CsvWriter& add(const char* field) { return add(std::string_view(field)); }
  CsvWriter& add(double number);
  CsvWriter& add(std::int64_t number);
  CsvWriter& add(int number) { return add(static_cast<std::int64_t>(number)); }
  /// An unknown value: an empty field.
  CsvWriter& add(std::nullopt_t);
  template <class T>
  CsvWriter& add(const std::optional<T>& value) { return value ? add(*value) : add(std::nullopt); }
  /// Ends the row. Throws std::logic_error if it has more or fewer fields than the header.
  void end_row();

 private:
  void put(std::string_view text);

  std::ostream* out_;
  std::size_t columns_ = 0;
  std::size_t filled_ = 0;
  std::string row_;
};

}  // namespace headroom::text
