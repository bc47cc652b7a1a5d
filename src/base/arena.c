#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

#if defined(__SANITIZE_ADDRESS__) || defined(ARENA_SEPARATE)
enum {
	BLOCK_SIZE = 0
}; /* every allocation its own block: the sanitizer sees its bounds */
#else
enum {
	BLOCK_SIZE = 64 << 10
};
#endif

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char data[];
};

void arena_done(struct arena *a)
{
	while (a->blocks != NULL) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	a->used = 0;
}

static struct arena_block *arena_grow(struct arena *a, size_t size)
{
	size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
	struct arena_block *block = malloc(sizeof(*block) + room);

	if (block == NULL)
		return NULL;
	block->next = a->blocks;
	block->used = 0;
	block->size = room;
	a->blocks = block;
	return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	size_t limit = a->limit_bytes != 0 ? a->limit_bytes : ARENA_LIMIT_DEFAULT;
	struct arena_block *block = a->blocks;
	size_t start = 0;

	if (size > limit || a->used > limit - size)
		return NULL;
	if (block != NULL)
		start = (block->used + align - 1) / align * align;
	/* A block ends where its last item does, so that the sanitizer sees the end of that. */
	if (block == NULL || start >= block->size || block->size - start < size) {
		block = arena_grow(a, size);
		start = 0;
	}
	if (block == NULL)
		return NULL;
	block->used = start + size;
	a->used += size;
	return memset(block->data + start, 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, n * size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (copy != NULL)
		memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
	size_t len;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	len = str_vfmt(NULL, 0, fmt, ap);
	va_end(ap);
	text = arena_alloc(a, len + 1);
	if (text == NULL)
		return NULL;
	va_start(ap, fmt);
	str_vfmt(text, len + 1, fmt, ap);
	va_end(ap);
	return text;
}
