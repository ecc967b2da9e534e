// SPDX-License-Identifier: MIT
#include "policy/scan.h"
#include "base/cleanup.h"
#include "policy/problems.h"

#include <string.h>

struct scanner {
	struct scan *scan;
	const char *file;
	const char *section; /* NULL before the first section */
	unsigned line;
	struct policy_problems *problems;
};

/* Adds the problem of the line that is being read, and evaluates to -EINVAL or -ENOMEM. */
#define REFUSE_LINE(s, key, ...)                                                                   \
	problems_add((s)->problems, (s)->file, (s)->line, (s)->section, key, __VA_ARGS__)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *skip_blanks(char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

static void trim_end(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && is_blank(text[length - 1]))
		text[--length] = '\0';
}

/* Returns true for a name [a-z][a-z0-9_.-]*. It has no colon, with which iniparser joins section
 * and key. */
static bool is_plain_name(const char *text)
{
	if (*text < 'a' || *text > 'z')
		return false;
	for (; *text; text++) {
		if ((*text < 'a' || *text > 'z') && (*text < '0' || *text > '9') &&
			!strchr("_.-", *text))
			return false;
	}
	return true;
}

static bool has_upper(const char *text)
{
	for (; *text; text++) {
		if (*text >= 'A' && *text <= 'Z')
			return true;
	}
	return false;
}

/* Returns the length of the UTF-8 character at @text in bytes; 0 where there is none, or a control
 * character. */
static size_t character_length(const unsigned char *text)
{
	uint32_t code;
	size_t length;

	if (text[0] < 0x80)
		return (text[0] >= 0x20 && text[0] != 0x7f) || text[0] == '\t' ? 1 : 0;
	if (text[0] >= 0xc2 && text[0] <= 0xdf)
		length = 2;
	else if (text[0] >= 0xe0 && text[0] <= 0xef)
		length = 3;
	else if (text[0] >= 0xf0 && text[0] <= 0xf4)
		length = 4;
	else
		return 0;
	code = text[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if ((length == 3 && code < 0x800) || (length == 4 && code < 0x10000) || code > 0x10ffff ||
		(code >= 0xd800 && code <= 0xdfff))
		return 0;
	return code < 0xa0 ? 0 : length;
}

static int check_characters(struct scanner *s, const char *line)
{
	const unsigned char *at = (const unsigned char *)line;

	if (strlen(line) > SCAN_LINE_MAX)
		return REFUSE_LINE(s, NULL, "the line is longer than %d bytes", SCAN_LINE_MAX);
	if (strncmp(line, "\xef\xbb\xbf", 3) == 0)
		return REFUSE_LINE(s, NULL,
			"the line begins with a byte order mark; save the file as plain UTF-8");
	while (*at) {
		size_t length = character_length(at);

		if (*at == '\r')
			return REFUSE_LINE(s, NULL,
				"the line has a carriage return in it; save the file with Unix line endings");
		if (length == 0)
			return REFUSE_LINE(
				s, NULL, "byte 0x%02x is a control character or not UTF-8", *at);
		at += length;
	}
	return 0;
}

static int scan_section_line(struct scanner *s, char *line)
{
	struct scan *scan = s->scan;
	char *name = line + 1, *end = strchr(line, ']');

	s->section = NULL;
	if (!end)
		return REFUSE_LINE(s, NULL, "the section's name has no closing ]");
	if (end[1] != '\0')
		return REFUSE_LINE(
			s, NULL, "nothing may follow the ] of a section, not even a comment");
	*end = '\0';
	if (!is_plain_name(name))
		return REFUSE_LINE(s, NULL,
			has_upper(name)
				? "[%s] has capital letters in it; section names are in lower case"
				: "[%s] is not a valid section name",
			name);
	s->section = name;
	for (size_t i = 0; i < scan->n_sections; i++) {
		if (strcmp(scan->section[i].name, name) == 0)
			return REFUSE_LINE(s, NULL, "this section has already begun in line %u",
				scan->section[i].line);
	}
	if (scan->n_sections == SCAN_SECTIONS_MAX)
		return REFUSE_LINE(
			s, NULL, "the file has more than %d sections", SCAN_SECTIONS_MAX);
	scan->section[scan->n_sections++] = (struct scan_section){.name = name, .line = s->line};
	return 0;
}

/* Refuses a value that iniparser would take for something else. */
static int check_value(struct scanner *s, const char *key, const char *value)
{
	const char *special = strpbrk(value, ";#\"'");

	if (!special)
		return 0;
	if (*special == '"' || *special == '\'')
		return REFUSE_LINE(
			s, key, "quotes are not supported; write the value without them");
	if (special != value && !is_blank(special[-1]))
		return REFUSE_LINE(s, key,
			"a comment needs a blank before its %c, and a value cannot contain a %c",
			*special, *special);
	return 0;
}

static int scan_entry_line(struct scanner *s, char *line)
{
	struct scan *scan = s->scan;
	struct scan_entry entry = {.section = s->section, .line = s->line};
	char *equals = strchr(line, '=');
	int r;

	if (!equals)
		return REFUSE_LINE(
			s, NULL, "the line is neither a [section], nor key = value, nor a comment");
	*equals = '\0';
	trim_end(line);
	entry.optional = *line == '?';
	entry.key = line + entry.optional;
	if (!is_plain_name(entry.key))
		return REFUSE_LINE(s, NULL,
			has_upper(entry.key)
				? "\"%s\" has capital letters in it; key names are in lower case"
				: "\"%s\" is not a valid key name",
			entry.key);
	if (!s->section)
		return REFUSE_LINE(s, entry.key, "comes before the first [section]");
	entry.written = skip_blanks(equals + 1);
	r = check_value(s, entry.key, entry.written);
	if (r < 0)
		return r;
	for (size_t i = 0; i < scan->n_entries; i++) {
		if (scan->entry[i].section == entry.section &&
			strcmp(scan->entry[i].key, entry.key) == 0)
			return REFUSE_LINE(
				s, entry.key, "already set in line %u", scan->entry[i].line);
	}
	if (scan->n_entries == SCAN_ENTRIES_MAX)
		return REFUSE_LINE(
			s, entry.key, "the file has more than %d keys", SCAN_ENTRIES_MAX);
	scan->entry[scan->n_entries++] = entry;
	return 0;
}

static int scan_line(struct scanner *s, char *line)
{
	int r = check_characters(s, line);

	if (r < 0)
		return r;
	trim_end(line);
	line = skip_blanks(line);
	/* iniparser joins the next line to this one, comments included. */
	if (*line && line[strlen(line) - 1] == '\\')
		return REFUSE_LINE(
			s, NULL, "the line ends in a backslash; lines cannot be continued");
	switch (*line) {
	case '\0':
	case ';':
	case '#':
		return 0;
	case '[':
		return scan_section_line(s, line);
	default:
		return scan_entry_line(s, line);
	}
}

int scan_text(char *text, size_t size, const char *file, struct scan *ret_scan,
	struct policy_problems *problems)
{
	cleanup(scan_free) struct scan scan = {.text = text};
	struct scanner s = {.scan = &scan, .file = file, .problems = problems};
	char *line, *rest = text;
	int r;

	scan.section = calloc(SCAN_SECTIONS_MAX, sizeof(*scan.section));
	scan.entry = calloc(SCAN_ENTRIES_MAX, sizeof(*scan.entry));
	if (!scan.section || !scan.entry)
		return -ENOMEM;
	while ((line = strsep(&rest, "\n"))) {
		/* The NULs put in place of the newlines so far lie before @line. */
		const char *end = rest ? rest - 1 : text + size;

		s.line++;
		if (line + strlen(line) != end)
			return problems_add(problems, file, s.line, s.section, NULL,
				"the line contains a NUL byte");
		r = scan_line(&s, line);
		if (r < 0)
			return r;
	}
	*ret_scan = TAKE_STRUCT(scan);
	return 0;
}

void scan_free(struct scan *scan)
{
	for (size_t i = 0; i < scan->n_entries; i++)
		free(scan->entry[i].value);
	free(scan->text);
	free(scan->section);
	free(scan->entry);
	*scan = (struct scan){0};
}

bool scan_has_section(const struct scan *scan, const char *name)
{
	for (size_t i = 0; i < scan->n_sections; i++) {
		if (strcmp(scan->section[i].name, name) == 0)
			return true;
	}
	return false;
}
