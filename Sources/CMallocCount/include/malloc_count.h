#ifndef MALLOC_COUNT_H
#define MALLOC_COUNT_H

#include <stdbool.h>
#include <stdint.h>

// Counts the heap allocations of the whole process: malloc, calloc, realloc, aligned_alloc, posix_memalign.
//
// Linking this target into an executable on Linux with glibc puts counting wrappers before libc's own functions, also for
// the Swift runtime and every shared library. Elsewhere nothing is counted.

/// Whether allocations can be counted on this platform.
bool malloc_count_available(void);

/// Begins or ends counting; while it is off an allocation costs one more branch and no more.
void malloc_count_enable(bool enabled);

/// The allocations counted since the process began.
uint64_t malloc_count(void);

/// Gives memory that is free back to the system, as far as the allocator can; where it cannot, nothing happens.
void malloc_give_back(void);

#endif
