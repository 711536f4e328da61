#include "sim/sweep/emit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include "sim/scenario/node.hpp"

namespace headroom::sweep {

namespace {

using Words = std::vector<std::pair<std::string_view, std::string>>;

/// Replaces every @NAME@.
std::string fill(std::string_view form, const Words& words) {
  std::string out;
  while (!form.empty()) {
    const auto at = form.find('@');
    out += form.substr(0, at);
    if (at == std::string_view::npos) break;
    form.remove_prefix(at);
    const auto word = std::find_if(words.begin(), words.end(), [&](const auto& w) { return form.substr(0, w.first.size()) == w.first; });
    const bool found = word != words.end();
    out += found ? word->second : "@";
    form.remove_prefix(found ? word->first.size() : 1);
  }
  return out;
}

/// A name as Kubernetes takes it for a job: lower case letters, digits and dashes, short enough for the index behind it.
std::string job_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isalnum(u) != 0 && u < 128) name += static_cast<char>(std::tolower(u));
    else if (!name.empty() && name.back() != '-') name += '-';
  }
  name.resize(std::min<std::size_t>(name.size(), 40));
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "sweep" : name;
}

Words shell_words(const Submission& s) {
  return {{"@NAME@", job_name(s.name)}, {"@PLAN@", shell_word(s.plan)}, {"@OUT@", shell_word(s.out)}, {"@LOG@", shell_word(s.out + ".joblog")},
          {"@SHARDS@", std::to_string(s.shards)}, {"@JOBS@", std::to_string(s.jobs)}, {"@POINTS@", std::to_string(s.points)}};
}

std::string slurm(const Submission& s) {
  return fill(R"(#!/bin/sh
# @NAME@: @POINTS@ points as an array of @SHARDS@ tasks, and a merge that waits for them.
#
# usage: sh FILE [options of sbatch, e.g. --partition=long --time=2:00:00]
#
# Run it in the folder from which the plan was named, on storage that all nodes share. Every finished point is on disk: a task that is
# killed, requeued or submitted again does what is missing only, so after a failure run this file again. The exit code of the merge
# is the verdict: 0 all held, 1 a point failed, 3 an expectation missed. HEADROOM names the program (default: headroom on the PATH).
set -eu
export HEADROOM="${HEADROOM:-headroom}"

array=$(sbatch --parsable --job-name=@NAME@ --array=1-@SHARDS@ --cpus-per-task=@JOBS@ --requeue "$@" <<'END'
#!/bin/sh
exec "$HEADROOM" sweep @PLAN@ --out @OUT@ --shard "$SLURM_ARRAY_TASK_ID/@SHARDS@" --jobs @JOBS@
END
)
array=${array%%;*}
merge=$(sbatch --parsable --job-name=@NAME@-merge --dependency="afterok:$array" --kill-on-invalid-dep=yes "$@" <<'END'
#!/bin/sh
exec "$HEADROOM" merge @OUT@ --out @OUT@
END
)
echo "array $array, merge ${merge%%;*}"
)", shell_words(s));
}

std::string parallel(const Submission& s) {
  return fill(R"(#!/bin/sh
# @NAME@: @POINTS@ points in @SHARDS@ shards by GNU parallel, then the merge.
#
# usage: sh FILE [options of parallel, e.g. --jobs 4, or --sshloginfile nodes --workdir .]
#
# Run it in the folder from which the plan was named; machines reached by ssh must share it. Every finished point is on disk: run
# this file again after a failure, and what is missing is done. HEADROOM names the program (default: headroom on the PATH).
set -eu
HEADROOM="${HEADROOM:-headroom}"
seq @SHARDS@ | parallel --quote --joblog @LOG@ --retries 2 "$@" "$HEADROOM" sweep @PLAN@ --out @OUT@ --shard {}/@SHARDS@ --jobs @JOBS@
exec "$HEADROOM" merge @OUT@ --out @OUT@
)", shell_words(s));
}

std::string kubernetes(const Submission& s) {
  const auto quoted = [](const std::string& text) { return scenario::json_string(text); };
  const std::string merge = fmt::format("while :; do code=0; headroom merge {0} --out {0} || code=$?; [ \"$code\" = 2 ] || exit \"$code\"; sleep ${{HEADROOM_WAIT:-30}}; done", shell_word(s.out));
  return fill(R"(# @NAME@: @POINTS@ points as an Indexed Job of @SHARDS@ pods, and a job that merges once all points are there.
#
# kubectl apply -f FILE
#
# To be set: the image, and the claim "headroom", a volume that all pods may write, which holds the plan at the path below. Every
# finished point is on it: a pod that is evicted or fails is started again and does what is missing only. The exit code of the
# merge is the verdict: 0 all held, 1 a point failed, 3 an expectation missed.
apiVersion: batch/v1
kind: Job
metadata:
  name: @NAME@
  labels: {app.kubernetes.io/name: headroom}
spec:
  completionMode: Indexed
  completions: @SHARDS@
  parallelism: @SHARDS@
  backoffLimitPerIndex: 3
  podFailurePolicy:
    rules:
      - action: FailJob  # a fault of the plan: the same in every pod
        onExitCodes: {containerName: headroom, operator: In, values: [2]}
      - action: Ignore   # an eviction is nobody's failure
        onPodConditions: [{type: DisruptionTarget, status: "True"}]
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: headroom
          image: headroom:@VERSION@
          workingDir: /work
          command: [headroom, sweep, @PLAN@, --out, @OUT@, --shard, auto, --jobs, "@JOBS@"]
          env: [{name: HEADROOM_SHARDS, value: "@SHARDS@"}]  # Kubernetes sets JOB_COMPLETION_INDEX
          resources: {requests: {cpu: "@JOBS@", memory: 1Gi}}
          volumeMounts: [{name: work, mountPath: /work}]
      volumes: [{name: work, persistentVolumeClaim: {claimName: headroom}}]
---
apiVersion: batch/v1
kind: Job
metadata:
  name: @NAME@-merge
  labels: {app.kubernetes.io/name: headroom}
spec:
  backoffLimit: 0
  activeDeadlineSeconds: 604800
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: headroom
          image: headroom:@VERSION@
          workingDir: /work
          command: [sh, -c, @MERGE@]  # 2: points are missing yet
          resources: {requests: {cpu: 100m, memory: 256Mi}}
          volumeMounts: [{name: work, mountPath: /work}]
      volumes: [{name: work, persistentVolumeClaim: {claimName: headroom}}]
)", {{"@NAME@", job_name(s.name)}, {"@PLAN@", quoted(s.plan)}, {"@OUT@", quoted(s.out)}, {"@MERGE@", quoted(merge)}, {"@VERSION@", s.program_version},
     {"@SHARDS@", std::to_string(s.shards)}, {"@JOBS@", std::to_string(s.jobs)}, {"@POINTS@", std::to_string(s.points)}});
}

/// Steps of every job of the workflow: the plans, and the program, which is built once and then comes from the cache.
constexpr std::string_view github_set_up = R"(    runs-on: ubuntu-latest
    container: debian:12
    defaults: {run: {shell: bash}}
    steps:
      - run: apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates git
      - uses: actions/checkout@v4
      - uses: actions/checkout@v4
        with: {repository: "${{ env.HEADROOM_REPOSITORY }}", ref: "${{ env.HEADROOM_REF }}", path: .headroom}
      - uses: actions/cache@v4
        with:
          path: .headroom/build/release/headroom
          key: headroom-${{ runner.os }}-${{ hashFiles('.headroom/CMakeLists.txt', '.headroom/models/**', '.headroom/sim/**', '.headroom/tools/**') }}
      - name: Build Headroom
        working-directory: .headroom
        run: |
          tools/install-packages build
          [[ -x build/release/headroom ]] || { cmake --preset release -DHEADROOM_TESTS=OFF && cmake --build --preset release --target headroom; }
)";

std::string github(const Submission& s) {
  std::string numbers;
  for (int i = 1; i <= s.shards; ++i) numbers += fmt::format("{}{}", i == 1 ? "" : ", ", i);
  const std::string form = fmt::format(R"~(# @NAME@: @POINTS@ points in @SHARDS@ jobs of a matrix, then the merge, whose verdict is that of the workflow.
# Keep it as .github/workflows/@NAME@.yml in the repository that holds the plan, and set the two values under env.
name: @TITLE@

on:
  workflow_dispatch:

permissions:
  contents: read

env:
  HEADROOM_REPOSITORY: OWNER/headroom   # where Headroom's source is
  HEADROOM_REF: main                    # a tag or commit, so that results move only when you say so

jobs:
  build:
{0}
  shard:
    needs: build
    strategy:
      fail-fast: false
      matrix:
        shard: [@NUMBERS@]
{0}      - run: .headroom/build/release/headroom sweep @PLAN@ --out @OUT@ --shard ${{{{ matrix.shard }}}}/@SHARDS@ --jobs "$(nproc)"
      - uses: actions/upload-artifact@v4
        with: {{name: "parts-${{{{ matrix.shard }}}}", path: @PARTS@}}

  merge:
    needs: shard
{0}      - uses: actions/download-artifact@v4
        with: {{pattern: parts-*, path: .parts}}
      - run: .headroom/build/release/headroom merge .parts --out @OUT@ --format github
      - uses: actions/upload-artifact@v4
        if: always()
        with: {{name: result, path: @RESULT@}}
)~", github_set_up);
  Words words = shell_words(s);
  words.insert(words.end(), {{"@TITLE@", scenario::json_string("sweep " + s.name)}, {"@NUMBERS@", numbers}, {"@PARTS@", scenario::json_string(s.out + ".parts")},
                             {"@RESULT@", scenario::json_string(s.out)}});
  return fill(form, words);
}

}  // namespace

std::string shell_word(std::string_view text) {
  const auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_-./+:,=").find(c) != std::string_view::npos; };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::span<const Engine> engines() {
  static constexpr std::array entries{
      Engine{"slurm", "shell script that submits an array job and a merge that depends on it", 1000, &slurm},
      Engine{"k8s", "manifest of an Indexed Job and of a job that merges", 100'000, &kubernetes},
      Engine{"parallel", "shell script for GNU parallel", 1'000'000, &parallel},
      Engine{"github", "workflow of GitHub Actions with a matrix", 256, &github},
  };
  return entries;
}

}  // namespace headroom::sweep
