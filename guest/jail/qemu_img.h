/* SPDX-License-Identifier: MIT */
/*
 * qemu_img.h - qemu-img, which looks through a disk that somebody else wrote, in a jail.
 */
#ifndef CARREL_GUEST_JAIL_QEMU_IMG_H
#define CARREL_GUEST_JAIL_QEMU_IMG_H

#include "base/program.h"
#include "jail.h"

struct qemu_img_check {
	int disk;    /* a qcow2 whose header has been checked; @uid may open it */
	bool repair; /* also writes to it */
	uid_t uid;
	uint64_t memory; /* as struct jail_program has it */
};

/* Runs `qemu-img check` of the disk, whose backing file is not opened, and follows it as
 * program_follow() does. Returns 0 with *ret_status, or -errno with @err. */
int qemu_img_check(const struct qemu_img_check *check, const struct program_watch *watch,
	struct program_output *output, int *ret_status, struct carrel_error *err);

/* Returns the reason alone of "qemu-img: Could not open 'json:{…}}': WHY", the last line of @text,
 * which it makes printable in place. */
const char *qemu_img_reason(char *text);

#endif
