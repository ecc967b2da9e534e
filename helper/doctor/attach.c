// SPDX-License-Identifier: MIT
/*
 * attach.c - would a login that the policies send to a guest get there?
 */
#include "attach.h"
#include "base/cleanup.h"
#include "plan/guest.h"
#include "plan/libraries.h"
#include "policy/file.h"
#include "policy/policy.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define INTERNAL_SFTP "internal-sftp"

enum { VALUE_MAX = 1024 };

/* Returns whether some policy has mode = guest. */
static bool is_wanted(void)
{
	cleanup(policy_folder_free) struct policy_folder folder = {0};
	cleanup(policy_problems_free) struct policy_problems ignored = {0};

	if (policy_folder_read(POLICY_DIR, &folder, &ignored, NULL) < 0)
		return false;
	for (size_t i = 0; i < folder.count; i++) {
		const struct assignments *assignments = &folder.file[i].assignments;

		for (size_t j = 0; j < assignments->count; j++)
			if (assignments->item[j].index == POLICY_SESSION_MODE &&
				assignments->item[j].value.choice == POLICY_MODE_GUEST)
				return true;
	}
	return false;
}

static bool is_program(const char *command, const char *program)
{
	size_t length = strlen(program);

	return strncmp(command, program, length) == 0 && strchr(" \t", command[length]);
}

/* Returns whether sftp is sshd itself, which does not pass through the user's shell. */
static bool is_internal_sftp(const struct sshd_config *config)
{
	char value[VALUE_MAX];

	sshd_config_get(config, "forcecommand", value, sizeof(value));
	if (value[0] && strcmp(value, "none") != 0)
		return is_program(value, INTERNAL_SFTP);
	return is_program(
		sshd_config_get(config, "subsystem sftp", value, sizeof(value)), INTERNAL_SFTP);
}

static void tell_of_sftp(struct doctor *doctor, const char *whose)
{
	doctor_add(doctor, DOCTOR_FAIL, "sshd",
		"see /usr/share/doc/carrel/examples/sshd/carrel-guests.conf",
		"sftp%s is " INTERNAL_SFTP
		", which runs on this host as the user and does not lead into guests: "
		"their users find an empty root",
		whose);
}

/* Returns whether the view of a login with agent = yes has room for a socket at @place
 * (lib/plan/guest.c). "" means that sshd is too old to be told of another place. */
static bool is_agent_place(const char *place)
{
	return !place[0] || strcmp(place, "user:.ssh/agent") == 0 ||
	       strcmp(place, "shared:/tmp") == 0;
}

void doctor_attach_login(struct doctor *doctor, const struct sshd_config *config, const char *user,
	const struct policy *policy, struct attach_told *told)
{
	char value[VALUE_MAX];

	if (policy->setting[POLICY_SESSION_MODE].value.choice != POLICY_MODE_GUEST)
		return;
	told->guests = true;
	if (!told->sftp && is_internal_sftp(config)) {
		snprintf(value, sizeof(value), " of user %s", user);
		tell_of_sftp(doctor, value);
		told->sftp = true;
	}
	if (told->agent || !policy->setting[POLICY_GUEST_AGENT].value.choice ||
		is_agent_place(sshd_config_get(config, "agentsocketpath", value, sizeof(value))))
		return;
	doctor_add(doctor, DOCTOR_WARN, "sshd", "set AgentSocketPath user:.ssh/agent for them",
		"AgentSocketPath is %s for user %s: an agent does not reach their guest", value,
		user);
	told->agent = true;
}

/* Returns whether the line is a ForceCommand with guest-attach, in whatever Match block. */
static bool forces_attach(char *line, void *data)
{
	(void)data;
	return strncasecmp(line, "ForceCommand", strlen("ForceCommand")) == 0 &&
	       strstr(line, "guest-attach");
}

void doctor_attach_unnamed(
	struct doctor *doctor, const struct sshd_config *config, const struct attach_told *told)
{
	if (!told->guests && is_wanted() && is_internal_sftp(config) &&
		!sshd_config_any_line(forces_attach, NULL))
		tell_of_sftp(doctor, "");
}

void doctor_attach(struct doctor *doctor)
{
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	char **libraries = NULL;

	if (!is_wanted())
		return;
	if (access(GUEST_ATTACH, X_OK) < 0)
		doctor_add(doctor, DOCTOR_FAIL, "guest logins", "reinstall carrel", "%s: %s",
			GUEST_ATTACH, strerrordesc_np(errno));
	else if (plan_libraries(GUEST_SSH, &libraries, &err) < 0)
		doctor_add(doctor, DOCTOR_FAIL, "guest logins", "install openssh-client", "%s",
			error_format(&err, text, sizeof(text)));
	else
		doctor_add(
			doctor, DOCTOR_OK, "guest logins", NULL, "%s has what it needs", GUEST_SSH);
	plan_libraries_free(libraries);
}
