// SPDX-License-Identifier: MIT
/*
 * doctor.c - carrel doctor: is this host enforcing what the policies say?
 */
#include "doctor.h"
#include "base/error.h"
#include "helper/cli/command.h"
#include "helper/cli/output.h"

#include <stdarg.h>
#include <stdlib.h>

enum { OPTION_JSON };

static void (*const checks[])(struct doctor *doctor) = {
	doctor_kernel,
	doctor_container,
	doctor_cgroup,
	doctor_policies,
	doctor_templates,
	doctor_guests,
	doctor_module,
	doctor_stacks,
	doctor_runners,
	doctor_sshd,
	doctor_attach,
	doctor_init,
	doctor_manager,
	doctor_rescue,
	doctor_bus,
	doctor_connector,
	doctor_folders,
	doctor_terminals,
	doctor_strays,
	doctor_outsiders,
};

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

static void print_text(const struct doctor *doctor)
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

static int print_json(const struct doctor *doctor)
{
	json_t *list = json_array();
	int failed = list ? 0 : -1;

	for (size_t i = 0; i < doctor->count; i++) {
		const struct doctor_finding *finding = &doctor->finding[i];

		failed |= json_array_append_new(
			list, json_pack("{s:s, s:s, s:o, s:s}", "level", level_name[finding->level],
				      "what", finding->what, "detail",
				      output_string(finding->detail), "remedy", finding->remedy));
	}
	if (failed) {
		json_decref(list);
		return output_json(NULL);
	}
	return output_json(json_pack("{s:o}", "checks", list));
}

static int run(const struct command_input *input)
{
	struct doctor doctor = {0};
	bool failing = false;
	int r = COMMAND_DONE;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&doctor);
	for (size_t i = 0; i < doctor.count; i++)
		failing |= doctor.finding[i].level == DOCTOR_FAIL;
	if (doctor.failed)
		r = command_error(COMMAND_FAILED, "doctor: out of memory");
	else if (input->option[OPTION_JSON])
		r = print_json(&doctor);
	else
		print_text(&doctor);
	for (size_t i = 0; i < doctor.count; i++)
		free(doctor.finding[i].detail);
	free(doctor.finding);
	return r == COMMAND_DONE && failing ? COMMAND_FAILED : r;
}

const struct command_verb verb_doctor = {
	.name = "doctor",
	.operands = "",
	.summary = "does this host enforce what the policies say?",
	.details =
		"One line a check: ok, warn or fail, what, a detail, and a remedy. Exit code 1 if\n"
		"any fails. Run it as root: others cannot look everywhere.\n",
	.options = {[OPTION_JSON] = {"json", NULL, "one JSON document"}},
	.run = run,
};
