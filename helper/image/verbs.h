/* SPDX-License-Identifier: MIT */
/*
 * verbs.h - what the verbs of carrel image share.
 */
#ifndef CARREL_HELPER_IMAGE_VERBS_H
#define CARREL_HELPER_IMAGE_VERBS_H

#include "guest/image/store.h"
#include "helper/cli/command.h"

#define IMAGE_ROOT_WHY "needs root, to whom " IMAGE_DIR " belongs"

extern const struct command_verb verb_image_list, verb_image_import, verb_image_remove,
	verb_image_prune;

/* Prints the error on stderr. Returns COMMAND_REFUSED while another addition is under way. */
int image_failed(const struct carrel_error *err);

/* Prints what the program said that failed, and then the error as image_failed() does. */
int image_work_failed(struct image_work *work, const struct carrel_error *err);

/* Prints "NAME: sha256-0123456789ab in 62 s" on stdout and returns COMMAND_DONE. */
int image_done(struct image_work *work, const char *digest);

#endif
