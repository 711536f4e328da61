#pragma once
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace headroom::published {

/// A published result that a test reproduces. Each comparison is a CHECK and, where HEADROOM_CASES names a file, one line of
/// it: case, what, expected, obtained, relative difference, pass or fail, seconds since the line before; apart by tabs.
/// `tools/validation` prints these lines as one table.
class Case {
 public:
  explicit Case(std::string_view id) : id_(id) {}

  /// Passes if |obtained - expected| <= margin, which is in the unit of both.
  void within(std::string_view what, double expected, double obtained, double margin) {
    line(what, fmt::format("{:.10g}", expected), obtained, expected, std::abs(obtained - expected) <= margin);
  }
  /// Passes if obtained is off by at most the share `tolerance` of expected.
  void within_share(std::string_view what, double expected, double obtained, double tolerance) {
    within(what, expected, obtained, tolerance * std::abs(expected));
  }
  /// Passes inside a closed range: for counts of seeds inside an interval, and for what a publication bounds only.
  void between(std::string_view what, double low, double high, double obtained) {
    line(what, fmt::format("{:.6g}..{:.6g}", low, high), obtained, 0, obtained >= low && obtained <= high);
  }

 private:
  using Clock = std::chrono::steady_clock;

  void line(std::string_view what, const std::string& expected, double obtained, double centre, bool passes) {
    INFO(id_ << ", " << what << ": expected " << expected << ", obtained " << obtained);
    CHECK(passes);
    const std::chrono::duration<double> took = Clock::now() - last_;
    last_ = Clock::now();
    const char* path = std::getenv("HEADROOM_CASES");
    if (path == nullptr) return;
    std::FILE* file = std::fopen(path, "a");
    REQUIRE(file != nullptr);
    const std::string difference = centre == 0 ? std::string{"-"} : fmt::format("{:+.3f}%", 100 * (obtained / centre - 1));
    fmt::print(file, "{}\t{}\t{}\t{:.10g}\t{}\t{}\t{:.3f}\n", id_, what, expected, obtained, difference, passes ? "pass" : "FAIL", took.count());
    std::fclose(file);
  }

  std::string id_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace headroom::published
