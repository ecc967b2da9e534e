// SPDX-License-Identifier: MIT
#include "recipe.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/list.h"
#include "import.h"
#include "policy/inifile.h"
#include "policy/names.h"
#include "policy/problems.h"
#include "policy/table.h"
#include "policy/value.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define LOWER_CASE    "abcdefghijklmnopqrstuvwxyz"
#define RECIPE_DIGITS "0123456789"
/* These characters have no special meaning to the shell that reads the hooks of mmdebstrap. */
#define PLAIN LOWER_CASE "ABCDEFGHIJKLMNOPQRSTUVWXYZ" RECIPE_DIGITS "/_-.+@,"

static const struct table recipe_table = {.key = recipe_keys, .count = RECIPE_KEY_COUNT};

/* Recipes may not put files here: it is carrel's to say what is there, or it is not there at all
 * when the guest runs. "/" at the end stands for all below. */
static const char *const places_taken[] = {"/boot/", "/dev/", "/etc/group", "/etc/gshadow",
	"/etc/hostname", "/etc/machine-id", "/etc/passwd", "/etc/resolv.conf", "/etc/shadow",
	"/proc/", "/root/.ssh/", "/run/", "/sys/", "/tmp/", NULL};

void image_recipe_free(struct image_recipe *recipe)
{
	list_free(recipe->packages);
	list_free(recipe->files);
	free(recipe->hook);
	free(recipe->mirror);
	*recipe = (struct image_recipe){0};
}

char *image_recipe_split(char *file)
{
	char *colon = strchr(file, ':');

	if (colon)
		*colon++ = '\0';
	return colon;
}

/* ---- checks beyond a value's type; each returns NULL, or what is wrong with one item ---- */

static const char *package_problem(const char *name, char *reason)
{
	(void)reason;
	if (strspn(name, LOWER_CASE RECIPE_DIGITS "+-.") != strlen(name) || strlen(name) < 2 ||
		!strchr(LOWER_CASE RECIPE_DIGITS, name[0]))
		return "cannot be the name of a package of Debian";
	return NULL;
}

static const char *place_problem(const char *path, char *reason)
{
	if (value_check_path(path, false, reason) < 0)
		return reason;
	if (strspn(path, PLAIN) != strlen(path))
		return "has other characters in its second path than letters, digits and /_-.+@";
	if (strncmp(path, "/etc/ssh/ssh_host_", 18) == 0)
		return "would be a key of the image, which everybody can read";
	for (const char *const *taken = places_taken; *taken; taken++) {
		size_t length = strlen(*taken);
		bool all = (*taken)[length - 1] == '/';

		if (all ? strncmp(path, *taken, length) == 0 : strcmp(path, *taken) == 0)
			return "names a place that carrel or the guest itself fills";
	}
	return NULL;
}

static const char *file_problem(const char *item, char *reason)
{
	cleanup_free char *copy = strdup(item);
	struct carrel_error err = {0};
	const char *place = copy ? image_recipe_split(copy) : NULL;
	cleanup_close int fd = -EBADF;
	struct stat st;

	if (!place)
		return "is not two absolute paths with a colon between them";
	if (value_check_path(copy, false, reason) < 0)
		return reason;
	fd = image_open_source(copy, &st, &err);
	if (fd < 0) {
		error_format(&err, reason, REASON_MAX);
		return reason;
	}
	if (!(st.st_mode & S_IROTH))
		return "is not for everybody to read, and an image is";
	return place_problem(place, reason);
}

/* A hook is run as root, so all folders on the way to it have to be root's as well. */
static const char *hook_problem(const char *path, char *reason)
{
	cleanup_free char *canonical = NULL;
	struct stat st;

	if (value_check_path(path, false, reason) < 0)
		return reason;
	if (strspn(path, PLAIN) != strlen(path))
		return "has other characters in it than letters, digits and /_-.+@";
	if (fd_canonical_trusted(path, &canonical) < 0 || stat(canonical, &st) < 0)
		return "is not there, or there by a link that is not root's";
	if (!S_ISREG(st.st_mode) || !(st.st_mode & S_IXUSR))
		return "is no program";
	for (char *slash = canonical + strlen(canonical); slash; slash = strrchr(canonical, '/')) {
		*slash = '\0';
		if (stat(canonical[0] ? canonical : "/", &st) < 0 || !fd_stat_trusted(&st))
			return "can be changed by others than root";
	}
	return NULL;
}

static const char *mirror_problem(const char *uri, char *reason)
{
	(void)reason;
	if (strncmp(uri, "http://", 7) != 0 && strncmp(uri, "https://", 8) != 0)
		return "is not an address that begins with http:// or https://";
	if (strchr(uri, '@'))
		return "has a password in it, or a user's name";
	return strspn(uri, PLAIN ":~") != strlen(uri) ? "has characters that no address has" : NULL;
}

/* ---- a file ---- */

static int check_items(
	const struct assignment *item, const char *file, struct policy_problems *problems)
{
	static const char *(*const problem_of[RECIPE_KEY_COUNT])(const char *item, char *reason) = {
		[RECIPE_PACKAGES] = package_problem,
		[RECIPE_FILES] = file_problem,
		[RECIPE_HOOK] = hook_problem,
		[RECIPE_MIRROR] = mirror_problem,
	};
	const struct key *key = &recipe_keys[item->index];
	char buffer[REASON_MAX];

	if (item->index == RECIPE_SIZE && item->value.number % (1 << 20))
		return problems_add(problems, file, item->line, key->section, key->name,
			"is not a whole number of MiB");
	if (!problem_of[item->index])
		return 0;
	for (char **word = item->value.list; word && *word; word++) {
		const char *problem = problem_of[item->index](*word, buffer);
		int r = 0;

		/* What is in the buffer names its object itself. */
		if (problem == buffer)
			r = problems_add(
				problems, file, item->line, key->section, key->name, "%s", problem);
		else if (problem)
			r = problems_add(problems, file, item->line, key->section, key->name,
				"\"%s\" %s", *word, problem);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Moves the value of a key into @recipe. */
static void apply_item(struct image_recipe *recipe, size_t index, struct policy_value *value)
{
	char **text = index == RECIPE_HOOK ? &recipe->hook : &recipe->mirror;

	switch ((enum recipe_key)index) {
	case RECIPE_SUITE:
		recipe->suite = recipe_keys[RECIPE_SUITE].choices[value->choice];
		break;
	case RECIPE_PACKAGES:
		list_free(recipe->packages);
		recipe->packages = TAKE_PTR(value->list);
		break;
	case RECIPE_FILES:
		list_free(recipe->files);
		recipe->files = TAKE_PTR(value->list);
		break;
	case RECIPE_HOOK:
	case RECIPE_MIRROR:
		free(*text);
		*text = value->list ? TAKE_PTR(value->list[0]) : NULL;
		break;
	case RECIPE_SIZE:
		recipe->size = value->number;
		break;
	case RECIPE_KEY_COUNT:
		break;
	}
}

int image_recipe_default(struct image_recipe *ret_recipe)
{
	*ret_recipe = (struct image_recipe){0};
	for (size_t i = 0; i < RECIPE_KEY_COUNT; i++) {
		cleanup(value_free) struct policy_value value = {0};
		int r = value_parse_default(&recipe_keys[i], &value);

		if (r < 0)
			return r;
		apply_item(ret_recipe, i, &value);
	}
	return 0;
}

static int read_recipe(int dirfd, const char *file, const char *path,
	struct image_recipe *ret_recipe, struct policy_problems *problems)
{
	cleanup(image_recipe_free) struct image_recipe recipe = {0};
	cleanup(assignments_free) struct assignments assignments = {0};
	cleanup(scan_free) struct scan scan = {0};
	int r = image_recipe_default(&recipe), result = 0;

	if (r == 0)
		r = inifile_read(dirfd, file, path, &scan, problems);
	if (r == 0)
		r = table_read(&recipe_table, &scan, path, &assignments, problems);
	if (r == 0 && !scan_has_section(&scan, "recipe"))
		r = problems_add(
			problems, path, 0, NULL, NULL, "has no section [recipe]; is it a recipe?");
	for (size_t i = 0; r >= 0 && i < assignments.count; i++) {
		r = check_items(&assignments.item[i], path, problems);
		if (r == -EINVAL)
			result = r, r = 0;
		apply_item(&recipe, assignments.item[i].index, &assignments.item[i].value);
	}
	if (r < 0 || result < 0)
		return r < 0 ? r : result;
	*ret_recipe = recipe;
	recipe = (struct image_recipe){0};
	return 0;
}

int image_recipe_read(
	const char *path, struct image_recipe *ret_recipe, struct policy_problems *problems)
{
	return read_recipe(AT_FDCWD, path, path, ret_recipe, problems);
}

static int no_such_recipe(int dirfd, const char *dir, const char *name, struct carrel_error *err)
{
	cleanup(list_freep) char **names = NULL;
	cleanup_free char *all = NULL;

	error_set(err, -ENOENT, "recipe %s", name);
	if (dirfd >= 0 && names_read(dirfd, &names) == 0)
		all = list_format(names);
	return error_why(
		err, "there is none in %s%s%s", dir, all && all[0] ? ", but " : "", all ? all : "");
}

int image_recipe_load(const char *dir, const char *name, struct image_recipe *ret_recipe,
	struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	cleanup_free char *path = NULL;
	struct stat st;
	cleanup_close int dirfd = names_open_folder("recipe folder", dir, &st, err);
	char line[2 * PROBLEM_REASON_MAX];
	int r;

	if (dirfd == -ENOENT || (dirfd >= 0 && !value_is_name(name)))
		return no_such_recipe(dirfd, dir, name, err);
	if (dirfd < 0)
		return dirfd;
	if (asprintf(&path, "%s/%s.ini", dir, name) < 0) {
		path = NULL;
		return error_set(err, -ENOMEM, "recipe %s", name);
	}
	r = read_recipe(dirfd, path + strlen(dir) + 1, path, ret_recipe, &problems);
	if (r == -ENOENT)
		return no_such_recipe(dirfd, dir, name, err);
	if (r == 0)
		return 0;
	error_set(err, r, "recipe %s", name);
	if (problems.count > 0)
		error_why(err, "%s", policy_problem_format(&problems.item[0], line, sizeof(line)));
	return r;
}
