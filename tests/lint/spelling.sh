#!/bin/bash
# Common misspellings in what people read.
command -v codespell >/dev/null || { echo 'codespell is not installed'; exit 77; }
codespell --ignore-words-list=isnt,nd,msdos,readby --skip='*.json,tests/golden/*,tests/fuzz/corpus/*' \
	src include man profiles bootstrap.sh README.md
