# SPDX-License-Identifier: GPL-2.0-only
"""The public headers of libsysemu as ctypes sees them: constants, structures, functions.

Everything here is written down a second time, so a test compares it with the headers: values,
sizes, offsets, the number of arguments (python/tests/test_abi.py).
"""

import ctypes
import enum
import os
from ctypes import POINTER, c_bool, c_char, c_char_p, c_int, c_int32, c_int64, c_size_t
from ctypes import c_uint, c_uint8, c_uint32, c_uint64, c_void_p

SONAME = "libsysemu.so.0"
CODE_BASE = 0x08048000
WINDOW = 0xB8000000
RAN_MAX = 8


class Status(enum.IntEnum):
    """Why a function failed."""

    OK = 0
    ENOMEM = 1
    EINVAL = 2
    EENGINE = 3
    EKERNEL = 4
    ELOAD = 5
    EDYNAMIC = 6
    ESTATE = 7
    EFAULT = 8
    EMISMATCH = 9
    ENOENT = 10
    EHOST = 11


class Entry(enum.IntEnum):
    """The flavour of the vsyscall page."""

    INT80 = 0
    SYSENTER = 1


class Start(enum.IntEnum):
    """Whether the program is traced from its first instruction on."""

    TRACED = 0
    UNTRACED = 1


class Counting(enum.IntEnum):
    """What is counted."""

    BLOCKS = 0
    NONE = 1


class EventKind(enum.IntEnum):
    """What a run ended with."""

    NONE = 0
    STOP = 1
    EXIT = 2
    KILLED = 3
    BREAK = 4
    LIMIT = 5
    FAULT = 6
    DEADLOCK = 7
    CHOICE = 8
    RETURN = 9


class Request(enum.IntEnum):
    """ptrace requests, numbered as in <sys/ptrace.h>."""

    TRACEME = 0
    PEEKTEXT = 1
    PEEKDATA = 2
    PEEKUSR = 3
    POKETEXT = 4
    POKEDATA = 5
    POKEUSR = 6
    CONT = 7
    KILL = 8
    SINGLESTEP = 9
    GETREGS = 12
    SETREGS = 13
    GETFPREGS = 14
    SETFPREGS = 15
    ATTACH = 16
    DETACH = 17
    GETFPXREGS = 18
    SETFPXREGS = 19
    OLDSETOPTIONS = 21
    SYSCALL = 24
    GET_THREAD_AREA = 25
    SET_THREAD_AREA = 26
    SYSEMU = 31
    SYSEMU_SINGLESTEP = 32
    SETOPTIONS = 0x4200
    GETEVENTMSG = 0x4201
    GETSIGINFO = 0x4202
    SETSIGINFO = 0x4203


class Tif(enum.IntFlag):
    """thread_info.flags."""

    SYSCALL_TRACE = 1 << 0
    NOTIFY_RESUME = 1 << 1
    SIGPENDING = 1 << 2
    NEED_RESCHED = 1 << 3
    SINGLESTEP = 1 << 4
    IRET = 1 << 5
    SYSCALL_EMU = 1 << 6
    SYSCALL_AUDIT = 1 << 7
    SECCOMP = 1 << 8
    POLLING_NRFLAG = 1 << 16
    MEMDIE = 1 << 17


class Place(enum.IntEnum):
    """Which stop it is, told by where the CPU is."""

    NONE = 0
    ENTRY = 1
    EXIT = 2
    SIGNAL = 3
    NOTIFY = 4
    GROUP = 5


class LogKind(enum.IntEnum):
    """What an entry of the event log is."""

    EVENT = 0
    REQUEST = 1
    SET_TIF = 2


REGIONS = ("user", "entry", "trace", "ptrace", "signal", "traps", "leaf", "sched", "boot", "other")
REGS = ("ebx", "ecx", "edx", "esi", "edi", "ebp", "eax", "ds", "es", "fs", "gs", "orig_eax", "eip",
        "cs", "eflags", "esp", "ss")


class sysemu_config(ctypes.Structure):
    _fields_ = [("kernel", c_char_p), ("entry", c_uint), ("start", c_uint), ("counting", c_uint),
                ("user_pages", c_uint32), ("log_events", c_uint32), ("seed", c_uint64),
                ("epoch", c_int64), ("debug_junk", c_uint32), ("timing", c_char_p)]


class sysemu_counts(ctypes.Structure):
    _fields_ = [("insns", c_uint64 * len(REGIONS)), ("int80", c_uint64), ("sysenter", c_uint64)]


class sysemu_event(ctypes.Structure):
    _fields_ = [("kind", c_uint), ("pid", c_int32), ("status", c_uint32), ("eip", c_uint32),
                ("eax", c_uint32), ("esp", c_uint32), ("eflags", c_uint32), ("orig_eax", c_int32),
                ("tif", c_uint32), ("counts", sysemu_counts), ("clocks", c_uint64)]


class sysemu_regs(ctypes.Structure):
    _fields_ = [(name, c_int32 if name == "orig_eax" else c_uint32) for name in REGS]


class sysemu_task(ctypes.Structure):
    _fields_ = [("pid", c_int32), ("ppid", c_int32), ("tracer", c_int32), ("state", c_uint32),
                ("tif", c_uint32), ("ptrace", c_uint32), ("sigpending", c_uint32),
                ("exit_code", c_int32), ("eflags", c_uint32), ("audit_entries", c_uint32),
                ("audit_exits", c_uint32), ("sigown", c_uint32), ("sigshared", c_uint32),
                ("audit", c_bool)]


class sysemu_digest(ctypes.Structure):
    _fields_ = [("bytes", c_uint8 * 16)]


class sysemu_log_entry(ctypes.Structure):
    _fields_ = [("number", c_uint64), ("kind", c_uint), ("event", sysemu_event), ("request", c_int),
                ("addr", c_uint32), ("data", c_uint32), ("result", c_int32)]


class sysemu_script_error(ctypes.Structure):
    _fields_ = [("line", c_uint32), ("column", c_uint32), ("text", c_char * 200)]


class sysemu_verdict(ctypes.Structure):
    _fields_ = [("kernel", c_char_p), ("fails", c_bool), ("row", c_size_t), ("on_field", c_bool),
                ("on", c_uint), ("on_index", c_uint32)]


class sysemu_staging(ctypes.Structure):
    _fields_ = [("code", c_void_p), ("code_size", c_size_t), ("rows", c_void_p), ("n_rows", c_size_t),
                ("steps", c_void_p), ("n_steps", c_size_t)]


class sysemu_scenario(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("about", c_char_p), ("good", c_char_p), ("bad", c_char_p),
                ("source", c_char_p), ("program", c_char_p), ("start", c_uint), ("budget", c_uint32),
                ("debug_junk", c_uint32), ("line", c_uint32), ("verdicts", POINTER(sysemu_verdict)),
                ("n_verdicts", c_size_t), ("by_entry", sysemu_staging * 2)]


class sysemu_row(ctypes.Structure):
    _fields_ = [("label", c_char_p), ("line", c_uint32), ("column", c_uint32), ("checks", c_void_p),
                ("n_checks", c_size_t), ("actions", c_void_p), ("n_actions", c_size_t)]


class sysemu_seen(ctypes.Structure):
    _fields_ = [("event", sysemu_event), ("place", c_uint), ("calls", c_uint32),
                ("ran", c_int32 * RAN_MAX), ("regs", sysemu_regs), ("task", sysemu_task),
                ("since", sysemu_counts)]


class sysemu_played(ctypes.Structure):
    _fields_ = [("passed", c_bool), ("row", c_size_t), ("line", c_uint32), ("column", c_uint32),
                ("differs", c_uint32), ("regs_differ", c_uint32), ("seen", sysemu_seen),
                ("insns", c_uint64), ("text", c_char * 480)]


class sysemu_served(ctypes.Structure):
    _fields_ = [("nr", c_int32), ("result", c_int32), ("ended", c_bool), ("status", c_uint32),
                ("name", c_char_p)]


READ_FN = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int, c_void_p, c_uint32)
WRITE_FN = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int, c_void_p, c_uint32)
NOTE_FN = ctypes.CFUNCTYPE(None, c_void_p, c_char_p)
INSN_FN = ctypes.CFUNCTYPE(None, c_void_p, c_uint32, c_uint32)


class sysemu_host(ctypes.Structure):
    _fields_ = [("user", c_void_p), ("read", READ_FN), ("write", WRITE_FN), ("note", NOTE_FN),
                ("root", c_char_p), ("terminal", c_bool)]


MACHINE = c_void_p
STATUS = c_int

# Name: what it returns, what it takes.
FUNCTIONS = {
    "sysemu_strstatus": (c_char_p, [STATUS]),
    "sysemu_kernel_at": (c_char_p, [c_size_t, POINTER(c_char_p)]),
    "sysemu_kernel_digest": (c_char_p, [c_char_p]),
    "sysemu_engines": (c_char_p, []),
    "sysemu_open": (STATUS, [POINTER(sysemu_config), POINTER(MACHINE)]),
    "sysemu_close": (None, [MACHINE]),
    "sysemu_errmsg": (c_char_p, [MACHINE]),
    "sysemu_load_elf": (STATUS, [MACHINE, c_char_p, c_size_t, POINTER(c_char_p), POINTER(c_char_p)]),
    "sysemu_load_code": (STATUS, [MACHINE, c_char_p, c_size_t]),
    "sysemu_get_counts": (STATUS, [MACHINE, POINTER(sysemu_counts)]),
    "sysemu_run": (STATUS, [MACHINE, c_uint64, POINTER(sysemu_event)]),
    "sysemu_ptrace": (STATUS, [MACHINE, c_int, c_uint32, c_uint32, POINTER(c_int32)]),
    "sysemu_ptrace_pid": (STATUS, [MACHINE, c_int, c_int32, c_uint32, c_uint32, POINTER(c_int32)]),
    "sysemu_get_regs": (STATUS, [MACHINE, POINTER(sysemu_regs)]),
    "sysemu_set_regs": (STATUS, [MACHINE, POINTER(sysemu_regs)]),
    "sysemu_signal": (STATUS, [MACHINE, c_int32, c_int, POINTER(c_int32)]),
    "sysemu_need_resched": (STATUS, [MACHINE, c_int32]),
    "sysemu_set_audit": (STATUS, [MACHINE, c_int32, c_bool]),
    "sysemu_wait": (STATUS, [MACHINE, c_int32, c_uint32, POINTER(c_uint32), POINTER(c_int32)]),
    "sysemu_read": (STATUS, [MACHINE, c_uint32, c_char_p, c_size_t]),
    "sysemu_write": (STATUS, [MACHINE, c_uint32, c_char_p, c_size_t]),
    "sysemu_map": (STATUS, [MACHINE, c_uint32, c_uint32, c_int]),
    "sysemu_protect": (STATUS, [MACHINE, c_uint32, c_uint32, c_int]),
    "sysemu_unmap": (STATUS, [MACHINE, c_uint32, c_uint32]),
    "sysemu_get_cpu": (STATUS, [MACHINE, POINTER(sysemu_regs)]),
    "sysemu_jump": (STATUS, [MACHINE, c_uint32]),
    "sysemu_task_info": (STATUS, [MACHINE, c_int32, POINTER(sysemu_task)]),
    "sysemu_focus": (STATUS, [MACHINE, c_int32]),
    "sysemu_set_tif": (STATUS, [MACHINE, c_uint32]),
    "sysemu_symbol": (STATUS, [MACHINE, c_char_p, POINTER(c_uint32)]),
    "sysemu_describe": (None, [MACHINE, c_uint32, c_char_p, c_size_t]),
    "sysemu_disasm": (c_size_t, [MACHINE, c_uint32, c_char_p, c_size_t]),
    "sysemu_break_set": (STATUS, [MACHINE, c_uint32]),
    "sysemu_break_clear": (STATUS, [MACHINE, c_uint32]),
    "sysemu_on_insn": (STATUS, [MACHINE, INSN_FN, c_void_p]),
    "sysemu_save": (STATUS, [MACHINE, POINTER(c_void_p)]),
    "sysemu_restore": (STATUS, [MACHINE, c_void_p]),
    "sysemu_snapshot_free": (None, [c_void_p]),
    "sysemu_get_digest": (STATUS, [MACHINE, POINTER(sysemu_digest)]),
    "sysemu_log_count": (c_uint64, [MACHINE]),
    "sysemu_log_get": (STATUS, [MACHINE, c_uint64, POINTER(sysemu_log_entry)]),
    "sysemu_set_host": (STATUS, [MACHINE, POINTER(sysemu_host)]),
    "sysemu_serve": (STATUS, [MACHINE, c_int32, POINTER(sysemu_served)]),
    "sysemu_call_name": (c_char_p, [c_int32]),
    "sysemu_scenarios_parse": (STATUS, [c_char_p, c_size_t, POINTER(c_void_p),
                                        POINTER(sysemu_script_error)]),
    "sysemu_scenarios_count": (c_size_t, [c_void_p]),
    "sysemu_scenarios_at": (POINTER(sysemu_scenario), [c_void_p, c_size_t]),
    "sysemu_scenarios_free": (None, [c_void_p]),
    "sysemu_play": (STATUS, [MACHINE, POINTER(sysemu_row), c_size_t, c_uint32, c_void_p, c_void_p,
                             POINTER(sysemu_played)]),
    "sysemu_scenario_play": (STATUS, [POINTER(sysemu_scenario), c_char_p, c_uint, c_char_p, c_size_t,
                                      c_void_p, c_void_p, POINTER(sysemu_played)]),
    "sysemu_verdict_holds": (c_bool, [POINTER(sysemu_verdict), POINTER(sysemu_played)]),
}


def load() -> ctypes.CDLL:
    """The shared library, or the one that SYSEMU_LIBRARY names, with its functions' types."""
    library = ctypes.CDLL(os.environ.get("SYSEMU_LIBRARY", SONAME))
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library
