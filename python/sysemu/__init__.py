# SPDX-License-Identifier: GPL-2.0-only
"""libsysemu in Python: Linux 2.6's entry path and ptrace in an emulated i386.

A machine is a kernel, one user program, and its tracer: you.

    from sysemu import Machine, Request

    with Machine("sysemu") as m:
        m.load_code(bytes.fromhex("b814000000cd80"))    # getpid by int $0x80
        m.run()                                         # the first stop: SIGSTOP
        stop = m.resume(Request.SYSEMU)                 # stopped at the call, not executed
        print(hex(stop.status), stop.tif)

A thin layer over the shared library, by ctypes: <libsysemu/sysemu.h>, libsysemu(3), is the manual
for what each function does. What fails there is an Error here, with the library's own sentence;
what happens inside the machine is an Event.
"""

import ctypes
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Type

from . import _abi
from ._abi import CODE_BASE, REGIONS, WINDOW, Counting, Entry, EventKind, LogKind, Place, Request
from ._abi import Start, Status, Tif

__all__ = ["CODE_BASE", "WINDOW", "Counting", "Counts", "Entry", "Error", "Event", "EventKind",
           "LogEntry", "LogKind", "Machine", "Place", "Played", "Regs", "Request", "Scenario", "Seen",
           "Served", "Snapshot", "Start", "Status", "Task", "Tif", "call_name", "engines", "kernels",
           "scenarios"]

__version__ = "0.1.0"

_lib = _abi.load()


class Error(Exception):
    """A function refused; str() is the library's sentence, with its place."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message or (_lib.sysemu_strstatus(status) or b"").decode())
        #: Which kind of refusal.
        self.status = Status(status)


class Counts(NamedTuple):
    """Instructions retired, by region, and entries from user mode."""

    user: int
    entry: int
    trace: int
    ptrace: int
    signal: int
    traps: int
    leaf: int
    sched: int
    boot: int
    other: int
    int80: int
    sysenter: int

    @property
    def kernel(self) -> int:
        """All regions but user."""
        return sum(self[1:len(REGIONS)])

    def since(self, before: "Counts") -> "Counts":
        """What was counted between BEFORE and these."""
        return Counts(*(now - then for now, then in zip(self, before)))


class Event(NamedTuple):
    """What a run ended with. status is as wait4 gives it."""

    kind: EventKind
    pid: int
    status: int
    eip: int
    eax: int
    esp: int
    eflags: int
    orig_eax: int
    tif: Tif
    counts: Counts
    clocks: int

    @property
    def signal(self) -> int:
        """Of a stop: which signal, without TRACESYSGOOD's bit."""
        return self.status >> 8 & 0x7F


class Regs(NamedTuple):
    """The words of PTRACE_GETREGS; _replace() gives changed ones."""

    ebx: int
    ecx: int
    edx: int
    esi: int
    edi: int
    ebp: int
    eax: int
    ds: int
    es: int
    fs: int
    gs: int
    orig_eax: int
    eip: int
    cs: int
    eflags: int
    esp: int
    ss: int


class Task(NamedTuple):
    """A task of the guest."""

    pid: int
    ppid: int
    tracer: int
    state: int
    tif: Tif
    ptrace: int
    sigpending: int
    exit_code: int
    eflags: int
    audit_entries: int
    audit_exits: int
    sigown: int
    sigshared: int
    audit: bool


class Seen(NamedTuple):
    """An event and all that is known at its moment."""

    event: Event
    place: Place
    ran: Tuple[str, ...]
    regs: Regs
    task: Task
    since: Counts


class LogEntry(NamedTuple):
    """An entry of a machine's event log."""

    number: int
    kind: LogKind
    event: Event
    request: int
    addr: int
    data: int
    result: int


class Served(NamedTuple):
    """A system call that the server did."""

    nr: int
    result: int
    ended: bool
    status: int
    name: Optional[str]


class Played(NamedTuple):
    """How a scenario fared; text says what differs, at row, line and column."""

    passed: bool
    row: int
    line: int
    column: int
    text: str
    insns: int
    seen: Seen
    as_stated: bool


def _text(text: bytes) -> str:
    return text.decode()


def _counts(c: _abi.sysemu_counts) -> Counts:
    return Counts._make([*c.insns, c.int80, c.sysenter])


def _event(e: _abi.sysemu_event) -> Event:
    return Event(EventKind(e.kind), e.pid, e.status, e.eip, e.eax, e.esp, e.eflags, e.orig_eax,
                 Tif(e.tif), _counts(e.counts), e.clocks)


def _regs(r: _abi.sysemu_regs) -> Regs:
    return Regs(*(getattr(r, name) for name in Regs._fields))


def _task(t: _abi.sysemu_task) -> Task:
    return Task._make(getattr(t, name) for name in Task._fields)._replace(tif=Tif(t.tif))


def _seen(s: _abi.sysemu_seen) -> Seen:
    ran = tuple(call_name(nr) or str(nr) for nr in s.ran[:min(s.calls, _abi.RAN_MAX)])
    return Seen(_event(s.event), Place(s.place), ran, _regs(s.regs), _task(s.task), _counts(s.since))


def _strings(words: Sequence[str]) -> "ctypes.Array[ctypes.c_char_p]":
    """An array as execve takes it."""
    return (ctypes.c_char_p * (len(words) + 1))(*(word.encode() for word in words), None)


def kernels() -> List[Tuple[str, str]]:
    """The guest kernels, in historical order: name, and a line on what it is."""
    about = ctypes.c_char_p()
    found: List[Tuple[str, str]] = []
    while True:
        name = _lib.sysemu_kernel_at(len(found), ctypes.byref(about))
        if name is None:
            return found
        found.append((name.decode(), (about.value or b"").decode()))


def engines() -> str:
    """The versions of the engines, and how they are used."""
    return _text(_lib.sysemu_engines())


def call_name(nr: int) -> Optional[str]:
    """The name of an i386 system call."""
    name = _lib.sysemu_call_name(nr)
    return name.decode() if name else None


class Snapshot:
    """A machine's state, from Machine.save(); it outlives the machine."""

    def __init__(self, handle: ctypes.c_void_p) -> None:
        self._handle = handle

    def __del__(self) -> None:
        _lib.sysemu_snapshot_free(self._handle)


class Machine:
    """An emulated i386 with a kernel, a program and a tracer. Close it, or use it by `with`.

    The arguments are those of sysemu_config.
    """

    def __init__(self, kernel: str = "sysemu", entry: Entry = Entry.INT80, *,
                 start: Start = Start.TRACED, counting: Counting = Counting.BLOCKS,
                 user_pages: int = 0, log_events: int = 0, seed: int = 0, epoch: int = 0,
                 debug_junk: int = 0, timing: Optional[str] = None) -> None:
        self._machine: Optional[ctypes.c_void_p] = None
        self._kept: List[object] = []
        config = _abi.sysemu_config(kernel.encode(), entry, start, counting, user_pages, log_events,
                                    seed, epoch, debug_junk, timing.encode() if timing else None)
        machine = ctypes.c_void_p()
        status = _lib.sysemu_open(ctypes.byref(config), ctypes.byref(machine))
        if status:
            raise Error(status, _lib.sysemu_errmsg(None).decode())
        self._machine = machine

    def close(self) -> None:
        """Releases the machine; more than once is allowed."""
        machine, self._machine = self._machine, None
        if machine:
            _lib.sysemu_close(machine)

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: object, trace: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_machine", None):
            self.close()

    @property
    def _open(self) -> ctypes.c_void_p:
        if self._machine is None:
            raise Error(Status.ESTATE, "the machine is closed")
        return self._machine

    def _call(self, function: Callable[..., int], *arguments: object) -> None:
        machine = self._open
        status = function(machine, *arguments)
        if status:
            raise Error(status, _lib.sysemu_errmsg(machine).decode())

    # ---- load ----

    def load_code(self, code: bytes) -> None:
        """Raw code at CODE_BASE, where the program begins."""
        self._call(_lib.sysemu_load_code, code, len(code))

    def load_elf(self, elf: bytes, argv: Sequence[str] = (), env: Sequence[str] = ()) -> None:
        """A static i386 executable; env is "NAME=VALUE" each."""
        self._call(_lib.sysemu_load_elf, elf, len(elf), _strings(argv), _strings(env))

    # ---- run and trace ----

    def run(self, max_insns: int = 0) -> Event:
        """To the next event; max_insns 0: no limit."""
        event = _abi.sysemu_event()
        self._call(_lib.sysemu_run, max_insns, ctypes.byref(event))
        return _event(event)

    def watch(self, budget: int = 0) -> Seen:
        """To the next event, and all that is known of it: its place, the calls that ran.

        Slower than run(), since each instruction is looked at; budget 0: 100000 instructions.
        """
        row, played = _abi.sysemu_row(), _abi.sysemu_played()
        self._call(_lib.sysemu_play, ctypes.byref(row), 1, budget, None, None, ctypes.byref(played))
        if not played.passed:
            raise Error(Status.ESTATE, played.text.decode())
        return _seen(played.seen)

    def ptrace(self, request: Request, addr: int = 0, data: int = 0,
               pid: Optional[int] = None) -> int:
        """The guest's own sys_ptrace: 0 or -errno. pid None: the task in focus."""
        result = ctypes.c_int32()
        if pid is None:
            self._call(_lib.sysemu_ptrace, request, addr, data, ctypes.byref(result))
        else:
            self._call(_lib.sysemu_ptrace_pid, request, pid, addr, data, ctypes.byref(result))
        return result.value

    def resume(self, request: Request, signal: int = 0, max_insns: int = 0) -> Event:
        """Answers a stop and runs to the next event. OSError: the guest refuses the request."""
        result = self.ptrace(request, 0, signal)
        if result:
            raise OSError(-result, f"{Request(request).name} is refused")
        return self.run(max_insns)

    def signal(self, signal: int, pid: int = 0) -> int:
        """kill(2) by the tracer: 0 or -errno."""
        result = ctypes.c_int32()
        self._call(_lib.sysemu_signal, pid, signal, ctypes.byref(result))
        return result.value

    def wait(self, pid: int = -1, options: int = 0) -> Tuple[int, int]:
        """wait4(2) by the tracer: the pid, 0 or -errno; and the status."""
        status, result = ctypes.c_uint32(), ctypes.c_int32()
        self._call(_lib.sysemu_wait, pid, options, ctypes.byref(status), ctypes.byref(result))
        return result.value, status.value

    def need_resched(self, pid: int = 0) -> None:
        """Sets NEED_RESCHED of a task."""
        self._call(_lib.sysemu_need_resched, pid)

    def set_audit(self, on: bool, pid: int = 0) -> None:
        """Gives a task an audit context, or takes it away."""
        self._call(_lib.sysemu_set_audit, pid, on)

    # ---- look and change ----

    @property
    def regs(self) -> Regs:
        """The saved registers of the stopped task in focus; may be assigned."""
        regs = _abi.sysemu_regs()
        self._call(_lib.sysemu_get_regs, ctypes.byref(regs))
        return _regs(regs)

    @regs.setter
    def regs(self, regs: Regs) -> None:
        self._call(_lib.sysemu_set_regs, ctypes.byref(_abi.sysemu_regs(*regs)))

    @property
    def cpu(self) -> Regs:
        """The CPU's registers now."""
        regs = _abi.sysemu_regs()
        self._call(_lib.sysemu_get_cpu, ctypes.byref(regs))
        return _regs(regs)

    @property
    def counts(self) -> Counts:
        """The counters now."""
        counts = _abi.sysemu_counts()
        self._call(_lib.sysemu_get_counts, ctypes.byref(counts))
        return _counts(counts)

    def task(self, pid: int = 0) -> Task:
        """A task by pid; 0: the one in focus."""
        task = _abi.sysemu_task()
        self._call(_lib.sysemu_task_info, pid, ctypes.byref(task))
        return _task(task)

    def focus(self, pid: int) -> None:
        """Makes a task the one that requests and registers are about."""
        self._call(_lib.sysemu_focus, pid)

    def set_tif(self, tif: Tif) -> None:
        """Injects thread_info.flags of the task in focus."""
        self._call(_lib.sysemu_set_tif, tif)

    def read(self, addr: int, size: int) -> bytes:
        """Bytes at a guest address."""
        buffer = ctypes.create_string_buffer(size)
        self._call(_lib.sysemu_read, addr, buffer, size)
        return buffer.raw

    def write(self, addr: int, data: bytes) -> None:
        """Puts bytes at a guest address, whatever the page's protection."""
        self._call(_lib.sysemu_write, addr, data, len(data))

    def map(self, addr: int, pages: int, prot: int) -> None:
        """Fresh user pages; prot 0 none, 1 read, 3 read and write."""
        self._call(_lib.sysemu_map, addr, pages, prot)

    def protect(self, addr: int, pages: int, prot: int) -> None:
        """Changes the protection of user pages."""
        self._call(_lib.sysemu_protect, addr, pages, prot)

    def unmap(self, addr: int, pages: int) -> None:
        """Takes user pages away."""
        self._call(_lib.sysemu_unmap, addr, pages)

    def jump(self, eip: int) -> None:
        """The program, in user mode, goes on there."""
        self._call(_lib.sysemu_jump, eip)

    def symbol(self, name: str) -> int:
        """A kernel symbol's address."""
        addr = ctypes.c_uint32()
        self._call(_lib.sysemu_symbol, name.encode(), ctypes.byref(addr))
        return addr.value

    def describe(self, addr: int) -> str:
        """ "syscall_trace_entry+0x8", or "" outside every symbol."""
        buffer = ctypes.create_string_buffer(256)
        _lib.sysemu_describe(self._open, addr, buffer, len(buffer))
        return buffer.value.decode()

    def disasm(self, addr: int) -> Tuple[int, str]:
        """One instruction: its length, 0 if there is none, and its text."""
        buffer = ctypes.create_string_buffer(256)
        size = _lib.sysemu_disasm(self._open, addr, buffer, len(buffer))
        return size, buffer.value.decode() if size else ""

    # ---- breakpoints and steps ----

    def break_set(self, addr: int) -> None:
        """A run ends before that instruction."""
        self._call(_lib.sysemu_break_set, addr)

    def break_clear(self, addr: int) -> None:
        """Takes a breakpoint away."""
        self._call(_lib.sysemu_break_clear, addr)

    def on_insn(self, function: Optional[Callable[[int, int], None]]) -> None:
        """Called with address and size before each instruction; None ends it."""
        def wrapper(user: int, addr: int, size: int) -> None:
            if function:
                function(addr, size)

        wrapped = _abi.INSN_FN(wrapper) if function else _abi.INSN_FN(0)
        self._call(_lib.sysemu_on_insn, wrapped, None)
        self._kept = [kept for kept in self._kept if not isinstance(kept, _abi.INSN_FN)] + [wrapped]

    # ---- state ----

    def save(self) -> Snapshot:
        """The whole state."""
        handle = ctypes.c_void_p()
        self._call(_lib.sysemu_save, ctypes.byref(handle))
        return Snapshot(handle)

    def restore(self, snapshot: Snapshot) -> None:
        """Back to a state of this machine, or of one opened with the same arguments."""
        self._call(_lib.sysemu_restore, snapshot._handle)

    @property
    def digest(self) -> str:
        """32 hex digits: the same for the same state, on every host."""
        digest = _abi.sysemu_digest()
        self._call(_lib.sysemu_get_digest, ctypes.byref(digest))
        return bytes(digest.bytes).hex()

    def log(self) -> Iterator[LogEntry]:
        """The entries of the event log that are still kept, oldest first."""
        entry = _abi.sysemu_log_entry()
        for number in range(_lib.sysemu_log_count(self._open)):
            try:
                self._call(_lib.sysemu_log_get, number, ctypes.byref(entry))
            except Error as error:
                if error.status != Status.ENOENT:
                    raise
                continue
            yield LogEntry(entry.number, LogKind(entry.kind), _event(entry.event), entry.request,
                           entry.addr, entry.data, entry.result)

    # ---- the server ----

    def set_host(self, *, read: Optional[Callable[[int, int], bytes]] = None,
                 write: Optional[Callable[[int, bytes], int]] = None,
                 note: Optional[Callable[[str], None]] = None, root: Optional[str] = None,
                 terminal: bool = False) -> None:
        """The program's outside world: read(fd, size), write(fd, data), note(text)."""
        def do_read(user: int, fd: int, buffer: int, size: int) -> int:
            data = read(fd, size)[:size] if read else b""
            ctypes.memmove(buffer, data, len(data))
            return len(data)

        def do_write(user: int, fd: int, buffer: int, size: int) -> int:
            return write(fd, ctypes.string_at(buffer, size)) if write else size

        def do_note(user: int, text: bytes) -> None:
            if note:
                note(text.decode(errors="replace"))

        host = _abi.sysemu_host(None, _abi.READ_FN(do_read), _abi.WRITE_FN(do_write),
                                _abi.NOTE_FN(do_note), root.encode() if root else None, terminal)
        self._call(_lib.sysemu_set_host, ctypes.byref(host))
        self._kept.append(host)

    def serve(self, nr: int) -> Served:
        """Does the work of call NR, at its stop."""
        served = _abi.sysemu_served()
        self._call(_lib.sysemu_serve, nr, ctypes.byref(served))
        return Served(served.nr, served.result, served.ended, served.status,
                      served.name.decode() if served.name else None)


class _Parsed:
    """What a parsed file's scenarios live in."""

    def __init__(self, handle: ctypes.c_void_p) -> None:
        self.handle = handle

    def __del__(self) -> None:
        _lib.sysemu_scenarios_free(self.handle)


class Scenario:
    """A scenario of a file (sysemu-scenario(5)), from scenarios()."""

    def __init__(self, parsed: _Parsed, index: int) -> None:
        self._parsed = parsed
        self._pointer = _lib.sysemu_scenarios_at(parsed.handle, index)
        self._scenario = self._pointer.contents

    @property
    def name(self) -> str:
        """Its name."""
        return _text(self._scenario.name)

    @property
    def kernels(self) -> List[str]:
        """The kernels that it says something of."""
        return [self._scenario.verdicts[i].kernel.decode() for i in range(self._scenario.n_verdicts)]

    @property
    def entries(self) -> List[Entry]:
        """The flavours of entry that it is played with."""
        return [entry for entry in Entry if self._scenario.by_entry[entry].n_rows]

    def play(self, kernel: str, entry: Entry = Entry.INT80, elf: bytes = b"") -> Played:
        """Plays it on a kernel; elf: the bytes of the file that it names as its program."""
        played = _abi.sysemu_played()
        status = _lib.sysemu_scenario_play(self._pointer, kernel.encode(), entry, elf or None, len(elf),
                                           None, None, ctypes.byref(played))
        if status:
            raise Error(status, played.text.decode())
        stated = False
        for i in range(self._scenario.n_verdicts):
            verdict = self._scenario.verdicts[i]
            if verdict.kernel.decode() == kernel:
                stated = _lib.sysemu_verdict_holds(ctypes.byref(verdict), ctypes.byref(played))
        return Played(played.passed, played.row, played.line, played.column, played.text.decode(),
                      played.insns, _seen(played.seen), stated)


def scenarios(text: str) -> List[Scenario]:
    """The scenarios of a file's text. Error: what is not understood, with line and column."""
    data = text.encode()
    handle, error = ctypes.c_void_p(), _abi.sysemu_script_error()
    status = _lib.sysemu_scenarios_parse(data, len(data), ctypes.byref(handle), ctypes.byref(error))
    if status:
        raise Error(status, f"{error.line}:{error.column}: {error.text.decode()}")
    parsed = _Parsed(handle)
    return [Scenario(parsed, i) for i in range(_lib.sysemu_scenarios_count(handle))]
