#include "models/text/escape.hpp"

#include <catch2/catch.hpp>

using namespace headroom::text;

TEST_CASE("any bytes become text that an XML parser takes", "[text]") {
  REQUIRE(xml_escaped("a < b & \"c\" 'd' > e") == "a &lt; b &amp; &quot;c&quot; &apos;d&apos; &gt; e");
  REQUIRE(xml_escaped("one\ntwo\tthree") == "one&#10;two&#9;three");
  REQUIRE(xml_escaped("集群 ✓ 🙂") == "集群 ✓ 🙂");
  const std::string no = "\xEF\xBF\xBD";
  REQUIRE(xml_escaped("\x01 \x1b") == no + " " + no);
  REQUIRE(xml_escaped("\xff\xc3") == no + no);
  REQUIRE(xml_escaped("\xe4\xb8") == no + no);                        // a character that breaks off
  REQUIRE(xml_escaped("\xc0\xaf") == no + no);                        // '/' written too long
  REQUIRE(xml_escaped("\xed\xa0\x80") == no + no + no);               // half of a surrogate pair
  REQUIRE(xml_escaped("\xf4\x90\x80\x80") == no + no + no + no);      // above U+10FFFF
}

TEST_CASE("GitHub's commands keep per cent signs and line ends, properties colons and commas too", "[text]") {
  REQUIRE(workflow_message("99 %: a,\r\nb") == "99 %25: a,%0D%0Ab");
  REQUIRE(workflow_property("99 %: a,b") == "99 %25%3A a%2Cb");
}

TEST_CASE("paths become references that a URI parser takes", "[text]") {
  REQUIRE(uri_of_path("plans/a b.json") == "plans/a%20b.json");
  REQUIRE(uri_of_path("/srv/plans/ü%.json") == "file:///srv/plans/%C3%BC%25.json");
  REQUIRE(uri_of_path("c:d.json") == "c%3Ad.json");
}
