#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "models/units/nearest.hpp"
#include "sim/scenario/form.hpp"
#include "sim/scenario/reader.hpp"
#include "sim/scenario/types.hpp"

// A struct of the scenario is described by one table: a line a key says its name, how it is read, what it means and where
// the value goes. Reading, the schema and the key reference walk the same table, so that a key cannot be read and not
// documented, or documented and not read. To add a key: a member in scenario.hpp and a line in its table.

namespace headroom::scenario {

namespace detail {
/// Values that may be written with their range and source: numbers, quantities, amounts, dates and spans, but no names or words.
template <class V>
inline constexpr bool has_evidence = std::is_same_v<V, double> || std::is_same_v<V, int> || std::is_same_v<V, std::int64_t> ||
                                     std::is_same_v<V, Date> || std::is_same_v<V, CalendarSpan> || std::is_same_v<V, Money>;
template <int T, int D, int W, int E, int K, int M>
inline constexpr bool has_evidence<Quantity<T, D, W, E, K, M>> = true;
template <class Per>
inline constexpr bool has_evidence<Price<Per>> = true;
}  // namespace detail

/// The keys of the objects that become a `T`.
template <class T>
class Table : public FieldTable {
 public:
  using FieldTable::FieldTable;

  /// Says more about the key that was added last.
  class Refine {
   public:
    explicit Refine(FieldInfo& info) : info_(info) {}
    Refine& required() { info_.is_required = true; info_.default_text.clear(); return *this; }
    Refine& example(std::string json) { info_.example = std::move(json); return *this; }
    /// What an absent key means where the member's initial value does not say it; a note in words.
    Refine& absent(std::string meaning) { info_.default_text = std::move(meaning); return *this; }
    /// The key holds only where `key` has one of `words`.
    Refine& when(std::string key, std::vector<std::string> words) {
      info_.when_key = std::move(key);
      info_.when_words = std::move(words);
      return *this;
    }

   private:
    FieldInfo& info_;
  };

  /// A key whose value becomes `member` (of type V or optional<V>).
  template <class V, class M>
  Refine add(std::string key, M T::*member, Type<V> type, std::string doc) {
    std::string initial;
    if constexpr (std::is_same_v<V, M>) {
      if (type.show) initial = type.show(T{}.*member);
    }
    return add_with(std::move(key), std::move(type),
                    std::function<void(T&, V)>([member](T& out, V value) { out.*member = std::move(value); }), std::move(doc),
                    std::move(initial));
  }

  /// A key whose value is taken by a function.
  template <class V>
  Refine add_with(std::string key, Type<V> type, std::function<void(T&, V)> take, std::string doc, std::string initial = {}) {
    if constexpr (detail::has_evidence<V>) type = plain_of(std::move(type));
    infos_.push_back({std::move(key), type.form, false, std::move(initial), std::move(doc), {}, {}, {}, false});
    readers_.push_back([read = std::move(type.read), take = std::move(take)](Reader& r, const Node& node, T& out) {
      V value{};
      if (read(r, node, value)) take(out, std::move(value));
    });
    return Refine(infos_.back());
  }

  /// A key whose object holds further members of the same struct.
  void add_group(std::string key, const Table<T>& (*table)(), std::string doc) {
    Form form;
    form.kind = Form::Kind::object;
    form.name = table().name();
    form.table = [table]() -> const FieldTable& { return table(); };
    infos_.push_back({std::move(key), form, false, {}, std::move(doc), {}, {}, {}, false});
    readers_.push_back([table](Reader& r, const Node& node, T& out) { table().read(r, node, out); });
  }

  /// A key that is known in shape but refused with a message, because nothing simulates it yet.
  void add_later(std::string key, std::string doc, std::string instead) {
    Form form;
    form.kind = Form::Kind::object;
    form.name = "not simulated yet";
    infos_.push_back({key, form, false, {}, std::move(doc), {}, {}, {}, true});
    readers_.push_back([key, instead = std::move(instead)](Reader& r, const Node& node, T&) {
      r.fault(node, json_string(key) + " is not simulated yet", instead);
    });
  }

  /// Conditions between keys; called when all keys were read without a fault.
  void check(std::function<void(Reader&, const Node&, T&)> condition) { checks_.push_back(std::move(condition)); }

  /// Reads again an object that was found good, over the values of `out`; records nothing.
  void read_quietly(Reader& r, const Node& node, T& out) const {
    for (std::size_t i = 0; i < infos_.size(); ++i) {
      const Node* value = node.find(infos_[i].key);
      if (value != nullptr) readers_[i](r, *value, out);
    }
  }

  /// Reads the object. Faults are reported to the reader; true if there was none.
  bool read(Reader& r, const Node& node, T& out) const {
    if (!node.is(Node::Kind::object)) {
      r.wrong_kind(node, "an object: " + name_);
      return false;
    }
    const std::size_t before = r.faults();
    refuse_unknown(r, node);
    for (std::size_t i = 0; i < infos_.size(); ++i) read_key(r, node, infos_[i], readers_[i], out);
    if (r.faults() == before && !node.damaged) {
      for (const auto& condition : checks_) condition(r, node, out);
    }
    return r.faults() == before;
  }

 private:
  void refuse_unknown(Reader& r, const Node& node) const;
  void read_key(Reader& r, const Node& node, const FieldInfo& info,
                const std::function<void(Reader&, const Node&, T&)>& reader, T& out) const;

  std::vector<std::function<void(Reader&, const Node&, T&)>> readers_;
  std::vector<std::function<void(Reader&, const Node&, T&)>> checks_;
};

namespace detail {
void refuse_unknown_keys(Reader& reader, const Node& node, const FieldTable& table);
/// The value of the key, or null; reports a missing required key and a key that does not hold for the object's kind.
const Node* find_key(Reader& reader, const Node& node, const FieldInfo& info);
}  // namespace detail

template <class T>
void Table<T>::refuse_unknown(Reader& r, const Node& node) const { detail::refuse_unknown_keys(r, node, *this); }

template <class T>
void Table<T>::read_key(Reader& r, const Node& node, const FieldInfo& info,
                        const std::function<void(Reader&, const Node&, T&)>& reader, T& out) const {
  const Node* value = detail::find_key(r, node, info);
  if (value == nullptr) return;
  const auto here = r.step(info.key);
  if (info.form.kind != Form::Kind::list && info.form.kind != Form::Kind::map && !info.form.table) r.record(*value);
  reader(r, *value, out);
}

/// An object described by a table, as the value of a key or the entry of a list.
template <class T>
Type<T> object(const Table<T>& (*table)()) {
  Form form;
  form.kind = Form::Kind::object;
  form.name = table().name();
  form.table = [table]() -> const FieldTable& { return table(); };
  return {form, [table](Reader& r, const Node& node, T& out) { return table().read(r, node, out); }, {}};
}

}  // namespace headroom::scenario
