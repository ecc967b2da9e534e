/* SPDX-License-Identifier: MIT */
/*
 * doctor.h - the checks of carrel doctor: each looks at one part of the host and adds findings.
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

/* One finding. @what and @remedy are string constants; the detail is sanitised. */
void doctor_add(struct doctor *doctor, enum doctor_level level, const char *what,
	const char *remedy, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The checks, one file each or together with their like. */
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
