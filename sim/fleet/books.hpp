#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/finance/assets.hpp"
#include "sim/finance/budget.hpp"
#include "sim/finance/leases.hpp"
#include "sim/finance/ledger.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom::fleet {

/// The money side of a lot. Contract amounts are in the order's currency, book amounts in the base currency: what is bought
/// abroad stays at the rate of the day it was paid or, unpaid, arrived (IAS 21, IFRIC 22).
struct LotMoney {
  std::optional<finance::ReservationId> reservation;
  std::optional<finance::AssetId> asset;
  std::optional<finance::LeaseId> lease;
  Money unit_price;                   ///< bundle per accelerator, contract currency, before duty
  Money unit_dutiable;                ///< chip per accelerator
  Money prepaid_base, prepaid;        ///< paid before arrival
  Money owed_base, owed;              ///< unpaid after arrival
  std::vector<finance::Flow> rents;   ///< of a lease or bridge, in order of date
  std::size_t next_rent = 0;
};

/// Ledger, budgets and registers of a run.
struct Books {
  explicit Books(const scenario::Scenario& plan);
  Books(const Books&) = delete;
  Books& operator=(const Books&) = delete;

  finance::Fx fx;
  finance::Ledger ledger;
  finance::Budgets budgets;
  finance::AssetRegister assets;
  finance::VatReceivables vat;
  finance::LeaseBook leases;
  /// Of the lot at that place; made on first use.
  LotMoney& lot(std::size_t i);
  std::vector<std::string> purposes;  ///< of budgets
  /// Parts of own buildings, by site.
  struct ShellPart { double watts; Date ready; Money cost; };
  std::vector<std::vector<ShellPart>> shells;
  /// The month's money by pool, in units of the base currency, for unit costs.
  struct OfPool {
    double cost_base = 0;       ///< everything that holding the pool cost
    double egress_base = 0;     ///< of that, what its services' traffic paid
    double energy_base = 0;     ///< of that, electricity: what idling would have saved in part
    double committed_base = 0, bridge_base = 0;
  };
  struct Month {
    std::vector<OfPool> pools;
    double unallocated_base = 0;  ///< costs of sites where nothing stood in service
  };
  Month month;

  [[nodiscard]] bool limited(const std::string& purpose) const;

 private:
  std::vector<LotMoney> lots;
};

}  // namespace headroom::fleet
