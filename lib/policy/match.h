/* SPDX-License-Identifier: MIT */
/*
 * match.h - the [match] section: whom a file is for.
 */
#ifndef CARREL_POLICY_MATCH_H
#define CARREL_POLICY_MATCH_H

#include "policy/scan.h"

enum match_field { MATCH_USER, MATCH_GROUP, MATCH_SERVICE, MATCH_HOST, MATCH_FIELD_COUNT };

/* These keys ask who the user is, and not by which way they come. */
#define MATCH_WHO (1u << MATCH_USER | 1u << MATCH_GROUP)
#define MATCH_ALL (MATCH_WHO | 1u << MATCH_SERVICE | 1u << MATCH_HOST)

/* Each list holds the patterns of a key, and is NULL where the key is not given. */
struct match {
	char **list[MATCH_FIELD_COUNT];
};

/*
 * Reads [match] of @scan, which is of @file; without one, the match fits everyone. Returns 0 and
 * *ret_match (free with match_free()); -EINVAL with a problem for each line that is wrong; -ENOMEM.
 */
int match_read(const struct scan *scan, const char *file, struct match *ret_match,
	struct policy_problems *problems);
void match_free(struct match *match);

/*
 * Returns whether each of the keys @fields that [match] has fits @login. A list fits if none of its
 * negated patterns fits, and one of the others does or there are no others. A user has two names
 * where the name service calls the uid by another name than the login's. A field that the login
 * does not have (no PAM_RHOST) fits no pattern, so "host = !*" is a local login.
 *
 * A host pattern is an address, a network, or a glob on the name in which the case of letters does
 * not count. DNS is not asked, so a network never fits a name.
 */
bool match_fits(const struct match *match, const struct policy_login *login, unsigned fields);

/* Returns whether [match] has a user or group key with a pattern that fits @login and is not
 * negated. Only that confines a system account. */
bool match_names(const struct match *match, const struct policy_login *login);

/* Returns whether [match] has one of the keys @fields. */
bool match_has(const struct match *match, unsigned fields);

#endif
