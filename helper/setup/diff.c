// SPDX-License-Identifier: MIT
#include "diff.h"
#include "base/cleanup.h"
#include "helper/cli/output.h"

#include <stdint.h>
#include <string.h>

enum { LINES_MAX = 4000, CONTEXT = 3 };

struct line {
	const char *text;
	size_t length; /* without the newline */
	bool complete; /* ends with a newline */
};

struct lines {
	struct line *line;
	size_t count;
};

/* One line of the result: kept, removed or added. */
struct edit {
	char kind; /* ' ', '-', '+' */
	const struct line *line;
};

static int split_lines(const char *text, struct lines *ret_lines)
{
	size_t count = 0;

	for (const char *p = text; *p; count++)
		p += strcspn(p, "\n") + (strchr(p, '\n') ? 1 : 0);
	if (count > LINES_MAX)
		return -EFBIG;
	ret_lines->line = calloc(count + 1, sizeof(*ret_lines->line));
	if (!ret_lines->line)
		return -ENOMEM;
	for (ret_lines->count = 0; *text; ret_lines->count++) {
		struct line *line = &ret_lines->line[ret_lines->count];

		line->text = text;
		line->length = strcspn(text, "\n");
		line->complete = text[line->length] == '\n';
		text += line->length + line->complete;
	}
	return 0;
}

static bool same_line(const struct line *a, const struct line *b)
{
	return a->complete == b->complete && a->length == b->length &&
	       memcmp(a->text, b->text, a->length) == 0;
}

/* The longest common subsequence, by the usual table of lengths; files are small. */
static int compare_texts(
	const struct lines *a, const struct lines *b, struct edit **ret_edit, size_t *ret_count)
{
	size_t width = b->count + 1, i, j, n = 0;
	cleanup_free uint16_t *length = calloc((a->count + 1) * width, sizeof(*length));
	struct edit *edit = calloc(a->count + b->count + 1, sizeof(*edit));

	if (!length || !edit) {
		free(edit);
		return -ENOMEM;
	}
	for (i = a->count; i-- > 0;)
		for (j = b->count; j-- > 0;) {
			uint16_t down = length[(i + 1) * width + j],
				 right = length[i * width + j + 1];

			if (same_line(&a->line[i], &b->line[j]))
				length[i * width + j] =
					(uint16_t)(length[(i + 1) * width + j + 1] + 1);
			else
				length[i * width + j] = down >= right ? down : right;
		}
	for (i = 0, j = 0; i < a->count || j < b->count;) {
		if (i < a->count && j < b->count && same_line(&a->line[i], &b->line[j])) {
			edit[n++] = (struct edit){' ', &a->line[i++]};
			j++;
		} else if (j == b->count || (i < a->count && length[(i + 1) * width + j] >=
								     length[i * width + j + 1])) {
			edit[n++] = (struct edit){'-', &a->line[i++]};
		} else {
			edit[n++] = (struct edit){'+', &b->line[j++]};
		}
	}
	*ret_edit = edit;
	*ret_count = n;
	return 0;
}

static void print_edit(const struct edit *edit)
{
	enum output_style style = edit->kind == '+' ? STYLE_GREEN : STYLE_RED;

	if (edit->kind != ' ')
		fputs(output_style(style), stdout);
	printf("%c%.*s", edit->kind, (int)edit->line->length, edit->line->text);
	if (edit->kind != ' ')
		fputs(output_style(STYLE_PLAIN), stdout);
	printf(edit->line->complete ? "\n" : "\n\\ No newline at end of file\n");
}

/* The end of the hunk whose first change is at @first: changes nearer than two contexts join. */
static size_t hunk_end(const struct edit *edit, size_t count, size_t first)
{
	size_t last = first;

	for (size_t i = first; i < count && i <= last + 2 * CONTEXT; i++)
		if (edit[i].kind != ' ')
			last = i;
	return last + 1 + CONTEXT < count ? last + 1 + CONTEXT : count;
}

static void print_hunks(const struct edit *edit, size_t count)
{
	size_t old_line = 1, new_line = 1, at = 0;

	while (at < count) {
		size_t first = at, begin, end, old_count = 0, new_count = 0;

		while (first < count && edit[first].kind == ' ')
			first++;
		if (first == count)
			return;
		begin = first - at > CONTEXT ? first - CONTEXT : at;
		end = hunk_end(edit, count, first);
		old_line += begin - at;
		new_line += begin - at;
		for (size_t i = begin; i < end; i++) {
			old_count += edit[i].kind != '+';
			new_count += edit[i].kind != '-';
		}
		printf("@@ -%zu,%zu +%zu,%zu @@\n", old_count ? old_line : old_line - 1, old_count,
			new_count ? new_line : new_line - 1, new_count);
		for (size_t i = begin; i < end; i++)
			print_edit(&edit[i]);
		old_line += old_count;
		new_line += new_count;
		at = end;
	}
}

int diff_print(const char *path, const char *before, const char *after)
{
	struct lines a = {0}, b = {0};
	struct edit *edit = NULL;
	size_t count = 0;
	int r;

	if (strcmp(before, after) == 0)
		return 0;
	r = split_lines(before, &a);
	if (r == 0)
		r = split_lines(after, &b);
	if (r == 0)
		r = compare_texts(&a, &b, &edit, &count);
	if (r == 0) {
		printf("%s--- %s\n+++ %s%s\n", output_style(STYLE_BOLD), path, path,
			output_style(STYLE_PLAIN));
		print_hunks(edit, count);
	}
	free(edit);
	free(a.line);
	free(b.line);
	return r;
}
