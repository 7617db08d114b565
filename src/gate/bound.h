/*
 * What the audit library tells: it sees MIOpen's functions looked up by dlsym(), hands out the
 * gate's instead, and knows which MIOpen the caller would have got. It is noted here, in the gate,
 * since a function is looked up before the first is called.
 */
#pragma once

/*
 * The object of that link map (struct link_map *, of the shim's own namespace) got a function of
 * the MIOpen of that link map. The first MIOpen noted for a caller holds. NULL for the MIOpen: the
 * caller is about to be unloaded, and its link map may come back as another's.
 *
 * Called from inside the dynamic linker, on any thread: it locks nothing, and touches nothing but a
 * small table in static memory; so does whoever is notified. Where the table is full nothing is
 * noted.
 */
__attribute__((visibility("default"))) void rocm_rdna1_bound(const void *caller_map,
                                                             const void *miopen_map);

/* The MIOpen noted for a caller; NULL: none. */
const void *bound_miopen(const void *caller_map);

/* Has a function called for each caller that is about to be unloaded, under the conditions above.
 */
typedef void bound_notified(const void *caller_map);
void bound_notify(bound_notified *notify);
