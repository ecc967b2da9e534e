// SPDX-License-Identifier: MIT
// what: whichever allocation fails, loading says -ENOMEM, changes nothing and leaks nothing
// needs:
// tier: fast
// deadline: 60s
#include "base/list.h"
#include "policy/template.h"
#include "policy_support.h"

#include <dlfcn.h>
#include <iniparser/iniparser.h>

/* libc's own calls must come here as well. */
#define VISIBLE __attribute__((visibility("default")))

/* glibc's own, which these stand before. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *memory);

static long budget = -1; /* allocations until one fails; negative: none does */
static long live;        /* allocated and not freed */

static bool refused(void)
{
	if (budget < 0)
		return false;
	if (budget-- > 0)
		return false;
	budget = -1;
	errno = ENOMEM;
	return true;
}

VISIBLE void *malloc(size_t size)
{
	if (refused())
		return NULL;
	live++;
	return __libc_malloc(size);
}

VISIBLE void *calloc(size_t count, size_t size)
{
	if (refused())
		return NULL;
	live++;
	return __libc_calloc(count, size);
}

VISIBLE void *realloc(void *old, size_t size)
{
	if (refused())
		return NULL;
	live += !old;
	return __libc_realloc(old, size);
}

VISIBLE void free(void *memory)
{
	live -= memory != NULL;
	__libc_free(memory);
}

/* iniparser 4.1 uses what calloc(3) gave without looking; that is not carrel's to test. */
VISIBLE dictionary *iniparser_load(const char *path)
{
	static dictionary *(*real)(const char *);
	long saved = budget;
	dictionary *dict;

	budget = -1;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "iniparser_load");
	dict = real(path);
	budget = saved;
	return dict;
}

static const struct policy_login alice = {
	.user = "alice",
	.uid = 1001,
	.gid = 1001,
	.home = "/home/alice",
	.groups = (char *const[]){"students", NULL},
	.service = "sshd",
};

/* All paths are made before anything is counted. */
static char folder[128], checked[160], host[160];

static int load(void)
{
	struct policy policy = {0};
	struct policy_problems problems = {0};
	struct carrel_error err = {0};
	int r = policy_load(folder, &alice, &policy, &problems, &err);

	expect_at(__LINE__, r == 0 || (!policy.files && !problems.item && err.code == r),
		"load left something behind");
	policy_problems_free(&problems);
	policy_free(&policy);
	return r;
}

static int check(void)
{
	struct policy_problems problems = {0};
	int r = policy_check_file(checked, &problems, NULL);

	expect_at(__LINE__, r != -ENOMEM || !problems.item, "check left something behind");
	policy_problems_free(&problems);
	return r == -EINVAL ? 0 : r;
}

static int manager(void)
{
	bool hidden;

	return policy_user_manager_hidden(folder, &alice, HOST_UNMATCHED_EXEMPT, &hidden, NULL);
}

static int host_config(void)
{
	struct host_config config = {0};
	struct policy_problems problems = {0};
	int r = host_config_load(host, &config, &problems, NULL);

	host_config_free(&config);
	policy_problems_free(&problems);
	return r;
}

static int template(void)
{
	struct policy_problems problems = {0};
	struct guest_template found = {0};
	struct carrel_error err = {0};
	int r = template_load(folder, "small", &found, &problems, &err);

	expect_at(__LINE__, r == 0 || (!found.name && err.code == r), "template left something");
	policy_problems_free(&problems);
	template_free(&found);
	return r;
}

static int names(void)
{
	char **list = NULL;
	int r = template_names(folder, &list, NULL);

	list_free(list);
	return r;
}

static int expand(void)
{
	char *text;
	int r;

	errno = 0;
	text = policy_expand("/scratch/%u", &alice);
	r = text ? 0 : -errno;
	free(text);
	return r;
}

static void starve(const char *name, int (*step)(void))
{
	long before, wanted, failed = 0;
	int r;

	/* The first time, libraries allocate what they keep. */
	EXPECT_INT(step(), 0);
	before = live;
	for (wanted = 0;; wanted++) {
		budget = wanted;
		r = step();
		if (budget >= 0) {
			budget = -1;
			break;
		}
		/* asprintf(3) and opendir(3) make do with less. */
		expect_at(__LINE__, r == -ENOMEM || r == 0, "%s: %d without allocation %ld", name,
			r, wanted);
		failed += r == -ENOMEM;
		expect_at(__LINE__, live == before, "%s: %ld leaked without allocation %ld", name,
			live - before, wanted);
		if (failures)
			return;
	}
	EXPECT_INT(r, 0);
	EXPECT_INT(live, before);
	expect_at(__LINE__, failed > 0 && wanted - failed <= wanted / 10,
		"%s: only %ld of %ld refused allocations were noticed", name, failed, wanted);
	printf("%s: %ld allocations, each refused once\n", name, wanted);
}

int main(void)
{
	scratch_make();
	snprintf(folder, sizeof(folder), "%s", fresh_dir());
	snprintf(checked, sizeof(checked), "%s/b.ini", folder);
	snprintf(host, sizeof(host), "%s/carrel.conf", folder);
	add_file("a.ini", "[match]\nuser = a*, !b*\ngroup = students\n[session]\nmode = audit\n"
			  "[cgroup]\ncpuset.cpus = 0-3,7\n?io.max = /home rbps=1M, /s wbps=2M\n"
			  "[mounts]\nhomes.show = /home/a, /home/b\n");
	add_file("b.ini", "[match]\nservise = sshd\n[session]\nmode = sandbx\nbanner = perhaps\n");
	add_file("c.ini", "[match]\nservice = sshd\n[mounts]\nhomes.show = /home/c\n");
	add_file("carrel.conf", "[host]\nadmins = carol, @ops\nhomes.roots = /home, /srv\n");
	starve("policy_load", load);
	starve("policy_check_file", check);
	starve("policy_user_manager_hidden", manager);
	starve("host_config_load", host_config);
	unlink(in_scratch("d/a.ini"));
	unlink(in_scratch("d/b.ini"));
	add_file("small.ini", "[template]\nimage = debian-13\ndescription = one\n"
			      "disk.io.max = rbps=1M\n");
	starve("template_load", template);
	starve("template_names", names);
	starve("policy_expand", expand);
	return finish();
}
