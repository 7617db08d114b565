/* Stands in for the shim: has its name, one function of MIOpen's, and remembers what it is told. */
#include "fake_shim.h"

static struct fake_notes notes;

void rocm_rdna1_bound(const void *caller_map, const void *miopen_map)
{
    notes.count++;
    notes.caller = caller_map;
    notes.miopen = miopen_map;
}

struct fake_notes *fake_notes(void)
{
    return &notes;
}

void miopenCreate(void)
{
}
