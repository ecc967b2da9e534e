// SPDX-License-Identifier: MIT
#include "stack.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <string.h>

enum { DEPTH_MAX = 32, STACK_BYTES_MAX = 1 << 20 };

struct reader {
	const struct pam_dirs *dirs;
	const char *type;
	struct pam_stack *stack;
};

static int read_service(const struct reader *reader, const char *service, int depth);

void pam_stack_free(struct pam_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		free(stack->rule[i].control);
		free(stack->rule[i].module);
		free(stack->rule[i].arguments);
		free(stack->rule[i].file);
	}
	free(stack->rule);
	*stack = (struct pam_stack){0};
}

static int add_rule(struct pam_stack *stack, const char *control, const char *module,
	const char *arguments, const char *file, unsigned line)
{
	struct pam_rule *grown = reallocarray(stack->rule, stack->count + 1, sizeof(*grown));
	struct pam_rule rule = {
		.control = strdup(control),
		.module = strdup(module),
		.arguments = strdup(arguments + strspn(arguments, " \t")),
		.file = strdup(file),
		.line = line,
	};

	if (grown)
		stack->rule = grown;
	if (!grown || !rule.control || !rule.module || !rule.arguments || !rule.file) {
		free(rule.control);
		free(rule.module);
		free(rule.arguments);
		free(rule.file);
		return -ENOMEM;
	}
	stack->rule[stack->count++] = rule;
	return 0;
}

/* Returns the next field of *rest, of which "[...]" is one, or NULL at the end. Cuts *rest. */
static char *next_field(char **rest)
{
	char *field = *rest + strspn(*rest, " \t");
	char *end;

	if (!*field)
		return NULL;
	end = field[0] == '[' ? strchr(field, ']') : NULL;
	end = end ? end + 1 : field + strcspn(field, " \t");
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return field;
}

static int read_rule(
	const struct reader *reader, char *text, const char *file, unsigned line, int depth)
{
	char *type = next_field(&text);
	char *control = type ? next_field(&text) : NULL;
	char *module;

	if (!control)
		return 0;
	if (strcmp(type, "@include") == 0)
		return read_service(reader, control, depth + 1);
	if (strcasecmp(type + (type[0] == '-'), reader->type) != 0)
		return 0;
	module = next_field(&text);
	if (!module)
		return 0;
	if (strcasecmp(control, "include") == 0 || strcasecmp(control, "substack") == 0)
		return read_service(reader, module, depth + 1);
	return add_rule(reader->stack, control, module, text, file, line);
}

/* Takes one logical line off *rest. Continued lines are joined, and comments dropped. Returns the
 * number of lines that it took. */
static unsigned take_line(char **rest, char **ret_line)
{
	char *line = *rest, *end = line;
	unsigned lines = 0;

	for (;;) {
		end += strcspn(end, "\n");
		lines++;
		if (end > line && *end == '\n' && end[-1] == '\\') {
			end[-1] = ' ';
			*end++ = ' ';
			continue;
		}
		break;
	}
	*rest = *end ? end + 1 : end;
	*end = '\0';
	line[strcspn(line, "#")] = '\0';
	*ret_line = line;
	return lines;
}

/* Reads the file of the first folder that has one, and tells its path. */
static int read_first(
	const struct pam_dirs *dirs, const char *service, char **ret_text, char **ret_path)
{
	int at = pam_dirs_find(dirs, service);
	int r = at < 0 ? at : fd_read_file(dirs->fd[at], service, STACK_BYTES_MAX, ret_text);

	if (r < 0)
		return r;
	return asprintf(ret_path, "/%s/%s", pam_dir_name[at], service) < 0 ? -ENOMEM : 0;
}

static int read_service(const struct reader *reader, const char *service, int depth)
{
	cleanup_free char *text = NULL;
	cleanup_free char *path = NULL;
	char *rest, *line;
	int r;

	if (depth > DEPTH_MAX)
		return -ELOOP;
	r = read_first(reader->dirs, service, &text, &path);
	if (r < 0)
		return r;
	rest = text;
	for (unsigned number = 1; *rest && r == 0;) {
		unsigned lines = take_line(&rest, &line);

		r = read_rule(reader, line, path, number, depth);
		number += lines;
	}
	return r;
}

int pam_stack_load(const struct pam_dirs *dirs, const char *service, const char *type,
	struct pam_stack *ret_stack)
{
	struct pam_stack stack = {0};
	const struct reader reader = {.dirs = dirs, .type = type, .stack = &stack};
	int r = read_service(&reader, service, 0);

	if (r < 0) {
		pam_stack_free(&stack);
		return r;
	}
	*ret_stack = stack;
	return 0;
}
