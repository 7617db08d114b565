/*
 * The graph interface. Its one pattern with a convolution (convolution, addition, bias, ReLU) runs
 * through the fusion engine by calls inside MIOpen (src/graphapi/conv_bias_res_add_activ_forward_
 * executor.cpp, 3.2 to 3.5), which nothing can stand before. Nothing is launched until a plan is
 * executed, and a plan with a convolution is not executed on a card that has a decision: the status
 * is the one that MIOpen itself gives there where no fused solver applies.
 *
 * What holds a convolution is told by the attributes: an operation that is given one of a
 * convolution's is one, and what is given something that holds one holds one as well. Graphs
 * without pass untouched.
 */
#include "shim/export.h"
#include "shim/handle.h"
#include "shim/real.h"
#include "shim/table.h"
#include "shim/trace.h"

#include <errno.h>
#include <stdlib.h>

static struct table convolutions; /* the descriptors that hold one */

static bool holds_convolution(miopenBackendDescriptor_t descriptor)
{
    return table_find(&convolutions, descriptor);
}

/* NULL where memory is short. */
static struct record *record_new(void)
{
    const int saved_errno = errno;
    struct record *record = malloc(sizeof(*record));

    errno = saved_errno;
    return record;
}

/* Notes that a descriptor holds one, with a new record. */
static void note_convolution(miopenBackendDescriptor_t descriptor, struct record *record)
{
    free(table_put(&convolutions, descriptor, record));
}

/* The descriptor ended, or another begins at its address. */
static void forget(miopenBackendDescriptor_t descriptor)
{
    free(table_take(&convolutions, descriptor));
}

/* Where an attribute's elements are parts of the descriptor that is given them. */
static bool holds_its_elements(miopenBackendAttributeName_t name)
{
    return name == MIOPEN_ATTR_OPERATIONGRAPH_OPS || name == MIOPEN_ATTR_ENGINE_OPERATION_GRAPH ||
           name == MIOPEN_ATTR_ENGINEHEUR_OPERATION_GRAPH || name == MIOPEN_ATTR_ENGINECFG_ENGINE ||
           name == MIOPEN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG;
}

static bool is_convolution(miopenBackendAttributeName_t name)
{
    return name >= MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA &&
           name <= MIOPEN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY;
}

static bool any_holds_convolution(const miopenBackendDescriptor_t *descriptors, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (holds_convolution(descriptors[i]))
            return true;
    }
    return false;
}

SHIM_ENTRY miopenStatus_t miopenBackendCreateDescriptor(miopenBackendDescriptorType_t type,
                                                        miopenBackendDescriptor_t *descriptor)
{
    const struct real *real = real_get_anew();
    if (!real || !real->miopenBackendCreateDescriptor)
        return miopenStatusNotInitialized;

    const miopenStatus_t status = real->miopenBackendCreateDescriptor(type, descriptor);
    if (status == miopenStatusSuccess && descriptor && machine_get())
        forget(*descriptor);
    return status;
}

SHIM_ENTRY miopenStatus_t miopenBackendInitialize(miopenBackendDescriptor_t descriptor,
                                                  miopenBackendDescriptorType_t type, size_t size)
{
    const struct real *real = real_get_anew();
    if (!real || !real->miopenBackendInitialize)
        return miopenStatusNotInitialized;
    /* What MIOpen refuses to begin anew is what it was, a plan that can be executed say. */
    const miopenStatus_t status = real->miopenBackendInitialize(descriptor, type, size);
    if (status == miopenStatusSuccess)
        forget(descriptor);
    return status;
}

SHIM_ENTRY miopenStatus_t miopenBackendDestroyDescriptor(miopenBackendDescriptor_t descriptor)
{
    const struct real *real = real_get();
    if (!real || !real->miopenBackendDestroyDescriptor)
        return miopenStatusNotInitialized;
    forget(descriptor);
    return real->miopenBackendDestroyDescriptor(descriptor);
}

SHIM_ENTRY miopenStatus_t miopenBackendSetAttribute(miopenBackendDescriptor_t descriptor,
                                                    miopenBackendAttributeName_t name,
                                                    miopenBackendAttributeType_t type,
                                                    int64_t count, void *elements)
{
    const struct real *real = real_get();
    if (!real || !real->miopenBackendSetAttribute)
        return miopenStatusNotInitialized;

    struct record *record = NULL;
    if (machine_get() && (is_convolution(name) || holds_its_elements(name))) {
        /* Before MIOpen has the attribute: what it holds must not be in a plan unnoticed. */
        record = record_new();
        if (!record)
            return miopenStatusAllocFailed;
    }
    const miopenStatus_t status =
        real->miopenBackendSetAttribute(descriptor, name, type, count, elements);
    /* Only where MIOpen has taken them are the elements known to be what the attribute wants. */
    if (record && status == miopenStatusSuccess &&
        (is_convolution(name) || any_holds_convolution(elements, count)))
        note_convolution(descriptor, record);
    else
        free(record);
    return status;
}

/*
 * Notes what a descriptor holds that MIOpen has handed out. Where memory is short it is not handed
 * out: it stays a part of MIOpen's object that it came from (src/graphapi/engineheur.cpp).
 */
static miopenStatus_t note_element(miopenBackendDescriptor_t *element, bool holds)
{
    if (!holds) {
        forget(*element);
    } else if (!holds_convolution(*element)) {
        struct record *record = record_new();
        if (!record) {
            *element = NULL;
            return miopenStatusAllocFailed;
        }
        note_convolution(*element, record);
    }
    return miopenStatusSuccess;
}

/* What the engines that MIOpen proposes hold is what they were asked for. */
SHIM_ENTRY miopenStatus_t miopenBackendGetAttribute(miopenBackendDescriptor_t descriptor,
                                                    miopenBackendAttributeName_t name,
                                                    miopenBackendAttributeType_t type,
                                                    int64_t requested, int64_t *count,
                                                    void *elements)
{
    const struct real *real = real_get();
    if (!real || !real->miopenBackendGetAttribute)
        return miopenStatusNotInitialized;

    miopenStatus_t status =
        real->miopenBackendGetAttribute(descriptor, name, type, requested, count, elements);
    if (status != miopenStatusSuccess || !machine_get() || !count ||
        (name != MIOPEN_ATTR_ENGINEHEUR_RESULTS && !holds_its_elements(name)) ||
        name == MIOPEN_ATTR_OPERATIONGRAPH_OPS)
        return status;

    miopenBackendDescriptor_t *descriptors = elements;
    const bool holds = holds_convolution(descriptor);
    for (int64_t i = 0; i < requested && i < *count; i++) {
        const miopenStatus_t noted = note_element(&descriptors[i], holds);
        status = noted == miopenStatusSuccess ? status : noted;
    }
    return status;
}

/* The card as a whole: what the convolution is stays MIOpen's secret. */
static bool is_forced(const struct machine *machine, const struct handle *handle)
{
    struct decision decision;
    const struct query query = {
        .chip = handle->chip, .target = handle->target, .miopen = handle->version};

    decision_for(&machine->rules, &query, &decision);
    return handle->forced && decision.forced;
}

SHIM_ENTRY miopenStatus_t miopenBackendExecute(miopenHandle_t handle,
                                               miopenBackendDescriptor_t plan,
                                               miopenBackendDescriptor_t variant_pack)
{
    const struct real *caller = real_get();
    const struct real *real = caller ? handle_real(caller, handle) : NULL;
    if (!real || !real->miopenBackendExecute)
        return miopenStatusNotInitialized;

    const struct machine *machine = machine_get();
    if (machine && handle && plan && holds_convolution(plan)) {
        const struct handle *known = handle_get(caller, machine, handle);
        if (!known || is_forced(machine, known)) {
            trace_refused("miopenBackendExecute", "the plan holds a convolution");
            return miopenStatusInternalError;
        }
    }
    return real->miopenBackendExecute(handle, plan, variant_pack);
}
