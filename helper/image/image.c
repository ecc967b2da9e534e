// SPDX-License-Identifier: MIT
/*
 * image.c - carrel image build: makes the image that guests are made of, out of Debian packages.
 */
#include "guest/image/image.h"
#include "base/cleanup.h"
#include "guest/image/build.h"
#include "helper/cli/command.h"
#include "helper/cli/output.h"
#include "verbs.h"

#include <errno.h>
#include <string.h>

enum { OPTION_NAME, OPTION_RECIPE };

/* Prints what the program that failed has said, and then what that means. */
int image_work_failed(struct image_work *work, const struct carrel_error *err)
{
	progress_clear(&work->progress);
	for (char *p = work->output; p && *p; p++)
		if ((*p < 0x20 || *p > 0x7e) && *p != '\n')
			*p = '?';
	if (work->output)
		fputs(work->output, stderr);
	return image_failed(err);
}

int image_failed(const struct carrel_error *err)
{
	char text[2 * CARREL_ERROR_TEXT_MAX + 16];

	if (err->code != -EBUSY)
		return command_failed(err);
	return command_error(COMMAND_REFUSED, "%s", error_format(err, text, sizeof(text)));
}

int image_done(struct image_work *work, const char *digest)
{
	progress_clear(&work->progress);
	printf("%s: %.*s in %.0f s\n", work->name,
		(int)(strlen(IMAGE_DIGEST_PREFIX) + IMAGE_HEX_SHORT), digest,
		progress_seconds(&work->progress));
	return COMMAND_DONE;
}

static int build_image(const struct image_recipe *recipe, const char *name)
{
	char digest[IMAGE_DIGEST_SIZE];
	struct carrel_error err = {0};
	struct image_work work;
	int r = image_build_check(&err);

	if (r == 0)
		r = image_store_begin(name, IMAGE_BUILD_STEPS, &work, &err);
	if (r < 0)
		return image_failed(&err);
	r = image_build(&work, recipe, digest, &err);
	r = r < 0 ? image_work_failed(&work, &err) : image_done(&work, digest);
	image_store_end(&work);
	return r;
}

static int run_build(const struct command_input *input)
{
	cleanup(image_recipe_free) struct image_recipe recipe = {0};
	const char *wanted = input->option[OPTION_RECIPE];
	const char *operand = input->n_operands > 0 ? input->operand[0] : wanted;
	const char *name = input->option[OPTION_NAME] ? input->option[OPTION_NAME] : operand;
	struct carrel_error err = {0};
	int r;

	if (!operand)
		return command_error(
			COMMAND_USAGE, "image build: needs " RECIPE_DEBIAN ", or --recipe NAME");
	if (!wanted && strcmp(operand, RECIPE_DEBIAN) != 0)
		return command_error(COMMAND_USAGE,
			"image build %s: there is no such recipe; there is " RECIPE_DEBIAN
			", and --recipe %s for one of " RECIPE_DIR,
			operand, operand);
	if (!image_is_name(name))
		return command_error(COMMAND_USAGE,
			"image build%s %s: cannot be the name of an image",
			input->option[OPTION_NAME] ? " --name" : "", name);
	r = wanted ? image_recipe_load(RECIPE_DIR, wanted, &recipe, &err)
		   : image_recipe_default(&recipe);
	if (r < 0) {
		if (!wanted)
			error_set(&err, r, "image build");
		command_failed(&err);
		return r == -EINVAL ? COMMAND_INVALID : COMMAND_FAILED;
	}
	return build_image(&recipe, name);
}

static const struct command_verb verb_image_build = {
	.name = "image build",
	.operands = "debian-13 | --recipe NAME [IMAGE]",
	.summary = "build an image out of Debian packages",
	.details =
		"Takes a minute or two, and 2G in " IMAGE_DIR " meanwhile. An image of that name\n"
		"is replaced; guests that were made from it keep it. A recipe is a file "
		"of\n" RECIPE_DIR ", carrel.recipes(5), and the image is called as it is.\n",
	.max_operands = 1,
	.root = true,
	.root_why = IMAGE_ROOT_WHY,
	.options = {[OPTION_NAME] = {"name", "NAME", "call the image something else"},
		[OPTION_RECIPE] = {"recipe", "NAME", "also what " RECIPE_DIR "/NAME.ini adds"}},
	.run = run_build,
};

static const struct command_verb *const image_verbs[] = {
	&verb_image_list,
	&verb_image_build,
	&verb_image_import,
	&verb_image_remove,
	&verb_image_prune,
	NULL,
};

const struct command_verb verb_image = {
	.name = "image",
	.operands = "VERB",
	.summary = "the images that guests are made of",
	.details = "Images are in " IMAGE_DIR "; a template names one, carrel.templates(5).\n",
	.verbs = image_verbs,
};
