#include "models/text/csv.hpp"

#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/text/number.hpp"

using namespace headroom::text;
using Catch::Matchers::Contains;

namespace {

std::vector<std::vector<std::string>> rows_of(CsvReader& reader) {
  std::vector<std::vector<std::string>> rows;
  while (reader.next()) rows.emplace_back(reader.fields().begin(), reader.fields().end());
  return rows;
}

std::vector<std::vector<std::string>> rows_of(std::string_view text) {
  CsvReader reader(text, "t.csv");
  return rows_of(reader);
}

using Rows = std::vector<std::vector<std::string>>;

/// A file that is gone when the test is over.
struct TemporaryFile {
  std::filesystem::path path;
  explicit TemporaryFile(const std::string& name) : path(std::filesystem::temp_directory_path() / ("headroom_csv_test_" + name)) {}
  ~TemporaryFile() { std::filesystem::remove(path); }
};

}  // namespace

TEST_CASE("quoted fields hold commas, quotes and line ends", "[text]") {
  REQUIRE(rows_of("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\nlines\",\n") == Rows{{"x,y", "say \"hi\""}, {"two\nlines", ""}});
}

TEST_CASE("line ends may be CRLF, the last may be missing, a byte order mark is passed over", "[text]") {
  REQUIRE(rows_of("\xEF\xBB\xBF" "a,b\r\n1,2\r\n\"3\",\"4\"\r\n") == Rows{{"1", "2"}, {"3", "4"}});
  REQUIRE(rows_of("a,b\n1,2") == Rows{{"1", "2"}});
  REQUIRE(rows_of("a,b\n1,") == Rows{{"1", ""}});
  REQUIRE(rows_of("a,b\n1,2\n\n3,4\n\n") == Rows{{"1", "2"}, {"3", "4"}});
  REQUIRE(rows_of("a\n1\n\n2\n") == Rows{{"1"}, {""}, {"2"}});
}

TEST_CASE("a malformed row is an error at its line", "[text]") {
  REQUIRE_THROWS_WITH(rows_of("a,b\n1,2\n3\n"), "t.csv:3: 1 fields where the header has 2");
  REQUIRE_THROWS_WITH(rows_of("a,b\n1,2,3\n"), "t.csv:2: 3 fields where the header has 2");
  REQUIRE_THROWS_WITH(rows_of("a,b\n\"x\ny\",2\n\"3,4\n"), "t.csv:4: a quote is opened and never closed");
  REQUIRE_THROWS_WITH(rows_of("a,b\n\"1\"x,2\n"), "t.csv:2: text after a closing quote");
  REQUIRE_THROWS_WITH(rows_of("a,b\n5\" disk,2\n"), Contains("t.csv:2: a quote inside a field"));
  REQUIRE_THROWS_WITH(rows_of(""), Contains("t.csv:1: is empty"));
  REQUIRE_THROWS_WITH(rows_of("a,a\n"), Contains("column \"a\" occurs twice"));
}

TEST_CASE("columns are found by name, with the nearest name for a misspelt one", "[text]") {
  CsvReader reader("tokens,seconds\n5,x\n", "t.csv");
  REQUIRE(reader.column("seconds") == 1);
  REQUIRE_FALSE(reader.find_column("second"));
  REQUIRE_THROWS_WITH(reader.column("secnods"), "t.csv:1: has no column \"secnods\"; did you mean \"seconds\"?");
  REQUIRE(reader.next());
  REQUIRE(reader.integer(0) == 5);
  REQUIRE(reader.number(0) == 5.0);
  REQUIRE_THROWS_WITH(reader.number(1), "t.csv:2: seconds is \"x\"; expected a number");
  REQUIRE_FALSE(reader.next());
  REQUIRE_FALSE(reader.next());
}

TEST_CASE("a file without a header and with another delimiter", "[text]") {
  CsvReader reader("1\t2\n3\t\n", "t.tsv", {'\t', {"x", "y"}});
  REQUIRE(reader.next());
  REQUIRE(reader[reader.column("y")] == "2");
  REQUIRE(reader.next());
  REQUIRE_FALSE(reader.optional_number(1));
  REQUIRE(reader.line() == 2);
}

TEST_CASE("rows come out the same whatever the buffer cuts, plain and gzip", "[text]") {
  // Rows of growing length, so that the ends of the reader's buffer fall everywhere, one of them longer than the buffer.
  std::ostringstream text;
  CsvWriter writer(text, {"n", "text"});
  Rows expected;
  for (int n = 0; n < 3000; ++n) {
    std::string field(static_cast<std::size_t>(n == 1500 ? 600'000 : n % 700), 'x');
    if (n % 3 == 0) field += "\"q\"";
    if (n % 5 == 0) field += "\r\n,";
    writer.add(n).add(field).end_row();
    expected.push_back({std::to_string(n), field});
  }
  const TemporaryFile plain("plain.csv"), packed("packed.csv.gz");
  std::ofstream(plain.path, std::ios::binary) << text.str();
  {
    std::ofstream file(packed.path, std::ios::binary);
    boost::iostreams::filtering_ostream out;
    out.push(boost::iostreams::gzip_compressor());
    out.push(file);
    out << text.str();
  }
  CsvReader from_plain(plain.path), from_packed(packed.path);
  REQUIRE((rows_of(from_plain) == expected));
  REQUIRE((rows_of(from_packed) == expected));
  REQUIRE((rows_of(text.str()) == expected));
  std::filesystem::resize_file(packed.path, std::filesystem::file_size(packed.path) / 2);
  CsvReader broken(packed.path);
  REQUIRE_THROWS_AS(rows_of(broken), CsvError);
}

TEST_CASE("a file that is not there is an error that names it", "[text]") {
  REQUIRE_THROWS_WITH(CsvReader(std::filesystem::path("nowhere/x.csv")), "nowhere/x.csv: cannot be opened");
}

TEST_CASE("what is written reads back, and a short row is our own fault", "[text]") {
  std::ostringstream text;
  CsvWriter writer(text, {"a", "b", "c"});
  writer.add("plain").add(0.1).add(std::nullopt).end_row();
  writer.add("x,\"y\"").add(std::int64_t{1} << 60).add(-0.0).end_row();
  REQUIRE(text.str() == "a,b,c\nplain,0.1,\n\"x,\"\"y\"\"\",1152921504606846976,0\n");
  writer.add("only one");
  REQUIRE_THROWS_AS(writer.end_row(), std::logic_error);
}

TEST_CASE("numbers are strict on reading and shortest on writing", "[text]") {
  REQUIRE(parse_double("-1.5e3") == -1500.0);
  for (const char* text : {"", " 1", "1 ", "nan", "inf", "0x10", "1,000", "1e999", "+1"}) {
    CAPTURE(text);
    REQUIRE_FALSE(parse_double(text));
    REQUIRE_FALSE(parse_int(text));
  }
  REQUIRE_FALSE(parse_int("3.0"));
  REQUIRE(shortest(1e15) == "1000000000000000");
  REQUIRE(shortest(0.1) == "0.1");
  REQUIRE(shortest(-0.0) == "0");
  for (const double value : {1.0 / 3, 2.5e-300, 1e22, 123456.789}) REQUIRE(parse_double(shortest(value)) == value);
  REQUIRE_THROWS_AS(shortest(1.0 / 0.0), std::domain_error);
}
