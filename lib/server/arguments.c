/* SPDX-License-Identifier: GPL-2.0-only */
/* arguments.c: how many arguments the calls of i386 take, by number (their manual pages). */
#include <stddef.h>

#include "lib/server/server.h"

/* Ten numbers a row; '-': nobody has it. Programs try calls of later kernels, too. */
static const char counts[] = "0103331322" /* restart_syscall */
			     "1311323023" /* unlink */
			     "0511014120" /* getpid */
			     "2222100222" /* utime */
			     "1111011020" /* rmdir */
			     "0120330221" /* getegid */
			     "1122000301" /* umask */
			     "2231222222" /* setreuid */
			     "2212231243" /* getgroups */
			     "1222232342" /* mmap */
			     "2323322221" /* fstatfs */
			     "1001411610" /* iopl */
			     "5213133232" /* clone */
			     "1411231011" /* get_kernel_syms */
			     "5352333111" /* _llseek */
			     "2210223101" /* mlock */
			     "1225332533" /* sched_get_priority_min */
			     "3350442432" /* setresgid */
			     "5532222455" /* pread64 */
			     "0263322230" /* vfork */
			     "0002222333" /* getgid32 */
			     "3331111233" /* setresgid32 */
			     "33--045554" /* getdents64 */
			     "4433322224" /* lgetxattr */
			     "6331121533" /* futex */
			     "5-14144513" /* fadvise64 */
			     "4211222433" /* timer_settime */
			     "3265653415" /* tgkill */
			     "52345-5453" /* mq_timedreceive */
			     "2032443453" /* ioprio_get */
			     "4345343365" /* fstatat64 */
			     "1236644636" /* unshare */
			     "4321642421" /* utimensat */
			     "3215545526" /* dup3 */
			     "4532142665" /* prlimit64 */
			     "3345332353" /* finit_module */
			     "4332455336" /* socketpair */
			     "3632133666" /* sendmsg */
			     "4215264---" /* pkey_mprotect */
			     "---3433312" /* syscall_0x186 */
			     "4532222424" /* msgsnd */
			     "24465-6555" /* timerfd_gettime64 */
			     "4462426435" /* semtimedop_time64 */
			     "2533223434" /* fsopen */
			     "5654342125" /* process_madvise */
			     "4";         /* set_mempolicy_home_node */

unsigned sysemu_call_arguments(int32_t nr)
{
	if (nr < 0 || (size_t)nr >= sizeof(counts) - 1 || counts[nr] == '-')
		return 6;
	return (unsigned)(counts[nr] - '0');
}
