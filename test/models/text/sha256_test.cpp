#include "models/text/sha256.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "models/text/spreadsheet.hpp"
#include "models/units/error.hpp"

using namespace headroom;

TEST_CASE("SHA-256 gives the digests of NIST's examples", "[text][published]") {
  // FIPS 180-2 appendix B and NIST CAVP byte-oriented vectors.
  REQUIRE(text::sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  REQUIRE(text::sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  REQUIRE(text::sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  REQUIRE(text::sha256("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu") ==
          "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  REQUIRE(text::sha256(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("the digest does not depend on the pieces that were added", "[text]") {
  std::string all;
  for (int i = 0; i < 300; ++i) all.push_back(static_cast<char>(i * 7));
  for (std::size_t size = 1; size < 130; ++size) {
    text::Sha256 hash;
    for (std::size_t at = 0; at < all.size(); at += size) hash.add(std::string_view{all}.substr(at, size));
    REQUIRE(hash.hex() == text::sha256(all));
  }
}

TEST_CASE("a file that is not there has no digest", "[text]") {
  REQUIRE_THROWS_AS(text::sha256_of_file("no/such/file"), InputError);
}

TEST_CASE("a cell that a spreadsheet would run gets an apostrophe", "[text]") {
  REQUIRE(text::disarmed("=1+1") == "'=1+1");
  REQUIRE(text::disarmed("@a") == "'@a");
  REQUIRE(text::disarmed("a=b") == "a=b");
  REQUIRE(text::disarmed("").empty());
}
