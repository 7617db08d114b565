/* What the shim knows of each MIOpen handle: its card, its choices, its emulations. */
#pragma once

#include "base/version.h"
#include "facts/chip.h"
#include "facts/gpus.h"
#include "shim/choice.h"
#include "shim/emulation.h"
#include "shim/process.h"
#include "shim/table.h"

#define HANDLE_BUCKETS 256u

struct handle {
    struct record record;
    miopenHandle_t miopen;
    const struct real *real;    /* the copy of MIOpen that made it, and serves it whoever calls */
    int device;                 /* HIP's number; -1 where unknown */
    bool forced;                /* the card is RDNA1 */
    char pci[PCI_ADDRESS_SIZE]; /* the card's address; "" where HIP does not tell it */
    char chip[CHIP_NAME_SIZE];
    char target[CHIP_NAME_SIZE];
    struct version version; /* of the MIOpen that made it */
    uint64_t memory_bytes;  /* of the card; 0 where unknown */

    struct choice *choices[HANDLE_BUCKETS]; /* under the lock of the tables (lock.h) */
    struct choice pass;                     /* for what is MIOpen's own business */
    struct choice refuse;                   /* for what no kernel is safe for */

    /* A handle serves one thread at a time (miopen.h), and so do these: no lock. */
    bool has_workspace;      /* ever took memory of ours: see workspace.h */
    struct timings *timings; /* of the trace; NULL where nothing was measured */
    struct emulations emulations;
};

/*
 * The record of a handle; `real` is the caller's. One that was made before the shim could see it is
 * given the device of its stream, or else the current one. NULL where memory is short. Leaves errno
 * as it is.
 */
struct handle *handle_get(const struct real *real, const struct machine *machine,
                          miopenHandle_t miopen);

/* The copy of MIOpen that a handle belongs to; the caller's where the shim knows no better. */
const struct real *handle_real(const struct real *caller, miopenHandle_t miopen);
