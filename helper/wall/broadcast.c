// SPDX-License-Identifier: MIT
#include "broadcast.h"
#include "base/cleanup.h"
#include "session/inventory.h"
#include "session/terminals.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define UTMP "/run/utmp"

/* Returns whether @text is UTF-8, as jansson takes nothing else for a string. */
static bool is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
}

char *broadcast_clean(const char *text)
{
	bool utf8 = is_utf8(text);
	char *clean = strdup(text);

	for (unsigned char *p = (unsigned char *)clean; p && *p; p++) {
		/* These are C1 controls, U+0080 to U+009F, in UTF-8. */
		if (utf8 && *p == 0xc2 && p[1] < 0xa0)
			*p = *(p + 1) = '?';
		else if ((*p < 0x20 && *p != '\n') || *p == 0x7f || (*p > 0x7f && !utf8))
			*p = *p == '\t' ? ' ' : '?';
	}
	return clean;
}

char *broadcast_compose(const char *clean)
{
	char host[HOST_NAME_MAX + 1] = "", date[64] = "", *text;
	time_t now = time(NULL);
	struct tm local;

	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	if (localtime_r(&now, &local))
		strftime(date, sizeof(date), "%a %Y-%m-%d %H:%M:%S %Z", &local);
	return asprintf(&text, "Broadcast message from root@%s (%s):\n\n%s\n", host, date, clean) <
			       0
		       ? NULL
		       : text;
}

/* Returns the text as it goes to a terminal, which may be in raw mode. The caller frees it. */
static char *for_terminal(const char *text)
{
	static const char begin[] = "\r\n\a", end[] = "\r\n";
	char *ready = malloc(sizeof(begin) + 2 * strlen(text) + sizeof(end));
	char *to = ready;

	if (!ready)
		return NULL;
	to = stpcpy(to, begin);
	for (; *text; text++) {
		if (*text == '\n')
			*to++ = '\r';
		*to++ = *text;
	}
	strcpy(to, end);
	return ready;
}

/* An instance of terminals, and the user whose terminals there have been told. */
struct told_place {
	dev_t device;
	uid_t uid;
};

static bool place_is_told(
	const struct told_place *told, size_t count, const struct told_place *wanted)
{
	for (size_t i = 0; i < count; i++)
		if (told[i].device == wanted->device && told[i].uid == wanted->uid)
			return true;
	return false;
}

/* Returns the instance whose terminals wall(1) and logind tell by themselves, so that nobody is
 * told twice; 0 where there is none. Those two find terminals by utmp(5) alone. */
static dev_t told_by_others(void)
{
	cleanup_close int dir = -EBADF;

	return access(UTMP, F_OK) == 0 && terminals_open_host(&dir) == 0 ? terminals_device(dir)
									 : 0;
}

int broadcast_sessions(const char *clean, size_t *ret_count, struct carrel_error *err)
{
	cleanup_free char *text = for_terminal(clean);
	cleanup_free struct told_place *told = NULL;
	struct inventory inventory = {0};
	dev_t others = told_by_others();
	size_t places = 0, count = 0;
	int r = text ? inventory_load((uid_t)-1, &inventory, err)
		     : error_set(err, -ENOMEM, "message");

	if (r < 0)
		return r;
	told = calloc(inventory.count + 1, sizeof(*told));
	for (size_t i = 0; told && i < inventory.count; i++) {
		const struct session_record *record = &inventory.session[i].record;
		cleanup_close int dir = -EBADF;
		struct told_place place = {.uid = record->uid};

		if (!inventory.session[i].alive || terminals_open(record, &dir) < 0)
			continue;
		place.device = terminals_device(dir);
		if (place.device == others || place_is_told(told, places, &place))
			continue;
		told[places++] = place;
		count += terminals_write_all(dir, record->uid, text, strlen(text));
	}
	inventory_free(&inventory);
	if (!told)
		return error_set(err, -ENOMEM, "message");
	*ret_count = count;
	return 0;
}
