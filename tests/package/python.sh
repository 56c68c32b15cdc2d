#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The installed Python module with Debian's python3: its own tests, which hold it against the
# installed headers, and the example.
. "$(dirname "$0")/../cli/check.inc"
: "${PREFIX:?the installed tree}"
python=/usr/bin/python3
$python -m pytest --version >/dev/null 2>&1 || { echo "no python3-pytest"; exit 77; }

SYSEMU_LIBRARY=$(find "$PREFIX" -name 'libsysemu.so.0')
export SYSEMU_LIBRARY SYSEMU_INCLUDE=$PREFIX/include PYTHONPATH=$PREFIX/lib/python3/dist-packages
export PYTHONDONTWRITEBYTECODE=1
$python -m pytest -q -p no:cacheprovider "$(dirname "$0")/../../python" || failures=1
if $python -m mypy --version >/dev/null 2>&1; then
	$python -m mypy --strict --cache-dir "$scratch" "$PYTHONPATH/sysemu" || failures=1
fi
finish
