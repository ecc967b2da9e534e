// SPDX-License-Identifier: MIT
// what: a policy that changes while it is read is refused, unless what it says stays the same
// needs:
// tier: fast
// deadline: 60s
#include "policy_support.h"

#include <dlfcn.h>
#include <iniparser/iniparser.h>

#define VISIBLE __attribute__((visibility("default")))

/* What is written to the file when it has been scanned and its values have not been read yet. */
static const char *changed;

VISIBLE dictionary *iniparser_load(const char *path)
{
	static dictionary *(*real)(const char *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "iniparser_load");
	write_or_die(in_scratch("d/a.ini"), changed);
	return real(path);
}

/* Reads @before, which becomes @after, and expects problem @problem, or none and that many
 * sessions. */
static void check_change(
	int line, const char *before, const char *after, const char *problem, uint64_t sessions)
{
	const struct policy_login login = {.user = "alice", .uid = 1001};
	struct policy_problems problems = {0};
	struct policy policy = {0};

	fresh_dir();
	add_file("a.ini", before);
	changed = after;
	expect_at(line, policy_load(in_scratch("d"), &login, &policy, &problems, NULL) == 0,
		"policy_load failed");
	expect_at(line, strcmp(problem_text(&problems, 0), problem) == 0, "\"%s\", not \"%s\"",
		problem_text(&problems, 0), problem);
	expect_at(line, policy.setting[POLICY_SESSION_MAX_SESSIONS].value.number == sessions,
		"max_sessions is %s", policy.setting[POLICY_SESSION_MAX_SESSIONS].text);
	policy_problems_free(&problems);
	policy_free(&policy);
}

#define CHECK_CHANGE(...) check_change(__LINE__, __VA_ARGS__)

#define SEVEN "[session]\nmax_sessions = 7 ; a week\n"
#define WHY   "iniparser reads this differently; was the file changed while it was read?"
#define HERE  "a.ini:2: [session] max_sessions: " WHY

int main(void)
{
	scratch_make();
	CHECK_CHANGE(SEVEN, SEVEN, "", 7);
	CHECK_CHANGE(SEVEN, "[session]\nmax_sessions =\t7\t# days\n\n", "", 7);
	CHECK_CHANGE(SEVEN, "[session]\nmax_sessions = 8\n", HERE, 20);
	CHECK_CHANGE(SEVEN, "[session]\nmax_sessions = 77\n", HERE, 20);
	CHECK_CHANGE("[session]\nmax_sessions = 77\n", SEVEN, HERE, 20);
	CHECK_CHANGE("[session]\nmax_sessions = 77\n", "[session]\nmax_sessions =\n", HERE, 20);
	CHECK_CHANGE(SEVEN, "[session]\nbanner = no\n", HERE, 20);
	CHECK_CHANGE(SEVEN, SEVEN "banner = no\n", "a.ini: " WHY, 20);
	CHECK_CHANGE(SEVEN, "[session]\n", "a.ini: " WHY, 20);
	CHECK_CHANGE(SEVEN, "", "a.ini: " WHY, 20);
	return finish();
}
