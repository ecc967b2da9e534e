// SPDX-License-Identifier: MIT
/*
 * sshd.c - does sshd open PAM sessions at all, and the same ones for everybody?
 */
#include "attach.h"
#include "base/cleanup.h"
#include "doctor.h"
#include "policy/account.h"
#include "sshd_config.h"
#include "sshd_users.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAM_SERVICE "sshd"

enum { VALUE_MAX = 1024 };

/* What has been reported already, so that users of one group do not fill the report. */
struct told {
	char service[VALUE_MAX];
	struct attach_told attach;
};

static bool is_other_service(const char *service)
{
	/* OpenSSH 9.9 and later can name a service. */
	return service[0] && strcmp(service, PAM_SERVICE) != 0;
}

static void judge_everybody(
	struct doctor *doctor, const struct sshd_config *config, struct told *told)
{
	char value[VALUE_MAX];

	if (strcasecmp(sshd_config_get(config, "usepam", value, sizeof(value)), "yes") != 0)
		doctor_add(doctor, DOCTOR_FAIL, "sshd", "set UsePAM yes in sshd_config",
			"UsePAM is %s: SSH logins never reach carrel",
			value[0] ? value : "not known");
	else
		doctor_add(doctor, DOCTOR_OK, "sshd", NULL, "UsePAM yes");
	if (!is_other_service(sshd_config_get(config, "pamservicename", value, sizeof(value))))
		return;
	doctor_add(doctor, DOCTOR_WARN, "sshd", "set PAMServiceName " PAM_SERVICE,
		"PAMServiceName is %s, which carrel setup does not wire", value);
	snprintf(told->service, sizeof(told->service), "%s", value);
}

/* Judges sshd for one user. @config has the Match blocks that fit @user, whom the policies
 * confine. */
static void judge_user(struct doctor *doctor, const struct sshd_config *config, const char *user,
	const struct policy *policy, struct told *told)
{
	char value[VALUE_MAX];

	sshd_config_get(config, "pamservicename", value, sizeof(value));
	if (is_other_service(value) && strcmp(value, told->service) != 0) {
		doctor_add(doctor, DOCTOR_WARN, "sshd",
			"set PAMServiceName " PAM_SERVICE " in the Match block, too",
			"PAMServiceName is %s for user %s, which carrel setup does not wire", value,
			user);
		snprintf(told->service, sizeof(told->service), "%s", value);
	}
	doctor_attach_login(doctor, config, user, policy, &told->attach);
}

/* Loads the effective policy of @name, a user of this host. Returns -ENOENT where none confines
 * them. */
static int load_policy(
	const char *name, const struct host_config *config, struct policy *ret_policy)
{
	cleanup(policy_problems_free) struct policy_problems ignored = {0};
	cleanup(account_free) struct account account = {0};
	int r = account_find(name, &account, NULL);

	if (r < 0)
		return r;
	account.login.service = PAM_SERVICE;
	account.login.rhost = "";
	if (account_exemption(config, &account.login)[0])
		return -ENOENT;
	r = policy_load(POLICY_DIR, &account.login, ret_policy, &ignored, NULL);
	if (r < 0)
		return r;
	if (ret_policy->setting[POLICY_SESSION_MODE].value.choice != POLICY_MODE_EXEMPT)
		return 0;
	policy_free(ret_policy);
	return -ENOENT;
}

static void look_at_users(struct doctor *doctor, struct told *told)
{
	cleanup(policy_problems_free) struct policy_problems ignored = {0};
	cleanup(host_config_free) struct host_config host = {0};
	cleanup(sshd_users_free) struct sshd_users users = {0};

	if (sshd_users_find(&users) < 0)
		doctor->failed = true;
	/* What is wrong with carrel.ini has been reported already. */
	(void)host_config_load(POLICY_HOST_INI, &host, &ignored, NULL);
	for (size_t i = 0; i < users.count; i++) {
		char text[2 * CARREL_ERROR_TEXT_MAX];
		cleanup(sshd_config_free) struct sshd_config config = {0};
		cleanup(policy_free) struct policy policy = {0};
		struct carrel_error err = {0};

		if (load_policy(users.name[i], &host, &policy) < 0)
			continue;
		if (sshd_config_ask(users.name[i], &config, &err) < 0) {
			doctor_add(doctor, DOCTOR_WARN, "sshd", "repair sshd_config",
				"its configuration for user %s is not known: %s", users.name[i],
				error_format(&err, text, sizeof(text)));
			return;
		}
		judge_user(doctor, &config, users.name[i], &policy, told);
	}
}

void doctor_sshd(struct doctor *doctor)
{
	cleanup(sshd_config_free) struct sshd_config config = {0};
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	struct told told = {0};

	if (access(SSHD_PATH, F_OK) < 0) {
		doctor_add(doctor, DOCTOR_OK, "sshd", NULL, "not installed");
		return;
	}
	if (geteuid() != 0) {
		doctor_add(doctor, DOCTOR_WARN, "sshd", "run carrel doctor as root",
			"only root can read its configuration");
		return;
	}
	if (sshd_config_ask(NULL, &config, &err) < 0) {
		/* This fails where sshd has never been started, too, as its unit makes
		 * /run/sshd. */
		doctor_add(doctor, DOCTOR_WARN, "sshd", "start sshd, or repair sshd_config", "%s",
			error_format(&err, text, sizeof(text)));
		return;
	}
	judge_everybody(doctor, &config, &told);
	look_at_users(doctor, &told);
	doctor_attach_unnamed(doctor, &config, &told.attach);
}
