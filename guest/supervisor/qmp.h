/* SPDX-License-Identifier: MIT */
/*
 * qmp.h - QEMU's machine protocol (docs/interop/qmp-spec): JSON objects, one a line; events come
 * between the answers at any time. Nothing here waits.
 */
#ifndef CARREL_GUEST_SUPERVISOR_QMP_H
#define CARREL_GUEST_SUPERVISOR_QMP_H

#include <jansson.h>
#include <stddef.h>

struct qmp {
	int fd; /* the caller's, non-blocking */
	char *text;
	size_t used, room;
	/* @data is the event's, or NULL. */
	void (*event)(void *context, const char *name, json_t *data);
	/* To the command that was sent as @id ("query-kvm"); @error: its description, or NULL. */
	void (*answer)(void *context, const char *id, json_t *value, const char *error);
	void *context;
};

/* Sends the command; its name is its id. 0 or -errno. */
int qmp_send(struct qmp *qmp, const char *command);

/* Reads what there is and calls event() and answer(). 0, -EPIPE at the end, -EBADMSG for what is no
 * QMP, -ENOMEM, -errno. The greeting is answered here, with qmp_capabilities. */
int qmp_read(struct qmp *qmp);

void qmp_free(struct qmp *qmp);

#endif
