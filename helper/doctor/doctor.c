// SPDX-License-Identifier: MIT
/*
 * doctor.c - carrel doctor: is this host enforcing what the policies say?
 */
#include "doctor.h"
#include "helper/cli/command.h"

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

static int run_doctor(const struct command_input *input)
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
		r = findings_print_json(&doctor);
	else
		findings_print(&doctor);
	findings_free(&doctor);
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
	.run = run_doctor,
};
