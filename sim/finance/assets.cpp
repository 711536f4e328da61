#include "sim/finance/assets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace headroom::finance {

LandedCost landed_cost(Money price, Money dutiable, double duty_rate, double vat_rate, double recoverable) {
  const Money duty = dutiable * duty_rate;
  const Money vat = (price + duty) * vat_rate;
  const Money back = vat * recoverable;
  return {price, duty, back, vat - back};
}

Money straight_line(Money cost, Money residual, Date ready, Date life_end, Date day) {
  const Money depreciable = cost - residual;
  if (day <= ready) return {0, cost.currency()};
  if (day >= life_end) return depreciable;
  return part_of(depreciable, (day - ready).count(), (life_end - ready).count());
}

AssetId AssetRegister::open(Name cohort, Name site, Currency currency, std::vector<PartLife> parts) {
  double sum = 0;
  for (const auto& part : parts) sum += part.share;
  if (std::fabs(sum - 1) > 1e-9) throw std::invalid_argument(fmt::format("parts of {} sum to {}, not 1", ledger_->text(cohort), sum));
  assets_.push_back({cohort, site, currency, std::move(parts), 0, Money{0, currency}, {}});
  return {static_cast<std::uint32_t>(assets_.size() - 1)};
}

AssetRegister::Tranche AssetRegister::make_tranche(const Asset& asset, std::int64_t units, Money cost, Date ready) {
  Tranche tranche{units, ready, {}};
  Money left = cost;
  for (std::size_t i = 0; i < asset.parts.size(); ++i) {
    const auto& part = asset.parts[i];
    const Money part_cost = i + 1 == asset.parts.size() ? left : cost * part.share;
    left -= part_cost;
    tranche.parts.push_back({part_cost, part_cost * part.residual_share, Money{0, asset.currency}, ready + part.life});
  }
  return tranche;
}

void AssetRegister::arrive(AssetId id, Date day, std::int64_t units, const LandedCost& cost, Money prepaid, Name note) {
  Asset& asset = assets_.at(id.index);
  const Tags t = tags(asset);
  ledger_->post(day, Book::accrual, note,
                {debit(Account::construction_in_progress, cost.cost(), t), debit(Account::vat_receivable, cost.vat_recoverable, t),
                 credit(Account::supplier_prepayments, prepaid, t), credit(Account::accounts_payable, cost.payable() - prepaid, t)});
  asset.waiting_units += units;
  asset.waiting_cost += cost.cost();
}

void AssetRegister::open_in_service(AssetId id, Date day, std::int64_t units, Money cost, Date ready) {
  Asset& asset = assets_.at(id.index);
  Tranche tranche = make_tranche(asset, units, cost, ready);
  Money past{0, asset.currency};
  for (auto& part : tranche.parts) {
    part.accumulated = straight_line(part.cost, part.residual, ready, part.life_end, day);
    past += part.accumulated;
  }
  const Tags t = tags(asset);
  ledger_->post(day, Book::accrual, ledger_->intern("opening balance"),
                {debit(Account::equipment, cost, t), credit(Account::accumulated_depreciation, past, t), credit(Account::opening_balance, cost - past, t)});
  const auto at = std::upper_bound(asset.tranches.begin(), asset.tranches.end(), ready, [](Date d, const Tranche& x) { return d < x.ready; });
  asset.tranches.insert(at, std::move(tranche));
}

void AssetRegister::add_cost(AssetId id, Date day, Money cost, Name note) {
  Asset& asset = assets_.at(id.index);
  const Tags t = tags(asset);
  ledger_->post(day, Book::accrual, note, {debit(Account::construction_in_progress, cost, t), credit(Account::accounts_payable, cost, t)});
  asset.waiting_cost += cost;
}

void AssetRegister::ready(AssetId id, Date day, std::int64_t units, Name note) {
  Asset& asset = assets_.at(id.index);
  if (units <= 0 || units > asset.waiting_units) {
    throw std::logic_error(fmt::format("asset {}: {} units ready of {} waiting", ledger_->text(asset.cohort), units, asset.waiting_units));
  }
  const Money cost = part_of(asset.waiting_cost, units, asset.waiting_units);
  asset.waiting_units -= units;
  asset.waiting_cost -= cost;
  const Tags t = tags(asset);
  ledger_->post(day, Book::accrual, note, {debit(Account::equipment, cost, t), credit(Account::construction_in_progress, cost, t)});
  const auto at = std::upper_bound(asset.tranches.begin(), asset.tranches.end(), day, [](Date d, const Tranche& x) { return d < x.ready; });
  asset.tranches.insert(at, make_tranche(asset, units, cost, day));
}

void AssetRegister::accrue(Asset& asset, Date day) {
  Money sum{0, asset.currency};
  for (auto& tranche : asset.tranches) {
    for (auto& part : tranche.parts) {
      const Money now = straight_line(part.cost, part.residual, tranche.ready, part.life_end, day);
      // After a sale of part of a tranche the rounded remainder may be a millionth ahead; it waits and never goes back.
      if (now <= part.accumulated) continue;
      sum += now - part.accumulated;
      part.accumulated = now;
    }
  }
  if (sum.is_zero()) return;
  const Tags t = tags(asset);
  static constexpr std::chrono::days one{1};
  ledger_->post(day - one, Book::accrual, ledger_->intern("depreciation"),
                {debit(Account::depreciation, sum, t), credit(Account::accumulated_depreciation, sum, t)});
}

void AssetRegister::accrue_to(Date day) {
  for (auto& asset : assets_) accrue(asset, day);
}

void AssetRegister::post_disposal(const Asset& asset, Date day, const Disposal& d, Account from, Money accumulated, Name note) {
  const Tags t = tags(asset);
  const Money gain = d.gain();
  const bool loss = gain.micros() < 0;
  ledger_->post(day, Book::accrual, note,
                {debit(Account::cash, d.proceeds, t), debit(Account::accumulated_depreciation, accumulated, t),
                 loss ? debit(Account::disposal_loss, -gain, t) : credit(Account::disposal_gain, gain, t), credit(from, d.cost, t)});
  ledger_->post(day, Book::cash, note, {debit(Account::bank, d.proceeds, t), credit(Account::received_resale, d.proceeds, t)});
}

Disposal AssetRegister::retire(AssetId id, Date day, std::int64_t units, Money proceeds, Name note) {
  Asset& asset = assets_.at(id.index);
  if (units <= 0 || units > units_in_service(id)) {
    throw std::logic_error(fmt::format("asset {}: {} units retired of {} in service", ledger_->text(asset.cohort), units, units_in_service(id)));
  }
  // Depreciation of the day before belongs to the month in which it falls, also when units leave on its first day.
  if (day > asset.tranches.front().ready) accrue(asset, day);
  const Money zero{0, asset.currency};
  Disposal d{zero, zero, proceeds};
  Money accumulated = zero;
  std::int64_t left = units;
  while (left > 0) {
    Tranche& oldest = asset.tranches.front();
    const std::int64_t n = std::min(left, oldest.units);
    for (auto& part : oldest.parts) {
      const Money cost = part_of(part.cost, n, oldest.units);
      const Money residual = part_of(part.residual, n, oldest.units);
      const Money used = part_of(part.accumulated, n, oldest.units);
      part.cost -= cost;
      part.residual -= residual;
      part.accumulated -= used;
      d.cost += cost;
      accumulated += used;
    }
    oldest.units -= n;
    left -= n;
    if (oldest.units == 0) asset.tranches.erase(asset.tranches.begin());
  }
  d.book_value = d.cost - accumulated;
  post_disposal(asset, day, d, Account::equipment, accumulated, note);
  return d;
}

Disposal AssetRegister::write_off_waiting(AssetId id, Date day, std::int64_t units, Money proceeds, Name note) {
  Asset& asset = assets_.at(id.index);
  if (units <= 0 || units > asset.waiting_units) {
    throw std::logic_error(fmt::format("asset {}: {} units written off of {} waiting", ledger_->text(asset.cohort), units, asset.waiting_units));
  }
  const Money cost = part_of(asset.waiting_cost, units, asset.waiting_units);
  asset.waiting_units -= units;
  asset.waiting_cost -= cost;
  const Disposal d{cost, cost, proceeds};
  post_disposal(asset, day, d, Account::construction_in_progress, Money{0, asset.currency}, note);
  return d;
}

std::int64_t AssetRegister::units_in_service(AssetId id) const {
  std::int64_t n = 0;
  for (const auto& tranche : assets_.at(id.index).tranches) n += tranche.units;
  return n;
}

Money AssetRegister::cost_in_service(AssetId id) const {
  const Asset& asset = assets_.at(id.index);
  Money sum{0, asset.currency};
  for (const auto& tranche : asset.tranches) {
    for (const auto& part : tranche.parts) sum += part.cost;
  }
  return sum;
}

Money AssetRegister::book_value(AssetId id) const {
  const Asset& asset = assets_.at(id.index);
  Money sum{0, asset.currency};
  for (const auto& tranche : asset.tranches) {
    for (const auto& part : tranche.parts) sum += part.cost - part.accumulated;
  }
  return sum;
}

Money AssetRegister::oldest_unit_book_value(AssetId id) const {
  const Asset& asset = assets_.at(id.index);
  Money sum{0, asset.currency};
  if (asset.tranches.empty()) return sum;
  const auto& oldest = asset.tranches.front();
  for (const auto& part : oldest.parts) sum += part.cost - part.accumulated;
  return part_of(sum, 1, oldest.units);
}

// ---- value-added tax

void VatReceivables::expect(Date day, Money amount, CalendarSpan lag, Name cohort, Name site) {
  if (amount.is_zero()) return;
  const Date due = start_of_month(day) + CalendarSpan{1, 0} + CalendarSpan{0, -1} + lag;
  const auto at = std::upper_bound(claims_.begin(), claims_.end(), due, [](Date d, const Claim& c) { return d < c.due; });
  claims_.insert(at, {due, amount, cohort, site});
}

std::size_t VatReceivables::collect(Date day) {
  std::size_t n = 0;
  for (; n < claims_.size() && claims_[n].due <= day; ++n) {
    const auto& c = claims_[n];
    const Tags t{{}, std::nullopt, c.cohort, c.site};
    const Name note = ledger_->intern("value-added tax given back");
    ledger_->post(c.due, Book::accrual, note, {debit(Account::cash, c.amount, t), credit(Account::vat_receivable, c.amount, t)});
    ledger_->post(c.due, Book::cash, note, {debit(Account::bank, c.amount, t), credit(Account::received_vat, c.amount, t)});
  }
  claims_.erase(claims_.begin(), claims_.begin() + static_cast<std::ptrdiff_t>(n));
  return n;
}

std::vector<Money> VatReceivables::outstanding() const {
  std::vector<Money> sums;
  for (const auto& claim : claims_) {
    const auto same = std::find_if(sums.begin(), sums.end(), [&](Money m) { return m.currency() == claim.amount.currency(); });
    if (same == sums.end()) {
      sums.push_back(claim.amount);
    } else {
      *same += claim.amount;
    }
  }
  return sums;
}

}  // namespace headroom::finance
