# A disk that is full, a file that may not grow and a folder that may not be written end a sweep with a clear error; what is complete stays and is resumed.
cat > plan.json <<X
{ "name": "grid", "base": "$PWD/base.json", "axes": [
    { "id": "load", "set": "workloads.chat.tokens_per_day", "values": ["2000 tokens/s", "9000 tokens/s"] },
    { "id": "old", "set": "fleet.old.count", "range": { "from": 20, "to": 100, "count": 6 } }],
  "keep": ["tokens_served", "slo_attainment(workload=chat)", "cash_out"] }
X
cp "$root/test/features/base.json" base.json
run sweep plan.json --out one
part=$(($(stat -c %s one/yearly.csv) / 12 / 1024)) whole=$(($(stat -c %s one/yearly.csv) / 1024))

# limited KIB WORDS...: no file may grow beyond that
limited() { local kib=$1; shift; (ulimit -f "$kib"; expect_exit=1 run "$@"); }
limited $((part / 2)) sweep plan.json --out small
grep -q 'small.parts/.*p000000.part.*: cannot be written: File too large' stderr || fail "$(cat stderr)"
[[ ! -e small && -z $(ls small.parts/*.part 2>/dev/null) ]] || fail "half a part is left: $(ls -a small.parts)"
limited $((whole / 2)) sweep plan.json --out small --resume
grep -q 'small/yearly.csv: cannot be written: File too large' stderr || fail "$(cat stderr)"
[[ ! -e small && $(ls small.parts/*.part | wc -l) == 12 ]] || fail "parts were lost: $(ls -a . small.parts)"
run sweep plan.json --out small --resume
diff -r one small || fail "after a file that could not grow the resumed sweep differs"

# A file system of its own, where the machine lets us have one: full, then larger, then read-only.
mkdir disk
full_and_read_only() {
  mount -t tmpfs -o size=$((part * 5))k none disk
  expect_exit=1 run sweep plan.json --out disk/s --jobs 2
  grep -q 'disk/s.parts/.*: cannot be written: No space left on device' stderr || fail "$(cat stderr)"
  local kept; kept=$(ls disk/s.parts/*.part | wc -l)
  ((kept >= 2 && kept < 12)) || fail "$kept parts are left"
  mount -o remount,ro disk
  expect_exit=1 run sweep plan.json --out disk/s --resume
  grep -q 'disk/s.parts/.*: cannot be written: Read-only file system' stderr || fail "$(cat stderr)"
  expect_exit=1 run sweep plan.json --out disk/new
  grep -q 'disk/new.parts: cannot be made: Read-only file system' stderr || fail "$(cat stderr)"
  mount -o remount,rw,size=100m disk
  [[ $(ls disk/s.parts/*.part | wc -l) == "$kept" ]] || fail "parts were lost"
  run sweep plan.json --out disk/s --resume
  diff -r one disk/s || fail "after a full disk the resumed sweep differs"
}
if unshare -m true 2>/dev/null && unshare -m mount -t tmpfs none disk 2>/dev/null; then own=(unshare -m)
elif unshare -rm mount -t tmpfs none disk 2>/dev/null; then own=(unshare -rm)
else own=(); echo "no file system of its own here: only limits of files and permissions were tried" >&2; fi
if ((${#own[@]})); then
  export part; export -f full_and_read_only run fail
  "${own[@]}" bash -euo pipefail -c full_and_read_only || fail "on a file system of its own"
fi

# A folder without permission, for a user who is not root.
as=()
if [[ $(id -u) == 0 ]]; then
  as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  chmod 755 .; cp "$headroom" program; headroom=$PWD/program
fi
mkdir closed && chmod 555 closed
code=0
"${as[@]}" "$headroom" sweep plan.json --out closed/s >stdout 2>stderr || code=$?
[[ $code == 1 ]] && grep -q 'closed/s.parts: cannot be made: Permission denied' stderr || fail "exit $code: $(cat stderr)"
