#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/finance/ledger.hpp"

namespace headroom::finance {

/// How one part of a bundle (chip, host, network, ...) is written off. Shares of a bundle's parts sum to 1.
struct PartLife {
  std::string part;
  double share = 1;           ///< of the bundle's cost
  CalendarSpan life{60, 0};   ///< from the day of readiness
  double residual_share = 0;  ///< of the part's cost, not depreciated
};

/// A price with its taxes. Duty is cost; recoverable value-added tax is a receivable, the rest of it is cost.
struct LandedCost {
  Money price;           ///< before tax
  Money duty;
  Money vat_recoverable;
  Money vat_cost;        ///< tax that nobody gives back
  [[nodiscard]] Money cost() const { return price + duty + vat_cost; }
  [[nodiscard]] Money payable() const { return cost() + vat_recoverable; }
};
/// Duty on `dutiable` (part of the price), value-added tax on price and duty (so on Chinese imports: customs value plus duty;
/// Provisional Regulation on VAT, art. 14). Rates are shares >= 0; `recoverable` is the share of the tax that comes back.
[[nodiscard]] LandedCost landed_cost(Money price, Money dutiable, double duty_rate, double vat_rate, double recoverable = 1);

/// Depreciation of `cost` from `ready` over `life` down to `residual`, straight-line by days, up to the end of the day before
/// `day`. Exact at both ends; never above cost - residual.
[[nodiscard]] Money straight_line(Money cost, Money residual, Date ready, Date life_end, Date day);

struct AssetId {
  std::uint32_t index = 0;
};

/// What a retirement did, in the asset's currency.
struct Disposal {
  Money cost, book_value, proceeds;
  [[nodiscard]] Money gain() const { return proceeds - book_value; }
};

/// Equipment in the accrual book, a cohort at a site: units arrive (construction in progress, however long they wait in crates),
/// become ready in tranches (equipment, depreciation begins), and leave oldest first (retired or sold, with gain or loss).
/// Depreciation is posted once a month for all tranches together. Amounts of one asset are in one currency; after IAS 21 a
/// foreign purchase should be converted at the day it is paid or arrives, and then stays at that rate.
class AssetRegister {
 public:
  explicit AssetRegister(Ledger& ledger) : ledger_(&ledger) {}

  /// `parts` must have shares that sum to 1 within 1e-9, else std::invalid_argument.
  AssetId open(Name cohort, Name site, Currency currency, std::vector<PartLife> parts);

  /// Units arrive. What was prepaid is taken from supplier prepayments, the rest is owed.
  void arrive(AssetId id, Date day, std::int64_t units, const LandedCost& cost, Money prepaid, Name note = {});
  /// Opening balance: units in service since `ready` at a cost; depreciation before `day` is history and not an expense.
  void open_in_service(AssetId id, Date day, std::int64_t units, Money cost, Date ready);
  /// Further cost of units that wait (freight, installation). Owed.
  void add_cost(AssetId id, Date day, Money cost, Name note = {});
  /// Units become ready for use; their share of the waiting cost starts to be depreciated. Requires that many waiting.
  void ready(AssetId id, Date day, std::int64_t units, Name note = {});
  /// Units in service leave, oldest first, sold for `proceeds` in all (cash) or scrapped for nothing. Depreciation up to the day
  /// is posted first. Requires that many in service.
  Disposal retire(AssetId id, Date day, std::int64_t units, Money proceeds, Name note = {});
  /// Units that wait are lost or sold before they were ever ready.
  Disposal write_off_waiting(AssetId id, Date day, std::int64_t units, Money proceeds, Name note = {});

  /// Posts depreciation of every asset from its last posting to `day` (exclusive), dated the day before.
  void accrue_to(Date day);

  [[nodiscard]] std::int64_t waiting_units(AssetId id) const { return assets_.at(id.index).waiting_units; }
  [[nodiscard]] std::int64_t units_in_service(AssetId id) const;
  [[nodiscard]] Money waiting_cost(AssetId id) const { return assets_.at(id.index).waiting_cost; }
  [[nodiscard]] Money cost_in_service(AssetId id) const;
  /// Cost in service less depreciation that is posted.
  [[nodiscard]] Money book_value(AssetId id) const;
  /// Book value of one unit of the oldest tranche, for resale decisions; zero if none is in service.
  [[nodiscard]] Money oldest_unit_book_value(AssetId id) const;

 private:
  struct PartBalance { Money cost, residual, accumulated; Date life_end; };
  struct Tranche { std::int64_t units; Date ready; std::vector<PartBalance> parts; };
  struct Asset {
    Name cohort, site;
    Currency currency;
    std::vector<PartLife> parts;
    std::int64_t waiting_units = 0;
    Money waiting_cost;
    std::vector<Tranche> tranches;  ///< oldest first
  };
  [[nodiscard]] static Tranche make_tranche(const Asset& asset, std::int64_t units, Money cost, Date ready);
  void accrue(Asset& asset, Date day);
  [[nodiscard]] Tags tags(const Asset& asset) const { return {{}, std::nullopt, asset.cohort, asset.site}; }
  void post_disposal(const Asset& asset, Date day, const Disposal& d, Account from, Money accumulated, Name note);

  Ledger* ledger_;
  std::vector<Asset> assets_;
};

/// Recoverable tax that was paid and comes back after a lag.
class VatReceivables {
 public:
  explicit VatReceivables(Ledger& ledger) : ledger_(&ledger) {}
  /// Tax paid on `day`; the refund falls on the end of that month plus the lag. Posts the cash side; the receivable itself is
  /// posted where the units arrive.
  void expect(Date day, Money amount, CalendarSpan lag, Name cohort = {}, Name site = {});
  /// Posts every refund that is due by `day` (inclusive), dated its own day. Returns how many.
  std::size_t collect(Date day);
  /// Not yet given back, in the currencies of the payments.
  [[nodiscard]] std::vector<Money> outstanding() const;

 private:
  struct Claim { Date due; Money amount; Name cohort, site; };
  Ledger* ledger_;
  std::vector<Claim> claims_;  ///< by due date, then order of entry
};

}  // namespace headroom::finance
