// SPDX-License-Identifier: MIT
#include "help_keys.h"
#include "command.h"
#include "guest/image/recipe.h"
#include "policy/suggestion.h"
#include "policy/template.h"

#include <stdio.h>
#include <string.h>

enum { INDENT = 6, WIDTH = 78 };

static const struct reference {
	const char *name;
	const char *title;
	const struct key *key;
	size_t count;
} references[] = {
	{"policies", "The keys of policies, " POLICY_DIR "/*.ini. See also carrel.policies(5).",
		policy_keys, POLICY_KEY_COUNT},
	{"templates",
		"The keys of templates, " TEMPLATE_DIR "/*.ini. See also carrel.templates(5).",
		template_keys, TEMPLATE_KEY_COUNT},
	{"recipes", "The keys of recipes, " RECIPE_DIR "/*.ini. See also carrel.recipes(5).",
		recipe_keys, RECIPE_KEY_COUNT},
};

static const struct reference *find_reference(const char *name)
{
	struct suggestion near = {.word = name};

	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
		if (strcmp(references[i].name, name) == 0)
			return &references[i];
		suggest_try(&near, references[i].name);
	}
	if (near.best)
		command_error(COMMAND_USAGE, "help keys %s: no such keys; did you mean \"%s\"?",
			name, near.best);
	else
		command_error(COMMAND_USAGE,
			"help keys %s: no such keys; there are those of policies, of templates and of recipes",
			name);
	return NULL;
}

static const char *describe_values(const struct key *key, char *buf, size_t size)
{
	size_t used = 0;

	if (!key->choices) {
		snprintf(buf, size, "%s", key->type->help);
		return buf;
	}
	buf[0] = '\0';
	for (size_t i = 0; key->choices[i] && used < size; i++)
		used += (size_t)snprintf(
			buf + used, size - used, "%s%s", i ? " | " : "", key->choices[i]);
	return buf;
}

/* Prints @text in lines of WIDTH with a margin. */
static void print_wrapped(const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column > 0 && column + 1 + length > WIDTH) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)(column == 0 ? printf("%*s%.*s", INDENT, "", (int)length, text)
					       : printf(" %.*s", (int)length, text));
		text += length;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void print_key(const struct key *key)
{
	char text[256];

	printf("  %s\n", key->name);
	print_wrapped(key->doc);
	printf("%*sValue: %s.\n", INDENT, "", describe_values(key, text, sizeof(text)));
	printf("%*sDefault: %s.\n", INDENT, "", key->default_text[0] ? key->default_text : "none");
	if (key->example && strcmp(key->example, key->default_text) != 0)
		printf("%*sExample: %s = %s\n", INDENT, "", key->name, key->example);
	if (key->flags & KEY_APPEND)
		print_wrapped("Later files add to the list; an empty value resets it.");
	if (key->flags & KEY_USER_WIDE)
		print_wrapped("Not in a file that matches on service or host.");
	if (key->flags & KEY_OPTIONAL_OK)
		printf("%*sMay be written ?%s.\n", INDENT, "", key->name);
}

int help_print_keys(const char *table)
{
	const struct reference *reference = find_reference(table);
	const char *section = "";

	if (!reference)
		return COMMAND_USAGE;
	printf("%s\n", reference->title);
	for (size_t i = 0; i < reference->count; i++) {
		const struct key *key = &reference->key[i];

		if (strcmp(key->section, section) != 0)
			printf("\n[%s]\n", key->section);
		section = key->section;
		print_key(key);
	}
	return COMMAND_DONE;
}

/* Prints text for roff(7), without escapes, and without a request at the start of the line. */
static void print_roff(const char *text)
{
	if (*text == '.' || *text == '\'')
		printf("\\&");
	for (; *text; text++)
		if (*text == '\\')
			printf("\\e");
		else if (*text == '-')
			printf("\\-");
		else
			putchar(*text);
}

static void print_key_roff(const struct key *key)
{
	char text[256];

	printf(".TP\n.B %s\n", key->name);
	print_roff(key->doc);
	printf("\nValue: ");
	print_roff(describe_values(key, text, sizeof(text)));
	printf(".\n");
	if (key->default_text[0]) {
		printf("Default: ");
		print_roff(key->default_text);
		printf(".\n");
	}
	if (key->example && strcmp(key->example, key->default_text) != 0) {
		printf("Example:\n.B \"%s = ", key->name);
		print_roff(key->example);
		printf("\"\n");
	}
	if (key->flags & KEY_APPEND)
		printf("Later files add to the list; an empty value resets it.\n");
	if (key->flags & KEY_USER_WIDE)
		printf("Not in a file that matches on service or host.\n");
	if (key->flags & KEY_OPTIONAL_OK)
		printf("May be written\n.BR ?%s .\n", key->name);
}

int help_print_keys_roff(const char *table)
{
	const struct reference *reference = find_reference(table);
	const char *section = "";

	if (!reference)
		return COMMAND_USAGE;
	for (size_t i = 0; i < reference->count; i++) {
		const struct key *key = &reference->key[i];

		if (strcmp(key->section, section) != 0)
			printf(".SS [%s]\n", key->section);
		section = key->section;
		print_key_roff(key);
	}
	return COMMAND_DONE;
}
