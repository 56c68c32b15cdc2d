# SPDX-License-Identifier: GPL-2.0-only
"""sysemu/_abi.py against the headers: a C compiler says what they mean.

SYSEMU_INCLUDE: their folder. CC: the compiler.
"""

import ctypes
import os
import pathlib
import re
import shlex
import subprocess

import pytest

import sysemu
from sysemu import Counts, Regs, Task, _abi

INCLUDE = pathlib.Path(os.environ["SYSEMU_INCLUDE"])
STRUCTURES = [c for c in vars(_abi).values()
              if isinstance(c, type) and issubclass(c, ctypes.Structure) and c is not ctypes.Structure]

# An enumeration here, and the list in the header: its X's parameters, and a name's prefix.
MAPS = [
    (_abi.Status, "SYSEMU_STATUS_MAP", "value, name, text", "SYSEMU_"),
    (_abi.EventKind, "SYSEMU_EVENT_MAP", "name, text", "SYSEMU_EVENT_"),
    (_abi.Request, "SYSEMU_REQUEST_MAP", "value, name", "SYSEMU_PTRACE_"),
    (_abi.Tif, "SYSEMU_TIF_MAP", "bit, name, text", "SYSEMU_TIF_"),
    (_abi.Place, "SYSEMU_PLACE_MAP", "name, text", "SYSEMU_PLACE_"),
]
# Those that have no list.
NAMES = [
    (_abi.Entry, "SYSEMU_ENTRY_"),
    (_abi.Start, "SYSEMU_START_"),
    (_abi.Counting, "SYSEMU_COUNT_"),
    (_abi.LogKind, "SYSEMU_LOG_"),
]


@pytest.fixture(scope="module")
def headers():
    return "\n".join(path.read_text() for path in sorted(INCLUDE.glob("libsysemu/*.h"))
                     if path.name != "cmocka.h")


@pytest.fixture
def printed(tmp_path):
    """Compiles statements of main and gives the lines that they print, words in each."""
    def run(statements):
        source = tmp_path / "user.c"
        source.write_text("#include <stdio.h>\n#include <libsysemu/sysemu.h>\n"
                          "int main(void)\n{\n" + "\n".join(statements) + "\n}\n")
        cc = shlex.split(os.environ.get("CC", "cc"))
        subprocess.run([*cc, "-w", "-I", INCLUDE, source, "-o", tmp_path / "user"], check=True)
        out = subprocess.run([tmp_path / "user"], check=True, capture_output=True, text=True).stdout
        return [line.split() for line in out.splitlines()]
    return run


@pytest.mark.parametrize("enumeration, macro, parameters, prefix", MAPS,
                         ids=[m[0].__name__ for m in MAPS])
def test_an_enumeration_is_the_headers_list(printed, enumeration, macro, parameters, prefix):
    lines = printed([f'#define X({parameters}) printf("%s %lld\\n", #name, (long long){prefix}##name);',
                     f"{macro}(X)"])
    assert {name: int(value) for name, value in lines} == \
        {name: int(value) for name, value in enumeration.__members__.items()}


@pytest.mark.parametrize("enumeration, prefix", NAMES, ids=[n[0].__name__ for n in NAMES])
def test_the_names_of_an_enumeration_without_a_list(printed, headers, enumeration, prefix):
    text = re.sub(r"/\*.*?\*/", "", headers, flags=re.S)
    declared = re.findall(r"typedef enum \w+ \{([^}]*%s[^}]*)\}" % prefix, text)
    names = set(re.findall(r"\b%s(\w+)" % prefix, declared[0]))
    assert names == set(enumeration.__members__)
    lines = printed([f'printf("{name} %d\\n", {prefix}{name});' for name in names])
    assert {name: int(value) for name, value in lines} == dict(enumeration.__members__)


def test_the_names_of_regions_and_registers(printed):
    lines = printed(['#define X(name, text) printf("%s\\n", text);', "SYSEMU_REGION_MAP(X)"])
    assert tuple(line[0] for line in lines) == _abi.REGIONS == Counts._fields[:len(_abi.REGIONS)]
    lines = printed(['#define X(word, name, text) printf("%d %s\\n", word, text);', "SYSEMU_REG_MAP(X)"])
    assert lines == [[str(i), name] for i, name in enumerate(_abi.REGS)]
    assert Regs._fields == _abi.REGS
    assert Task._fields == tuple(name for name, kind in _abi.sysemu_task._fields_)


def test_other_numbers(printed):
    (line,) = printed(['printf("%u %u %d %s\\n", SYSEMU_CODE_BASE, SYSEMU_WINDOW, SYSEMU_RAN_MAX,'
                       'SYSEMU_VERSION);'])
    assert [int(word) for word in line[:3]] == [_abi.CODE_BASE, _abi.WINDOW, _abi.RAN_MAX]
    assert line[3] == sysemu.__version__


@pytest.mark.parametrize("structure", STRUCTURES, ids=[s.__name__ for s in STRUCTURES])
def test_a_structure_has_the_compilers_layout(printed, structure):
    name = structure.__name__
    fields = [field for field, kind in structure._fields_]
    lines = printed([f'printf("%zu\\n", sizeof({name}));'] + [
        f'printf("%zu %zu\\n", offsetof({name}, {field}), sizeof((({name} *)0)->{field}));'
        for field in fields])
    assert int(lines[0][0]) == ctypes.sizeof(structure)
    end = 0
    for field, (offset, size) in zip(fields, lines[1:]):
        here = getattr(structure, field)
        assert (here.offset, here.size) == (int(offset), int(size)), field
        # No room for a field that the header has and this one has not.
        alignment = ctypes.alignment(dict(structure._fields_)[field])
        assert here.offset - end < alignment, f"something is missing before {field}"
        end = here.offset + here.size
    assert ctypes.sizeof(structure) - end < ctypes.alignment(structure)


@pytest.mark.parametrize("name", _abi.FUNCTIONS)
def test_a_function_takes_as_many_arguments(headers, name):
    declared = re.search(r"^[a-z][\w \*]*[ \*]%s\(([^;]*)\);" % name, headers, flags=re.M)
    assert declared, "not in the headers"
    arguments = re.sub(r"\s+", " ", declared.group(1))
    n = 0 if arguments == "void" else arguments.count(",") + 1
    assert n == len(_abi.FUNCTIONS[name][1])
