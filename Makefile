# SPDX-License-Identifier: MIT
#
# carrel: quotas and private namespaces for every login. `make demo` shows it, `make check` tests
# it; both install what they need (Debian 12 or 13, as root). See README.md.

VERSION := $(shell cat VERSION)

PREFIX ?= /usr
SYSCONFDIR ?= /etc
LIBEXECDIR ?= $(PREFIX)/libexec/carrel
# clang 15 and later do not tell; gcc is there in any case, below musl-gcc.
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null || gcc -print-multiarch 2>/dev/null)
PAMDIR ?= $(PREFIX)/lib/$(MULTIARCH)/security
UNITDIR ?= $(PREFIX)/lib/systemd/system
POLKITDIR ?= $(PREFIX)/share/polkit-1/rules.d
BUILD ?= build

CC ?= gcc
MUSL_CC ?= musl-gcc
AR ?= ar
OBJCOPY ?= objcopy

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wconversion -Wmissing-prototypes \
	-Wformat=2 -Wvla -Wundef -Wno-missing-field-initializers $(if $(WERROR),-Werror)
HARDENING = -fstack-protector-strong -fstack-clash-protection -fcf-protection
ifneq ($(shell uname -m),x86_64)
HARDENING = -fstack-protector-strong
endif
CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu11 -fPIC -fvisibility=hidden $(WARNINGS) $(HARDENING)
override CPPFLAGS += -D_GNU_SOURCE -D_FORTIFY_SOURCE=3 -I. -Ilib -I$(BUILD)/include
override LDFLAGS += -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed

# session-init is PID 1 of every sandbox: static, and small because every login pays for it. musl
# gives a static program of some 20 KB; the kernel's headers are all it needs besides. Debian's
# musl-gcc cannot link a static PIE (its specs name a loader), so its parts are named here.
MUSL_LIB ?= /usr/lib/$(shell uname -m)-linux-musl
INIT_CFLAGS = -O2 -g -std=gnu11 -static-pie -fPIE -fvisibility=hidden $(WARNINGS) $(HARDENING) \
	-D_GNU_SOURCE $(INIT_CPPFLAGS) -I. -Ilib -isystem $(BUILD)/kernel-headers $(SANITIZED_INIT)
INIT_LDFLAGS = -nostdlib -static-pie -Wl,--no-dynamic-linker -Wl,-z,relro,-z,now \
	-Wl,-z,noexecstack -Wl,--gc-sections -s
LINK_STATIC = $(call say,LD,$@)$(CC) $(INIT_LDFLAGS) -o $@ $(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o $^ \
	$(MUSL_LIB)/libc.a $(shell $(CC) -print-libgcc-file-name) $(MUSL_LIB)/crtn.o

# One short line a file; V=1 shows the whole commands, and -s nothing.
ifneq ($(V),1)
say = @$(if $(findstring s,$(firstword -$(MAKEFLAGS))),,printf '%-3s %s\n' '$(1)' '$(2)';)
endif

LIB_SOURCES := $(wildcard lib/*/*.c lib/*/*/*.c)
INIT_SOURCES := $(wildcard pam_module/init/*.c)
KEEPER_SOURCES := $(wildcard pam_module/keeper/*.c)
ATTACH_SOURCES := $(wildcard guest/attach/*.c) guest/ssh.c lib/base/words.c
MODULE_SOURCES := $(wildcard pam_module/*.c)
HELPER_SOURCES := $(wildcard helper/*.c helper/*/*.c)
# Shared by the command and guest-launch; each takes what it needs.
GUEST_SOURCES := $(filter-out %/launch.c,$(wildcard $(addsuffix /*.c,guest guest/image guest/jail guest/launch guest/supervisor)))
LAUNCH_SOURCES := guest/launch/launch.c
# Carries out a plan: session-init's own, and in the library for the jails of a guest's programs.
VIEW_SOURCES := $(wildcard lib/view/*.c)
# Reads the state of a guest: in the library, and guest-attach's own.
GUEST_RECORD_SOURCES := lib/session/guest_record.c $(addprefix lib/base/,fd.c fields.c list.c text.c)
GUEST_INIT_SOURCES := $(wildcard guest/init/*.c)
GUEST_DOOR_SOURCES := $(wildcard guest/door/*.c)
UNIT_SOURCES := $(wildcard tests/unit/*.c)
MAN_PAGES := $(wildcard man/*.[158])

LIB := $(BUILD)/libcarrel.a
# Static, since a library that is missing keeps the module from being loaded, and then everybody out.
# The tests that starve allocators want the shared one, whose functions they can stand before.
INIPARSER := $(if $(SHARED_INIPARSER),-liniparser,$(BUILD)/libiniparser.a)
MODULE := $(BUILD)/pam_carrel.so
INIT := $(BUILD)/session-init
KEEPER := $(BUILD)/keeper
ATTACH := $(BUILD)/guest-attach
GUEST := $(BUILD)/libguest.a
LAUNCH := $(BUILD)/guest-launch
COMMAND := $(BUILD)/carrel
GUEST_INIT := $(BUILD)/guest-init
GUEST_DOOR := $(BUILD)/guest-door
UNITS := $(UNIT_SOURCES:%.c=$(BUILD)/%)
objects = $(1:%.c=$(BUILD)/%.o)
musl_objects = $(1:%.c=$(BUILD)/musl/%.o)

# What names an installed program is configured, NAME.in; the rest is installed as it is.
CONFIGURED := $(patsubst %.in,$(BUILD)/%,$(shell find packaging -name '*.in'))
UNITS_AS_THEY_ARE := $(shell find packaging/systemd -type f ! -name '*.in')
UNIT_FILES := $(filter $(BUILD)/packaging/systemd/%,$(CONFIGURED)) $(UNITS_AS_THEY_ARE)

all: $(MODULE) $(INIT) $(KEEPER) $(ATTACH) $(LAUNCH) $(COMMAND) $(CONFIGURED)

# Version and install folders are known to the code as constants; rebuilt only where they differ.
$(BUILD)/include/config.h: Makefile VERSION
	@mkdir -p $(@D)
	@printf '%s\n' '/* Made by the Makefile. */' \
		'#define CARREL_VERSION "$(VERSION)"' \
		'#define CARREL_LIBEXECDIR "$(LIBEXECDIR)"' \
		'#define CARREL_PREFIX "$(PREFIX)"' \
		'#define CARREL_MULTIARCH "$(MULTIARCH)"' \
		'#define CARREL_SYSCONFDIR "$(SYSCONFDIR)"' > $@.new
	@if cmp -s $@.new $@; then rm $@.new; touch $@; else mv $@.new $@; fi

$(BUILD)/packaging/%: packaging/%.in $(BUILD)/include/config.h
	@mkdir -p $(@D)
	$(call say,IN,$@)sed 's|@PREFIX@|$(PREFIX)|; s|@LIBEXECDIR@|$(LIBEXECDIR)|' $< > $@

$(BUILD)/%.o: %.c $(BUILD)/include/config.h
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call objects,$(LIB_SOURCES))
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

# Debian 12 has compiled it for programs and not for shared objects, and all that differs is how it
# reaches the C library's stderr. It gets another (lib/policy/inifile.c).
$(BUILD)/libiniparser.a: Makefile
	@mkdir -p $(@D)
	$(call say,AR,$@)$(OBJCOPY) --redefine-sym stderr=inifile_stderr \
		"$$($(CC) -print-file-name=libiniparser.a)" $@

$(MODULE): $(call objects,$(MODULE_SOURCES)) $(LIB) $(filter %.a,$(INIPARSER)) pam_module/pam_carrel.map
	$(call say,LD,$@)$(CC) $(CFLAGS) -shared $(LDFLAGS) -Wl,--no-undefined -Wl,--gc-sections \
		-Wl,--version-script=pam_module/pam_carrel.map -o $@ \
		$(filter %.o,$^) $(LIB) $(INIPARSER) -lpam

# One a user for as long as they are there: static, so that it stays below a megabyte.
$(KEEPER): $(call objects,$(KEEPER_SOURCES)) $(LIB)
	$(call say,LD,$@)$(CC) $(CFLAGS) -static-pie $(LDFLAGS) -Wl,--gc-sections -s -o $@ $(filter %.o,$^) $(LIB) -lcap

$(GUEST): $(call objects,$(GUEST_SOURCES)) $(GUEST_DOOR).o
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

$(LAUNCH): $(call objects,$(LAUNCH_SOURCES)) $(GUEST) $(LIB) $(filter %.a,$(INIPARSER))
	$(call say,LD,$@)$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $(filter %.o,$^) $(GUEST) $(LIB) \
		$(INIPARSER) -ljansson -lcap

$(COMMAND): $(call objects,$(HELPER_SOURCES)) $(GUEST) $(GUEST_INIT).o $(BUILD)/debian.o $(LIB) $(filter %.a,$(INIPARSER))
	$(call say,LD,$@)$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $(filter %.o,$^) $(GUEST) $(LIB) \
		$(INIPARSER) -ljansson -lcap

# Programs of the guest's own: the initrd that `carrel image build` writes has one, which travels in the
# command, and the other stands before its sshd, and travels in guest-launch.
$(GUEST_INIT): $(call musl_objects,$(GUEST_INIT_SOURCES))
$(GUEST_DOOR): $(call musl_objects,$(GUEST_DOOR_SOURCES))
$(GUEST_INIT) $(GUEST_DOOR):
	$(LINK_STATIC)

$(GUEST_INIT).o $(GUEST_DOOR).o: %.o: %
	$(call say,LD,$@)cd $(BUILD) && $(LD) -r -b binary -z noexecstack -o $(@F) $(<F)

# And so does what makes a guest of a Debian.
$(BUILD)/debian.o: guest/image/debian.sh
	$(call say,LD,$@)cp $< $(BUILD)/debian && cd $(BUILD) && $(LD) -r -b binary -z noexecstack -o debian.o debian

# Only these three folders of the kernel's headers: glibc's must not be seen by musl.
$(BUILD)/kernel-headers:
	@mkdir -p $@.new
	@ln -sfn /usr/include/linux $@.new/linux
	@ln -sfn /usr/include/asm-generic $@.new/asm-generic
	@ln -sfn $$(test -d /usr/include/asm && echo /usr/include/asm || \
		echo /usr/include/$(MULTIARCH)/asm) $@.new/asm
	@mv $@.new $@

$(BUILD)/musl/%.o: %.c $(BUILD)/include/config.h | $(BUILD)/kernel-headers
	@mkdir -p $(@D)
	$(call say,CC,$<)$(MUSL_CC) $(INIT_CFLAGS) -I$(BUILD)/include -MMD -MP -c -o $@ $<

$(INIT): $(call musl_objects,$(INIT_SOURCES) $(VIEW_SOURCES))
# Stands where a user's shell is expected, in a root without libraries: static, as session-init.
$(ATTACH): $(call musl_objects,$(ATTACH_SOURCES) $(GUEST_RECORD_SOURCES))
$(INIT) $(ATTACH):
	$(LINK_STATIC)

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIB)
	$(call say,LD,$@)$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $< $(filter-out $(LIB),$(filter %.a,$^)) $(LIB) \
		-liniparser -ljansson -lcap

$(BUILD)/tests/unit/guest_argv $(BUILD)/tests/unit/guest_names $(BUILD)/tests/unit/guest_ssh: $(GUEST)

unit-tests: $(UNITS)

install: all
	install -D -m 0644 $(MODULE) $(DESTDIR)$(PAMDIR)/pam_carrel.so
	install -D -m 0755 $(INIT) $(DESTDIR)$(LIBEXECDIR)/session-init
	install -D -m 0755 $(KEEPER) $(DESTDIR)$(LIBEXECDIR)/keeper
	install -D -m 0755 $(ATTACH) $(DESTDIR)$(LIBEXECDIR)/guest-attach
	install -D -m 0755 $(LAUNCH) $(DESTDIR)$(LIBEXECDIR)/guest-launch
	install -D -m 0755 $(COMMAND) $(DESTDIR)$(PREFIX)/bin/carrel
	install -d -m 0755 $(DESTDIR)$(SYSCONFDIR)/carrel/policies.d \
		$(DESTDIR)$(SYSCONFDIR)/carrel/templates.d $(DESTDIR)$(SYSCONFDIR)/carrel/recipes.d
	@for unit in $(UNIT_FILES); do \
		install -D -v -m 0644 $$unit $(DESTDIR)$(UNITDIR)/$${unit#*packaging/systemd/}; \
	done
	install -D -m 0644 packaging/polkit/50-carrel-guests.rules \
		$(DESTDIR)$(POLKITDIR)/50-carrel-guests.rules
	install -D -m 0644 packaging/dbus/carrel.conf \
		$(DESTDIR)$(SYSCONFDIR)/dbus-1/system.d/carrel.conf
	install -D -m 0644 packaging/needrestart/carrel.conf \
		$(DESTDIR)$(SYSCONFDIR)/needrestart/conf.d/carrel.conf
	@for page in $(MAN_PAGES); do \
		section=$${page##*.}; \
		install -D -v -m 0644 $$page $(DESTDIR)$(PREFIX)/share/man/man$$section/$${page##*/}; \
	done
	install -D -m 0644 packaging/completion/carrel \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/carrel
	@for policy in policies/*.ini policies/*/*.ini; do \
		test -e "$$policy" || continue; \
		install -D -v -m 0644 $$policy \
			$(DESTDIR)$(PREFIX)/share/doc/carrel/examples/$${policy#policies/}; \
	done
	@for page in docs/*.md; do \
		install -D -v -m 0644 $$page $(DESTDIR)$(PREFIX)/share/doc/carrel/$${page##*/}; \
	done
	install -D -m 0644 $(BUILD)/packaging/sshd/carrel-guests.conf \
		$(DESTDIR)$(PREFIX)/share/doc/carrel/examples/sshd/carrel-guests.conf

# PAM files that name a module which is gone keep everybody out: they come first, and nothing goes while
# they do. The rule goes before the unit that it is for.
uninstall:
	@if [ -z "$(DESTDIR)" ] && grep -qs pam_carrel.so /etc/pam.d/*; then \
		$(PREFIX)/bin/carrel setup --undo --yes || exit 1; \
		! grep -s pam_carrel.so /etc/pam.d/* || { echo "these lines are not carrel setup's:" \
			"take them out first" >&2; exit 1; }; \
	fi
	rm -f $(DESTDIR)$(POLKITDIR)/50-carrel-guests.rules
	rm -f $(DESTDIR)$(PAMDIR)/pam_carrel.so $(DESTDIR)$(PREFIX)/bin/carrel
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/carrel
	rm -f $(DESTDIR)$(SYSCONFDIR)/dbus-1/system.d/carrel.conf
	rm -f $(DESTDIR)$(SYSCONFDIR)/needrestart/conf.d/carrel.conf
	rm -rf $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(PREFIX)/share/doc/carrel
	rm -f $(foreach unit,$(UNIT_FILES),'$(DESTDIR)$(UNITDIR)/$(patsubst packaging/systemd/%,%,$(unit:$(BUILD)/%=%))')
	@for page in $(MAN_PAGES); do \
		section=$${page##*.}; rm -f $(DESTDIR)$(PREFIX)/share/man/man$$section/$${page##*/}; \
	done

# ---- what needs more than a compiler: each of these first installs what it needs ----

# For building; for the native tests; for the hosts that the tests boot.
PACKAGES = gcc make pkg-config musl-tools linux-libc-dev libc6-dev libpam0g-dev libcap-dev \
	libiniparser-dev libsystemd-dev libjansson-dev \
	python3 openssh-server openssh-client pamtester bubblewrap crun iproute2 procps \
	util-linux locales sshpass strace rsync git xauth \
	passt mmdebstrap e2fsprogs cpio patch zstd debian-archive-keyring ca-certificates \
	qemu-system-x86 qemu-utils

deps:
	@BUILD=$(BUILD) packaging/deps $(PACKAGES)

deb: all
	@BUILD=$(BUILD) VERSION=$(VERSION) packaging/build-deb

demo: deps
	@tests/demo

check-fast: deps
	@$(MAKE) --no-print-directory all unit-tests
	@tests/run --tier fast

check: deps
	@$(MAKE) --no-print-directory all unit-tests
	@tests/run --tier check

check-long: deps
	@$(MAKE) --no-print-directory all unit-tests
	@tests/run --tier long

# ---- the bench: make bench ----

BENCH := $(BUILD)/tests/bench
BENCH_PROGRAMS := $(addprefix $(BENCH)/,open session hold floor_init as_user)

$(BENCH)/open: $(BENCH)/open.o $(BENCH)/floor.o $(BENCH)/bench.o
$(BENCH)/session: $(BENCH)/session.o $(BENCH)/bench.o
$(BENCH)/hold: $(BENCH)/hold.o $(BENCH)/bench.o
$(BENCH)/open $(BENCH)/session $(BENCH)/hold:
	$(call say,LD,$@)$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $^ -lpam

# The floor is a program without a C library, and without what one has to protect itself with.
$(BENCH)/floor_init $(BENCH)/as_user: $(BENCH)/%: tests/bench/%.c tests/bench/raw.h
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -Ilib -O2 -std=gnu11 $(WARNINGS) -ffreestanding -fno-stack-protector -static -nostdlib \
		-Wl,-z,noseparate-code -Wl,--build-id=none -s -o $@ $<

bench-programs: $(BENCH_PROGRAMS)

# ---- logins in which something fails: tests/faults ----

# The module as it is, with sanitizers, for gcc's runtime of them; session-init, which has no C library that
# could carry one, traps instead.
FAULTS := $(BUILD)/tests/faults/faults
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
SANITIZE_INIT = -fsanitize=undefined -fsanitize-undefined-trap-on-error

$(FAULTS): $(call objects,$(wildcard tests/faults/*.c))
	$(call say,LD,$@)$(CC) $(CFLAGS) -rdynamic -pie $(LDFLAGS) -o $@ $^ -lpam -Wl,--no-as-needed -liniparser

fault-programs: $(FAULTS)

sanitized:
	@$(MAKE) --no-print-directory -s BUILD=$(BUILD)/sanitized CFLAGS="-O1 -g $(SANITIZE)" \
		CPPFLAGS="-U_FORTIFY_SOURCE" SANITIZED_INIT="$(SANITIZE_INIT)" SHARED_INIPARSER=1 \
		$(addprefix $(BUILD)/sanitized/,pam_carrel.so session-init carrel guest-attach guest-launch) \
		fault-programs

# ---- another version of everything, for tests of upgrades ----

# One whose module and session-init do not understand those of this tree; and one that also cannot
# join the sandboxes that this tree's have made.
upgraded upgraded-deb: OTHER = -DPLAN_VERSION=9999
upgraded-join: OTHER = -DPLAN_VERSION=9999 -DPLAN_JOIN_VERSION=9999

upgraded upgraded-join upgraded-deb:
	@$(MAKE) --no-print-directory -s BUILD=$(BUILD)/$@ VERSION=$(VERSION)+$@ \
		CPPFLAGS="$(OTHER)" INIT_CPPFLAGS="$(OTHER)" $(if $(filter %-deb,$@),deb,all)

bench: deps
	@$(MAKE) --no-print-directory all bench-programs
	tests/bench/bench

# For clangd and the like: what each file is compiled with, as one list.
compile_commands.json: Makefile
	@$(MAKE) --no-print-directory --always-make --dry-run V=1 \
		all unit-tests bench-programs fault-programs | packaging/compile-commands > $@

clean:
	rm -rf $(BUILD) compile_commands.json

.PHONY: all install uninstall unit-tests clean deps deb demo check check-fast check-long bench \
	bench-programs fault-programs sanitized upgraded upgraded-join upgraded-deb
.DELETE_ON_ERROR:

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
