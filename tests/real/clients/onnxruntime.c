/*
 * ONNX Runtime's calls for a convolution (ROCm execution provider,
 * onnxruntime/core/providers/rocm/nn/ conv.cc and conv_transpose.cc,
 * onnxruntime/contrib_ops/rocm/fused_conv.cc, 1.8 to 1.22): a node of a model keeps its descriptors
 * and, for each input shape, what Find said when that shape first came. Handles belong to streams,
 * and what Find said on one is used on all.
 */
#include "call_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEARCH_BYTES ((size_t)32 << 20) /* where miopen_conv_use_max_workspace is off */
#define ALGORITHMS   5                  /* each is asked about, though MIOpen's answer is one */
#define SHAPES_MAX   4

struct stream {
    hipStream_t stream;
    miopenHandle_t handle;
};

struct node {
    bool max_workspace;
    bool fused; /* FusedConv: with ReLU, by a plan where MIOpen has one */
    struct call call;
    miopenTensorDescriptor_t bias;
    struct {
        int64_t images;
        miopenConvAlgoPerf_t perf;
    } known[SHAPES_MAX]; /* by the only length that changes here */
    size_t known_count;
    int64_t images; /* that the descriptors are set to */

    miopenActivationDescriptor_t activation;
    miopenFusionPlanDescriptor_t plan;
    miopenFusionOpDescriptor_t convolution, bias_operation, addend_operation, relu;
    miopenOperatorArgs_t args;
};

static bool stream_open(struct stream *ret_stream)
{
    return hipStreamCreate(&ret_stream->stream) == hipSuccess &&
           miopenCreateWithStream(&ret_stream->handle, ret_stream->stream) == miopenStatusSuccess;
}

static void stream_close(const struct stream *stream)
{
    (void)miopenDestroy(stream->handle);
    (void)hipStreamDestroy(stream->stream);
}

static void node_close(struct node *node)
{
    if (node->plan)
        miopenDestroyFusionPlan(node->plan);
    if (node->args)
        miopenDestroyOperatorArgs(node->args);
    if (node->activation)
        miopenDestroyActivationDescriptor(node->activation);
    if (node->call.convolution)
        miopenDestroyConvolutionDescriptor(node->call.convolution);
    tensor_destroy(node->bias);
    tensor_destroy(node->call.x.tensor);
    tensor_destroy(node->call.w.tensor);
    tensor_destroy(node->call.y.tensor);
    *node = (struct node){0};
}

/* --- What Find says: asked once for a shape
 * ------------------------------------------------------- */

static size_t search_bytes(const struct node *node)
{
    size_t free_bytes, total_bytes, most = 0;

    if (!node->max_workspace || node->call.direction != DIRECTION_FORWARD)
        return SEARCH_BYTES;
    if (hipMemGetInfo(&free_bytes, &total_bytes) != hipSuccess)
        return 0;
    for (int i = 0; i < ALGORITHMS; i++) {
        size_t bytes = 0;

        if (call_get_workspace_size(&node->call, &bytes) == miopenStatusSuccess && bytes > most &&
            bytes <= free_bytes / 10 * 9)
            most = bytes;
    }
    return most;
}

static bool node_find(struct node *node, struct trial *trial, miopenConvAlgoPerf_t *ret_perf)
{
    struct buffer workspace;
    miopenConvAlgoPerf_t perf;
    int count = 1;
    bool found;

    if (!trial_step(trial, "workspace", buffer_allocate(search_bytes(node), &workspace)))
        return false;
    found = trial_step(
        trial, "Find",
        (int)call_find(&node->call, 1, &count, &perf, workspace.data, workspace.bytes, false));
    buffer_free(&workspace);
    if (found && node->known_count < SHAPES_MAX) {
        node->known[node->known_count].images = node->images;
        node->known[node->known_count++].perf = perf;
        *ret_perf = perf;
    }
    return found;
}

/* The node's descriptors for this shape, and its algorithm. */
static bool node_update(struct node *node, const struct stream *stream, struct trial *trial,
                        miopenConvAlgoPerf_t *ret_perf)
{
    const struct problem *p = &trial->problem;
    struct call *call = &node->call;

    call->handle = stream->handle;
    call->direction = p->direction;
    call->x.data = trial->x.data;
    call->w.data = trial->w.data;
    call->y.data = trial->y.data;
    if (node->images != p->x.lengths[0] &&
        (!tensor_set(trial, &p->w, &call->w.tensor) || !tensor_set(trial, &p->x, &call->x.tensor) ||
         !tensor_set(trial, &p->y, &call->y.tensor) ||
         !convolution_set(trial, miopenConvolution, &call->convolution) ||
         !bias_set(trial, problem_result(p)->lengths[1], &node->bias)))
        return false;
    node->images = p->x.lengths[0];
    for (size_t i = 0; i < node->known_count; i++)
        if (node->known[i].images == node->images) {
            *ret_perf = node->known[i].perf;
            return true;
        }
    return node_find(node, trial, ret_perf);
}

/* --- The plan of a FusedConv; without it MIOpen's single functions do the same
 * -------------------- */

static bool plan_open(struct node *node, bool with_addend)
{
    const struct call *call = &node->call;

    return miopenCreateFusionPlan(&node->plan, miopenVerticalFusion, call->x.tensor) ==
               miopenStatusSuccess &&
           miopenCreateOperatorArgs(&node->args) == miopenStatusSuccess &&
           miopenCreateOpConvForward(node->plan, &node->convolution, call->convolution,
                                     call->w.tensor) == miopenStatusSuccess &&
           (!with_addend || miopenCreateOpBiasForward(node->plan, &node->addend_operation,
                                                      call->y.tensor) == miopenStatusSuccess) &&
           miopenCreateOpBiasForward(node->plan, &node->bias_operation, node->bias) ==
               miopenStatusSuccess &&
           miopenCreateOpActivationForward(node->plan, &node->relu, miopenActivationRELU) ==
               miopenStatusSuccess;
}

static bool plan_execute(const struct node *node, struct trial *trial)
{
    const struct call *call = &node->call;
    float one = 1, zero = 0;

    return trial_step(trial, "SetOpArgsConvForward",
                      (int)miopenSetOpArgsConvForward(node->args, node->convolution, &one, &zero,
                                                      call->w.data)) &&
           (!trial->addend.data ||
            trial_step(trial, "SetOpArgsBiasForward",
                       (int)miopenSetOpArgsBiasForward(node->args, node->addend_operation, &one,
                                                       &zero, trial->addend.data))) &&
           trial_step(trial, "SetOpArgsBiasForward",
                      (int)miopenSetOpArgsBiasForward(node->args, node->bias_operation, &one, &zero,
                                                      trial->bias.data)) &&
           trial_step(
               trial, "SetOpArgsActivForward",
               (int)miopenSetOpArgsActivForward(node->args, node->relu, &one, &zero, 0, 0, 0)) &&
           miopenExecuteFusionPlan(call->handle, node->plan, call->x.tensor, call->x.data,
                                   call->y.tensor, call->y.data, node->args) == miopenStatusSuccess;
}

/* Whether the plan did it all. A plan that does not compile is executed all the same. */
static bool node_run_fused(struct node *node, struct trial *trial)
{
    if (!node->plan && !plan_open(node, trial->addend.data != NULL))
        return false;
    miopenCompileFusionPlan(node->call.handle, node->plan);
    return plan_execute(node, trial);
}

static bool tensor_add(const struct node *node, struct trial *trial,
                       miopenTensorDescriptor_t descriptor, const void *data)
{
    const struct operand *y = &node->call.y;
    float one = 1, zero = 0;

    return trial_step(trial, "OpTensor",
                      (int)miopenOpTensor(node->call.handle, miopenTensorOpAdd, &zero, y->tensor,
                                          y->data, &one, descriptor, data, &one, y->tensor,
                                          y->data));
}

static void fused_by_steps(struct node *node, struct trial *trial)
{
    const struct operand *y = &node->call.y;
    float one = 1, zero = 0;

    if (!node->activation &&
        (!trial_step(trial, "CreateActivation",
                     (int)miopenCreateActivationDescriptor(&node->activation)) ||
         !trial_step(
             trial, "SetActivation",
             (int)miopenSetActivationDescriptor(node->activation, miopenActivationRELU, 0, 0, 0))))
        return;
    if (tensor_add(node, trial, node->bias, trial->bias.data) &&
        (!trial->addend.data || tensor_add(node, trial, y->tensor, trial->addend.data)))
        trial_step(trial, "ActivationForward",
                   (int)miopenActivationForward(node->call.handle, node->activation, &one,
                                                y->tensor, y->data, &zero, y->tensor, y->data));
}

/* --- A node's run
 * --------------------------------------------------------------------------------- */

static void node_run(struct node *node, const struct stream *stream, struct trial *trial)
{
    struct buffer workspace = {0};
    miopenConvAlgoPerf_t perf = {.memory = 0};
    float one = 1, zero = 0;

    if (node_update(node, stream, trial, &perf) &&
        trial_step(trial, "workspace", buffer_allocate(perf.memory, &workspace)) &&
        !(node->fused && node_run_fused(node, trial)) &&
        trial_step(trial, "Convolution",
                   (int)call_convolution(&node->call, (int)perf.fwd_algo, workspace.data,
                                         workspace.bytes))) {
        if (node->fused)
            fused_by_steps(node, trial);
        else if (trial->bias.data)
            trial_step(trial, "ForwardBias",
                       (int)miopenConvolutionForwardBias(
                           stream->handle, &one, node->bias, trial->bias.data, &zero,
                           node->call.direction == DIRECTION_FORWARD ? node->call.y.tensor
                                                                     : node->call.x.tensor,
                           trial_result(trial)->data));
    }
    trial_step(trial, "hipStreamSynchronize", hipStreamSynchronize(stream->stream) != hipSuccess);
    buffer_free(&workspace);
}

struct shape {
    const char *name, *line;
    bool bias, addend;
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct shape shapes[] = {
    {"3x3", "conv -n 1 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1", false, false},
    {"3x3 with bias", "conv -n 1 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1", true, false},
    {"1x1 with bias", "conv -n 1 -c 16 -H 16 -W 16 -k 16 -y 1 -x 1 -F 1", true, false},
    {"7x7 stride 2", "conv -n 1 -c 3 -H 32 -W 32 -k 8 -y 7 -x 7 -p 3 -q 3 -u 2 -v 2 -F 1", true,
     false},
    {"dilation", "conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 2 -q 2 -l 2 -j 2 -F 1", true, false},
    {"depthwise", "conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -g 8 -F 1", true, false},
    {"1-D", "conv -n 1 -c 8 -H 64 -W 1 -k 8 -y 3 -x 1 -p 1 -q 0 -F 1", true, false},
    {"half", "convfp16 -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1", true, false},
    {"ConvTranspose", "conv -n 1 -c 8 -H 8 -W 8 -k 6 -y 4 -x 4 -p 1 -q 1 -u 2 -v 2 -m trans -F 1",
     true, false},
};

static const struct shape fused[] = {
    {"3x3", "conv -n 1 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1", true, false},
    {"1x1", "conv -n 1 -c 16 -H 16 -W 16 -k 16 -y 1 -x 1 -F 1", true, false},
    {"3x3 stride 2", "conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -u 2 -v 2 -F 1", true,
     false},
    {"3x3 and another tensor", "conv -n 1 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1", true,
     true},
};

/* A run of a node in a trial of its own. */
static void shape_run(struct session *session, struct node *node, const struct stream *stream,
                      const struct shape *shape, const char *name)
{
    struct trial trial;

    if (trial_open(session, name, shape->line, &trial)) {
        if (shape->bias)
            trial_add_bias(&trial);
        if (shape->addend)
            trial_add(&trial);
        if (node->fused)
            trial_relu(&trial);
        node_run(node, stream, &trial);
    }
    trial_close(&trial);
}

/* Each shape is a node of the model, run twice. */
static void model_run(struct session *session, const struct shape *model, size_t count,
                      const struct node *options)
{
    struct stream stream;

    if (!stream_open(&stream))
        abort();
    for (size_t i = 0; i < count; i++) {
        struct node node = *options;
        char again[64];

        snprintf(again, sizeof(again), "%s, again", model[i].name);
        shape_run(session, &node, &stream, &model[i], model[i].name);
        shape_run(session, &node, &stream, &model[i], again);
        node_close(&node);
    }
    stream_close(&stream);
}

static void program_max_workspace(struct session *session)
{
    model_run(session, shapes, COUNT(shapes), &(struct node){.max_workspace = true});
}

static void program_32_mb(struct session *session)
{
    model_run(session, shapes, COUNT(shapes), &(struct node){0});
}

static void program_fused(struct session *session)
{
    model_run(session, fused, COUNT(fused), &(struct node){.max_workspace = true, .fused = true});
}

/* Batches of changing size: descriptors set again, and answers that are known from before. */
static void program_batches(struct session *session)
{
    static const struct shape batches[] = {
        {"1 image", "conv -n 1 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1", true, false},
        {"3 images", "conv -n 3 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1", true, false},
        {"1 image again", "conv -n 1 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1", true, false},
        {"2 images", "conv -n 2 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1", true, false},
        {"3 images again", "conv -n 3 -c 8 -H 12 -W 12 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1", true, false},
    };
    struct node node = {.max_workspace = true};
    struct stream stream;

    if (!stream_open(&stream))
        abort();
    for (size_t i = 0; i < COUNT(batches); i++)
        shape_run(session, &node, &stream, &batches[i], batches[i].name);
    node_close(&node);
    stream_close(&stream);
}

/* What Find said on one stream's handle is used on another's, which never had a Find. */
static void program_two_streams(struct session *session)
{
    struct stream first, second;

    if (!stream_open(&first) || !stream_open(&second))
        abort();
    for (size_t i = 0; i < COUNT(shapes); i++) {
        struct node node = {.max_workspace = true};
        char name[64];

        snprintf(name, sizeof(name), "%s, first stream", shapes[i].name);
        shape_run(session, &node, &first, &shapes[i], name);
        snprintf(name, sizeof(name), "%s, second stream", shapes[i].name);
        shape_run(session, &node, &second, &shapes[i], name);
        node_close(&node);
    }
    stream_close(&first);
    stream_close(&second);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(struct session *session);
    } programs[] = {
        {"max workspace", program_max_workspace},
        {"32 MB", program_32_mb},
        {"batches", program_batches},
        {"two streams", program_two_streams},
        {"fused", program_fused},
    };
    struct session session;

    session_open(argc, argv, &session);
    for (size_t i = 0; i < COUNT(programs); i++)
        session_program(&session, programs[i].name, programs[i].run);
    return session_close(&session);
}
