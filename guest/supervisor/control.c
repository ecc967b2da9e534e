// SPDX-License-Identifier: MIT
#include "control.h"
#include "base/cleanup.h"
#include "guest.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Sends one line of JSON without waiting. Returns whether it was sent; a visitor that does not read
 * is let go by the caller. */
static bool send_json(int fd, json_t *json)
{
	cleanup_free char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	size_t length = text ? strlen(text) : 0;

	json_decref(json);
	if (!text)
		return false;
	text[length] = '\n'; /* in the place of its NUL */
	return send(fd, text, length + 1, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length + 1;
}

bool control_tell(int fd, const char *name, const char *value)
{
	return send_json(fd, json_pack("{s:s}", name, value));
}

void control_attach(struct guest *guest, struct visitor *visitor)
{
	static const char full[] = "!its console is open too many times already\n";

	if (!console_has_place(&guest->console, visitor->control)) {
		(void)send(visitor->fd, full, strlen(full), MSG_NOSIGNAL | MSG_DONTWAIT);
		return;
	}
	if (!send_json(visitor->fd, json_pack("{s:b}", "console", true)))
		return;
	loop_forget(&guest->loop, visitor->fd);
	if (console_attach(&guest->console, visitor->fd, visitor->control) == 0)
		visitor->fd = -EBADF;
}

static bool obey_request(struct guest *guest, struct visitor *visitor, const char *verb)
{
	if (verb && strcmp(verb, "stop") == 0) {
		visitor->stopping = true;
		guest_stop(guest, GUEST_END_ASKED);
		return true;
	}
	if (verb && strcmp(verb, "status") == 0)
		(void)send_json(visitor->fd, json_pack("{s:s, s:s}", "state", guest->record.state,
						     "phase", guest->record.phase));
	else if (verb && strcmp(verb, "console") == 0)
		control_attach(guest, visitor);
	else
		(void)control_tell(visitor->fd, "error", "there is no such request");
	return false;
}

bool control_obey(struct guest *guest, struct visitor *visitor)
{
	size_t room = sizeof(visitor->request) - 1 - visitor->used;
	ssize_t n = recv(visitor->fd, visitor->request + visitor->used, room, MSG_DONTWAIT);
	json_t *request;
	char *end;
	bool stays;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	visitor->used += (size_t)n;
	visitor->request[visitor->used] = '\0';
	end = strchr(visitor->request, '\n');
	if (!end)
		return visitor->used < sizeof(visitor->request) - 1;
	*end = '\0';
	visitor->used = 0;
	request = json_loads(visitor->request, 0, NULL);
	stays = obey_request(guest, visitor, json_string_value(json_object_get(request, "do")));
	json_decref(request);
	return stays;
}
