/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptrace-access.c: user memory, the child's memory, its registers and its single-stepping.
 *
 * One address space serves both the program and its tracer. The tracer's own memory is the
 * window at TRACER_WINDOW: the only user memory that the tracer has, and none of the program's.
 */
#include "ptrace/ptrace.h"

/* ---- user memory ---- */

int access_ok(uint32_t addr, uint32_t size)
{
	return size <= TASK_SIZE && addr <= TASK_SIZE - size;
}

static int in_window(uint32_t addr)
{
	return addr - TRACER_WINDOW < TRACER_WINDOW_SIZE;
}

/* Is this byte in the running task's own address space, as far as the kernel can tell? */
static int in_own_space(uint32_t addr)
{
	return addr < TASK_SIZE && in_window(addr) == (current == &tasks[TASK_TRACER]);
}

#define FAULTING(insn, result, output, input)               \
	__asm__ volatile("1: " insn "\n"                    \
			 ".pushsection .fixup, \"ax\"\n"    \
			 "2: movl %2, %0\n"                 \
			 "jmp 3f\n"                         \
			 ".popsection\n"                    \
			 ".pushsection __ex_table, \"a\"\n" \
			 ".balign 4\n"                      \
			 ".long 1b, 2b\n"                   \
			 ".popsection\n"                    \
			 "3:"                               \
			 : "+r"(result), output             \
			 : "i"(-EFAULT), input              \
			 : "memory")

int get_user_byte(uint8_t *value, uint32_t addr)
{
	uint8_t byte = 0;
	int error = 0;

	if (!in_own_space(addr))
		return -EFAULT;
	FAULTING("movb (%3), %1", error, "+q"(byte), "r"(addr));
	*value = byte;
	return error;
}

int get_user(uint32_t *value, uint32_t addr)
{
	uint32_t word = 0;
	int error = 0;

	*value = 0;
	if (!in_own_space(addr) || !in_own_space(addr + 3))
		return -EFAULT;
	FAULTING("movl (%3), %1", error, "+r"(word), "r"(addr));
	*value = word;
	return error;
}

int put_user(uint32_t value, uint32_t addr)
{
	int error = 0;

	if (!in_own_space(addr) || !in_own_space(addr + 3))
		return -EFAULT;
	FAULTING("movl %1, (%3)", error, "+r"(value), "r"(addr));
	return error;
}

/* How many of these bytes lie in the running task's own address space, in a row. */
static uint32_t in_a_row(uint32_t addr, uint32_t bytes)
{
	uint32_t end = TASK_SIZE;

	if (!in_own_space(addr))
		return 0;
	if (in_window(addr))
		end = TRACER_WINDOW + TRACER_WINDOW_SIZE;
	else if (addr < TRACER_WINDOW)
		end = TRACER_WINDOW;
	return end - addr < bytes ? end - addr : bytes;
}

/* By words, and by bytes what remains, behind a fault, too: how many were not moved. */
static inline uint32_t move_bytes(void *to, const void *from, uint32_t bytes)
{
	uint32_t left = bytes / 4;

	__asm__ volatile("1: rep movsl\n"
			 "movl %3, %0\n"
			 "2: rep movsb\n"
			 "3:\n"
			 ".pushsection .fixup, \"ax\"\n"
			 "4: leal (%3, %0, 4), %0\n"
			 "jmp 2b\n"
			 "5: jmp 3b\n"
			 ".popsection\n"
			 ".pushsection __ex_table, \"a\"\n"
			 ".balign 4\n"
			 ".long 1b, 4b\n"
			 ".long 2b, 5b\n"
			 ".popsection\n"
			 : "+c"(left), "+D"(to), "+S"(from)
			 : "r"(bytes % 4)
			 : "memory");
	return left;
}

uint32_t get_user_bytes(void *to, uint32_t from, uint32_t bytes)
{
	uint32_t row = in_a_row(from, bytes);

	return bytes - row + move_bytes(to, (const void *)from, row);
}

uint32_t put_user_bytes(uint32_t to, const void *from, uint32_t bytes)
{
	uint32_t row = in_a_row(to, bytes);

	return bytes - row + move_bytes((void *)to, from, row);
}

int copy_from_user(void *to, uint32_t from, uint32_t words)
{
	uint32_t *p = to;

	for (uint32_t i = 0; i < words; i++)
		if (get_user(&p[i], from + 4 * i))
			return -EFAULT;
	return 0;
}

int copy_to_user(uint32_t to, const void *from, uint32_t words)
{
	const uint32_t *p = from;

	for (uint32_t i = 0; i < words; i++)
		if (put_user(p[i], to + 4 * i))
			return -EFAULT;
	return 0;
}

/* ---- the child's memory ---- */

static inline uint32_t *pte_of(uint32_t addr)
{
	return (uint32_t *)PAGE_TABLES + (addr >> 12);
}

static inline void flush_page(uint32_t addr)
{
	__asm__ volatile("invlpg (%0)" : : "r"(addr) : "memory");
}

/* The vsyscall page can be read, like any user page; what lies above it cannot, nor the window, whose pages are no user's. */
static int reachable(uint32_t addr, int write)
{
	if (addr >= TASK_SIZE && (write || (addr & -PAGE_SIZE) != VSYSCALL_BASE))
		return 0;
	return (*pte_of(addr) & (PTE_PRESENT | PTE_USER)) == (PTE_PRESENT | PTE_USER);
}

/* A tracer may write what the program itself may not: the page is opened for the moment. */
static void poke_bytes(uint32_t addr, const uint8_t *from, uint32_t len)
{
	uint32_t *pte = pte_of(addr);
	int read_only = !(*pte & PTE_WRITE);

	if (read_only) {
		*pte |= PTE_WRITE;
		flush_page(addr);
	}
	if (len == 4)
		*(uint32_t *)addr = *(const uint32_t *)from;
	else
		for (uint32_t i = 0; i < len; i++)
			((uint8_t *)addr)[i] = from[i];
	if (read_only) {
		*pte &= ~(uint32_t)PTE_WRITE;
		flush_page(addr);
	}
}

uint32_t access_process_vm(struct task_struct *t, uint32_t addr, void *buf, uint32_t len, int write)
{
	uint8_t *bytes = buf;
	uint32_t done = 0;

	if (t->space != current->space)
		return (uint32_t)ask_host(HOST_ACCESS, t->space, addr, (uint32_t)buf, len,
					  (uint32_t)write, 0);
	while (done < len) {
		uint32_t at = addr + done;
		uint32_t room = PAGE_SIZE - (at & (PAGE_SIZE - 1));
		uint32_t n = len - done < room ? len - done : room;

		if (!reachable(at, write))
			break;
		if (write)
			poke_bytes(at, bytes + done, n);
		else
			for (uint32_t i = 0; i < n; i++)
				bytes[done + i] = ((const uint8_t *)at)[i];
		done += n;
	}
	return done;
}

/* ---- single-stepping ---- */

static int is_prefix(uint8_t byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0x66:
	case 0x67:
	case 0xf0:
	case 0xf2:
	case 0xf3: return 1;
	}
	return 0;
}

/* popf takes TF from the program's own stack, so the flag is then not ours to take back. */
static int is_at_popf(struct task_struct *child)
{
	uint8_t insn[16];
	uint32_t n = access_process_vm(child, task_regs(child)->eip, insn, sizeof(insn), 0);

	for (uint32_t i = 0; i < n; i++)
		if (!is_prefix(insn[i]))
			return insn[i] == 0x9d || (IRET_SETS_TF && insn[i] == 0xcf);
	return 0;
}

/* 2.6.25 and later: a TF that was there belongs to whoever FORCED_TF says. S without TF is that of a
 * sysenter with TF, whose trap in the kernel has taken it away. */
static inline void enable_single_step(struct task_struct *child)
{
	struct pt_regs *regs = task_regs(child);
	uint32_t was;

	if (!STEP_FORGETS_TF && (child->thread_info->flags & _TIF_SINGLESTEP))
		regs->eflags |= X86_EFLAGS_TF;
	set_tsk_thread_flags(child, _TIF_SINGLESTEP);
	if (CALL_EXIT_TRAP)
		set_call_flags(child, CALL_EXIT_TRAP);
	was = regs->eflags;
	regs->eflags |= X86_EFLAGS_TF;
	if (STEP_FORGETS_TF && (was & X86_EFLAGS_TF))
		return;
	if (is_at_popf(child))
		clear_tsk_thread_flags(child, FORCED_TF);
	else if (!(was & X86_EFLAGS_TF))
		set_tsk_thread_flags(child, FORCED_TF);
}

void set_singlestep(struct task_struct *child)
{
	struct pt_regs *regs = task_regs(child);

	if (FORCED_TF) {
		enable_single_step(child);
		return;
	}
	set_tsk_thread_flags(child, _TIF_SINGLESTEP);
	if (regs->eflags & X86_EFLAGS_TF)
		return; /* the program steps itself */
	regs->eflags |= X86_EFLAGS_TF;
	if (!is_at_popf(child))
		child->ptrace |= PT_DTRACE;
}

/* ---- registers: words of the user area ---- */

/* Where word n is, but fs and gs, which are not in the frame. */
static inline __attribute__((always_inline)) uint32_t *frame_word(struct task_struct *child,
								  unsigned n)
{
	uint32_t *frame = (uint32_t *)task_regs(child);

	return frame + (n > USER_GS_WORD ? n - 2 + FRAME_SEGMENTS : n);
}

static inline int is_segment(unsigned n)
{
	return MIN_MAX(n, USER_DS_WORD, USER_GS_WORD) || n == USER_CS_WORD || n == USER_SS_WORD;
}

static inline __attribute__((always_inline)) uint32_t getreg(struct task_struct *child, unsigned n)
{
	if (n == USER_FS_WORD)
		return child->thread.fs;
	if (n == USER_GS_WORD)
		return child->thread.gs;
	if (FORCED_TF && n == USER_EFL && (child->thread_info->flags & FORCED_TF))
		return *frame_word(child, n) & ~(uint32_t)X86_EFLAGS_TF;
	return is_segment(n) ? *frame_word(child, n) & 0xffff : *frame_word(child, n);
}

/* Segments must be the user's: RPL 3, and all but cs and ss may be null. */
static int putreg(struct task_struct *child, unsigned n, uint32_t value)
{
	if (is_segment(n)) {
		int may_be_null = n != USER_CS_WORD && n != USER_SS_WORD;

		if ((value & 3) != 3 && !(may_be_null && value == 0))
			return -EIO;
		value &= 0xffff;
	}
	if (n == USER_FS_WORD) {
		child->thread.fs = value;
		return 0;
	}
	if (n == USER_GS_WORD) {
		child->thread.gs = value;
		return 0;
	}
	if (FORCED_TF && n == USER_EFL) { /* TF that the tracer sets is the program's own */
		if (value & X86_EFLAGS_TF)
			clear_tsk_thread_flags(child, FORCED_TF);
		else if (child->thread_info->flags & FORCED_TF)
			value |= X86_EFLAGS_TF;
	}
	if (n == USER_EFL)
		value = (value & EFLAGS_PTRACE_MASK) |
			(task_regs(child)->eflags & ~(uint32_t)EFLAGS_PTRACE_MASK);
	*frame_word(child, n) = value;
	return 0;
}

static int valid_user_address(uint32_t addr)
{
	return (addr & 3) == 0 && addr <= USER_AREA_SIZE - 4;
}

int32_t peek_user(struct task_struct *child, uint32_t addr, uint32_t data)
{
	uint32_t value = 0; /* the words between the registers and DR0 read as 0 */

	if (!valid_user_address(addr))
		return -EIO;
	if (addr < 4 * USER_REGS)
		value = getreg(child, addr / 4);
	else if (addr >= USER_DEBUGREG)
		value = child->thread.debugreg[(addr - USER_DEBUGREG) / 4];
	return put_user(value, data);
}

/* DR7: each slot's type and length must be one that the CPU has, and in user space. */
static int valid_dr7(uint32_t value)
{
	for (unsigned slot = 0; slot < 4; slot++)
		if ((0x5f54 >> ((value >> (16 + 4 * slot)) & 0xf)) & 1)
			return 0;
	return 1;
}

static int poke_debugreg(struct task_struct *child, unsigned n, uint32_t value)
{
	if (n == 4 || n == 5)
		return -EIO;
	if (n < 4 && value >= TASK_SIZE - 3)
		return -EIO;
	if (n == 7) {
		value &= ~0xfc00u; /* reserved; with them the trap on the kernel's own writes, GD */
		if (!valid_dr7(value))
			return -EIO;
	}
	child->thread.debugreg[n] = value;
	return 0;
}

int32_t poke_user(struct task_struct *child, uint32_t addr, uint32_t data)
{
	if (!valid_user_address(addr))
		return -EIO;
	if (addr < 4 * USER_REGS)
		return putreg(child, addr / 4, data);
	if (addr >= USER_DEBUGREG)
		return poke_debugreg(child, (addr - USER_DEBUGREG) / 4, data);
	return -EIO;
}

/* Words that all lie in the tracer's window; a page of it that is not there stops none of
 * the others. One piece of code without a jump: every traced call comes here. */
static void put_all_regs(struct task_struct *child, uint32_t data)
{
#pragma GCC unroll 17
	for (unsigned n = 0; n < USER_REGS; n++) {
		uint32_t value = getreg(child, n);
		int ignored = 0;

		FAULTING("movl %1, %3", ignored, "+r"(value), "m"(*(uint32_t *)(data + 4 * n)));
	}
}

/* A bad page is no error for either: the words that cannot be moved are left, or read as 0. */
int32_t getregs(struct task_struct *child, uint32_t data)
{
	if (!access_ok(data, 4 * USER_REGS))
		return -EIO;
	if (in_own_space(data) && in_own_space(data + 4 * USER_REGS - 1)) {
		put_all_regs(child, data);
		return 0;
	}
	for (unsigned n = 0; n < USER_REGS; n++)
		put_user(getreg(child, n), data + 4 * n);
	return 0;
}

int32_t setregs(struct task_struct *child, uint32_t data)
{
	if (!access_ok(data, 4 * USER_REGS))
		return -EIO;
	for (unsigned n = 0; n < USER_REGS; n++) {
		uint32_t value;

		get_user(&value, data + 4 * n);
		putreg(child, n, value);
	}
	return 0;
}
