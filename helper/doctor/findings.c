// SPDX-License-Identifier: MIT
/*
 * findings.c - keeps what the checks of carrel doctor have found, and shows it.
 */
#include "base/error.h"
#include "doctor.h"
#include "helper/cli/output.h"

#include <stdarg.h>
#include <stdlib.h>

static const char *const level_name[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_WARN] = "warn",
	[DOCTOR_FAIL] = "fail",
};

void doctor_add(struct doctor *doctor, enum doctor_level level, const char *what,
	const char *remedy, const char *format, ...)
{
	struct doctor_finding *grown;
	char *detail = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&detail, format, args);
	va_end(args);
	grown = n < 0 ? NULL : reallocarray(doctor->finding, doctor->count + 1, sizeof(*grown));
	if (!grown) {
		if (n >= 0)
			free(detail);
		doctor->failed = true;
		return;
	}
	text_sanitize(detail);
	doctor->finding = grown;
	doctor->finding[doctor->count++] = (struct doctor_finding){
		.level = level, .what = what, .detail = detail, .remedy = remedy ? remedy : ""};
}

void findings_print(const struct doctor *doctor)
{
	static const enum output_style style[] = {
		[DOCTOR_OK] = STYLE_GREEN,
		[DOCTOR_WARN] = STYLE_YELLOW,
		[DOCTOR_FAIL] = STYLE_RED,
	};

	for (size_t i = 0; i < doctor->count; i++) {
		const struct doctor_finding *finding = &doctor->finding[i];

		printf("%s%-4s%s  %s: %s", output_style(style[finding->level]),
			level_name[finding->level], output_style(STYLE_PLAIN), finding->what,
			finding->detail);
		if (finding->remedy[0])
			printf(" \xe2\x80\x94 %s", finding->remedy);
		putchar('\n');
	}
}

int findings_print_json(const struct doctor *doctor)
{
	json_t *list = json_array();

	for (size_t i = 0; i < doctor->count; i++) {
		const struct doctor_finding *finding = &doctor->finding[i];

		list = output_append(
			list, json_pack("{s:s, s:s, s:o, s:s}", "level", level_name[finding->level],
				      "what", finding->what, "detail",
				      output_string(finding->detail), "remedy", finding->remedy));
	}
	return output_json(json_pack("{s:o}", "checks", list));
}

void findings_free(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->count; i++)
		free(doctor->finding[i].detail);
	free(doctor->finding);
}
