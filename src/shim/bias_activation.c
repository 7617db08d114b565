/*
 * y = ReLU(alpha1 conv(x, w) + alpha2 z + bias) in one call. MIOpen does it by a fusion plan of its
 * own making (ConvBiasActivFusion in src/fusion.cpp, 2.19 to 3.5), which nothing can stand before;
 * so the call itself is emulated. What MIOpen refuses is refused with its status.
 */
#include "shim/choice.h"
#include "shim/fusion_plan.h"
#include "shim/handle.h"
#include "shim/run.h"
#include "shim/workspace.h"

#include <errno.h>

/* The call's arguments, in its order. */
struct fused {
    miopenHandle_t handle;
    const void *alpha1;
    miopenTensorDescriptor_t x_descriptor;
    const void *x;
    miopenTensorDescriptor_t w_descriptor;
    const void *w;
    miopenConvolutionDescriptor_t convolution;
    void *workspace;
    size_t workspace_bytes;
    const void *alpha2;
    miopenTensorDescriptor_t z_descriptor;
    const void *z;
    miopenTensorDescriptor_t bias_descriptor;
    const void *bias;
    miopenActivationDescriptor_t activation;
    miopenTensorDescriptor_t y_descriptor;
    void *y;
};

/* NULL stands for 1 (ConvBiasActivFusion). */
static float factor(const void *alpha)
{
    return alpha ? *(const float *)alpha : 1.0F;
}

/* What the call's descriptors say, or why it cannot be done. */
static miopenStatus_t problem_read(const struct real *real, const struct fused *fused,
                                   struct problem *ret_problem)
{
    struct problem problem = {.direction = DIRECTION_FORWARD};
    struct fusion_vector bias;
    miopenActivationMode_t mode = 0;
    double alpha = 0, beta = 0, gamma = 0;

    if (!fused->x_descriptor || !fused->w_descriptor || !fused->convolution ||
        !fused->z_descriptor || !fused->bias_descriptor || !fused->activation ||
        !fused->y_descriptor)
        return miopenStatusBadParm;
    if (!fused->x || !fused->w || !fused->bias || !fused->y)
        return miopenStatusBadParm;
    if (!real->miopenGetActivationDescriptor ||
        real->miopenGetActivationDescriptor(fused->activation, &mode, &alpha, &beta, &gamma) !=
            miopenStatusSuccess)
        return miopenStatusBadParm;
    if (mode != MIOPEN_ACTIVATION_RELU)
        return miopenStatusNotImplemented;

    if (call_read_tensor(real, fused->x_descriptor, &problem.x) < 0 ||
        call_read_tensor(real, fused->w_descriptor, &problem.w) < 0 ||
        call_read_convolution(real, fused->convolution, &problem) < 0 ||
        fusion_derive_result(&problem) < 0)
        return miopenStatusUnsupportedOp;
    if (!call_tensor_holds(real, fused->y_descriptor, &problem.y))
        return miopenStatusBadParm;
    if (fusion_vector_read(real, fused->bias_descriptor, &bias) < 0 ||
        bias.type != problem.y.type || bias.count != problem.y.lengths[1])
        return miopenStatusUnsupportedOp;
    if (fused->z && !call_tensor_holds(real, fused->z_descriptor, &problem.y))
        return miopenStatusUnsupportedOp;
    *ret_problem = problem;
    return miopenStatusSuccess;
}

static size_t y_bytes(const struct problem *problem)
{
    size_t bytes = data_type_bytes(problem->y.type);

    for (unsigned i = 0; i < problem->y.rank; i++)
        bytes *= (size_t)problem->y.lengths[i];
    return bytes;
}

static bool overlap(const void *a, const void *b, size_t bytes)
{
    const uintptr_t first = (uintptr_t)a, second = (uintptr_t)b;

    return first < second ? second - first < bytes : first - second < bytes;
}

/*
 * Where the convolution goes: y, or memory of ours where z is y and still to be read, to be given
 * back behind the last launch.
 */
struct destination {
    void *result;
    struct workspace *own;
};

static miopenStatus_t destination_find(const struct real *real, const struct fused *fused,
                                       const struct problem *problem, struct handle *handle,
                                       struct destination *ret_destination)
{
    const size_t bytes = y_bytes(problem);
    struct destination destination = {.result = fused->y};

    if (fused->z && overlap(fused->z, fused->y, bytes)) {
        destination.own = workspace_take(real, machine_get(), handle, bytes);
        if (!destination.own)
            return miopenStatusAllocFailed;
        destination.result = destination.own->memory;
    }
    *ret_destination = destination;
    return miopenStatusSuccess;
}

static miopenStatus_t emulate(const struct real *real, struct handle *handle,
                              const struct fused *fused, const struct problem *problem,
                              const struct call *call, const struct choice *choice)
{
    const float alpha1 = factor(fused->alpha1), alpha2 = factor(fused->alpha2);
    struct emulation *emulation = emulation_get(real, &handle->emulations, problem);
    struct destination destination = {.own = NULL};

    if (!emulation)
        return miopenStatusAllocFailed;
    if (!emulation->complete || choice->count == 0)
        return miopenStatusUnsupportedOp;

    miopenStatus_t status = destination_find(real, fused, problem, handle, &destination);
    if (status == miopenStatusSuccess)
        status = convolution_run(real, call, fused->w, fused->x, destination.result,
                                 fused->workspace, fused->workspace_bytes);
    if (status == miopenStatusSuccess && fused->z)
        status = pointwise_add(real, fused->handle, &emulation->pointwise, alpha1,
                               destination.result, alpha2, fused->z, fused->y);
    workspace_give(destination.own);
    if (status == miopenStatusSuccess)
        status = pointwise_add_bias(real, fused->handle, &emulation->pointwise,
                                    fused->z ? 1.0F : alpha1, fused->bias, fused->y);
    if (status == miopenStatusSuccess)
        status = pointwise_activate(real, fused->handle, &emulation->pointwise,
                                    MIOPEN_ACTIVATION_RELU, 0, 0, 0, fused->y);
    return status;
}

/* True where the call is MIOpen's own business; else *ret_status is the answer. */
static bool is_forwarded(const struct real *caller, const struct fused *fused,
                         miopenStatus_t *ret_status)
{
    const struct machine *machine = machine_get();
    if (!machine || !fused->handle)
        return true;

    struct handle *handle = handle_get(caller, machine, fused->handle);
    if (handle && !handle->forced)
        return true;
    if (!handle) {
        *ret_status = miopenStatusAllocFailed;
        return false;
    }

    struct problem problem;
    *ret_status = problem_read(handle->real, fused, &problem);
    if (*ret_status != miopenStatusSuccess)
        return false;

    const struct call call =
        call_in_find_order(DIRECTION_FORWARD, fused->handle, fused->x_descriptor,
                           fused->w_descriptor, fused->convolution, fused->y_descriptor);
    const struct choice *choice = choice_get(handle->real, &call);
    if (!choice->forced)
        return true; /* by a rule */
    *ret_status = emulate(handle->real, handle, fused, &problem, &call, choice);
    return false;
}

SHIM_ENTRY miopenStatus_t miopenConvolutionBiasActivationForward(
    miopenHandle_t handle, const void *alpha1, const miopenTensorDescriptor_t x_descriptor,
    const void *x, const miopenTensorDescriptor_t w_descriptor, const void *w,
    const miopenConvolutionDescriptor_t convolution, miopenConvFwdAlgorithm_t algorithm,
    void *workspace, size_t workspace_bytes, const void *alpha2,
    const miopenTensorDescriptor_t z_descriptor, const void *z,
    const miopenTensorDescriptor_t bias_descriptor, const void *bias,
    const miopenActivationDescriptor_t activation, const miopenTensorDescriptor_t y_descriptor,
    void *y)
{
    const struct real *caller = real_get();
    const struct real *real = caller ? handle_real(caller, handle) : NULL;
    if (!real || !real->miopenConvolutionBiasActivationForward)
        return miopenStatusNotInitialized;

    const struct fused fused = {handle,
                                alpha1,
                                x_descriptor,
                                x,
                                w_descriptor,
                                w,
                                convolution,
                                workspace,
                                workspace_bytes,
                                alpha2,
                                z_descriptor,
                                z,
                                bias_descriptor,
                                bias,
                                activation,
                                y_descriptor,
                                y};
    const int saved_errno = errno;
    miopenStatus_t status = miopenStatusNotInitialized;
    const bool forwarded = is_forwarded(caller, &fused, &status);
    errno = saved_errno;
    if (!forwarded)
        return status;

    return real->miopenConvolutionBiasActivationForward(
        handle, alpha1, x_descriptor, x, w_descriptor, w, convolution, algorithm, workspace,
        workspace_bytes, alpha2, z_descriptor, z, bias_descriptor, bias, activation, y_descriptor,
        y);
}
