// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/list.h"
#include "base/units.h"
#include "policy/group.h"
#include "policy/inifile.h"
#include "policy/problems.h"
#include "policy/table.h"
#include "policy/value.h"

#include <fcntl.h>
#include <string.h>

enum host_key {
	HOST_CGROUP_MANAGER,
	HOST_ADMINS,
	HOST_UID_MIN,
	HOST_HOMES_ROOTS,
	HOST_DEADLINE,
	HOST_UNMATCHED,
	HOST_ADOPT,
	HOST_ADMISSION_GUEST_MEMORY,
	HOST_ADMISSION_GUEST_VCPUS,
	HOST_ADMISSION_GUEST_DISK,
	HOST_KEY_COUNT
};

static const char *const managers[] = {
	[HOST_MANAGER_AUTO] = "auto",
	[HOST_MANAGER_SYSTEMD] = "systemd",
	[HOST_MANAGER_CGROUPFS] = "cgroupfs",
	NULL,
};

static const char *const unmatched_words[] = {
	[HOST_UNMATCHED_EXEMPT] = "exempt",
	[HOST_UNMATCHED_HOST] = "host",
	[HOST_UNMATCHED_DENY] = "deny",
	NULL,
};

static const struct key host_keys[HOST_KEY_COUNT] = {
	KEY_ROW(HOST_CGROUP_MANAGER, "host", "cgroup_manager", type_choice,
		KEY_MEMBER(struct host_config, cgroup_manager), .choices = managers,
		.default_text = "auto",
		.doc = "Who makes the users' cgroups: systemd, or carrel itself (cgroupfs)."),
	KEY_ROW(HOST_ADMINS, "host", "admins", type_names, KEY_MEMBER(struct host_config, admins),
		.default_text = "@sudo, @wheel, @carrel-admin",
		.doc = "Who is exempt, even while a policy is refused: users, @groups of the local /etc/group, and @nss:groups of any source."),
	/* UID_MIN of login.defs takes the place of this default, if there is one. */
	KEY_ROW(HOST_UID_MIN, "host", "uid_min", type_count,
		KEY_MEMBER(struct host_config, uid_min), .min = 1, .max = INT32_MAX,
		.default_text = "1000",
		.doc = "Accounts below this uid are confined only where a policy names them."),
	KEY_ROW(HOST_HOMES_ROOTS, "host", "homes.roots", type_paths,
		KEY_MEMBER(struct host_config, homes_roots), .default_text = "/home",
		.doc = "Where homes live."),
	KEY_ROW(HOST_DEADLINE, "host", "deadline", type_duration,
		KEY_MEMBER(struct host_config, deadline), .min = UNITS_SECOND,
		.max = 600 * UNITS_SECOND, .default_text = "5s",
		.doc = "How long it may take in all to open a session."),
	KEY_ROW(HOST_UNMATCHED, "host", "unmatched", type_choice,
		KEY_MEMBER(struct host_config, unmatched), .choices = unmatched_words,
		.default_text = "exempt",
		.doc = "The mode of an ordinary user whom no policy fits, where there are policies."),
	KEY_ROW(HOST_ADOPT, "host", "adopt", type_bool, KEY_MEMBER(struct host_config, adopt),
		.default_text = "no",
		.doc = "Whether carrel gc moves processes of confined users into their quotas if something other than a login has started them."),
	KEY_ROW(HOST_ADMISSION_GUEST_MEMORY, "admission", "guest_memory", type_size_max,
		KEY_MEMBER(struct host_config, admission_guest_memory), .min = 64 * UNITS_MIB,
		.max = UNITS_PIB, .default_text = "50%",
		.doc = "The RAM of all running guests together: bytes, a percentage of the machine's memory, or max."),
	KEY_ROW(HOST_ADMISSION_GUEST_VCPUS, "admission", "guest_vcpus", type_percent,
		KEY_MEMBER(struct host_config, admission_guest_vcpus), .min = 1, .max = 10000,
		.default_text = "400%",
		.doc = "The virtual CPUs of all running guests together, of the machine's CPUs: 400% is four for each."),
	KEY_ROW(HOST_ADMISSION_GUEST_DISK, "admission", "guest_disk", type_size_max,
		KEY_MEMBER(struct host_config, admission_guest_disk), .min = 256 * UNITS_MIB,
		.max = UNITS_PIB, .default_text = "80%",
		.doc = "The disks of all guests together, at their full sizes: bytes, a percentage of the file system of /var/lib/carrel, or max."),
};

static const struct table host_table = {.key = host_keys, .count = HOST_KEY_COUNT};

static int set_host_defaults(struct host_config *config)
{
	for (size_t i = 0; i < HOST_KEY_COUNT; i++) {
		cleanup(value_free) struct policy_value value = {0};
		int r = value_parse_default(&host_keys[i], &value);

		if (r == 0)
			r = value_store(&host_keys[i], &value, config);
		if (r < 0)
			return r;
	}
	return login_defs_uid_min("/etc/login.defs", &config->uid_min);
}

/* Returns why @admin is refused, or NULL. The name of an admin is compared, and not matched as a
 * pattern. Names of LDAP and AD may have @, \ and blanks inside. */
static const char *admin_refused(const char *admin)
{
	const char *name = admin;

	if (strncmp(name, "@nss:", 5) == 0)
		name += 5;
	else if (*name == '@')
		name++;
	if (*name == '\0')
		return "has no name after the @";
	if (*name == '@' || strpbrk(name, "*?[]!:/"))
		return "is neither a user, nor a @group, nor a @nss:group; globs are not supported here";
	return NULL;
}

/* Returns true if another of @roots holds @root, as what is shown below one of them would be
 * covered by the other. */
static bool is_nested(char *const *roots, const char *root)
{
	for (; *roots; roots++) {
		size_t length = strlen(*roots);

		if (strncmp(root, *roots, length) == 0 && root[length] == '/')
			return true;
	}
	return false;
}

/* Returns why the value of a key is refused that its type allows, or NULL. *ret_item is the item
 * that is wrong. */
static const char *value_refused(size_t index, char *const *list, const char **ret_item)
{
	char *const *all = list;

	*ret_item = "";
	if (index == HOST_HOMES_ROOTS && !list)
		return "is empty; homes = own would hide nothing";
	for (; list && *list; list++) {
		*ret_item = *list;
		if (index == HOST_ADMINS && admin_refused(*list))
			return admin_refused(*list);
		if (index == HOST_HOMES_ROOTS && strchr(*list, '%'))
			return "contains a %; roots are the same for all users";
		if (index == HOST_HOMES_ROOTS && is_nested(all, *list))
			return "lies below another root";
	}
	return NULL;
}

static int check_assignments(
	const struct assignments *assignments, const char *path, struct policy_problems *problems)
{
	int result = 0;

	for (size_t i = 0; i < assignments->count; i++) {
		const struct assignment *item = &assignments->item[i];
		const char *word, *why = value_refused(item->index, item->value.list, &word);
		const struct key *key = &host_keys[item->index];

		if (!why)
			continue;
		if (*word)
			result = problems_add(problems, path, item->line, key->section, key->name,
				"\"%s\" %s", word, why);
		else
			result = problems_add(
				problems, path, item->line, key->section, key->name, "%s", why);
		if (result == -ENOMEM)
			break;
	}
	return result;
}

static int read_assignments(
	const char *path, struct assignments *ret_assignments, struct policy_problems *problems)
{
	cleanup(scan_free) struct scan scan = {0};
	int r = inifile_read(AT_FDCWD, path, path, &scan, problems);

	if (r < 0)
		return r;
	r = table_read(&host_table, &scan, path, ret_assignments, problems);
	if (r < 0)
		return r;
	return check_assignments(ret_assignments, path, problems);
}

int host_config_load(const char *path, struct host_config *ret_config,
	struct policy_problems *ret_problems, struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	cleanup(assignments_free) struct assignments assignments = {0};
	cleanup(host_config_free) struct host_config config = {0};
	int r = set_host_defaults(&config);

	if (r == 0)
		r = read_assignments(path, &assignments, &problems);
	if (r == -ENOENT)
		r = 0;
	for (size_t i = 0; r == 0 && i < assignments.count; i++)
		r = value_store(
			&host_keys[assignments.item[i].index], &assignments.item[i].value, &config);
	if (r < 0) {
		error_set(err, r, "%s", path);
		if (problems.count > 0)
			error_why(err, "%s", problems.item[0].reason);
	}
	*ret_config = TAKE_STRUCT(config);
	if (ret_problems)
		*ret_problems = TAKE_STRUCT(problems);
	return r;
}

void host_config_free(struct host_config *config)
{
	list_free(config->admins);
	list_free(config->homes_roots);
	*config = (struct host_config){0};
}

static uint64_t resolve_size(const struct policy_size *size, uint64_t whole)
{
	return size->unit == POLICY_SIZE_PERCENT ? whole / 100 * size->number : size->number;
}

uint64_t host_config_guest_memory(const struct host_config *config, uint64_t memory)
{
	return resolve_size(&config->admission_guest_memory, memory);
}

uint64_t host_config_guest_disk(const struct host_config *config, uint64_t bytes)
{
	return resolve_size(&config->admission_guest_disk, bytes);
}

uint64_t host_config_guest_vcpus(const struct host_config *config, uint64_t cpus)
{
	uint64_t vcpus = cpus * config->admission_guest_vcpus / 100;

	return vcpus > 0 ? vcpus : 1;
}

static bool is_from_nss(const char *admin)
{
	return strncmp(admin, "@nss:", 5) == 0;
}

static bool is_local_admin(char *const *admins, const struct policy_login *login)
{
	for (; admins && *admins; admins++) {
		if (is_from_nss(*admins))
			continue;
		if (**admins == '@' ? group_has("/etc/group", *admins + 1, login->user, login->gid)
				    : strcmp(*admins, login->user) == 0)
			return true;
	}
	return false;
}

/* Local names are compared first, and they are enough for most admins. Only a user who is no admin
 * by them waits for the name service. */
bool host_config_is_admin(const struct host_config *config, const struct policy_login *login)
{
	if (login->uid == 0)
		return true;
	if (!login->user || !*login->user)
		return false;
	if (is_local_admin(config->admins, login))
		return true;
	for (char *const *admin = config->admins; admin && *admin; admin++)
		if (is_from_nss(*admin) && list_has(policy_login_groups(login), *admin + 5))
			return true;
	return false;
}
