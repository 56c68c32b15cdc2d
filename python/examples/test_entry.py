# SPDX-License-Identifier: GPL-2.0-only
"""pytest with libsysemu: which calls run, which stops come, and what an untraced call costs."""

import errno
import signal

import pytest

from sysemu import CODE_BASE, EventKind, Machine, Place, Request, Start, Tif, scenarios

# getpid by int $0x80, getppid, a loop
TWO_CALLS = bytes.fromhex("b814000000cd80 b840000000cd80 ebfe")
BEHIND_GETPID = CODE_BASE + 7


@pytest.fixture
def machine(request):
    """A machine of the kernel that the test asks for, stopped before its first instruction."""
    with Machine(getattr(request, "param", "sysemu")) as m:
        m.load_code(TWO_CALLS)
        assert m.run().signal == signal.SIGSTOP
        yield m


def test_a_call_stopped_by_sysemu_is_not_executed(machine):
    stop = machine.resume(Request.SYSEMU)
    assert (stop.signal, stop.eip, stop.tif) == (signal.SIGTRAP, BEHIND_GETPID, Tif.SYSCALL_EMU)
    assert machine.regs.eax == 2**32 - errno.ENOSYS
    machine.ptrace(Request.SYSEMU)
    seen = machine.watch()
    assert (seen.place, seen.ran) == (Place.ENTRY, ())


@pytest.mark.parametrize("machine, ran", [("sysemu-1", ("getpid",)), ("sysemu", ())],
                         indirect=["machine"])
def test_what_part_3_mended(machine, ran):
    machine.resume(Request.SYSEMU)
    machine.ptrace(Request.SYSCALL)
    assert machine.watch().ran == ran


@pytest.mark.parametrize("kernel, cost", [("2.6.11", 37), ("sysemu", 37), ("2.6.14", 43)])
def test_what_an_untraced_call_costs_in_the_entry_path(kernel, cost):
    with Machine(kernel, start=Start.UNTRACED) as m:
        m.load_code(TWO_CALLS)
        m.break_set(BEHIND_GETPID - 2)
        m.break_set(BEHIND_GETPID)
        before, after = m.run(), m.run()
        assert after.kind == EventKind.BREAK
        assert after.counts.since(before.counts).entry == cost


def test_a_scenario():
    (scenario,) = scenarios("""
scenario emulated
	pass	sysemu
program
	call getpid
	exit 0
rows
	stop STOP			| SYSEMU
	stop TRAP entry ran=none	| CONT
	exit 0 ran=exit
""")
    assert scenario.play("sysemu").passed
