/* What the shim knows of each MIOpen handle: its card, its choices, its workspaces. */
#pragma once

#include "base/version.h"
#include "facts/chip.h"
#include "shim/choice.h"
#include "shim/process.h"

#include <pthread.h>

#define HANDLE_BUCKETS    256u
#define HANDLE_WORKSPACES 8u

/* Device memory of our own for one stream; see workspace.h. */
struct workspace {
    miopenAcceleratorQueue_t stream;
    void *memory;
    size_t bytes;
};

struct handle {
    struct handle *next;
    miopenHandle_t miopen;
    int device;  /* HIP's number; -1 where unknown */
    bool forced; /* the card is RDNA1 */
    char chip[CHIP_NAME_SIZE];
    char target[CHIP_NAME_SIZE];
    struct version version; /* of the MIOpen that made it */

    pthread_mutex_t lock; /* of choices; never held across a call into MIOpen */
    struct choice *choices[HANDLE_BUCKETS];

    /* A handle serves one thread at a time (miopen.h), and so do these: no lock. */
    struct workspace workspaces[HANDLE_WORKSPACES];
    unsigned workspaces_count;
};

/*
 * The record of a handle. One that was made before the shim could see it is given the device of its
 * stream, or else the current one. NULL where memory is short.
 */
struct handle *handle_get(const struct real *real, const struct machine *machine,
                          miopenHandle_t miopen);
