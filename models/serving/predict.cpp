#include "models/serving/predict.hpp"

#include <ostream>

#include "models/text/csv.hpp"
#include "models/units/math.hpp"

namespace headroom::serving {
namespace {

/// The last run that was estimated: metrics of one run stand together in the tables.
struct Answer {
  const Row* row = nullptr;
  std::optional<Outcome> outcome;
  Configuration configuration;
  Grade grade = Grade::assumed;
  bool measured = false;
  std::string status, limit, notes;
};

bool same_run(const Row& a, const Row& b) {
  return !a.run_id.empty() && a.run_id == b.run_id && a.task == b.task && a.model == b.model && a.accelerator_id == b.accelerator_id &&
         a.concurrency == b.concurrency && a.rate == b.rate && a.input == b.input && a.output == b.output && a.tp == b.tp && a.dp == b.dp &&
         a.ep == b.ep && a.pp == b.pp && a.notes == b.notes && a.engine == b.engine && a.precision_weights == b.precision_weights;
}

Answer answer(const Row& row, const ConstantSet& constants) {
  Answer a;
  a.row = &row;
  try {
    a.configuration = read_configuration(row);
    const Prepared p = prepare(a.configuration, constants);
    a.outcome = estimate(p, constants, Effort{});
    a.measured = constants.measured_chip(a.configuration.chip->id);
    a.grade = grade_of(constants, *a.configuration.chip, p.ratings, p.shape);
    a.status = "ok";
    a.limit = a.outcome->limit;
    if (a.outcome->widened) {
      a.configuration.doubts += "does not fit one accelerator and no width is told: laid out over " + std::to_string(a.outcome->plan.devices()) + "; ";
    }
    a.notes = "grade " + std::string(to_string(a.grade)) + (a.configuration.doubts.empty() ? "" : "; " + a.configuration.doubts);
  } catch (const Unreadable& e) {
    a.status = "unsupported";
    a.limit = e.what();
  } catch (const UnsupportedPlan& e) {
    a.status = "unsupported";
    a.limit = e.what();
  } catch (const OutOfMemory& e) {
    a.status = "does_not_fit";
    a.limit = e.what();
  } catch (const std::invalid_argument& e) {
    a.status = "unsupported";
    a.limit = e.what();
  }
  return a;
}

}  // namespace

std::vector<Prediction> predict_rows(const std::vector<Row>& rows, const ConstantSet& constants) {
  std::vector<Prediction> out;
  Answer last;
  for (const Row& row : rows) {
    if (!row.scoreable) continue;
    if (last.row == nullptr || !same_run(*last.row, row)) last = answer(row, constants);
    Prediction p;
    p.id = row.id;
    p.status = last.status;
    p.limit = last.limit;
    p.notes = last.notes;
    if (last.outcome) {
      p.grade = last.grade;
      const auto value = value_of(*last.outcome, last.configuration, row.metric);
      if (value && *value > 0) {
        p.predicted = *value;
        if (const auto* s = constants.spread(metric_family(row.metric), last.measured)) {
          p.low = *value * math::exp(s->low);
          p.high = *value * math::exp(s->high);
        }
      } else {
        p.status = "unsupported";
        p.limit = "metric: \"" + row.metric + "\" is not one that this task yields";
      }
    }
    out.push_back(std::move(p));
  }
  return out;
}

void write_predictions(std::ostream& out, const std::vector<Prediction>& predictions) {
  text::CsvWriter csv(out, {"id", "predicted", "low", "high", "status", "limit", "notes"});
  for (const Prediction& p : predictions) {
    csv.add(p.id).add(p.predicted).add(p.low).add(p.high).add(p.status).add(p.limit).add(p.notes);
    csv.end_row();
  }
}

}  // namespace headroom::serving
