// SPDX-License-Identifier: MIT
// what: QEMU's command line gives a guest the processor that its template allows, and no virtualisation unless that says so
// needs:
// tier: fast
// deadline: 30s
#include "../../guest/launch/argv.c"

#include "policy_support.h"

/* credentials.c has it. */
void guest_user_name(const char *user, char ret_name[static GUEST_USER_SIZE])
{
	strcpy(ret_name, user);
}

void guest_machine_name(const char *user, char ret_name[static GUEST_MACHINE_SIZE])
{
	strcpy(ret_name, user);
}

static struct guest_settings settings = {
	.account.name = (char *)"alice",
	.template = {.vcpus = 1, .memory = 64 << 20, .network = TEMPLATE_NETWORK_NONE},
};

/* What stands behind @option. */
static const char *word_after(const struct guest_argv *argv, const char *option)
{
	for (size_t i = 0; i + 1 < argv->words.count; i++)
		if (strcmp(argv->words.word[i], option) == 0)
			return argv->words.word[i + 1];
	return "";
}

static void has_cpu(int line, bool kvm, bool nested, const char *wanted)
{
	struct guest_disk disk = {.image = {.format = "raw", .cmdline = (char *)""}};
	struct guest_credentials credentials = {3, 3};
	struct guest_machine machine = {.settings = &settings,
		.disk = &disk,
		.credentials = &credentials,
		.kvm = kvm,
		.kvm_fd = -EBADF,
		.vsock_fd = -1,
		.port = 1};
	struct guest_argv argv = {0};

	settings.template.nested = nested;
	EXPECT_INT(guest_argv_build(&machine, &argv, NULL), 0);
	expect_at(line, strcmp(word_after(&argv, "-cpu"), wanted) == 0, "-cpu \"%s\", not \"%s\"",
		word_after(&argv, "-cpu"), wanted);
	guest_argv_free(&argv);
}

int main(void)
{
	has_cpu(__LINE__, true, false, "host,-vmx,-svm");
	has_cpu(__LINE__, true, true, "host");
	has_cpu(__LINE__, false, false, "max");
	has_cpu(__LINE__, false, true, "max");
	return failures > 0;
}
