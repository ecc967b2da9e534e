// SPDX-License-Identifier: MIT
/*
 * report.c - tells admins the reason in the log, and users in one line whom to ask. Names and
 * terminals come from outside, and are made one line first.
 */
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "module.h"

#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#define NAME_SHOWN     264u
#define LINE_MAX_BYTES (2u * CARREL_ERROR_TEXT_MAX + 8u)

static const char *printable_name(const char *text, char *buf, size_t size)
{
	snprintf(buf, size, "%s", text ? text : "");
	text_sanitize(buf);
	return buf;
}

/*
 * Logs one line, whatever is in it. libpam puts the service in front as its caller spelled it.
 * Where that name could break the line, syslog(3) is called directly, with a line of the same form.
 */
__attribute__((format(printf, 3, 4))) static void say_line(
	pam_handle_t *pamh, int priority, const char *format, ...)
{
	char text[LINE_MAX_BYTES + 256], service[NAME_SHOWN];
	const void *item = NULL;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_sanitize(text);
	if (pam_get_item(pamh, PAM_SERVICE, &item) != PAM_SUCCESS || !item)
		item = "";
	printable_name(item, service, sizeof(service));
	if (strcmp(service, item) == 0)
		pam_syslog(pamh, priority, "%s", text);
	else
		syslog(LOG_AUTHPRIV | priority, "pam_carrel(%s:session): %s", service, text);
}

static void tell_user(pam_handle_t *pamh, int flags, int style, const char *line)
{
	char *answer = NULL;

	if ((unsigned)flags & PAM_SILENT)
		return;
	pam_prompt(pamh, style, &answer, "%s", line);
	free(answer);
}

void report_error(pam_handle_t *pamh, const char *what, const struct carrel_error *err)
{
	char text[LINE_MAX_BYTES];

	say_line(pamh, LOG_ERR, "%s: %s", what, error_format(err, text, sizeof(text)));
}

void report_notice(pam_handle_t *pamh, const struct login *login, const struct carrel_error *err)
{
	char user[NAME_SHOWN], text[LINE_MAX_BYTES];

	say_line(pamh, LOG_NOTICE, "user %s: %s",
		printable_name(login->policy.user, user, sizeof(user)),
		error_format(err, text, sizeof(text)));
}

void report_denied(
	pam_handle_t *pamh, int flags, const struct login *login, const struct carrel_error *err)
{
	char user[NAME_SHOWN], text[LINE_MAX_BYTES];

	printable_name(login->policy.user, user, sizeof(user));
	say_line(pamh, LOG_ERR, "user %s is denied a session: %s", user,
		error_format(err, text, sizeof(text)));
	/* Users can do something about these two errors. */
	if (err->code == -EUSERS) {
		snprintf(text, sizeof(text), "carrel: too many sessions: %s", err->why);
		tell_user(pamh, flags, PAM_ERROR_MSG, text);
		return;
	}
	if (err->code == -EPROTONOSUPPORT) {
		tell_user(pamh, flags, PAM_ERROR_MSG,
			"carrel: your other logins began before carrel was upgraded, and cannot be "
			"joined: end them, or ask the administrators of this host to");
		return;
	}
	tell_user(pamh, flags, PAM_ERROR_MSG,
		"carrel: your session could not be set up, so the login is refused. Please tell "
		"the administrators of this host; the system log has the reason.");
}

void report_relaxed(pam_handle_t *pamh, const struct login *login, const struct carrel_error *err)
{
	char user[NAME_SHOWN], text[LINE_MAX_BYTES];

	say_line(pamh, LOG_WARNING,
		"user %s gets quotas but no private view (on_error = allow): %s",
		printable_name(login->policy.user, user, sizeof(user)),
		error_format(err, text, sizeof(text)));
}

void report_unmatched(pam_handle_t *pamh, const struct login *login, enum host_unmatched unmatched)
{
	char user[NAME_SHOWN];

	say_line(pamh, LOG_NOTICE,
		"user %s: no policy fits, so there are no quotas and no private view ([host] "
		"unmatched = %s)",
		printable_name(login->policy.user, user, sizeof(user)),
		unmatched == HOST_UNMATCHED_HOST ? "host" : "exempt");
}

void report_problems(pam_handle_t *pamh, const struct policy_problems *problems)
{
	char text[1024];

	for (size_t i = 0; i < problems->count; i++) {
		policy_problem_format(&problems->item[i], text, sizeof(text));
		text_sanitize(text);
		say_line(pamh, LOG_ERR, "%s", text);
	}
}

/* Formats what is used of what is limited: "; in use: memory 312M, 14 processes". */
static const char *format_use(const struct session_quota *quota, char *buf, size_t size)
{
	enum { MIB = 1 << 20 };
	const struct cgroup_usage *use = &quota->use;
	char memory[UNITS_TEXT_MAX + 16] = "", pids[64] = "", text[UNITS_TEXT_MAX];

	if (quota->memory_max != CGROUP_UNLIMITED && use->memory != UINT64_MAX)
		snprintf(memory, sizeof(memory), " memory %s",
			units_format_size((use->memory + MIB - 1) / MIB * MIB, text));
	if (quota->pids_max != CGROUP_UNLIMITED && use->pids != UINT64_MAX)
		snprintf(pids, sizeof(pids), " %llu process%s", (unsigned long long)use->pids,
			use->pids == 1 ? "" : "es");
	snprintf(buf, size, "%s%s%s%s", *memory || *pids ? "; in use:" : "", memory,
		*memory && *pids ? "," : "", pids);
	return buf;
}

void report_opened(pam_handle_t *pamh, int flags, const struct login *login,
	const struct plan *plan, const struct session *session)
{
	const char *full = session_crowded(session) ? ", who has max_sessions open"
						    : ", who has used up the quota";
	char user[NAME_SHOWN], line[640], use[128], skipped[CGROUP_LIMIT_NAMES_MAX];

	printable_name(login->policy.user, user, sizeof(user));
	say_line(pamh, LOG_INFO, "%ssession %s opened for user %s%s: %s",
		session_rescued(session) ? "rescue " : "", session_id(session), user,
		session_rescued(session) ? full : "", plan->summary);
	if (session_skipped(session))
		say_line(pamh, LOG_NOTICE, "user %s: not enforced on this host: %s", user,
			cgroup_limit_names(session_skipped(session), skipped));
	for (char **missing = plan->skipped; missing && *missing; missing++)
		say_line(pamh, LOG_NOTICE, "user %s: not on this host: ?%s", user, *missing);
	if (session_outdated(session))
		say_line(pamh, LOG_NOTICE,
			"user %s: session %s is in sandbox %s, which an earlier policy made; "
			"\"carrel kill %s\" lets the next login make a new one",
			user, session_id(session), session_outdated(session),
			session_outdated(session));
	if (session_unwatched(session))
		report_notice(pamh, login, session_unwatched(session));
	if (session_rescued(session)) {
		snprintf(line, sizeof(line),
			"carrel: %s, so this is a rescue session with little of everything; "
			"carrel kill --self ends your other sessions",
			session_crowded(session) ? "you have as many sessions open as you may"
						 : "your quota is used up");
		tell_user(pamh, flags, PAM_TEXT_INFO, line);
		return;
	}
	if (!plan->banner || !plan->summary[0])
		return;
	snprintf(line, sizeof(line), "carrel: your limits here: %s%s", plan->summary,
		format_use(session_quota(session), use, sizeof(use)));
	tell_user(pamh, flags, PAM_TEXT_INFO, line);
}

void report_audit(pam_handle_t *pamh, const struct login *login, const struct plan *plan)
{
	char user[NAME_SHOWN];

	say_line(pamh, LOG_NOTICE,
		"audit: user %s would get a sandbox: %s; namespaces %#llx, %u operations",
		printable_name(login->policy.user, user, sizeof(user)),
		plan->summary[0] ? plan->summary : "no limits",
		(unsigned long long)plan->namespaces, plan->ops->n_setup);
}
