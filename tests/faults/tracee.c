// SPDX-License-Identifier: MIT
#include "tracee.h"

#include <ctype.h>
#include <err.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/uio.h>

struct tracee tracees[TRACEES];

struct tracee *tracee_find(pid_t pid)
{
	for (size_t i = 0; i < TRACEES; i++)
		if (tracees[i].pid == pid)
			return &tracees[i];
	return NULL;
}

struct tracee *tracee_add(pid_t pid)
{
	struct tracee *tracee = tracee_find(pid);

	if (tracee)
		return tracee;
	tracee = tracee_find(0);
	if (!tracee)
		errx(3, "too many processes");
	*tracee = (struct tracee){.pid = pid};
	return tracee;
}

bool tracee_any_left(bool seized)
{
	for (size_t i = 0; i < TRACEES; i++)
		if (tracees[i].pid && tracees[i].seized == seized)
			return true;
	return false;
}

void tracee_read_text(pid_t pid, uint64_t address, char *text)
{
	struct iovec here = {text, TEXT - 1};
	struct iovec there = {(void *)(uintptr_t)address, TEXT - 1};
	ssize_t n = address < 4096 ? -1 : process_vm_readv(pid, &here, 1, &there, 1, 0);

	text[n > 0 ? n : 0] = '\0';
	for (char *p = text; *p; p++)
		if (!isprint((unsigned char)*p)) {
			/* A line's end ends it; anything else says that it is none. */
			if (*p != '\n' && *p != '\0')
				text[0] = '\0';
			*p = '\0';
			break;
		}
	for (char *p = text; *p; p++)
		if (*p == '"')
			*p = '\'';
}

bool tracee_call_uncounted(uint64_t number)
{
	switch (number) {
	case SYS_futex:
	case SYS_brk:
	case SYS_madvise:
	case SYS_mmap:
	case SYS_mprotect:
	case SYS_munmap:
		return true;
	}
	return false;
}
