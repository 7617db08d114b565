/*
 * The graph interface's one pattern with a convolution: convolution, another tensor added, bias,
 * ReLU. An engine is found for it on every card, and none can run it on RDNA1: the program then
 * goes the other way, as programs must that ask for engines. Once through the engine's number, once
 * through the heuristics, each also without what the environment says to MIOpen.
 *
 * MIOpen's header declares this interface to C++ alone, so what is used of it is declared here.
 */
#include "trial.h"

#include <stdlib.h>
#include <string.h>

typedef struct backend *backend;

int miopenBackendCreateDescriptor(unsigned type, backend *descriptor);
int miopenBackendSetAttribute(backend descriptor, unsigned name, unsigned type, int64_t count,
                              void *elements);
int miopenBackendGetAttribute(backend descriptor, unsigned name, unsigned type, int64_t requested,
                              int64_t *count, void *elements);
int miopenBackendFinalize(backend descriptor);
int miopenBackendExecute(miopenHandle_t handle, backend plan, backend variant_pack);
int miopenBackendDestroyDescriptor(backend descriptor);

/* miopenBackendDescriptorType_t */
enum {
    CONVOLUTION = 0,
    ENGINE = 1,
    ENGINE_CONFIGURATION = 2,
    ENGINE_HEURISTICS = 3,
    EXECUTION_PLAN = 4,
    OPERATION_CONVOLUTION = 13,
    OPERATION_POINTWISE = 18,
    OPERATION_GRAPH = 25,
    POINTWISE = 26,
    TENSOR = 30,
    VARIANT_PACK = 31,
};

/* miopenBackendAttributeType_t, and the size of an element */
enum {
    TYPE_HANDLE = 0,
    TYPE_DATA = 1,
    TYPE_BOOLEAN = 2,
    TYPE_INT = 3,
    TYPE_FLOAT = 4,
    TYPE_POINTER = 6,
    TYPE_CONVOLUTION_MODE = 7,
    TYPE_HEURISTICS_MODE = 8,
    TYPE_POINTWISE_MODE = 14,
    TYPE_DESCRIPTOR = 15,
};

enum { POINTWISE_ADD = 0, POINTWISE_RELU = 22 };

/* Notes how one of MIOpen's other functions went. */
static bool called(struct trial *trial, const char *stage, miopenStatus_t status)
{
    return trial_step(trial, stage, (int)status);
}

#define DESCRIPTORS_MAX 48

struct graph {
    struct trial *trial;
    miopenHandle_t handle;
    backend all[DESCRIPTORS_MAX];
    unsigned count;
};

static backend make(struct graph *graph, unsigned type)
{
    backend descriptor = NULL;

    trial_step(graph->trial, "CreateDescriptor", miopenBackendCreateDescriptor(type, &descriptor));
    if (descriptor && graph->count < DESCRIPTORS_MAX)
        graph->all[graph->count++] = descriptor;
    return descriptor;
}

static void set(struct graph *graph, backend descriptor, unsigned name, unsigned type,
                int64_t count, void *elements)
{
    trial_step(graph->trial, "SetAttribute",
               miopenBackendSetAttribute(descriptor, name, type, count, elements));
}

static void set_descriptor(struct graph *graph, backend descriptor, unsigned name, backend element)
{
    set(graph, descriptor, name, TYPE_DESCRIPTOR, 1, &element);
}

static backend finalize(struct graph *graph, backend descriptor)
{
    trial_step(graph->trial, "Finalize", miopenBackendFinalize(descriptor));
    return descriptor;
}

/* The tensors of the pattern, by their ids. */
enum { ID_X = 1, ID_W, ID_Z, ID_BIAS, ID_Y, ID_CONVOLVED, ID_ADDED, ID_BIASED };

static backend tensor(struct graph *graph, int64_t id, const struct tensor *about)
{
    backend descriptor = make(graph, TENSOR);
    int32_t type = (int32_t)about->type;
    int64_t lengths[RANK_MAX], strides[RANK_MAX];
    bool is_virtual = id >= ID_CONVOLVED;

    memcpy(lengths, about->lengths, sizeof(lengths));
    memcpy(strides, about->strides, sizeof(strides));
    set(graph, descriptor, 906, TYPE_INT, 1, &id);
    set(graph, descriptor, 901, TYPE_DATA, 1, &type);
    set(graph, descriptor, 902, TYPE_INT, about->rank, lengths);
    set(graph, descriptor, 903, TYPE_INT, about->rank, strides);
    set(graph, descriptor, 907, TYPE_BOOLEAN, 1, &is_virtual);
    return finalize(graph, descriptor);
}

static backend convolution(struct graph *graph, backend x, backend w, backend y)
{
    const struct problem *p = &graph->trial->problem;
    backend parameters = make(graph, CONVOLUTION), operation = make(graph, OPERATION_CONVOLUTION);
    int32_t type = (int32_t)p->x.type, mode = miopenConvolution;
    int64_t spatial = p->spatial, zeroes[SPATIAL_MAX] = {0};
    int64_t pad[SPATIAL_MAX], stride[SPATIAL_MAX], dilation[SPATIAL_MAX];
    float alpha = 1, beta = 0;

    for (int i = 0; i < SPATIAL_MAX; i++) {
        pad[i] = p->pad[i];
        stride[i] = p->stride[i];
        dilation[i] = p->dilation[i];
    }
    set(graph, parameters, 100, TYPE_DATA, 1, &type);
    set(graph, parameters, 101, TYPE_CONVOLUTION_MODE, 1, &mode);
    set(graph, parameters, 106, TYPE_INT, 1, &spatial);
    set(graph, parameters, 102, TYPE_INT, spatial, dilation);
    set(graph, parameters, 103, TYPE_INT, spatial, stride);
    set(graph, parameters, 104, TYPE_INT, spatial, zeroes);
    set(graph, parameters, 105, TYPE_INT, spatial, pad);
    set_descriptor(graph, operation, 702, finalize(graph, parameters));
    set_descriptor(graph, operation, 704, x);
    set_descriptor(graph, operation, 703, w);
    set_descriptor(graph, operation, 705, y);
    set(graph, operation, 700, TYPE_FLOAT, 1, &alpha);
    set(graph, operation, 701, TYPE_FLOAT, 1, &beta);
    return finalize(graph, operation);
}

/* b: NULL for an operation of one tensor. */
static backend pointwise(struct graph *graph, int32_t mode, backend x, backend b, backend y)
{
    backend parameters = make(graph, POINTWISE), operation = make(graph, OPERATION_POINTWISE);
    int32_t type = (int32_t)graph->trial->problem.y.type;

    set(graph, parameters, 0, TYPE_POINTWISE_MODE, 1, &mode);
    set(graph, parameters, 1, TYPE_DATA, 1, &type);
    set_descriptor(graph, operation, 750, finalize(graph, parameters));
    set_descriptor(graph, operation, 751, x);
    if (b)
        set_descriptor(graph, operation, 752, b);
    set_descriptor(graph, operation, 753, y);
    return finalize(graph, operation);
}

static struct tensor bias_tensor(const struct problem *problem)
{
    struct tensor about = problem->y;

    for (unsigned i = 0; i < about.rank; i++)
        about.lengths[i] = about.strides[i] = 1;
    about.lengths[1] = about.strides[0] = problem->y.lengths[1];
    return about;
}

static backend pattern(struct graph *graph)
{
    const struct problem *p = &graph->trial->problem;
    const struct tensor about_bias = bias_tensor(p);
    backend x = tensor(graph, ID_X, &p->x), w = tensor(graph, ID_W, &p->w);
    backend z = tensor(graph, ID_Z, &p->y), bias = tensor(graph, ID_BIAS, &about_bias);
    backend convolved = tensor(graph, ID_CONVOLVED, &p->y), added = tensor(graph, ID_ADDED, &p->y);
    backend biased = tensor(graph, ID_BIASED, &p->y), y = tensor(graph, ID_Y, &p->y);
    backend operations[] = {convolution(graph, x, w, convolved),
                            pointwise(graph, POINTWISE_ADD, convolved, z, added),
                            pointwise(graph, POINTWISE_ADD, added, bias, biased),
                            pointwise(graph, POINTWISE_RELU, biased, NULL, y)};
    backend whole = make(graph, OPERATION_GRAPH);

    set(graph, whole, 800, TYPE_HANDLE, 1, &graph->handle);
    set(graph, whole, 801, TYPE_DESCRIPTOR, 4, operations);
    return finalize(graph, whole);
}

static backend configuration_by_number(struct graph *graph, backend whole)
{
    backend engine = make(graph, ENGINE), configuration = make(graph, ENGINE_CONFIGURATION);
    int64_t number = 0;

    set_descriptor(graph, engine, 1300, whole);
    set(graph, engine, 1301, TYPE_INT, 1, &number);
    set_descriptor(graph, configuration, 300, finalize(graph, engine));
    return finalize(graph, configuration);
}

static backend configuration_by_heuristics(struct graph *graph, backend whole)
{
    backend heuristics = make(graph, ENGINE_HEURISTICS), proposed = NULL;
    int32_t mode = 0;
    int64_t count = 0;

    set_descriptor(graph, heuristics, 201, whole);
    set(graph, heuristics, 200, TYPE_HEURISTICS_MODE, 1, &mode);
    finalize(graph, heuristics);
    trial_step(graph->trial, "GetAttribute",
               miopenBackendGetAttribute(heuristics, 202, TYPE_DESCRIPTOR, 1, &count, &proposed));
    trial_step(graph->trial, "nothing is proposed", count != 1);
    return proposed;
}

/* Builds the plan and executes it: the status of that. */
static int graph_execute(struct graph *graph, bool by_heuristics)
{
    const struct trial *trial = graph->trial;
    backend whole = pattern(graph);
    backend configuration = by_heuristics ? configuration_by_heuristics(graph, whole)
                                          : configuration_by_number(graph, whole);
    backend plan = make(graph, EXECUTION_PLAN), pack = make(graph, VARIANT_PACK);
    int64_t ids[] = {ID_X, ID_W, ID_Z, ID_BIAS, ID_Y};
    void *data[] = {trial->x.data, trial->w.data, trial->addend.data, trial->bias.data,
                    trial->y.data};
    struct buffer workspace; /* this interface wants one, whether it is used or not */
    int status = -1;

    trial_step(graph->trial, "workspace", buffer_allocate(256, &workspace));
    set(graph, plan, 400, TYPE_HANDLE, 1, &graph->handle);
    set_descriptor(graph, plan, 401, configuration);
    finalize(graph, plan);
    set(graph, pack, 1000, TYPE_INT, 5, ids);
    set(graph, pack, 1001, TYPE_POINTER, 5, data);
    set(graph, pack, 1003, TYPE_POINTER, 1, &workspace.data);
    finalize(graph, pack);
    if (!trial->stage)
        status = miopenBackendExecute(graph->handle, plan, pack);
    (void)hipDeviceSynchronize();
    buffer_free(&workspace);
    return status;
}

/* --- The other way ---------------------------------------------------------------------------- */

static miopenTensorDescriptor_t descriptor(struct trial *trial, const struct tensor *about)
{
    miopenTensorDescriptor_t made = NULL;
    int lengths[RANK_MAX], strides[RANK_MAX];

    for (unsigned i = 0; i < about->rank; i++) {
        lengths[i] = (int)about->lengths[i];
        strides[i] = (int)about->strides[i];
    }
    called(trial, "CreateTensor", miopenCreateTensorDescriptor(&made));
    called(trial, "SetTensor",
           miopenSetTensorDescriptor(made, (miopenDataType_t)about->type, (int)about->rank, lengths,
                                     strides));
    return made;
}

static void fall_back(struct trial *trial, miopenHandle_t handle)
{
    const struct problem *p = &trial->problem;
    const struct tensor about_bias = bias_tensor(p);
    miopenTensorDescriptor_t x = descriptor(trial, &p->x), w = descriptor(trial, &p->w);
    miopenTensorDescriptor_t y = descriptor(trial, &p->y), bias = descriptor(trial, &about_bias);
    miopenConvolutionDescriptor_t convolution = NULL;
    miopenActivationDescriptor_t relu = NULL;
    const float one = 1;

    called(trial, "CreateConvolution", miopenCreateConvolutionDescriptor(&convolution));
    called(trial, "InitConvolution",
           miopenInitConvolutionDescriptor(convolution, miopenConvolution, p->pad[0], p->pad[1],
                                           p->stride[0], p->stride[1], p->dilation[0],
                                           p->dilation[1]));
    called(trial, "CreateActivation", miopenCreateActivationDescriptor(&relu));
    called(trial, "SetActivation",
           miopenSetActivationDescriptor(relu, miopenActivationRELU, 0, 0, 0));
    called(trial, "ConvolutionBiasActivationForward",
           miopenConvolutionBiasActivationForward(handle, &one, x, trial->x.data, w, trial->w.data,
                                                  convolution, miopenConvolutionFwdAlgoGEMM, NULL,
                                                  0, &one, y, trial->addend.data, bias,
                                                  trial->bias.data, relu, y, trial->y.data));
    (void)hipDeviceSynchronize();
    miopenDestroyActivationDescriptor(relu);
    miopenDestroyConvolutionDescriptor(convolution);
    miopenDestroyTensorDescriptor(bias);
    miopenDestroyTensorDescriptor(y);
    miopenDestroyTensorDescriptor(w);
    miopenDestroyTensorDescriptor(x);
}

static void run(struct session *session, const char *name, bool by_heuristics)
{
    struct trial trial;
    struct graph graph = {.trial = &trial};
    int status;

    if (miopenCreate(&graph.handle) != miopenStatusSuccess)
        exit(3);
    if (trial_open(session, name, "conv -n 2 -c 4 -H 9 -W 8 -k 6 -y 3 -x 3 -p 1 -q 1 -F 1",
                   &trial)) {
        trial_add(&trial);
        trial_add_bias(&trial);
        trial_relu(&trial);
        status = graph_execute(&graph, by_heuristics);
        trial_step(&trial, "executed", status == miopenStatusSuccess);
        trial_step(&trial, "Execute", status == miopenStatusInternalError ? 0 : status);
        for (unsigned i = graph.count; i-- > 0;)
            trial_step(&trial, "DestroyDescriptor", miopenBackendDestroyDescriptor(graph.all[i]));
        if (!trial.stage)
            fall_back(&trial, graph.handle);
    }
    trial_close(&trial);
    miopenDestroy(graph.handle);
}

static void program_graph(struct session *session)
{
    run(session, "by number", false);
    run(session, "by heuristics", true);
}

/* Without what the environment says to MIOpen, which has not looked yet. */
static void program_alone(struct session *session)
{
    environment_forget("MIOPEN_");
    program_graph(session);
}

int main(int argc, char **argv)
{
    struct session session;

    session_open(argc, argv, &session);
    session_program(&session, "graph", program_graph);
    session_program(&session, "graph alone", program_alone);
    return session_close(&session);
}
