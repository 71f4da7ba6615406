# The suites of ./test, one function each.
# shellcheck shell=bash
#
# Sourced by test after debian.sh and private-engine.sh. A suite writes what it does to standard output,
# which is its log, adds to PASSED, FAILED and SKIPPED, and tells in NOTES (a file) exactly what failed.

# shellcheck disable=SC2034 # read by test
SUITES=(build unit golden docs layers lint tree rules e2e monitor vm image deploy package sanitizers fuzz)
# Run when they are named.
# shellcheck disable=SC2034
FURTHER=(coverage)
PYTHON=/usr/bin/python3

# The commands that a suite cannot do without.
# shellcheck disable=SC2034
declare -A NEEDS=([build]="gcc clang" [unit]=gcc [golden]=gcc [docs]="gcc diff python3" [layers]=python3 [tree]=python3
    [rules]=promtool
    [lint]="clang clang-tidy clang-format shellcheck" [e2e]="gcc pytest-3 openssl"
    [monitor]="gcc pytest-3 prometheus" [vm]="gcc pytest-3 qemu-system-x86_64 mke2fs apt-get" [sanitizers]="gcc pytest-3"
    [image]="gcc pytest-3 qemu-aarch64-static aarch64-linux-gnu-gcc ld.lld-14"
    [deploy]="gcc pytest-3 docker-compose prometheus haproxy kubectl"
    [package]="gcc pytest-3 dpkg-deb zsh fish man mandoc dh lintian systemd-analyze
        qemu-system-x86_64 mke2fs"
    [fuzz]=clang [coverage]="gcc gcovr")

# tally PASSED FAILED SKIPPED
tally() {
    PASSED=$((PASSED + $1)) FAILED=$((FAILED + $2)) SKIPPED=$((SKIPPED + $3))
}

# check NAME COMMAND…: one test that is a command; its output is shown when it fails.
check() {
    local name=$1 out=$TEMP/check.out status=0
    shift
    "$@" >"$out" 2>&1 </dev/null || status=$?
    printf -- '--- %s: exit status %s\n' "$name" "$status"
    cat "$out"
    if [[ $status -eq 0 ]]; then
        tally 1 0 0
        return 0
    fi
    tally 0 1 0
    {
        printf '  FAILED %s:\n' "$name"
        tail -n 60 "$out" | sed 's/^/    /'
    } >>"$NOTES"
    return 1
}

# skip REASON: one test that cannot run here.
skip() {
    tally 0 0 1
    printf '  1 skipped: %s\n' "$1" >>"$NOTES"
}

# count WHAT KIND FILE…: adds a run's results; a run that counted nothing has failed.
count() {
    local what=$1 numbers
    shift
    if ! "$ROOT/tools/count-results" "$@" >"$TEMP/count.out" 2>"$TEMP/count.err"; then
        tally 0 1 0
        { printf '  FAILED %s ended without results:\n' "$what" && tail -n 40 "$LOG" | sed 's/^/    /'; } >>"$NOTES"
        return
    fi
    read -ra numbers <"$TEMP/count.out"
    tally "${numbers[@]}"
    tail -n +2 "$TEMP/count.out" >>"$NOTES"
    if [[ ${numbers[*]} = "0 0 0" ]]; then
        tally 0 1 0
        printf '  FAILED %s: it ran no test\n' "$what" >>"$NOTES"
    fi
}

# make_build NAME COMPILER OPTION… [-- TARGET…]: configures and compiles build/NAME.
make_build() {
    local name=$1 compiler=$2 options=()
    shift 2
    while [[ $# -gt 0 && $1 != -- ]]; do
        options+=("$1")
        shift
    done
    configure "$ROOT/build/$name" "$compiler" "${options[@]}" && compile "$ROOT/build/$name" "${@:2}"
}

gcc_build() {
    make_build gcc /usr/bin/gcc -Dwerror=true
}

# The released program for this machine, and the folder that it is in.
static_build() {
    "$ROOT/tools/static"
}

static_folder() {
    echo "$ROOT/build/static-$(dpkg --print-architecture)"
}

# Waits until prepare() of test has made the builds with sanitizers, or has failed; they are then made anew.
prepared() {
    [[ -z ${PREPARED:-} ]] || wait "$PREPARED" || true
    PREPARED=
}

asan_build() {
    make_build asan /usr/bin/gcc -Db_sanitize=address,undefined -Doptimization=1
}

suite_build() {
    check "build with gcc" gcc_build
    check "build with clang" make_build clang /usr/bin/clang -Dwerror=true
}

# ready COMMAND…: a build that a suite needs; without it the suite has failed, not passed.
ready() {
    local out
    out=$("$@" 2>&1) && return 0
    tally 0 1 0
    printf '  FAILED the build it needs:\n%s\n' "$(tail -n 30 <<<"$out" | sed 's/^/    /')" >>"$NOTES"
    return 1
}

# meson_suite FOLDER SUITE: the cmocka programs of one meson suite.
meson_suite() {
    local log="$ROOT/build/$1/meson-logs/$2"
    rm -f "$log.json"
    meson test -C "$ROOT/build/$1" --no-rebuild --suite "$2" --logbase "$2" --num-processes 2 || true
    cat "$log.txt" 2>/dev/null
    count "the $2 tests" meson "$log.json"
}

suite_unit() {
    ready gcc_build && meson_suite gcc unit
}

suite_golden() {
    ready gcc_build && meson_suite gcc golden
}

# pytest_once XML FOLDER PROGRAM ARGUMENT…
pytest_once() {
    local xml=$1 folder=$2 program=$3
    shift 3
    DOCKMETER_BIN=$program PYTHONDONTWRITEBYTECODE=1 timeout --foreground --kill-after=30 2400 "${AROUND[@]}" \
        "$PYTHON" -m pytest -q --tb=short --junitxml="$xml" --basetemp="$TEMP/pytest" \
        -o cache_dir="$TEMP/pytest-cache" "$@" "$ROOT/tests/$folder"
}

# run_pytest FOLDER PROGRAM ARGUMENT…: a folder's end-to-end tests against one build of the program. What failed
# is run once more, alone and one after another: what passes then is counted as passed and named as unsteady.
# Where more than UNSTEADY_MAX failed that is no accident.
UNSTEADY_MAX=5
run_pytest() {
    local folder=$1 results=("$TEMP/$1.xml")
    rm -rf "$TEMP/$1".*xml "$TEMP/pytest-cache"
    if ! pytest_once "${results[0]}" "$@" && few_failed "${results[0]}"; then
        results+=("$TEMP/$1.again.xml")
        printf '\n--- what failed, once more\n'
        pytest_once "${results[1]}" "$@" --last-failed --last-failed-no-failures none -n 0 || true
    fi
    count "the tests in tests/$folder" junit "${results[@]}"
}

few_failed() {
    local numbers
    read -ra numbers < <("$ROOT/tools/count-results" junit "$1" 2>/dev/null) && ((numbers[1] > 0 && numbers[1] <= UNSTEADY_MAX))
}

# Three files of tests at a time, each with an Engine of its own: tests await more than they compute.
SIDE_BY_SIDE=(-n 3 --dist loadfile)

suite_e2e() {
    ready gcc_build && run_pytest e2e "$ROOT/build/gcc/dockmeter" "${SIDE_BY_SIDE[@]}"
}

# Dashboards and rules; under a sanitizer they would ask the same again.
suite_monitor() {
    ready gcc_build && run_pytest monitor "$ROOT/build/gcc/dockmeter" -n 2 --dist loadfile
}

# The machine is built and booted as whoever runs this; it needs neither root nor the private Engine.
suite_vm() {
    ready gcc_build && run_pytest vm "$ROOT/build/gcc/dockmeter"
}

# The released program, alone and in its image.
suite_image() {
    ready static_build && run_pytest image "$(static_folder)/dockmeter"
}

# The released program in the files of deploy/ that people start it with.
suite_deploy() {
    ready static_build && run_pytest deploy "$(static_folder)/dockmeter" "${SIDE_BY_SIDE[@]}"
}

# What is put into packages and archives, and the releasing itself. What lintian and systemd-analyze
# say of it is in the log.
suite_package() {
    ready gcc_build && run_pytest package "$ROOT/build/gcc/dockmeter" "${SIDE_BY_SIDE[@]}" -raP
}

# Reports that a sanitizer wrote about a program whose end nobody looked at count as failures too.
sanitizer_reports() {
    local report
    for report in "$LOGS"/sanitizers.*.[0-9]*; do
        [[ -s $report ]] || continue
        tally 0 1 0
        { printf '  FAILED by a sanitizer, %s:\n' "${report#"$ROOT/"}" && head -n 40 "$report" | sed 's/^/    /'; } >>"$NOTES"
    done
}

suite_sanitizers() {
    prepared
    ready asan_build || return 0
    rm -f "$LOGS"/sanitizers.*.[0-9]*
    local -x ASAN_OPTIONS UBSAN_OPTIONS
    ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:log_path=$LOGS/sanitizers.asan
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:log_path=$LOGS/sanitizers.ubsan
    local -x CHURN_SECONDS=15
    meson_suite asan unit
    meson_suite asan golden
    run_pytest e2e "$ROOT/build/asan/dockmeter" "${SIDE_BY_SIDE[@]}" -m "not slow"
    sanitizer_reports
}

c_files() {
    find "$ROOT/src" "$ROOT/tests/unit" "$ROOT/tests/golden" "$ROOT/tests/fuzz" "$ROOT/bench" \
        -name '*.[ch]' -not -path '*/corpus/*' | sort
}

check_format() {
    local file status=0
    while read -r file; do
        clang-format "$file" | cmp -s - "$file" && continue
        echo "${file#"$ROOT/"} is not as clang-format has it: clang-format -i ${file#"$ROOT/"}"
        status=1
    done < <(c_files)
    return "$status"
}

# clang-tidy over each file of src that it has not passed in its present state.
check_tidy() {
    local stamps=$ROOT/build/clang/tidy newest status=0
    make_build clang /usr/bin/clang -Dwerror=true -- build.h || return 1
    mkdir -p "$stamps"
    newest=$(find "$ROOT/src" "$ROOT/.clang-tidy" \( -name '*.h' -o -name .clang-tidy \) -printf '%T@ %p\n' |
        sort -n | tail -n 1 | cut -d' ' -f2-)
    export ROOT stamps newest
    # shellcheck disable=SC2016
    find "$ROOT/src" -name '*.c' -print0 | sort -z | xargs -0 -n 1 -P 2 bash -c '
        stamp=$stamps/$(echo "${1#"$ROOT/"}" | tr / _)
        [[ $stamp -nt $1 && $stamp -nt $newest ]] && exit 0
        clang-tidy --quiet -p "$ROOT/build/clang" "$1" >"$stamp.out" 2>&1 && rm "$stamp.out" && touch "$stamp" && exit 0
        rm -f "$stamp"
        exit 1' tidy || status=1
    if [[ $status -ne 0 ]]; then
        cat "$stamps"/*.out >"$LOGS/clang-tidy.log"
        sed -n 's,^\(\.\./\)*\(/.*/\)\?\(src/.* error: .*\),\3,p' "$LOGS/clang-tidy.log" | sort -u
        echo "with the way to each: build/test-logs/clang-tidy.log"
        rm -f "$stamps"/*.out
    fi
    return "$status"
}

# Every script of the tree, by its first lines.
check_shell() {
    (cd "$ROOT" && git ls-files -z ':!*.md' | xargs -0 grep -lIE '^(#!/bin/(ba)?sh|# shellcheck shell=)' | xargs shellcheck -x)
}

check_headers() {
    local flags
    flags=$(pkg-config --cflags libevent libcurl jansson yaml-0.1 libpcre2-8 openssl)
    # shellcheck disable=SC2086
    find "$ROOT/src" -name '*.h' -print0 | sort -z | xargs -0 -n 1 -P 2 /usr/bin/gcc -std=gnu11 -D_GNU_SOURCE -Wall \
        -Wextra -Werror -fsyntax-only -I "$ROOT/src" -include "$ROOT/src/base/banned.h" $flags -x c
}

suite_lint() {
    check "clang-format" check_format
    check "clang-tidy" check_tidy
    check "shellcheck" check_shell
    check "each header compiles alone" check_headers
}

suite_layers() {
    check "the borders of ARCHITECTURE.md" "$ROOT/tools/check-layers"
}

suite_tree() {
    check "the tree is in order" "$ROOT/tools/check-tree"
}

# Each alert of rules/ where it fires and where it must not, as promtool evaluates it.
suite_rules() {
    local file
    check "promtool check rules" promtool check rules "$ROOT"/rules/*.rules.yml
    for file in "$ROOT"/rules/tests/*.yml; do
        check "promtool test rules ${file##*/}" promtool test rules "$file"
    done
}

same_document() {
    "$ROOT/build/gcc/dockmeter" docs "$1" >"$TEMP/document" || return 1
    diff -u --label "$2" --label "dockmeter docs $1" "$ROOT/$2" "$TEMP/document" && return 0
    echo "$2 is out of date: build/gcc/dockmeter docs $1 >$2"
    return 1
}

suite_docs() {
    ready gcc_build || return 0
    check "docs/configuration.md is up to date" same_document configuration docs/configuration.md
    check "config.example.yaml is up to date" same_document example config.example.yaml
    check "docs/metrics.md is up to date" same_document metrics docs/metrics.md
    check "docs/profiles.md is up to date" same_document profiles docs/profiles.md
    check "docs/man/dockmeter.1 is up to date" same_document man docs/man/dockmeter.1
    check "docs/man/dockmeter.yaml.5 is up to date" same_document man-yaml docs/man/dockmeter.yaml.5
    check "deploy/completions/dockmeter.bash is up to date" same_document completion-bash deploy/completions/dockmeter.bash
    check "deploy/completions/_dockmeter is up to date" same_document completion-zsh deploy/completions/_dockmeter
    check "deploy/completions/dockmeter.fish is up to date" same_document completion-fish deploy/completions/dockmeter.fish
    check "dashboards/*.json and docs/dashboards.md are up to date" "$ROOT/dashboards/build.py" --check
    local page
    for page in docker-stats-exporter docker-exporter container-metrics docker-stats data-exporter cadvisor; do
        check "docs/migrate/$page.md is up to date" same_document "migrate-$page" "docs/migrate/$page.md"
    done
}

# One target for FUZZ_SECONDS over its corpus; what it finds new stays out of the tree.
fuzz_one() {
    local target=$1 name corpus
    name=${target##*/}
    corpus=$ROOT/tests/fuzz/corpus/$name
    [[ -d $corpus ]] || corpus=$ROOT/tests/fuzz/corpus/${name#fuzz_}
    mkdir -p "$TEMP/$name"
    timeout $((FUZZ_SECONDS + 120)) "$ROOT/build/fuzz/$target" -max_total_time="$FUZZ_SECONDS" -timeout=10 \
        -rss_limit_mb=1536 -print_final_stats=1 -artifact_prefix="$LOGS/$name-" \
        "$TEMP/$name" "$corpus"
}

fuzz_targets() {
    ninja -C "$ROOT/build/fuzz" -t targets all | sed -n 's,^\(tests/fuzz_[a-z0-9_]*\): .*,\1,p'
}

fuzz_build() {
    configure "$ROOT/build/fuzz" /usr/bin/clang -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
        -Dc_args=-fsanitize=fuzzer-no-link && compile "$ROOT/build/fuzz" build.ninja || return 1
    local targets
    mapfile -t targets < <(fuzz_targets)
    [[ ${#targets[@]} -gt 0 ]] || { echo "there is no fuzz target" && return 1; }
    compile "$ROOT/build/fuzz" "${targets[@]}"
}

suite_fuzz() {
    local targets target i pids
    prepared
    ready fuzz_build || return 0
    mapfile -t targets < <(fuzz_targets)
    local -x UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    for ((i = 0; i < ${#targets[@]}; i += 2)); do
        pids=()
        for target in "${targets[@]:i:2}"; do
            fuzz_one "$target" >"$TEMP/${target##*/}.log" 2>&1 </dev/null &
            pids+=($!)
        done
        for target in "${targets[@]:i:2}"; do
            check "${target##*/}" fuzz_result "${pids[0]}" "$TEMP/${target##*/}.log"
            pids=("${pids[@]:1}")
        done
    done
}

fuzz_result() {
    local status=0
    wait "$1" || status=$?
    cat "$2"
    return "$status"
}

# Not a test: what part of each folder the unit and golden tests reach.
suite_coverage() {
    ready make_build cov /usr/bin/gcc -Db_coverage=true -Doptimization=0 || return 0
    find "$ROOT/build/cov" -name '*.gcda' -delete
    meson test -C "$ROOT/build/cov" --no-rebuild --num-processes 2 || true
    (cd "$ROOT" && gcovr --root . --filter 'src/' --object-directory build/cov --exclude-throw-branches \
        --json-summary -o "$TEMP/coverage.json") &&
        "$PYTHON" "$ROOT/tools/coverage-table" "$TEMP/coverage.json" | tee "$TEMP/table" && cat "$TEMP/table" >>"$NOTES"
}
