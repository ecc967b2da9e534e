// SPDX-License-Identifier: MIT
#include "qmp.h"
#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { CHUNK = 4096, LINE_MAX_BYTES = 1 << 20 };

int qmp_send(struct qmp *qmp, const char *command)
{
	char text[128];
	int length = snprintf(
		text, sizeof(text), "{\"execute\":\"%s\",\"id\":\"%s\"}\r\n", command, command);
	ssize_t n;

	if (length >= (int)sizeof(text))
		return -EINVAL;
	/* QEMU reads all the time; one that does not is not worth waiting for. */
	n = send(qmp->fd, text, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	return n == length ? 0 : -EAGAIN;
}

static int dispatch_message(struct qmp *qmp, json_t *message)
{
	const char *id = json_string_value(json_object_get(message, "id"));
	const char *event = json_string_value(json_object_get(message, "event"));
	json_t *error = json_object_get(message, "error");

	if (json_object_get(message, "QMP"))
		return qmp_send(qmp, "qmp_capabilities");
	if (event) {
		qmp->event(qmp->context, event, json_object_get(message, "data"));
	} else if (id && error) {
		const char *why = json_string_value(json_object_get(error, "desc"));

		qmp->answer(qmp->context, id, NULL, why ? why : "refused");
	} else if (id) {
		qmp->answer(qmp->context, id, json_object_get(message, "return"), NULL);
	}
	return 0;
}

static int read_line(struct qmp *qmp, const char *line, size_t size)
{
	json_t *message = json_loadb(line, size, 0, NULL);
	int r = json_is_object(message) ? dispatch_message(qmp, message) : -EBADMSG;

	json_decref(message);
	return r;
}

/* Reads all whole lines. A handler may not free @qmp. */
static int read_lines(struct qmp *qmp)
{
	size_t start = 0;
	int r = 0;

	for (size_t i = 0; i < qmp->used && r == 0; i++) {
		if (qmp->text[i] != '\n')
			continue;
		r = read_line(qmp, qmp->text + start, i - start);
		start = i + 1;
	}
	memmove(qmp->text, qmp->text + start, qmp->used - start);
	qmp->used -= start;
	return r;
}

int qmp_read(struct qmp *qmp)
{
	ssize_t n;

	if (qmp->room - qmp->used < CHUNK) {
		char *more = qmp->room < LINE_MAX_BYTES
				     ? realloc(qmp->text, 2 * (qmp->room + CHUNK))
				     : NULL;

		if (!more)
			return qmp->room < LINE_MAX_BYTES ? -ENOMEM : -EBADMSG;
		qmp->text = more;
		qmp->room = 2 * (qmp->room + CHUNK);
	}
	n = recv(qmp->fd, qmp->text + qmp->used, qmp->room - qmp->used, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	qmp->used += (size_t)n;
	return read_lines(qmp);
}

void qmp_free(struct qmp *qmp)
{
	free(qmp->text);
	qmp->text = NULL;
}
