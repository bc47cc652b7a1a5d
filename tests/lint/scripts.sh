#!/bin/bash
# All shell scripts pass shellcheck. Left out: files it cannot follow (SC1091), and-or lists (SC2015),
# code for another shell (SC2016), optional arguments (SC2119), variables that make exports (SC2154),
# functions that a trap calls (SC2317).
command -v shellcheck >/dev/null || { echo 'shellcheck is not installed'; exit 77; }
find bootstrap.sh .ci/run tests -type f \
	\( -name '*.sh' -o -name '*.bash' -o -path .ci/run -o -path tests/totals -o -name table -o -name update \) \
	-print0 | xargs -0 shellcheck --shell=bash --external-sources --exclude=SC1091,SC2015,SC2016,SC2119,SC2154,SC2317
