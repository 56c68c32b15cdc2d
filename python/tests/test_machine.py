# SPDX-License-Identifier: GPL-2.0-only
"""Every part of the module once, on what the manual says it does. PROGS: tests/guest, built."""

import errno
import os
import pathlib
import signal

import pytest

import sysemu
from sysemu import CODE_BASE, Error, EventKind, LogKind, Machine, Request, Start, Status, Tif

GETPID = bytes.fromhex("b814000000cd80 ebfe")


@pytest.fixture
def stopped():
    with Machine() as m:
        m.load_code(GETPID)
        m.run()
        yield m


def test_kernels_and_engines():
    names = [name for name, about in sysemu.kernels()]
    assert names[0] == "2.6.11" and "sysemu" in names and "unicorn" in sysemu.engines()
    assert sysemu.call_name(20) == "getpid" and sysemu.call_name(-1) is None


def test_an_error_has_the_librarys_sentence():
    with pytest.raises(Error, match='no kernel is named "2.4"') as caught:
        Machine("2.4")
    assert caught.value.status == Status.EKERNEL
    with pytest.raises(Error, match="unknown|no timing model|is no"):
        Machine(timing="8086")


def test_a_closed_machine_refuses(stopped):
    stopped.close()
    stopped.close()
    for use in (stopped.run, lambda: stopped.regs, lambda: list(stopped.log())):
        with pytest.raises(Error, match="closed"):
            use()


def test_running_a_stopped_program_is_an_error(stopped):
    with pytest.raises(Error, match="stopped") as caught:
        stopped.run()
    assert caught.value.status == Status.ESTATE
    with pytest.raises(Error, match="stopped"):
        stopped.watch()


def test_a_refused_request_is_an_oserror(stopped):
    assert stopped.ptrace(Request.PEEKUSR, 2) == -errno.EIO
    assert stopped.ptrace(Request.CONT, pid=4711) == -errno.ESRCH
    with Machine("2.6.11") as m:
        m.load_code(GETPID)
        m.run()
        with pytest.raises(OSError) as caught:
            m.resume(Request.SYSEMU)
        assert caught.value.errno == errno.EIO


def test_registers(stopped):
    stopped.regs = stopped.regs._replace(ebx=0x12345678, orig_eax=-1)
    assert (stopped.regs.ebx, stopped.regs.orig_eax, stopped.regs.eip) == (0x12345678, -1, CODE_BASE)
    with pytest.raises(Error, match="cs"):
        stopped.regs = stopped.regs._replace(cs=0)


def test_memory(stopped):
    assert stopped.read(CODE_BASE, len(GETPID)) == GETPID
    stopped.map(0x20000000, 1, 3)
    stopped.write(0x20000000, b"pears\0apples")
    assert stopped.read(0x20000000, 12) == b"pears\0apples"
    stopped.protect(0x20000000, 1, 1)
    stopped.unmap(0x20000000, 1)
    with pytest.raises(Error, match="20000000") as caught:
        stopped.read(0x20000000, 1)
    assert caught.value.status == Status.EFAULT


def test_symbols_and_instructions(stopped):
    addr = stopped.symbol("system_call")
    assert stopped.describe(addr) == "system_call" or stopped.describe(addr) == "system_call+0x0"
    assert stopped.describe(0) == ""
    size, text = stopped.disasm(CODE_BASE + 5)
    assert size == 2 and text.startswith("int")
    with pytest.raises(Error) as caught:
        stopped.symbol("no_such_function")
    assert caught.value.status == Status.ENOENT


def test_save_restore_digest(stopped):
    before, there = stopped.digest, stopped.save()
    stopped.resume(Request.SYSEMU)
    assert stopped.digest != before and len(before) == 32
    stopped.restore(there)
    assert stopped.digest == before
    with Machine() as other:
        other.restore(there)
        assert other.digest == before


def test_flags_tasks_signals(stopped):
    stopped.set_tif(Tif.SYSCALL_EMU)
    assert stopped.task().tif == Tif.SYSCALL_EMU and stopped.task().pid == 101
    assert stopped.signal(signal.SIGUSR1) == 0
    assert stopped.task().sigpending >> (signal.SIGUSR1 - 1) & 1
    stopped.set_audit(True)
    assert stopped.task().audit and stopped.task().tif & Tif.SYSCALL_AUDIT
    stopped.need_resched()
    assert stopped.task().tif & Tif.NEED_RESCHED
    assert stopped.wait() == (101, signal.SIGSTOP << 8 | 0x7F)
    stopped.focus(101)
    with pytest.raises(Error):
        stopped.task(4711)
    kinds = [entry.kind for entry in stopped.log()]
    assert kinds == [LogKind.EVENT, LogKind.SET_TIF]


def test_breakpoints_instructions_jump():
    with Machine(start=Start.UNTRACED) as m:
        m.load_code(GETPID)
        m.break_set(CODE_BASE + 5)
        assert m.run()[:1] == (EventKind.BREAK,)
        assert m.cpu.eip == CODE_BASE + 5 and m.cpu.eax == 20
        m.jump(CODE_BASE)
        seen = []
        m.on_insn(lambda addr, size: seen.append((addr, size)))
        m.run()
        m.on_insn(None)
        m.break_clear(CODE_BASE + 5)
        assert seen == [(CODE_BASE, 5)]
        assert m.run(1000).kind == EventKind.LIMIT
        assert m.counts.int80 == 1 and m.counts.kernel > 0


def test_a_served_program():
    elf = pathlib.Path(os.environ["PROGS"], "hello").read_bytes()
    said = []
    with Machine() as m:
        m.load_elf(elf, ["hello"], ["HOME=/"])
        m.set_host(write=lambda fd, data: said.append((fd, data)) or len(data))
        event = m.run()
        while event.kind == EventKind.STOP:
            event = m.resume(Request.SYSEMU)
            served = m.serve(event.orig_eax)
            if served.ended:
                break
    assert b"".join(data for fd, data in said if fd == 1).startswith(b"hello")
    assert (served.status, served.name) == (7 << 8, "exit")


def test_scenarios():
    root = pathlib.Path(__file__).parents[2]
    for scenario in sysemu.scenarios((root / "scenarios/patch.play").read_text()):
        for kernel in scenario.kernels:
            for entry in scenario.entries:
                assert scenario.play(kernel, entry).as_stated, (scenario.name, kernel)
    with pytest.raises(Error, match="^1:1: "):
        sysemu.scenarios("nonsense")


def test_timing():
    with Machine(timing="i486", start=Start.UNTRACED) as m:
        m.load_code(GETPID)
        assert m.run(100).clocks > 100
