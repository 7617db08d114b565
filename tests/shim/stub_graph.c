/* The stub of libMIOpen: the graph interface. */
#include "stub_enter.h"
#include "stub_fusion.h"
#include "stub_miopen.h"

struct miopenBackendDescriptor {
    unsigned type;
    bool convolves; /* itself or one of its parts */
};

static atomic_uint graph_executions, convolutions_executed;
static _Thread_local miopenBackendDescriptor_t proposal;

unsigned stub_graph_executions(void)
{
    return atomic_load(&graph_executions);
}

unsigned stub_graph_convolutions(void)
{
    return atomic_load(&convolutions_executed);
}

void stub_graph_forget(void)
{
    atomic_store(&convolutions_executed, 0);
    atomic_store(&graph_executions, 0);
}

void stub_propose(miopenBackendDescriptor_t configuration)
{
    proposal = configuration;
}

miopenStatus_t miopenBackendCreateDescriptor(miopenBackendDescriptorType_t type,
                                             miopenBackendDescriptor_t *descriptor)
{
    STUB_ENTER(miopenBackendCreateDescriptor, type, descriptor);
    if (!descriptor)
        return miopenStatusBadParm;
    *descriptor = stub_object_make(sizeof(**descriptor));
    if (!*descriptor)
        return miopenStatusAllocFailed;
    (*descriptor)->type = type;
    return miopenStatusSuccess;
}

miopenStatus_t miopenBackendInitialize(miopenBackendDescriptor_t descriptor,
                                       miopenBackendDescriptorType_t type, size_t size)
{
    STUB_ENTER(miopenBackendInitialize, descriptor, type, size);
    if (!descriptor)
        return miopenStatusBadParm;
    *descriptor = (struct miopenBackendDescriptor){.type = type};
    return miopenStatusSuccess;
}

miopenStatus_t miopenBackendDestroyDescriptor(miopenBackendDescriptor_t descriptor)
{
    STUB_ENTER(miopenBackendDestroyDescriptor, descriptor);
    if (!descriptor)
        return miopenStatusBadParm;
    stub_object_end(descriptor);
    return miopenStatusSuccess;
}

void stub_destroy_backend(miopenBackendDescriptor_t descriptor)
{
    stub_object_end(descriptor);
}

static bool takes_parts(miopenBackendAttributeName_t name)
{
    return name == MIOPEN_ATTR_OPERATIONGRAPH_OPS || name == MIOPEN_ATTR_ENGINE_OPERATION_GRAPH ||
           name == MIOPEN_ATTR_ENGINEHEUR_OPERATION_GRAPH || name == MIOPEN_ATTR_ENGINECFG_ENGINE ||
           name == MIOPEN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG;
}

miopenStatus_t miopenBackendSetAttribute(miopenBackendDescriptor_t descriptor,
                                         miopenBackendAttributeName_t name,
                                         miopenBackendAttributeType_t type, int64_t count,
                                         void *elements)
{
    STUB_ENTER(miopenBackendSetAttribute, descriptor, name, type, count, elements);
    if (!descriptor || !elements)
        return miopenStatusBadParm;
    if (name >= MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA &&
        name <= MIOPEN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY)
        descriptor->convolves = true;
    for (int64_t i = 0; i < count && takes_parts(name); i++) {
        const miopenBackendDescriptor_t part = ((const miopenBackendDescriptor_t *)elements)[i];
        if (!part)
            return miopenStatusBadParm;
        descriptor->convolves = descriptor->convolves || part->convolves;
    }
    return miopenStatusSuccess;
}

miopenStatus_t miopenBackendGetAttribute(miopenBackendDescriptor_t descriptor,
                                         miopenBackendAttributeName_t name,
                                         miopenBackendAttributeType_t type, int64_t requested,
                                         int64_t *count, void *elements)
{
    STUB_ENTER(miopenBackendGetAttribute, descriptor, name, type, requested, count, elements);
    if (!descriptor || !count || !elements)
        return miopenStatusBadParm;
    if (requested > 0 && proposal) {
        /* What is proposed is for the graph of what is asked. */
        proposal->convolves = descriptor->convolves;
        *(miopenBackendDescriptor_t *)elements = proposal;
    }
    *count = 1;
    return miopenStatusSuccess;
}

miopenStatus_t miopenBackendExecute(miopenHandle_t handle, miopenBackendDescriptor_t plan,
                                    miopenBackendDescriptor_t variant_pack)
{
    STUB_ENTER(miopenBackendExecute, handle, plan, variant_pack);
    if (!handle || !plan || !variant_pack)
        return miopenStatusBadParm;
    atomic_fetch_add(&graph_executions, 1);
    if (plan->convolves)
        atomic_fetch_add(&convolutions_executed, 1);
    return miopenStatusSuccess;
}
