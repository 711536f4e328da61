#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "models/catalog/fact.hpp"
#include "models/catalog/fault.hpp"
#include "models/units/parse.hpp"

namespace headroom::catalog {

/// Reads one JSON object strictly: every key that is asked for is remembered, and `finish` calls each other key a fault.
/// Faults are collected, so that a file is mended in one go.
class ObjectReader {
 public:
  /// `owner` names the thing in messages about unknown facts: "chips.h100_sxm".
  ObjectReader(const nlohmann::json& object, std::string pointer, std::vector<Fault>& faults)
      : object_(&object), pointer_(std::move(pointer)), faults_(&faults) {
    if (!object.is_object()) fault("", "expected an object");
  }

  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  void require(std::string_view key) {
    if (!has(key)) fault("", fmt::format("has no \"{}\"", key));
  }
  /// Each leaves `out` as it is if the key is absent.
  void read(std::string_view key, std::string& out);
  void read(std::string_view key, std::vector<std::string>& out);
  void read(std::string_view key, int& out);
  void read(std::string_view key, double& out);
  void read(std::string_view key, bool& out);
  void read(std::string_view key, std::optional<int>& out);
  /// One of `words`.
  void read_word(std::string_view key, std::string& out, std::initializer_list<std::string_view> words);
  /// A fact: the bare value or `{value, low, high, source, as_of, status, note}`.
  template <class T>
  void read_fact(std::string_view key, Fact<T>& out) {
    const nlohmann::json* json = take(key);
    if (!json) return;
    if (!json->is_object()) {
      if (const auto value = read_value<T>(*json, key)) out = Fact<T>(*value, Provenance{});
      return;
    }
    ObjectReader inner(*json, pointer_ + "/" + std::string(key), *faults_);
    inner.require("value");
    const auto value = inner.value<T>("value"), low = inner.value<T>("low"), high = inner.value<T>("high");
    const Provenance from = inner.provenance();
    if (low.has_value() != high.has_value()) inner.fault("", "has only one of \"low\" and \"high\"");
    inner.finish();
    if (!value) return;
    out = Fact<T>(*value, from);
    if (low && high) out.set_bounds(*low, *high);
  }
  [[nodiscard]] Provenance provenance();
  void fault(std::string_view key, std::string message);
  /// Every key that nobody asked for is a fault, with the nearest key that was asked for.
  void finish();

 private:
  template <class T>
  [[nodiscard]] std::optional<T> value(std::string_view key) {
    const nlohmann::json* json = take(key);
    return json ? read_value<T>(*json, key) : std::nullopt;
  }
  template <class T>
  [[nodiscard]] std::optional<T> read_value(const nlohmann::json& json, std::string_view key) {
    if constexpr (std::is_same_v<T, std::string>) {
      if (json.is_string()) return json.get<std::string>();
      fault(key, "expected a text");
    } else if constexpr (std::is_same_v<T, int>) {
      if (json.is_number_integer()) return json.get<int>();
      fault(key, "expected a whole number");
    } else if constexpr (std::is_same_v<T, double>) {
      if (json.is_number()) return json.get<double>();
      fault(key, "expected a number");
    } else {
      if (json.is_string()) {
        try {
          return parse_as<T>(json.get<std::string>());
        } catch (const UnitError& error) {
          fault(key, error.what());
          return std::nullopt;
        }
      }
      fault(key, fmt::format("expected a text with unit, e.g. \"{}\"", example(dimension_of(T{}))));
    }
    return std::nullopt;
  }
  [[nodiscard]] const nlohmann::json* find(std::string_view key) const;
  [[nodiscard]] const nlohmann::json* take(std::string_view key);

  const nlohmann::json* object_;
  std::string pointer_;
  std::vector<Fault>* faults_;
  std::vector<std::string> known_;
};

}  // namespace headroom::catalog
