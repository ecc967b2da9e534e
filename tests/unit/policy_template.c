// SPDX-License-Identifier: MIT
// what: a template is read with its defaults, bounds and lines, or refused with a reason
// needs:
// tier: fast
// deadline: 30s
#include "base/list.h"
#include "base/units.h"
#include "policy/template.h"
#include "policy_support.h"

static int load(struct guest_template *template, struct policy_problems *problems,
	struct carrel_error *err, const char *text)
{
	fresh_dir();
	add_file("small.ini", text);
	return template_load(in_scratch("d"), "small", template, problems, err);
}

static void refuses(int line, const char *text, const char *wanted)
{
	struct policy_problems problems = {0};
	struct guest_template template = {0};
	struct carrel_error err = {0};

	expect_at(line, load(&template, &problems, &err, text) == -EINVAL, "\"%s\" was not refused",
		text);
	expect_at(line, strcmp(problem_text(&problems, 0), wanted) == 0, "\"%s\", not \"%s\"",
		problem_text(&problems, 0), wanted);
	expect_at(line, err.code == -EINVAL && strstr(err.why, "small.ini"), "the error is \"%s\"",
		err.why);
	expect_at(line, !template.name, "a template came with it");
	policy_problems_free(&problems);
}

#define REFUSES(text, wanted) refuses(__LINE__, text, wanted)
#define T                     "[template]\n"
#define OK                    T "image = debian-13\n"

static void test_defaults(void)
{
	struct guest_template t = {0};

	EXPECT_INT(load(&t, NULL, NULL, OK), 0);
	EXPECT_TEXT(t.name, "small");
	EXPECT_TEXT(t.file, in_scratch("d/small.ini"));
	EXPECT_TEXT(t.description, "");
	EXPECT_TEXT(t.image, "debian-13");
	EXPECT_INT(t.vcpus, 1);
	EXPECT_INT(t.memory, 1024 * UNITS_MIB);
	EXPECT_INT(t.disk, 10240 * UNITS_MIB);
	EXPECT(!t.emulation && !t.nested && t.disk_persist);
	EXPECT(!t.disk_io.path && t.disk_io.rbps == POLICY_UNLIMITED);
	EXPECT(t.disk_io.wiops == POLICY_UNLIMITED);
	EXPECT_INT(t.network, TEMPLATE_NETWORK_RESTRICTED);
	EXPECT_INT(t.idle_stop, 0);
	EXPECT(t.max_per_host == POLICY_UNLIMITED);
	EXPECT_TEXT(t.key[TEMPLATE_IDLE_STOP].text, "no");
	EXPECT_INT(t.key[TEMPLATE_IDLE_STOP].line, 0);
	EXPECT_INT(t.key[TEMPLATE_IMAGE].line, 2);
	template_free(&t);
}

static void test_all_keys(void)
{
	struct guest_template t = {0};

	EXPECT_INT(load(&t, NULL, NULL,
			   "; one\n" T "description = Debian 13, two CPUs\n"
			   "image = "
			   "sha256-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
			   "\nvcpus = 2\nmemory = 2048M\nemulation = allow\nnested = yes\ndisk = "
			   "20G ; room\n"
			   "disk.persist = no\ndisk.io.max = wbps=50M  rbps=100M riops=2000\n"
			   "network = user\nidle_stop = 30m\nmax_per_host = 20\n"),
		0);
	EXPECT_TEXT(t.description, "Debian 13, two CPUs");
	EXPECT(strncmp(t.image, "sha256-0123", 11) == 0);
	EXPECT_INT(t.vcpus, 2);
	EXPECT_INT(t.memory, 2048 * UNITS_MIB);
	EXPECT_INT(t.disk, 20480 * UNITS_MIB);
	EXPECT(t.emulation && t.nested && !t.disk_persist);
	EXPECT_INT(t.disk_io.rbps, 100 * UNITS_MIB);
	EXPECT_INT(t.disk_io.wbps, 50 * UNITS_MIB);
	EXPECT_INT(t.disk_io.riops, 2000);
	EXPECT(t.disk_io.wiops == POLICY_UNLIMITED);
	EXPECT_INT(t.network, TEMPLATE_NETWORK_USER);
	EXPECT_INT(t.idle_stop, UINT64_C(1800) * 1000000);
	EXPECT_INT(t.max_per_host, 20);
	EXPECT_TEXT(t.key[TEMPLATE_MEMORY].text, "2G");
	EXPECT_TEXT(t.key[TEMPLATE_DISK_IO_MAX].text, "rbps=100M wbps=50M riops=2000");
	EXPECT_INT(t.key[TEMPLATE_DISK_IO_MAX].line, 11);
	template_free(&t);
}

/* What show prints can be written into a file again. */
static void test_texts_read_back(void)
{
	struct guest_template t = {0}, again = {0};
	char text[2048] = T;

	EXPECT_INT(load(&t, NULL, NULL, OK "disk.io.max = wiops=7\nidle_stop = 90s\n"), 0);
	for (size_t i = 0; i < TEMPLATE_KEY_COUNT; i++)
		sprintf(text + strlen(text), "%s = %s\n", template_keys[i].name, t.key[i].text);
	EXPECT_INT(load(&again, NULL, NULL, text), 0);
	for (size_t i = 0; i < TEMPLATE_KEY_COUNT; i++)
		EXPECT_TEXT(again.key[i].text, t.key[i].text);
	template_free(&t);
	template_free(&again);
}

static void test_examples_of_the_table(void)
{
	for (size_t i = 0; i < TEMPLATE_KEY_COUNT; i++) {
		const struct key *key = &template_keys[i];
		struct policy_problems problems = {0};
		struct guest_template t = {0};
		char text[512];

		EXPECT(key->section && key->name && key->default_text && key->doc && key->example);
		snprintf(text, sizeof(text), T "%s = %s\n%s", key->name, key->example,
			i == TEMPLATE_IMAGE ? "" : "image = x\n");
		EXPECT_INT(load(&t, &problems, NULL, text), 0);
		EXPECT_TEXT(problem_text(&problems, 0), "");
		EXPECT_INT(t.key[i].line, 2);
		template_free(&t);
		policy_problems_free(&problems);
	}
}

static void test_refusing(void)
{
	REFUSES("", "small.ini: has no section [template]; is it a template?");
	REFUSES("junk\n",
		"small.ini:1: the line is neither a [section], nor key = value, nor a comment");
	REFUSES("[session]\nmode = guest\n", "small.ini:1: [session]: unknown section");
	REFUSES("[tempalte]\nimage = x\n",
		"small.ini:1: [tempalte]: unknown section; did you mean [template]?");
	REFUSES("; a\n" T "vcpus = 2\n",
		"small.ini:2: [template] image: is missing; carrel image list shows the images to choose from");
	REFUSES(OK "memory = 1G\nmemory = 2G\n",
		"small.ini:4: [template] memory: already set in line 3");
	REFUSES(OK "memory = 67108865\n",
		"small.ini:3: [template] memory: is not a whole number of MiB");
	REFUSES(OK "disk = 1048577K\n",
		"small.ini:3: [template] disk: is not a whole number of MiB");
	REFUSES(OK "disk.io.max = /home rbps=1M\n",
		"small.ini:3: [template] disk.io.max: \"/home rbps=1M\" has a path or a comma in it; a guest has one disk, so write its rates alone");
	REFUSES(OK "?network = none\n",
		"small.ini:3: [template] network: this key cannot have a leading ?");
}

static void test_what_is_no_template(void)
{
	struct policy_problems problems = {0};
	struct guest_template t = {0};
	struct carrel_error err = {0};
	char dir[128];

	EXPECT_INT(load(&t, NULL, NULL, OK), 0);
	template_free(&t);
	snprintf(dir, sizeof(dir), "%s", in_scratch("d"));
	EXPECT_INT(template_load(dir, "smal", &t, &problems, &err), -ENOENT);
	EXPECT_TEXT(err.text, "template smal");
	EXPECT(strstr(err.why, "there is none in ") && strstr(err.why, "did you mean \"small\"?"));
	EXPECT_INT(problems.count, 0);
	/* A name is no path, and none is hidden. */
	add_file("../up.ini", OK);
	add_file(".dot.ini", OK);
	EXPECT_INT(template_load(dir, "../up", &t, NULL, NULL), -ENOENT);
	EXPECT_INT(template_load(dir, "", &t, NULL, NULL), -ENOENT);
	EXPECT_INT(template_load(dir, ".dot", &t, NULL, NULL), -ENOENT);
	EXPECT_INT(template_load(in_scratch("none"), "small", &t, NULL, &err), -ENOENT);
	/* Nor may others have a hand in it. */
	chmod(in_scratch("d/small.ini"), 0666);
	EXPECT_INT(template_load(dir, "small", &t, &problems, NULL), -EINVAL);
	EXPECT_TEXT(problem_text(&problems, 0),
		"small.ini: can be written by others than root; chmod go-w");
	policy_problems_free(&problems);
	EXPECT_INT(symlink("../up.ini", in_scratch("d/link.ini")), 0);
	EXPECT_INT(template_load(dir, "link", &t, &problems, NULL), -EINVAL);
	EXPECT_TEXT(problem_text(&problems, 0), "link.ini: is a symbolic link");
	policy_problems_free(&problems);
	chmod(in_scratch("d/small.ini"), 0644);
	chmod(dir, 0777);
	EXPECT_INT(template_load(dir, "small", &t, NULL, &err), -EPERM);
	chmod(dir, 0755);
	EXPECT_INT(template_load(dir, "small", &t, NULL, NULL), 0);
	template_free(&t);
}

static void test_names(void)
{
	char **names = NULL;

	fresh_dir();
	EXPECT_INT(template_names(in_scratch("none"), &names, NULL), 0);
	EXPECT(!names);
	EXPECT_INT(template_names(in_scratch("d"), &names, NULL), 0);
	EXPECT(!names);
	add_file("b.ini", "junk");
	add_file("a.ini", OK);
	add_file("c.ini.old", OK);
	EXPECT_INT(template_names(in_scratch("d"), &names, NULL), 0);
	EXPECT_INT(list_length(names), 2);
	EXPECT_TEXT(names[0], "a");
	EXPECT_TEXT(names[1], "b");
	list_free(names);
}

static void test_needs(void)
{
	EXPECT_INT(template_needs_memory(512 * UNITS_MIB), 640 * UNITS_MIB);
	EXPECT_INT(template_needs_memory(1280 * UNITS_MIB), 1408 * UNITS_MIB);
	EXPECT_INT(template_needs_memory(10000 * UNITS_MIB), 11000 * UNITS_MIB);
}

int main(void)
{
	scratch_make();
	test_defaults();
	test_all_keys();
	test_texts_read_back();
	test_examples_of_the_table();
	test_refusing();
	test_what_is_no_template();
	test_names();
	test_needs();
	return finish();
}
