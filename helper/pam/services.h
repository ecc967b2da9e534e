/* SPDX-License-Identifier: MIT */
/*
 * services.h - which PAM services carrel wires by itself, and which open no session of a
 * user's.
 */
#ifndef CARREL_HELPER_PAM_SERVICES_H
#define CARREL_HELPER_PAM_SERVICES_H

#include <stdbool.h>

/* The services that carrel wires where their file exists, NULL-terminated. */
extern const char *const pam_services[];

bool pam_service_is_wired_by_default(const char *name);

/* Why @name need not be wired although it has session rules, as half a sentence: "it only unlocks a
 * screen". NULL for all others. */
const char *pam_service_excuse(const char *name);

/* Whether @name can be that of a service: no path, and no hidden file. */
bool pam_service_name_ok(const char *name);

#endif
