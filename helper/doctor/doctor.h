/* SPDX-License-Identifier: MIT */
/*
 * doctor.h - declares the checks of carrel doctor. Each looks at one part of the host and adds
 * findings.
 */
#ifndef CARREL_HELPER_DOCTOR_DOCTOR_H
#define CARREL_HELPER_DOCTOR_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor_finding {
	enum doctor_level level;
	const char *what; /* a constant */
	char *detail;
	const char *remedy; /* a constant, "" where there is nothing to do */
};

struct doctor {
	struct doctor_finding *finding;
	size_t count;
	bool failed; /* out of memory */
};

/* Adds a finding. @what and @remedy are string constants, which are not copied; NULL as @remedy is
 * "". The detail is formatted and sanitised. Where memory is short, @doctor notes that. */
void doctor_add(struct doctor *doctor, enum doctor_level level, const char *what,
	const char *remedy, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* These functions print the findings as lines or as one JSON document, and free what they own.
 * findings.c has them. findings_print_json() returns the exit code (enum command_exit). */
void findings_print(const struct doctor *doctor);
int findings_print_json(const struct doctor *doctor);
void findings_free(struct doctor *doctor);

/* These are the checks. Each adds its findings to @doctor; a related few share a file. */
void doctor_kernel(struct doctor *doctor);    /* kernel.c */
void doctor_container(struct doctor *doctor); /* container.c */
void doctor_cgroup(struct doctor *doctor);    /* cgroup.c */
void doctor_policies(struct doctor *doctor);  /* policy.c */
void doctor_guests(struct doctor *doctor);    /* guest.c */
void doctor_templates(struct doctor *doctor); /* template.c */
void doctor_module(struct doctor *doctor);    /* pam.c */
void doctor_stacks(struct doctor *doctor);    /* services.c */
void doctor_runners(struct doctor *doctor);   /* runners.c: what runs code without PAM */
void doctor_sshd(struct doctor *doctor);      /* sshd.c */
void doctor_attach(struct doctor *doctor);    /* attach.c: logins that end in a guest */
void doctor_init(struct doctor *doctor);      /* session.c */
void doctor_manager(struct doctor *doctor);   /* session.c: the user manager's drop-in */
void doctor_rescue(struct doctor *doctor);    /* session.c: that of rescue sessions */
void doctor_bus(struct doctor *doctor);       /* bus.c */
void doctor_connector(struct doctor *doctor); /* connector.c */
void doctor_folders(struct doctor *doctor);   /* folders.c */
void doctor_terminals(struct doctor *doctor); /* terminals.c */
void doctor_strays(struct doctor *doctor);    /* session.c */
void doctor_outsiders(struct doctor *doctor); /* outsider.c */

#endif
