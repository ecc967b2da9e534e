/* SPDX-License-Identifier: MIT */
/*
 * stack.h - reads the rules of one type that a PAM service runs, with its includes (pam.d(5)).
 */
#ifndef CARREL_HELPER_PAM_STACK_H
#define CARREL_HELPER_PAM_STACK_H

#include "dirs.h"

#include <stddef.h>

struct pam_rule {
	char *control; /* "required", "[success=ok default=bad]" */
	char *module;
	char *arguments; /* as written in the file; "": none */
	char *file;      /* "/etc/pam.d/sshd" */
	unsigned line;
};

struct pam_stack {
	struct pam_rule *rule; /* in the order in which they run */
	size_t count;
};

/* Reads the rules of @type, such as "session", of @service in the folders @dirs. Returns 0 with
 * *ret_stack, which the caller frees with pam_stack_free(); -ENOENT where a file is missing; -ELOOP
 * for includes that do not end; -errno. */
int pam_stack_load(const struct pam_dirs *dirs, const char *service, const char *type,
	struct pam_stack *ret_stack);
/* Frees the rules. */
void pam_stack_free(struct pam_stack *stack);

#endif
