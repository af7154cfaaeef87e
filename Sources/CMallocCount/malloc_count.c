#include "malloc_count.h"

#if defined(__linux__) && defined(__GLIBC__)

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>

// glibc's allocator under the names that remain when the usual ones are taken.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_bool counting;
static atomic_uint_fast64_t allocations;

static inline void count(void) {
    if (atomic_load_explicit(&counting, memory_order_relaxed)) {
        atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    }
}

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    count();
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    count();
    void *block = __libc_memalign(alignment, size);
    if (!block) return ENOMEM;
    *memory = block;
    return 0;
}

bool malloc_count_available(void) { return true; }
void malloc_count_enable(bool enabled) { atomic_store_explicit(&counting, enabled, memory_order_relaxed); }
void malloc_give_back(void) { malloc_trim(0); }
uint64_t malloc_count(void) { return atomic_load_explicit(&allocations, memory_order_relaxed); }

#else

bool malloc_count_available(void) { return false; }
void malloc_count_enable(bool enabled) { (void)enabled; }
uint64_t malloc_count(void) { return 0; }
void malloc_give_back(void) {}

#endif
