#include "models/text/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <cstring>
#include <fstream>
#include <istream>
#include <sstream>

#include "models/text/nearest.hpp"
#include "models/text/number.hpp"

namespace headroom::text {

// The reader keeps one buffer. A row is scanned where it lies; if the text ends before the row does, the row is moved to the
// front, more is read, and the scan starts again. Nothing in the buffer changes before the row is whole: then doubled quotes
// are closed up in place and the fields are views into the buffer.

class CsvReader::Source {
 public:
  explicit Source(const std::filesystem::path& file) : raw_(file, std::ios::binary) {
    if (!raw_) throw CsvError(fmt::format("{}: cannot be opened", file.string()));
    if (file.extension() == ".gz") {
      unpacked_.push(boost::iostreams::gzip_decompressor());
      unpacked_.push(raw_);
      from_ = &unpacked_;
    } else {
      from_ = &raw_;
    }
  }

  std::size_t read(char* to, std::size_t size) {
    try {
      from_->read(to, static_cast<std::streamsize>(size));
    } catch (const boost::iostreams::gzip_error&) {
      throw CsvError("is not a whole gzip file");
    }
    if (from_->bad()) throw CsvError("cannot be read to its end");
    return static_cast<std::size_t>(from_->gcount());
  }

 private:
  std::ifstream raw_;
  boost::iostreams::filtering_istream unpacked_;
  std::istream* from_ = nullptr;
};

namespace {
constexpr std::size_t first_buffer = std::size_t{1} << 18;
}

CsvReader::CsvReader(const std::filesystem::path& file, CsvFormat format)
    : source_(std::make_unique<Source>(file)), name_(file.string()), delimiter_(format.delimiter), header_(std::move(format.header)) {
  buffer_.resize(first_buffer);
  read_header();
}

CsvReader::CsvReader(std::string_view content, std::string name, CsvFormat format)
    : name_(std::move(name)), delimiter_(format.delimiter), header_(std::move(format.header)) {
  buffer_.assign(content.begin(), content.end());
  end_ = buffer_.size();
  exhausted_ = true;
  read_header();
}

CsvReader::~CsvReader() = default;

void CsvReader::read_header() {
  while (end_ < 3 && refill()) {
  }
  if (end_ >= 3 && std::string_view(buffer_.data(), 3) == "\xEF\xBB\xBF") begin_ = 3;
  if (!header_.empty()) return;
  if (!read_row()) throw fault_at(1, "is empty; expected a header row");
  for (const std::string_view field : fields_) {
    if (std::find(header_.begin(), header_.end(), field) != header_.end()) {
      throw fault(fmt::format("column \"{}\" occurs twice", field));
    }
    header_.emplace_back(field);
  }
  fields_.clear();
}

std::optional<std::size_t> CsvReader::find_column(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

std::size_t CsvReader::column(std::string_view name) const {
  if (const auto found = find_column(name)) return *found;
  throw fault_at(1, fmt::format("has no column \"{}\"{}", name, did_you_mean(name, header_)));
}

bool CsvReader::next() {
  // An empty line is a row of one empty field; only a table of one column can mean it.
  do {
    if (!read_row()) {
      fields_.clear();
      return false;
    }
  } while (fields_.size() == 1 && fields_[0].empty() && header_.size() > 1);
  if (fields_.size() != header_.size()) {
    throw fault(fmt::format("{} fields where the header has {}", fields_.size(), header_.size()));
  }
  return true;
}

bool CsvReader::read_row() {
  line_ = next_line_;
  while (!scan()) {
    if (!refill()) return false;
  }
  finish_fields();
  return true;
}

/// Cuts the row at `begin_` into fields and moves `begin_` behind it. False if the buffer ends before the row.
bool CsvReader::scan() {
  if (begin_ == end_) return false;
  cuts_.clear();
  const char* const text = buffer_.data();
  std::size_t at = begin_;
  while (true) {
    if (at < end_ && text[at] == '"') {
      if (!scan_quoted(at)) return false;
    } else {
      const std::size_t start = at;
      while (at < end_ && text[at] != delimiter_ && text[at] != '\n' && text[at] != '"') ++at;
      if (at < end_ && text[at] == '"') throw fault("a quote inside a field that does not begin with one");
      std::size_t stop = at;
      if (stop > start && text[stop - 1] == '\r' && (at == end_ || text[at] == '\n')) --stop;
      cuts_.push_back({start, stop, false});
    }
    if (at == end_) {
      if (!exhausted_) return false;
      break;
    }
    if (text[at] == '\n') {
      ++at;
      break;
    }
    ++at;  // the delimiter; an empty last field follows even at the end of the text
  }
  begin_ = at;
  ++next_line_;
  return true;
}

/// Cuts the quoted field at `at` and moves `at` to the delimiter or line end behind it. False if the buffer ends before.
bool CsvReader::scan_quoted(std::size_t& at) {
  const char* const text = buffer_.data();
  const std::size_t start = at + 1;
  bool doubled = false;
  std::size_t stop = start;
  while (true) {
    const void* quote = stop < end_ ? std::memchr(text + stop, '"', end_ - stop) : nullptr;
    if (!quote) {
      if (exhausted_) throw fault("a quote is opened and never closed");
      return false;
    }
    stop = static_cast<std::size_t>(static_cast<const char*>(quote) - text);
    if (stop + 1 == end_ && !exhausted_) return false;
    if (stop + 1 < end_ && text[stop + 1] == '"') {
      doubled = true;
      stop += 2;
      continue;
    }
    break;
  }
  cuts_.push_back({start, stop, doubled});
  at = stop + 1;
  if (at < end_ && text[at] == '\r') {
    if (at + 1 == end_ && !exhausted_) return false;
    if (at + 1 == end_ || text[at + 1] == '\n') ++at;
  }
  if (at < end_ && text[at] != delimiter_ && text[at] != '\n') throw fault("text after a closing quote");
  return true;
}

bool CsvReader::refill() {
  if (exhausted_) return false;
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
  std::size_t got = 0;
  try {
    got = source_->read(buffer_.data() + end_, buffer_.size() - end_);
  } catch (const CsvError& error) {
    throw fault_at(next_line_, error.what());
  }
  end_ += got;
  exhausted_ = got == 0;
  return got > 0 || begin_ < end_;
}

void CsvReader::finish_fields() {
  fields_.clear();
  for (const Cut& cut : cuts_) {
    char* const first = buffer_.data() + cut.begin;
    std::size_t size = cut.end - cut.begin;
    if (cut.begin > 0 && buffer_[cut.begin - 1] == '"') next_line_ += std::count(first, first + size, '\n');
    if (cut.doubled) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < size; ++i) {
        first[kept++] = first[i];
        if (first[i] == '"') ++i;
      }
      size = kept;
    }
    fields_.emplace_back(first, size);
  }
}

double CsvReader::number(std::size_t column) const {
  if (const auto value = parse_double(fields_[column])) return *value;
  throw fault(fmt::format("{} is \"{}\"; expected a number", header_[column], fields_[column]));
}

std::int64_t CsvReader::integer(std::size_t column) const {
  if (const auto value = parse_int(fields_[column])) return *value;
  throw fault(fmt::format("{} is \"{}\"; expected an integer", header_[column], fields_[column]));
}

std::optional<double> CsvReader::optional_number(std::size_t column) const {
  if (fields_[column].empty()) return std::nullopt;
  return number(column);
}

std::optional<std::int64_t> CsvReader::optional_integer(std::size_t column) const {
  if (fields_[column].empty()) return std::nullopt;
  return integer(column);
}

CsvError CsvReader::fault(std::string_view what) const { return fault_at(line_, what); }

CsvError CsvReader::fault_at(std::int64_t line, std::string_view what) const {
  return CsvError(fmt::format("{}:{}: {}", name_, line, what));
}

CsvWriter::CsvWriter(std::ostream& out, std::initializer_list<std::string_view> header) : out_(&out), columns_(header.size()) {
  for (const std::string_view name : header) add(name);
  end_row();
}

CsvWriter::CsvWriter(std::ostream& out, const std::vector<std::string>& header) : out_(&out), columns_(header.size()) {
  for (const std::string& name : header) add(std::string_view(name));
  end_row();
}

void CsvWriter::put(std::string_view text) {
  if (filled_++ > 0) row_ += ',';
  row_ += text;
}

CsvWriter& CsvWriter::add(std::string_view field) {
  const auto is_special = [](char c) { return c == ',' || c == '"' || c == '\n' || c == '\r'; };
  if (std::none_of(field.begin(), field.end(), is_special)) {
    put(field);
    return *this;
  }
  put("\"");
  for (const char c : field) {
    if (c == '"') row_ += '"';
    row_ += c;
  }
  row_ += '"';
  return *this;
}

CsvWriter& CsvWriter::add(double number) {
  put(shortest(number));
  return *this;
}

CsvWriter& CsvWriter::add(std::int64_t number) {
  put(fmt::to_string(number));
  return *this;
}

CsvWriter& CsvWriter::add(std::nullopt_t) {
  put("");
  return *this;
}

void CsvWriter::end_row() {
  if (filled_ != columns_) throw std::logic_error(fmt::format("a row of {} fields under a header of {}: {}", filled_, columns_, row_));
  row_ += '\n';
  out_->write(row_.data(), static_cast<std::streamsize>(row_.size()));
  row_.clear();
  filled_ = 0;
}

}  // namespace headroom::text
