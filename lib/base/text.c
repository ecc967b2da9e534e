// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void text_sanitize(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p >= 0x7f)
			*p = '?';
}

void text_encode_name(const char *name, char *buf, size_t size)
{
	size_t used = 1;

	snprintf(buf, size, ":");
	for (; *name && used + 2 < size; name++, used += 2)
		snprintf(buf + used, 3, "%02x", (unsigned)(unsigned char)*name);
}

int text_decode_name(const char *text, char *buf, size_t size)
{
	size_t used = 0;
	unsigned byte;

	if (*text != ':')
		return (size_t)snprintf(buf, size, "%s", text) < size ? 0 : -EBADMSG;
	for (text++; *text; text += 2) {
		if (used + 1 >= size || !isxdigit((unsigned char)text[0]) ||
			!isxdigit((unsigned char)text[1]) || sscanf(text, "%2x", &byte) != 1 ||
			byte == 0)
			return -EBADMSG;
		buf[used++] = (char)byte;
	}
	buf[used] = '\0';
	return 0;
}
