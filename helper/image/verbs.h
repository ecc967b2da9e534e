/* SPDX-License-Identifier: MIT */
/*
 * verbs.h - declares what the verbs of carrel image share.
 */
#ifndef CARREL_HELPER_IMAGE_VERBS_H
#define CARREL_HELPER_IMAGE_VERBS_H

#include "guest/image/store.h"
#include "helper/cli/command.h"

#define IMAGE_ROOT_WHY "needs root, to whom " IMAGE_DIR " belongs"

extern const struct command_verb verb_image_list, verb_image_import, verb_image_remove,
	verb_image_prune;

/* Prints @err on standard error. Returns COMMAND_REFUSED while another image is being added or
 * where permission is missing, and COMMAND_FAILED otherwise. */
int image_failed(const struct carrel_error *err);

/* Prints on standard error what the program that failed has printed, and then @err. Returns what
 * image_failed() does. */
int image_work_failed(struct image_work *work, const struct carrel_error *err);

/* Prints "NAME: sha256-0123456789ab in 62 s" on standard output. Returns COMMAND_DONE. */
int image_done(struct image_work *work, const char *digest);

#endif
