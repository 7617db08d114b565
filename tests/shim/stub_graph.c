/* The stub of libMIOpen: the graph interface. */
#include "stub_enter.h"
#include "stub_fusion.h"
#include "stub_miopen.h"

struct miopenBackendDescriptor {
    unsigned type;
};

static atomic_uint graph_executions;
static _Thread_local miopenBackendDescriptor_t proposal;

unsigned stub_graph_executions(void)
{
    return atomic_load(&graph_executions);
}

void stub_graph_forget(void)
{
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
    descriptor->type = type;
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

miopenStatus_t miopenBackendSetAttribute(miopenBackendDescriptor_t descriptor,
                                         miopenBackendAttributeName_t name,
                                         miopenBackendAttributeType_t type, int64_t count,
                                         void *elements)
{
    STUB_ENTER(miopenBackendSetAttribute, descriptor, name, type, count, elements);
    return descriptor && elements ? miopenStatusSuccess : miopenStatusBadParm;
}

miopenStatus_t miopenBackendGetAttribute(miopenBackendDescriptor_t descriptor,
                                         miopenBackendAttributeName_t name,
                                         miopenBackendAttributeType_t type, int64_t requested,
                                         int64_t *count, void *elements)
{
    STUB_ENTER(miopenBackendGetAttribute, descriptor, name, type, requested, count, elements);
    if (!descriptor || !count || !elements)
        return miopenStatusBadParm;
    if (requested > 0)
        *(miopenBackendDescriptor_t *)elements = proposal;
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
    return miopenStatusSuccess;
}
