#include "sim/finance/accounts.hpp"

namespace headroom::finance {

const std::array<AccountInfo, account_count>& chart_of_accounts() {
  using A = Account;
  using K = AccountKind;
  static constexpr std::array<AccountInfo, account_count> chart{{
      {A::fx_clearing, "fx_clearing", K::clearing, "Other side of an exchange between two currencies; all currencies together are worth zero on the day."},

      {A::budget_granted, "budget_granted", K::budget, "Credit: money granted to a budget line and year."},
      {A::budget_available, "budget_available", K::budget, "Debit: granted and carried in, not yet signed away."},
      {A::budget_committed, "budget_committed", K::budget, "Debit: signed and not yet paid."},
      {A::budget_spent, "budget_spent", K::budget, "Debit: paid under a commitment."},
      {A::budget_forfeited, "budget_forfeited", K::budget, "Debit: paid and lost to a refused or cancelled delivery; stays consumed."},
      {A::budget_lapsed, "budget_lapsed", K::budget, "Debit: left over at year end and not carried on."},

      {A::bank, "bank", K::cash_flow, "Credit: money paid out; debit: money received."},
      {A::paid_equipment, "paid_equipment", K::cash_flow, "Debit: paid for chips, hosts and network, deposits included."},
      {A::paid_duty, "paid_duty", K::cash_flow, "Debit: import duty and other tax that nobody gives back."},
      {A::paid_vat, "paid_vat", K::cash_flow, "Debit: value-added tax paid to suppliers or customs, recoverable."},
      {A::paid_rent, "paid_rent", K::cash_flow, "Debit: rent of accelerators, long and short."},
      {A::paid_energy, "paid_energy", K::cash_flow, "Debit: electricity paid."},
      {A::paid_colocation, "paid_colocation", K::cash_flow, "Debit: colocation fees paid."},
      {A::paid_maintenance, "paid_maintenance", K::cash_flow, "Debit: maintenance paid."},
      {A::paid_staff, "paid_staff", K::cash_flow, "Debit: staff paid."},
      {A::paid_network, "paid_network", K::cash_flow, "Debit: paid for bytes that leave a site over links."},
      {A::paid_facility, "paid_facility", K::cash_flow, "Debit: paid for own buildings and their power and cooling."},
      {A::paid_other, "paid_other", K::cash_flow, "Debit: everything else that was paid."},
      {A::received_vat, "received_vat", K::cash_flow, "Credit: value-added tax given back."},
      {A::received_resale, "received_resale", K::cash_flow, "Credit: proceeds of equipment sold."},
      {A::received_refund, "received_refund", K::cash_flow, "Credit: deposits given back by suppliers."},

      {A::cash, "cash", K::asset, "Credit: money paid out so far, net of receipts; funding is not modelled, so it goes negative."},
      {A::funding, "funding", K::equity, "Credit: money put in, where a scenario gives it."},
      {A::supplier_prepayments, "supplier_prepayments", K::asset, "Debit: deposits paid for what has not arrived."},
      {A::construction_in_progress, "construction_in_progress", K::asset, "Debit: cost of what has arrived and is not ready for use, chips in crates included; not depreciated."},
      {A::equipment, "equipment", K::asset, "Debit: cost of what is or was ready for use and is still held."},
      {A::accumulated_depreciation, "accumulated_depreciation", K::asset, "Credit: depreciation so far of the equipment still held."},
      {A::facility, "facility", K::asset, "Debit: cost of own buildings."},
      {A::vat_receivable, "vat_receivable", K::asset, "Debit: value-added tax paid that the state will give back."},
      {A::accounts_payable, "accounts_payable", K::liability, "Credit: owed to suppliers for what has arrived or was used."},
      {A::lease_right_of_use, "lease_right_of_use", K::asset, "Debit: right to use leased accelerators, at the present value of the rent."},
      {A::lease_accumulated_amortisation, "lease_accumulated_amortisation", K::asset, "Credit: part of the rights of use that is used up."},
      {A::lease_liability, "lease_liability", K::liability, "Credit: present value of the rent still to be paid."},
      {A::opening_balance, "opening_balance", K::equity, "Credit: book value of what was held on the first day."},

      {A::depreciation, "depreciation", K::expense, "Debit: straight-line by days from the day of readiness to the end of life."},
      {A::lease_amortisation, "lease_amortisation", K::expense, "Debit: right of use used up, straight-line by days."},
      {A::lease_interest, "lease_interest", K::expense, "Debit: interest on the lease liability."},
      {A::rent, "rent", K::expense, "Debit: rent of leases of at most twelve months."},
      {A::energy, "energy", K::expense, "Debit: electricity used, at the tariff of the day."},
      {A::colocation, "colocation", K::expense, "Debit: colocation fees of the month."},
      {A::maintenance, "maintenance", K::expense, "Debit: maintenance of the month."},
      {A::staff, "staff", K::expense, "Debit: staff of the month."},
      {A::network, "network", K::expense, "Debit: bytes of the month that left a site over links."},
      {A::facility_depreciation, "facility_depreciation", K::expense, "Debit: own buildings used up, straight-line by days."},
      {A::duty, "duty", K::expense, "Debit: duty on what is not capitalised; duty on equipment is part of its cost."},
      {A::forfeited_deposits, "forfeited_deposits", K::expense, "Debit: deposits lost to a refused or cancelled delivery."},
      {A::disposal_gain, "disposal_gain", K::income, "Credit: proceeds above book value."},
      {A::disposal_loss, "disposal_loss", K::expense, "Debit: book value above proceeds."},
      {A::cancellation_cost, "cancellation_cost", K::expense, "Debit: fees for cancelling."},
      {A::fx_difference, "fx_difference", K::expense, "Debit: exchange loss on what is owed or due in another currency; credit: gain."},
      {A::other_expense, "other_expense", K::expense, "Debit: any other cost of the month."},
  }};
  return chart;
}

const AccountInfo& info(Account account) { return chart_of_accounts()[static_cast<std::size_t>(account)]; }
std::string_view name(Account account) { return info(account).name; }

std::string_view name(Book book) {
  switch (book) {
    case Book::commitment: return "commitment";
    case Book::cash: return "cash";
    case Book::accrual: break;
  }
  return "accrual";
}

}  // namespace headroom::finance
