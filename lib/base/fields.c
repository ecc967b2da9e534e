// SPDX-License-Identifier: MIT
#include "base/fields.h"
#include "base/list.h"
#include "base/proc.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELD_TEXT_MAX = 2048 };

/* ---- writing ---- */

/* A name with a control character, which would be no line, is written in hexadecimal. */
static void print_name(const char *name, char *buf, size_t size)
{
	bool plain = *name != ':';

	for (const char *p = name; *p; p++)
		plain &= (unsigned char)*p >= ' ' && *p != 0x7f;
	if (plain)
		snprintf(buf, size, "%s", name);
	else
		text_encode_name(name, buf, size);
}

/* Numbers have the size of their member, and are little-endian wherever carrel is built. */
static uint64_t field_number(const struct record_field *field, const void *at)
{
	uint64_t number = 0;

	memcpy(&number, at, field->size);
	return number;
}

static void put_field(FILE *out, const struct record_field *field, const void *at)
{
	const struct proc_id *process = at;
	char text[FIELD_TEXT_MAX];

	switch (field->kind) {
	case FIELD_TEXT:
		snprintf(text, sizeof(text), "%s", (const char *)at);
		text_sanitize(text);
		fprintf(out, "%s %s\n", field->name, text);
		break;
	case FIELD_NAME:
		print_name(at, text, sizeof(text));
		fprintf(out, "%s %s\n", field->name, text);
		break;
	case FIELD_NUMBER:
	case FIELD_BOOL:
		fprintf(out, "%s %" PRIu64 "\n", field->name, field_number(field, at));
		break;
	case FIELD_PROCESS:
		fprintf(out, "%s %d %" PRIu64 "\n", field->name, (int)process->pid, process->start);
		break;
	}
}

char *fields_print(const struct record_field *fields, const void *from)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (const struct record_field *field = fields; field->name; field++)
		put_field(out, field, (const char *)from + field->offset);
	return stream_finish(out, &text);
}

/* ---- reading ---- */

static int take_number(const struct record_field *field, const char *text, void *at)
{
	uint64_t most = field->kind == FIELD_BOOL ? 1 : UINT64_MAX >> (64 - 8 * field->size);
	uint64_t number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || number > most)
		return -EBADMSG;
	memcpy(at, &number, field->size);
	return 0;
}

static int take_field(const struct record_field *field, const char *text, void *at)
{
	struct proc_id *process = at;

	switch (field->kind) {
	case FIELD_TEXT:
		if (strlen(text) >= field->size)
			return -EBADMSG;
		strcpy(at, text);
		return 0;
	case FIELD_NAME:
		return text_decode_name(text, at, field->size);
	case FIELD_NUMBER:
	case FIELD_BOOL:
		return take_number(field, text, at);
	case FIELD_PROCESS:
		return sscanf(text, "%d %" SCNu64, &process->pid, &process->start) == 2 ? 0
											: -EBADMSG;
	}
	return -EBADMSG;
}

static int take_field_line(const struct record_field *fields, char *line, void *ret)
{
	char *value = strchr(line, ' ');

	if (!value)
		return -EBADMSG;
	*value++ = '\0';
	for (const struct record_field *field = fields; field->name; field++)
		if (strcmp(line, field->name) == 0)
			return take_field(field, value, (char *)ret + field->offset);
	return 0;
}

int fields_parse(const struct record_field *fields, char *text, void *ret)
{
	char *line;
	int r = 0;

	while (r == 0 && (line = strsep(&text, "\n")) && *line)
		r = take_field_line(fields, line, ret);
	return r;
}
