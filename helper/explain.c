// SPDX-License-Identifier: MIT
/*
 * explain.c - carrel explain: shows a user's effective policy, and where each key comes from.
 */
#include "base/cleanup.h"
#include "base/text.h"
#include "helper/cli/command.h"
#include "helper/cli/output.h"
#include "plan/plan.h"
#include "policy/account.h"
#include "policy/keys.h"
#include "policy/policy.h"

#include <string.h>

enum { OPTION_SERVICE, OPTION_HOST, OPTION_JSON, OPTION_PLAN, OPTION_POLICY_DIR, OPTION_HOST_FILE };

struct explanation {
	struct account account;
	struct host_config config;
	struct policy policy;
	struct policy_problems host_problems, problems;
	struct plan *plan;     /* NULL: not asked for, or not to be had */
	const char *exemption; /* "" for a user who is confined */
};

static void explanation_free(struct explanation *explanation)
{
	plan_free(explanation->plan);
	policy_problems_free(&explanation->problems);
	policy_problems_free(&explanation->host_problems);
	policy_free(&explanation->policy);
	host_config_free(&explanation->config);
	account_free(&explanation->account);
}

static const char *setting_origin(const struct policy_setting *setting, char *buf, size_t size)
{
	if (setting->origin.file)
		snprintf(buf, size, "%s:%u", setting->origin.file, setting->origin.line);
	else
		snprintf(buf, size, "default");
	return buf;
}

static const char *mode_in_words(const struct explanation *explanation)
{
	return explanation->exemption[0] ? "exempt"
					 : explanation->policy.setting[POLICY_SESSION_MODE].text;
}

/* Returns whether this user is kept out: by their policy, or by a refused file until it is put
 * right. */
static bool is_denied(const struct explanation *explanation)
{
	const struct policy_setting *setting = explanation->policy.setting;

	if (explanation->exemption[0])
		return false;
	if (setting[POLICY_SESSION_MODE].value.choice == POLICY_MODE_DENY)
		return true;
	return explanation->problems.count + explanation->host_problems.count > 0 &&
	       setting[POLICY_SESSION_ON_ERROR].value.choice == POLICY_ON_ERROR_DENY;
}

static json_t *json_settings(const struct policy *policy)
{
	json_t *settings = json_object();

	for (size_t i = 0; settings && i < POLICY_KEY_COUNT; i++) {
		const struct policy_setting *setting = &policy->setting[i];
		char name[128], from[4096];
		json_t *entry = json_pack("{s:o, s:o, s:b}", "value", output_string(setting->text),
			"origin", output_string(setting_origin(setting, from, sizeof(from))),
			"optional", setting->optional);

		snprintf(name, sizeof(name), "%s.%s", policy_keys[i].section, policy_keys[i].name);
		if (json_object_set_new(settings, name, entry) < 0) {
			json_decref(settings);
			settings = NULL;
		}
	}
	return settings;
}

static json_t *json_problems(json_t *array, const struct policy_problems *problems)
{
	char line[2048];

	for (size_t i = 0; i < problems->count; i++)
		array = output_append(array, output_string(policy_problem_format(
						     &problems->item[i], line, sizeof(line))));
	return array;
}

static json_t *json_lists(const struct explanation *explanation, json_t *root)
{
	json_t *files = json_array(), *problems = json_array(), *plan = json_array();
	char line[2048];

	for (char **file = explanation->policy.files; file && *file; file++)
		files = output_append(files, output_string(*file));
	problems = json_problems(problems, &explanation->host_problems);
	problems = json_problems(problems, &explanation->problems);
	for (uint32_t i = 0; explanation->plan && i < explanation->plan->ops->n_setup; i++)
		plan = output_append(plan, output_string(plan_op_describe(
						   explanation->plan->ops, i, line, sizeof(line))));
	if (explanation->plan &&
		*plan_security_describe(&explanation->plan->security, line, sizeof(line)))
		plan = output_append(
			plan, output_string(plan_security_describe(
				      &explanation->plan->security, line, sizeof(line))));
	if (json_object_set_new(root, "files", files) < 0 ||
		json_object_set_new(root, "problems", problems) < 0 ||
		(explanation->plan ? json_object_set(root, "plan", plan) : 0) < 0) {
		json_decref(root);
		root = NULL;
	}
	json_decref(plan);
	return root;
}

static int print_explanation_json(const struct explanation *explanation)
{
	const struct policy_login *login = &explanation->account.login;
	json_t *root = json_pack("{s:o, s:I, s:o, s:b, s:b, s:o, s:o}", "user",
		output_string(login->user), "uid", (json_int_t)login->uid, "mode",
		output_string(mode_in_words(explanation)), "admin",
		host_config_is_admin(&explanation->config, login), "denied", is_denied(explanation),
		"exemption", output_string(explanation->exemption), "settings",
		json_settings(&explanation->policy));

	return output_json(root ? json_lists(explanation, root) : NULL);
}

static void print_plan(const struct plan *plan)
{
	char line[2048];
	const char *security = plan_security_describe(&plan->security, line, sizeof(line));

	if (*security)
		printf("\nEvery process of the session is born with: %s\n", security);

	if (plan->mode == POLICY_MODE_GUEST)
		printf("\nThe session ends in the user's guest. On the host, session-init carries "
		       "out:\n");
	else if (!plan_has_sandbox(plan))
		printf("\nNo sandbox: the session stays in the host's namespaces.\n");
	else
		printf("\nsession-init carries out:\n");
	for (uint32_t i = 0; i < plan->ops->n_setup; i++) {
		plan_op_describe(plan->ops, i, line, sizeof(line));
		text_sanitize(line);
		printf("  %3u  %s\n", i + 1, line);
	}
}

static int print_explanation_table(const struct explanation *explanation)
{
	const struct policy *policy = &explanation->policy;
	static const struct output_column columns[] = {{"KEY"}, {"VALUE"}, {"ORIGIN"}};
	struct output_table table = OUTPUT_TABLE(columns);
	char from[4096];
	int r;

	printf("%s (uid %u): mode %s%s%s\n", explanation->account.name,
		(unsigned)explanation->account.login.uid, mode_in_words(explanation),
		explanation->exemption[0] ? ", " : "", explanation->exemption);
	if (explanation->exemption[0])
		printf("What the policies would say otherwise:\n");
	else if (is_denied(explanation))
		printf("Logins are denied%s.\n",
			explanation->problems.count + explanation->host_problems.count
				? " until the files above are put right ([session] on_error)"
				: "");
	putchar('\n');
	for (size_t i = 0; i < POLICY_KEY_COUNT; i++) {
		const struct policy_setting *setting = &policy->setting[i];

		table_add(&table, "%s%s.%s", setting->optional ? "?" : "", policy_keys[i].section,
			policy_keys[i].name);
		table_add(&table, "%s", setting->text[0] ? setting->text : "-");
		table_add(&table, "%s", setting_origin(setting, from, sizeof(from)));
	}
	r = table_print(&table);
	if (explanation->plan)
		print_plan(explanation->plan);
	return r;
}

static int load_explanation(const struct command_input *input, struct explanation *explanation,
	struct carrel_error *err)
{
	const char *dir = input->option[OPTION_POLICY_DIR];
	const char *host = input->option[OPTION_HOST_FILE];
	struct policy_login *login = &explanation->account.login;
	int r = account_find(input->operand[0], &explanation->account, err);

	if (r < 0)
		return r;
	login->service = input->option[OPTION_SERVICE] ? input->option[OPTION_SERVICE] : "sshd";
	login->rhost = input->option[OPTION_HOST] ? input->option[OPTION_HOST] : "";
	r = host_config_load(host ? host : POLICY_HOST_INI, &explanation->config,
		&explanation->host_problems, err);
	if (r < 0 && r != -EINVAL)
		return r;
	explanation->exemption = account_exemption(&explanation->config, login);
	r = policy_load(
		dir ? dir : POLICY_DIR, login, &explanation->policy, &explanation->problems, err);
	if (r == 0)
		r = policy_unmatched(&explanation->policy, login, explanation->config.unmatched);
	if (r < 0)
		return r;
	output_problems(&explanation->host_problems);
	output_problems(&explanation->problems);
	if (!input->option[OPTION_PLAN] || explanation->exemption[0])
		return 0;
	return plan_build(
		&explanation->policy, login, &explanation->config, &explanation->plan, err);
}

static int run_explain(const struct command_input *input)
{
	struct explanation explanation = {.exemption = ""};
	struct carrel_error err = {0};
	int r;

	if (load_explanation(input, &explanation, &err) < 0) {
		explanation_free(&explanation);
		return command_failed(&err);
	}
	r = input->option[OPTION_JSON] ? print_explanation_json(&explanation)
				       : print_explanation_table(&explanation);
	if (r == COMMAND_DONE && explanation.problems.count + explanation.host_problems.count > 0)
		r = COMMAND_INVALID;
	explanation_free(&explanation);
	return r;
}

const struct command_verb verb_explain = {
	.name = "explain",
	.operands = "USER",
	.summary = "a user's effective policy, each key with the line that set it",
	.details = "USER is a name or a uid. Exit code 3: some file is refused, and the rest is "
		   "shown.\n",
	.min_operands = 1,
	.max_operands = 1,
	.options =
		{
			[OPTION_SERVICE] = {"service", "NAME", "as if by this PAM service (sshd)"},
			[OPTION_HOST] = {"host", "HOST", "as if from this host or address"},
			[OPTION_JSON] = {"json", NULL, "one JSON document"},
			[OPTION_PLAN] = {"plan", NULL, "also the operations of a login"},
			[OPTION_POLICY_DIR] = {"policy-dir", "DIR", "instead of " POLICY_DIR},
			[OPTION_HOST_FILE] = {"host-file", "FILE", "instead of " POLICY_HOST_INI},
		},
	.run = run_explain,
};
