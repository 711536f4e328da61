#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace headroom::finance {

/// Three views of the same flows, each a ledger of its own that sums to zero.
enum class Book : std::uint8_t {
  commitment,  ///< budgetary control: what is granted, signed, paid, forfeited
  cash,        ///< what left or entered the bank, by what it was for
  accrual      ///< balance sheet and profit and loss: what was used up
};
inline constexpr std::size_t book_count = 3;

enum class Account : std::uint8_t {
  fx_clearing,
  // commitment
  budget_granted, budget_available, budget_committed, budget_spent, budget_forfeited, budget_lapsed,
  // cash
  bank, paid_equipment, paid_duty, paid_vat, paid_rent, paid_energy, paid_colocation, paid_maintenance, paid_staff, paid_network, paid_facility,
  paid_other, received_vat, received_resale, received_refund,
  // accrual: assets and liabilities
  cash, funding, supplier_prepayments, construction_in_progress, equipment, accumulated_depreciation, facility,
  vat_receivable, accounts_payable, lease_right_of_use, lease_accumulated_amortisation, lease_liability, opening_balance,
  // accrual: profit and loss
  depreciation, lease_amortisation, lease_interest, rent, energy, colocation, maintenance, staff, network, facility_depreciation, duty,
  forfeited_deposits, disposal_gain, disposal_loss, cancellation_cost, fx_difference, other_expense,
};

/// What a balance of the account means for the totals that reports show.
enum class AccountKind : std::uint8_t { clearing, budget, cash_flow, asset, liability, equity, expense, income };

struct AccountInfo {
  Account account;
  std::string_view name;
  AccountKind kind;
  std::string_view meaning;
};

inline constexpr std::size_t account_count = static_cast<std::size_t>(Account::other_expense) + 1;

/// The chart of accounts, in the order of the enumeration.
[[nodiscard]] const std::array<AccountInfo, account_count>& chart_of_accounts();
[[nodiscard]] const AccountInfo& info(Account account);
[[nodiscard]] std::string_view name(Account account);
[[nodiscard]] std::string_view name(Book book);

}  // namespace headroom::finance
