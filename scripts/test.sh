#!/bin/bash
# `make test`: every test there is. Goes on after a failure, ends with the sum; results lie in .cache/results.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

results=$PWD/.cache/results
rm -rf "$results"
mkdir -p "$results"

# Runs one step and notes how it ended, for scripts/tally.sh. $1: its name.
step() {
    local name=$1
    shift
    echo "== $name"
    if "$@"; then
        echo "passed $name" >>"$results/steps"
    else
        echo "failed $name" >>"$results/steps"
        echo "== $name: FAILED" >&2
        return 1
    fi
}

python_environment() { scripts/python.sh; }

training_environment() {
    [ -x .venv-training/bin/python ] || "${PYTHON:-/usr/bin/python3}" -m venv .venv-training || return 1
    if ! cmp -s training/requirements.txt .venv-training/installed.txt; then
        echo "installing PyTorch and what else training needs into .venv-training"
        .venv-training/bin/python -m pip install --quiet --disable-pip-version-check -r training/requirements.txt &&
            cp training/requirements.txt .venv-training/installed.txt
    fi
}

# Release mode, since the hot loops are hopeless without the optimizer; without testable imports, which would make every
# change between `make run` and `make test` a whole build.
swift_tests() { swift test -c release --disable-testable-imports --xunit-output "$results/swift.xml"; }

python_tests() {
    .venv/bin/python -m pytest -q "$@"
}

# Two files at a time, since they mostly wait. The demo clip's photographs are there before two of them ask for them.
end_to_end_tests() {
    mkdir -p .cache && scripts/demo-clip.sh .cache/demo.mp4 &&
        python_tests --junitxml="$results/pytest.xml" --numprocesses 2 --dist loadfile \
            --ignore-glob='Tests/e2e/test_page*.py' Tests/e2e
}

# What the page is for, in the real browser, at each size once: `make test-browser` runs the rest.
page_tests() {
    local page=Tests/e2e/test_page.py regions=Tests/e2e/test_page_regions.py
    python_tests --junitxml="$results/page.xml" --numprocesses 2 --dist load \
        "$page::test_a_visit_appears_while_one_looks_and_says_why_and_nothing_leaves_the_box[390 dark]" \
        "$page::test_whoever_was_not_told_stands_there_with_the_reason[desk]" \
        "$page::test_people_sign_in_with_the_token_and_out_again_and_a_wrong_one_is_told[390 light]" \
        "$regions::test_a_polygon_drawn_by_mouse_is_on_the_box_and_its_points_can_be_moved[1280 dark]" \
        "$regions::test_a_polygon_is_made_and_changed_by_keys_alone[1280 light]" \
        "$regions::test_a_trial_shows_its_time_and_goes_back[390 light]"
}

# Ten minutes of what `make endurance` does for hours, with a broker that dies more often; beside the steps after it, since
# it mostly waits.
endurance=
begin_endurance() {
    (cd Tests && exec ../.venv/bin/python -m gauntlet.endurance --seconds 600 --kill-every 25) >"$results/endurance.log" 2>&1 &
    endurance=$!
    trap 'kill "$endurance" 2>/dev/null' EXIT
}

end_endurance() {
    local status=0
    wait "$endurance" || status=$?
    endurance=
    trap - EXIT
    cat "$results/endurance.log"
    return "$status"
}

# A name that is not there is told before an hour of tests, not within.
python_names() { .venv/bin/ruff check --no-cache --quiet --select F Tests training Benchmarks scripts; }

training_tests() {
    (cd training && ../.venv-training/bin/python -m pytest -q --junitxml="$results/training.xml")
}

step "python environment" python_environment
step "python names" python_names
if step "build" swift build -c release; then
    step "swift tests" swift_tests
    # Tests/boto3 needs a running daemon; Tests/e2e starts one for it.
    step "end-to-end tests" end_to_end_tests
    step "page tests" page_tests
    begin_endurance
    step "fuzzed parsers" scripts/fuzz.sh all 60
fi
step "kernels for arm64" scripts/arm/run.sh
step "systemd unit" systemd/check.sh
if step "training environment" training_environment; then
    step "training tests" training_tests
fi
[ -z "$endurance" ] || step "endurance" end_endurance

scripts/tally.sh
