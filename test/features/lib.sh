# Sourced by every test.sh under test/features: a scenario goes through the command line and cells of its results are compared.
# Each test runs in an empty folder of its own; $here is the test's folder, $headroom the program.
set -euo pipefail

fail() { echo "FAILED: $*" >&2; exit 1; }

# run WORDS...: runs the program; its words go to ./stdout and ./stderr. Fails unless it exits with $expect_exit (0).
run() {
  local code=0
  "$headroom" "$@" >stdout 2>stderr || code=$?
  [[ $code == "${expect_exit:-0}" ]] || { cat stderr >&2; fail "headroom $* exited with $code, expected ${expect_exit:-0}"; }
}

# rows FILE NAME=VALUE...: rows of a CSV file whose columns have these values, header first. No quoted commas in those files.
rows() {
  local file=$1; shift
  awk -F, -v wanted="$*" '
    NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; n = split(wanted, w, " "); for (i = 1; i <= n; i++) { split(w[i], p, "="); if (!(p[1] in col)) { print "no column " p[1] > "/dev/stderr"; exit 3 } } print; next }
    { for (i = 1; i <= n; i++) { split(w[i], p, "="); if ($(col[p[1]]) != p[2]) next } print }' "$file"
}

# cell FILE COLUMN NAME=VALUE...: the one value of a column in the row so named; fails unless there is exactly one row.
cell() {
  local file=$1 column=$2; shift 2
  rows "$file" "$@" | awk -F, -v column="$column" -v what="$*" '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i; next }
    { value = $c; n++ }
    END { if (n != 1) { print n+0 " rows with " what > "/dev/stderr"; exit 3 } print value }'
}

# year FOLDER YEAR METRIC [NAME=VALUE...]: a value of yearly.csv, summed over what is not named.
year() {
  local folder=$1 year=$2 metric=$3; shift 3
  local site=all chip=all workload=all
  for word in "$@"; do local "${word%%=*}=${word#*=}"; done
  cell "$folder/yearly.csv" value period_start="$year-01-01" metric="$metric" site="$site" chip="$chip" workload="$workload" replication="${replication:-central}"
}

# near VALUE EXPECTED TOLERANCE: |value - expected| <= tolerance (absolute; "1%" of the expected value).
near() {
  awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { if (t ~ /%$/) { sub(/%/, "", t); t = t / 100 * (b < 0 ? -b : b) } d = a - b; if (d < 0) d = -d; exit !(d <= t + 0) }' ||
    fail "$1 is not within $3 of $2"
}

# holds 'EXPRESSION' NAME=VALUE...: an awk expression over the named numbers is true.
holds() {
  local expression=$1 program="BEGIN {"; shift
  for word in "$@"; do program+=" ${word%%=*} = ${word#*=};"; done
  awk "$program exit !($expression) }" || fail "$expression does not hold with $*"
}
