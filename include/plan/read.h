/*
 * Reading a plan. The only code of plan/ that caisson-init links: no library, no allocation.
 *
 * Runs in: host and init. SECURITY: the buffer is checked as if it were hostile (fuzz_plan).
 */
#ifndef PLAN_READ_H
#define PLAN_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "plan/format.h"

/* What each field of a kind holds; PLAN_FIELD_NONE must be zero. */
enum plan_field {
	PLAN_FIELD_NONE,
	PLAN_FIELD_STRING,  /* S */
	PLAN_FIELD_STRINGS, /* L */
	PLAN_FIELD_U32S,    /* U */
	PLAN_FIELD_BPF,     /* B */
	PLAN_FIELD_NUM,     /* decimal */
	PLAN_FIELD_SIGNED,
	PLAN_FIELD_OCTAL,
	PLAN_FIELD_NAMESPACES,  /* SYS_NEW* bits */
	PLAN_FIELD_ATTRS,       /* SYS_ATTR_* bits */
	PLAN_FIELD_PROPAGATION, /* one SYS_MS_* */
	PLAN_FIELD_CAPS,        /* capability bits */
	PLAN_FIELD_RESOURCE,    /* rlimit number */
	PLAN_FIELD_LIMIT,       /* rlimit value, all ones = unlimited */
	PLAN_FIELD_DEVICE_TYPE, /* 'c' 'b' 'p' 'a' */
	PLAN_FIELD_DEVICE,      /* major<<32|minor */
	PLAN_FIELD_ACCESS,      /* rwm bits */
	PLAN_FIELD_IDS,         /* uid<<32|gid */
	PLAN_FIELD_HOOK,        /* config_hook_kind */
	PLAN_FIELD_KEPT,        /* 0..PLAN_KEPT_MAX */
	PLAN_FIELD_TREE_FLAGS,
	PLAN_FIELD_MOUNT_FLAGS,
	PLAN_FIELD_SECCOMP_FLAGS,
	PLAN_FIELD_HEX,
	PLAN_FIELD_U64,   /* decimal, all 64 bits */
	PLAN_FIELD_LAYER, /* PLAN_LAYER_* */
	PLAN_FIELD_BOOL,
	PLAN_FIELD_INODE, /* 0 = any */
	PLAN_FIELD_OWNER, /* a user, and one more; 0 = none */
	PLAN_FIELD_N,
};

/* caisson-init prints no plan: it is built with PLAN_WITHOUT_LABELS, a tenth of its size less. */
struct plan_field_info {
#ifndef PLAN_WITHOUT_LABELS
	const char *label; /* "target" */
#endif
	uint8_t field; /* enum plan_field */
	bool required; /* a reference that must not be "none" */
};

struct plan_kind_info {
	const char *name; /* "mount-new" */
	uint8_t first;    /* enum plan_stage: the stages it may stand in */
	uint8_t last;
	bool needs_slot;
	struct plan_field_info ref[PLAN_REFS], num[PLAN_NUMS];
};

/** plan_kind_info() - the table row of one kind; NULL if @kind is none */
const struct plan_kind_info *plan_kind_info(unsigned kind);

struct plan {
	const struct plan_header *header;
	const struct plan_step *steps;
	const char *base; /* start of the buffer; refs are relative to it */
};

/**
 * plan_open() - check a buffer and make it readable as a plan
 * @data: the whole buffer, 8-byte aligned (a mapping or an arena block); borrowed by @out
 *
 * Checks magic, version, sizes, every step's kind, stage, slot and references: strings end in
 * NUL, lists are whole strings, arrays and programs have whole elements and are aligned.
 * Return: 0, -EINVAL naming the step, -EFBIG.
 */
int plan_open(const void *data, size_t size, struct plan *out, struct err *err) _must_check_;

/** plan_string() - text of a reference; "" for none. Only for fields the table calls S. */
const char *plan_string(const struct plan *plan, const struct plan_ref *ref);

/**
 * plan_strings() - walk a list
 * @at: the element before, NULL to start
 *
 * Return: next element, or NULL at the end.
 */
const char *plan_strings(const struct plan *plan, const struct plan_ref *ref, const char *at);

/** plan_strings_count() - elements of a list */
size_t plan_strings_count(const struct plan *plan, const struct plan_ref *ref);

const uint32_t *plan_u32s(const struct plan *plan, const struct plan_ref *ref, size_t *n);
const void *plan_blob(const struct plan *plan, const struct plan_ref *ref, size_t *size);

/** plan_slot_fd() - descriptor number of @slot inside caisson-init */
int plan_slot_fd(const struct plan *plan, int slot);

#endif
