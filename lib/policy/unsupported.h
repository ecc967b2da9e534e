/* SPDX-License-Identifier: MIT */
/*
 * unsupported.h - keys of the design that this version does not have yet.
 *
 * A key without an effect does not exist: it is refused. But an admin who read about it elsewhere
 * is better served by "not supported by this version" than by "did you mean" something else.
 */
#ifndef CARREL_POLICY_UNSUPPORTED_H
#define CARREL_POLICY_UNSUPPORTED_H

#include <stdbool.h>

bool unsupported_section(const char *section);
bool unsupported_key(const char *section, const char *key);

#endif
