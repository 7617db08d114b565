#include "shim/trace_record.h"

#include "shim/handle.h"
#include "shim/lock.h"
#include "shim/trace_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_BUCKETS 1024u

struct trace_record {
    struct trace_record *next;

    /* Whose it is. */
    uint64_t hash;
    struct problem problem;
    int device;
    struct version version;
    unsigned solvers_count;

    /* The line, with the lock of the file held. */
    struct json begin; /* the process; empty in a child until it has something to say */
    struct json body;
    struct trace_place place;

    _Atomic(uint64_t) finds, runs[CANDIDATES_MAX], failures;
    _Atomic(int) last_status;
    _Atomic(uint64_t) workspace_given_bytes, workspace_supplied_bytes;
    _Atomic(uint64_t) timed, device_ns;

    _Atomic(uint64_t) events;  /* finds, runs and failures together */
    _Atomic(uint64_t) changes; /* of all counters */
    uint64_t changes_saved;    /* with the lock held */
};

static struct trace_record *records[RECORD_BUCKETS];
static unsigned generation;

unsigned trace_generation(void)
{
    return generation;
}

static void counts_read(const struct trace_record *record, struct trace_counts *ret_counts)
{
#define READ(counter) atomic_load_explicit(&record->counter, memory_order_relaxed)
    *ret_counts = (struct trace_counts){
        .finds = READ(finds),
        .failures = READ(failures),
        .last_status = READ(last_status),
        .workspace_given_bytes = READ(workspace_given_bytes),
        .workspace_supplied_bytes = READ(workspace_supplied_bytes),
        .timed = READ(timed),
        .device_ns = READ(device_ns),
    };
    for (unsigned i = 0; i < CANDIDATES_MAX; i++)
        ret_counts->runs[i] = READ(runs[i]);
#undef READ
}

/* In a child that has said nothing yet, who it is. */
static void record_introduce(struct trace_record *record)
{
    struct json begin = {.bytes = NULL};

    lock_take_file();
    const bool missing = !record->begin.bytes;
    lock_release_file();
    if (!missing)
        return;
    trace_line_begin(&begin);
    if (!begin.incomplete) {
        lock_take_file();
        if (!record->begin.bytes) {
            record->begin = begin;
            begin = (struct json){.bytes = NULL};
        }
        lock_release_file();
    }
    json_free(&begin);
}

/* With the lock held. Where it fails the next change that is due tries again. */
static void record_write(struct trace_record *record)
{
    const uint64_t changes = atomic_load_explicit(&record->changes, memory_order_relaxed);
    struct trace_counts counts;
    char tail[TRACE_TAIL_MAX];

    counts_read(record, &counts);
    const size_t length = trace_line_counts(&counts, record->solvers_count, tail);
    if (length == 0 || !record->begin.bytes)
        return;
    int r = trace_file_update(&record->place, tail, length);
    if (r == -ESTALE)
        r = trace_file_append((const struct iovec[]){{record->begin.bytes, record->begin.length},
                                                     {record->body.bytes, record->body.length}},
                              2, tail, length, &record->place);
    if (r == 0)
        record->changes_saved = changes;
}

void trace_record_save(struct trace_record *record)
{
    if (!record)
        return;
    const int saved_errno = errno;
    record_introduce(record);
    lock_take_file();
    if (record->changes_saved != atomic_load_explicit(&record->changes, memory_order_relaxed))
        record_write(record);
    lock_release_file();
    errno = saved_errno;
}

static void count(_Atomic(uint64_t) *counter, uint64_t more)
{
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

/* The file has each counter to a factor of two at any time, and exactly in the end. */
static void record_event(struct trace_record *record, _Atomic(uint64_t) *counter)
{
    count(counter, 1);
    count(&record->changes, 1);
    const uint64_t events = atomic_fetch_add_explicit(&record->events, 1, memory_order_relaxed) + 1;
    if ((events & (events - 1)) == 0)
        trace_record_save(record);
}

/* With the lock held. */
static struct trace_record *record_find(const struct choice *choice)
{
    struct trace_record *record = records[choice->hash % RECORD_BUCKETS];

    while (record && (record->hash != choice->hash || record->device != choice->handle->device ||
                      record->solvers_count != choice->count ||
                      version_compare(record->version, choice->handle->version) != 0 ||
                      !problem_equal(&record->problem, &choice->problem)))
        record = record->next;
    return record;
}

static void record_free(struct trace_record *record)
{
    json_free(&record->begin);
    json_free(&record->body);
    free(record);
}

/* In MIOpen's own order, its favourite first. */
static void ask(const struct real *real, const struct call *call, struct trace_subject *subject)
{
    if (!real->miopenConvolutionForwardGetSolution)
        return;
    subject->asked = true;
    subject->status = REAL_OF(real, call->direction, miopenConvolution, GetSolution)(
        call->handle, call->a, call->b, call->convolution, call->c, TRACE_ANSWERS_MAX,
        &subject->answers_count, subject->answers);
    if (subject->status != miopenStatusSuccess || subject->answers_count > TRACE_ANSWERS_MAX)
        subject->answers_count = 0;
}

static struct trace_record *record_new(const struct real *real, const struct call *call,
                                       const struct choice *choice, const struct decision *decision)
{
    const struct handle *handle = choice->handle;
    struct trace_record *record = calloc(1, sizeof(*record));
    struct trace_solver candidates[CANDIDATES_MAX];
    struct trace_subject subject = {.pci = handle->pci,
                                    .chip = handle->chip,
                                    .target = handle->target,
                                    .version = handle->version,
                                    .problem = &choice->problem,
                                    .decision = decision,
                                    .solvers = candidates,
                                    .solvers_count = choice->count};

    if (!record)
        return NULL;
    record->hash = choice->hash;
    record->problem = choice->problem;
    record->device = handle->device;
    record->version = handle->version;
    record->solvers_count = choice->count;
    for (unsigned i = 0; i < choice->count; i++)
        candidates[i] =
            (struct trace_solver){choice->usable[i].solver, choice->usable[i].workspace_bytes};
    ask(real, call, &subject);
    trace_line_begin(&record->begin);
    trace_line_problem(&record->body, &subject);
    if (!record->begin.incomplete && !record->body.incomplete)
        return record;
    record_free(record);
    return NULL;
}

struct trace_record *trace_record_get(const struct real *real, const struct call *call,
                                      const struct choice *choice, const struct decision *decision)
{
    const int saved_errno = errno;

    lock_take_file();
    struct trace_record *record = record_find(choice);
    lock_release_file();
    struct trace_record *made = record ? NULL : record_new(real, call, choice, decision);
    if (made) {
        lock_take_file();
        record = record_find(choice);
        if (!record) {
            record = made;
            record->next = records[record->hash % RECORD_BUCKETS];
            records[record->hash % RECORD_BUCKETS] = record;
            record_write(record);
            made = NULL;
        }
        lock_release_file();
    }
    if (made)
        record_free(made);
    errno = saved_errno;
    return record;
}

void trace_record_find(struct trace_record *record, miopenStatus_t status)
{
    if (!record)
        return;
    record_event(record, &record->finds);
    if (status != miopenStatusSuccess)
        trace_record_failure(record, status);
}

void trace_record_workspace(struct trace_record *record, size_t given_bytes, size_t supplied_bytes)
{
    if (!record)
        return;
    atomic_store_explicit(&record->workspace_given_bytes, given_bytes, memory_order_relaxed);
    atomic_store_explicit(&record->workspace_supplied_bytes, supplied_bytes, memory_order_relaxed);
}

void trace_record_run(struct trace_record *record, unsigned i)
{
    if (!record)
        return;
    record_event(record, &record->runs[i]);
}

void trace_record_failure(struct trace_record *record, miopenStatus_t status)
{
    if (!record)
        return;
    atomic_store_explicit(&record->last_status, (int)status, memory_order_relaxed);
    record_event(record, &record->failures);
}

void trace_record_time(struct trace_record *record, uint64_t ns)
{
    if (!record)
        return;
    count(&record->device_ns, ns);
    count(&record->timed, 1);
    count(&record->changes, 1);
}

void trace_records_save(void)
{
    for (unsigned i = 0; i < RECORD_BUCKETS; i++)
        for (struct trace_record *record = records[i]; record; record = record->next)
            if (record->changes_saved !=
                atomic_load_explicit(&record->changes, memory_order_relaxed))
                record_write(record);
}

void trace_records_restart(void)
{
    generation++;
    for (unsigned i = 0; i < RECORD_BUCKETS; i++) {
        for (struct trace_record *record = records[i]; record; record = record->next) {
            json_free(&record->begin);
            record->place.written = false;
            record->changes_saved = 0;
#define CLEAR(counter) atomic_store_explicit(&record->counter, 0, memory_order_relaxed)
            CLEAR(finds), CLEAR(failures), CLEAR(last_status), CLEAR(events), CLEAR(changes);
            CLEAR(workspace_given_bytes), CLEAR(workspace_supplied_bytes);
            CLEAR(timed), CLEAR(device_ns);
            for (unsigned k = 0; k < CANDIDATES_MAX; k++)
                CLEAR(runs[k]);
#undef CLEAR
        }
    }
}
