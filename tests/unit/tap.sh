#!/bin/bash
# usage: tests/unit/tap.sh PROGRAM                  (from make check)
# cmocka 1.1.5 prints a skipped test as "not ok N # SKIP"; a skip is no failure. A program that
# hangs is one, together with the processes it started.
set -o pipefail
timeout --kill-after=5 120 "$@" | sed 's/^not ok \([0-9]*\) # SKIP/ok \1 # SKIP/'
