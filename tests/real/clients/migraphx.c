/*
 * MIGraphX's calls for a convolution (src/targets/gpu/include/migraphx/gpu/convolution.hpp and
 * miopen.hpp, 2.5 to 2.12, where MIGRAPHX_HAS_FIND_2_API is set): a model is compiled, for which
 * MIOpen searches for one solution, whose size is asked and which is saved with the model; and run,
 * by the solution of the search or, in a later program, by the saved one. Newer versions bring the
 * tensors and the workspace for the search. Forward alone, deconvolutions included; what goes
 * backward here is as other programs of Find 2.0 do it (ZLUDA).
 */
#include "call_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SAVED_MAX ((size_t)4 << 20) /* compiled kernels may be in it */

/* In the part of MIOpen's header that C++ alone can read; the numbers are those of 3.3 to 3.5.1. */
#define SOFTMAX_X ((miopenTensorArgumentId_t)44)
#define SOFTMAX_Y ((miopenTensorArgumentId_t)45)
miopenStatus_t miopenCreateSoftmaxProblem(miopenProblem_t *problem,
                                          miopenSoftmaxDescriptor_t softmax,
                                          miopenProblemDirection_t direction);

/* How a program searches. */
struct settings {
    bool preallocated; /* brings the tensors and the workspace */
    bool exhaustive;   /* MIGRAPHX_ENABLE_… --exhaustive-tune */
    bool binaries;     /* has the compiled kernels saved with the solution */
};

static const struct shape {
    const char *name, *line;
} shapes[] = {
    {"3x3", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"1x1", "conv -n 1 -c 32 -H 16 -W 16 -k 16 -y 1 -x 1 -F 1"},
    {"1x1 stride 2", "conv -n 2 -c 16 -H 9 -W 9 -k 8 -y 1 -x 1 -u 2 -v 2 -F 1"},
    {"3x3 dilated", "conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 2 -q 2 -l 2 -j 2 -F 1"},
    {"grouped", "conv -n 1 -c 16 -H 12 -W 12 -k 16 -y 3 -x 3 -p 1 -q 1 -g 4 -F 1"},
    {"depthwise", "conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -g 8 -F 1"},
    {"3x3 fp16", "convfp16 -n 1 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"one dimension", "conv -n 1 -c 8 -H 1 -W 40 -k 12 -y 1 -x 3 -p 0 -q 1 -F 1"},
    {"deconvolution", "conv -n 1 -c 16 -H 8 -W 8 -k 8 -y 3 -x 3 -p 1 -q 1 -u 2 -v 2 -m trans -F 1"},
    {"3x3 backward data", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 2"},
    {"3x3 backward weights", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 4"},
    {"dilated backward weights",
     "conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 2 -q 2 -l 2 -j 2 -F 4"},
    {"deconvolution backward data",
     "conv -n 1 -c 16 -H 8 -W 8 -k 8 -y 3 -x 3 -p 1 -q 1 -u 2 -v 2 -m trans -F 2"},
};

#define SHAPES_COUNT    (sizeof(shapes) / sizeof(*shapes))
#define SHAPES_BINARIES 4 /* the first of them, also with their compiled kernels */

/* What was saved of each shape's solution: memory that all programs of the session share. */
static struct saved {
    size_t size;
    char data[SAVED_MAX];
} * saved;

/* --- A convolution --------------------------------------------------------------------------- */

/* One convolution of a model, in its trial. */
struct node {
    struct trial trial;
    struct call call;
    miopenSolution_t solution; /* NULL while there is none */
};

/* As the caller names the tensors: of a deconvolution, x is what the plain convolution writes. */
static bool node_describe(struct trial *trial, miopenHandle_t handle, struct call *ret_call)
{
    struct problem described = trial->problem;
    const bool transposed = described.transposed;

    problem_transpose(&described);
    *ret_call = (struct call){.handle = handle,
                              .direction = described.direction,
                              .x.data = transposed ? trial->y.data : trial->x.data,
                              .w.data = trial->w.data,
                              .y.data = transposed ? trial->x.data : trial->y.data};
    return tensor_set(trial, &described.x, &ret_call->x.tensor) &&
           tensor_set(trial, &described.w, &ret_call->w.tensor) &&
           tensor_set(trial, &described.y, &ret_call->y.tensor) &&
           convolution_set(trial, transposed ? miopenTranspose : miopenConvolution,
                           &ret_call->convolution);
}

/* With a handle that is made where there is none yet. Always end it with node_close(). */
static bool node_open(struct session *session, const char *name, const char *line,
                      miopenHandle_t *handle, struct node *ret_node)
{
    *ret_node = (struct node){.solution = NULL};
    return trial_open(session, name, line, &ret_node->trial) &&
           (*handle || trial_step(&ret_node->trial, "Create", (int)miopenCreate(handle))) &&
           node_describe(&ret_node->trial, *handle, &ret_node->call);
}

static void node_close(struct node *node)
{
    if (node->solution)
        miopenDestroySolution(node->solution);
    call_close(&node->call);
    trial_close(&node->trial);
}

static bool problem_set(struct trial *trial, miopenProblem_t problem, miopenTensorArgumentId_t id,
                        miopenTensorDescriptor_t tensor)
{
    return trial_step(trial, "SetProblemTensor",
                      (int)miopenSetProblemTensorDescriptor(problem, id, tensor));
}

/* The problem holds copies: the descriptors may go. */
static bool problem_open(struct trial *trial, const struct call *call, miopenProblem_t *ret_problem)
{
    return trial_step(trial, "CreateConvProblem",
                      (int)miopenCreateConvProblem(ret_problem, call->convolution,
                                                   (miopenProblemDirection_t)call->direction)) &&
           problem_set(trial, *ret_problem, miopenTensorConvolutionX, call->x.tensor) &&
           problem_set(trial, *ret_problem, miopenTensorConvolutionW, call->w.tensor) &&
           problem_set(trial, *ret_problem, miopenTensorConvolutionY, call->y.tensor);
}

/* The tensors of a node without descriptors, as searches and runs take them. */
#define TENSORS 3
static void node_tensors(const struct call *call, miopenTensorArgument_t ret_tensors[TENSORS])
{
    ret_tensors[0] = (miopenTensorArgument_t){miopenTensorConvolutionX, NULL, call->x.data};
    ret_tensors[1] = (miopenTensorArgument_t){miopenTensorConvolutionW, NULL, call->w.data};
    ret_tensors[2] = (miopenTensorArgument_t){miopenTensorConvolutionY, NULL, call->y.data};
}

/* The workspace that the search is given: as much as MIOpen says the convolution may need. */
static bool options_open(struct trial *trial, const struct settings *settings,
                         const struct call *call, struct buffer *workspace,
                         miopenFindOptions_t *ret_options)
{
    miopenTensorArgument_t tensors[TENSORS];
    size_t bytes = 0;

    if (!trial_step(trial, "CreateFindOptions", (int)miopenCreateFindOptions(ret_options)) ||
        (settings->exhaustive &&
         !trial_step(trial, "SetTuning", (int)miopenSetFindOptionTuning(*ret_options, 1))) ||
        (settings->binaries &&
         !trial_step(trial, "SetAttachBinaries",
                     (int)miopenSetFindOptionAttachBinaries(*ret_options, 1))))
        return false;
    if (!settings->preallocated)
        return true;
    node_tensors(call, tensors);
    for (size_t i = 0; i < TENSORS; i++)
        if (!trial_step(trial, "SetPreallocatedTensor",
                        (int)miopenSetFindOptionPreallocatedTensor(*ret_options, tensors[i].id,
                                                                   tensors[i].buffer)))
            return false;
    return trial_step(trial, "GetWorkSpaceSize", (int)call_get_workspace_size(call, &bytes)) &&
           trial_step(trial, "workspace", buffer_allocate(bytes, workspace)) &&
           trial_step(trial, "SetPreallocatedWorkspace",
                      (int)miopenSetFindOptionPreallocatedWorkspace(*ret_options, workspace->data,
                                                                    workspace->bytes));
}

/* Compiles a node: searches for its one solution, and keeps what is saved of it. */
static bool node_compile(struct node *node, const struct settings *settings, struct saved *keep)
{
    struct trial *trial = &node->trial;
    miopenProblem_t problem = NULL;
    miopenFindOptions_t options = NULL;
    struct buffer workspace = {0};
    size_t found = 0, bytes = 0;

    bool done =
        problem_open(trial, &node->call, &problem) &&
        options_open(trial, settings, &node->call, &workspace, &options) &&
        trial_step(trial, "FindSolutions",
                   (int)miopenFindSolutions(node->call.handle, problem, options, &node->solution,
                                            &found, 1)) &&
        trial_step(trial, "no solution", found == 0) &&
        trial_step(trial, "GetSolutionWorkspaceSize",
                   (int)miopenGetSolutionWorkspaceSize(node->solution, &bytes)) &&
        trial_step(trial, "GetSolutionSize",
                   (int)miopenGetSolutionSize(node->solution, &keep->size)) &&
        trial_step(trial, "saved size", keep->size > sizeof(keep->data)) &&
        trial_step(trial, "SaveSolution", (int)miopenSaveSolution(node->solution, keep->data));
    buffer_free(&workspace);
    if (options)
        miopenDestroyFindOptions(options);
    if (problem)
        miopenDestroyProblem(problem);
    return done;
}

static bool node_load(struct node *node, const struct saved *kept)
{
    return trial_step(&node->trial, "nothing was saved", kept->size == 0) &&
           trial_step(&node->trial, "LoadSolution",
                      (int)miopenLoadSolution(&node->solution, kept->data, kept->size));
}

/* With a workspace of the size that the solution names, and no descriptors. */
static bool node_run(struct node *node)
{
    struct trial *trial = &node->trial;
    miopenTensorArgument_t tensors[TENSORS];
    struct buffer workspace = {0};
    size_t bytes = 0;

    node_tensors(&node->call, tensors);
    bool done = trial_step(trial, "GetSolutionWorkspaceSize",
                           (int)miopenGetSolutionWorkspaceSize(node->solution, &bytes)) &&
                trial_step(trial, "workspace", buffer_allocate(bytes, &workspace)) &&
                trial_step(trial, "RunSolution",
                           (int)miopenRunSolution(node->call.handle, node->solution, TENSORS,
                                                  tensors, workspace.data, workspace.bytes)) &&
                trial_step(trial, "hipDeviceSynchronize", hipDeviceSynchronize() != hipSuccess);
    buffer_free(&workspace);
    return done;
}

/* --- Programs -------------------------------------------------------------------------------- */

/* The first shapes: each is compiled and run where there are settings, else loaded and run. */
static void shapes_run(struct session *session, size_t count, const struct settings *settings)
{
    miopenHandle_t handle = NULL;

    for (size_t i = 0; i < count; i++) {
        struct node node;

        if (node_open(session, shapes[i].name, shapes[i].line, &handle, &node) &&
            (settings ? node_compile(&node, settings, &saved[i]) : node_load(&node, &saved[i]))) {
            /* What the search may have written is no result. */
            buffer_poison(trial_result(&node.trial), true);
            node_run(&node);
        }
        node_close(&node);
    }
    if (handle)
        miopenDestroy(handle);
}

static void program_compile(struct session *session)
{
    shapes_run(session, SHAPES_COUNT, &(struct settings){.preallocated = false});
}

static void program_preallocated(struct session *session)
{
    shapes_run(session, SHAPES_COUNT, &(struct settings){.preallocated = true, .exhaustive = true});
}

static void program_load(struct session *session)
{
    shapes_run(session, SHAPES_COUNT, NULL);
}

static void program_binaries(struct session *session)
{
    shapes_run(session, SHAPES_BINARIES, &(struct settings){.binaries = true});
}

static void program_load_binaries(struct session *session)
{
    shapes_run(session, SHAPES_BINARIES, NULL);
}

/* The saved solution under another solver's name, as another machine could have saved it. */
static bool forge(struct saved *it, const char *solver)
{
    static const char key[] = "\xa6solver";
    char *at = memmem(it->data, it->size, key, sizeof(key) - 1);
    const size_t length = strlen(solver);

    if (!at || length > 31)
        return false;
    at += sizeof(key) - 1;
    const size_t old = (unsigned char)*at & 31;
    const size_t rest = it->size - (size_t)(at - it->data) - 1 - old;
    memmove(at + 1 + length, at + 1 + old, rest);
    *at = (char)(0xa0 | length);
    for (size_t i = 0; i < length; i++)
        at[1 + i] = solver[i];
    it->size += length - old;
    return true;
}

/* A model from elsewhere: where its solution is refused, it is compiled here. */
static void program_foreign(struct session *session)
{
    struct node node;
    struct saved *foreign = malloc(sizeof(*foreign));
    miopenHandle_t handle = NULL;

    if (node_open(session, shapes[0].name, shapes[0].line, &handle, &node) && foreign) {
        memcpy(foreign, &saved[0], sizeof(*foreign));
        trial_step(&node.trial, "nothing was saved", !forge(foreign, "ConvOclDirectFwd"));
        const miopenStatus_t status =
            miopenLoadSolution(&node.solution, foreign->data, foreign->size);
        if (status == miopenStatusUnsupportedOp)
            node_compile(&node, &(struct settings){.preallocated = true}, foreign);
        else
            trial_step(&node.trial, "LoadSolution", (int)status);
        if (!node.trial.stage)
            node_run(&node);
    }
    node_close(&node);
    if (handle)
        miopenDestroy(handle);
    free(foreign);
}

/*
 * Softmax by Find 2.0, which is no convolution: over four equal channels it gives a quarter. There
 * is no function to destroy its descriptor.
 */
static void softmax_run(struct trial *trial, miopenHandle_t handle)
{
    const struct tensor tensor = {
        .type = TYPE_FP32, .rank = 4, .lengths = {2, 4, 3, 5}, .strides = {60, 15, 5, 1}};
    const size_t count = tensor_count(&tensor);
    miopenSoftmaxDescriptor_t softmax = NULL;
    miopenTensorDescriptor_t descriptor = NULL;
    miopenProblem_t problem = NULL;
    miopenSolution_t solution = NULL;
    struct buffer x = {0}, y = {0};
    double *values = calloc(count, sizeof(*values));
    size_t found = 0;

    if (values && trial_step(trial, "softmax x", buffer_allocate(tensor_bytes(&tensor), &x)) &&
        trial_step(trial, "softmax y", buffer_allocate(tensor_bytes(&tensor), &y)) &&
        trial_step(trial, "softmax x", tensor_upload(&tensor, values, &x)) &&
        tensor_set(trial, &tensor, &descriptor) &&
        trial_step(trial, "CreateSoftmax", (int)miopenCreateSoftmaxDescriptor(&softmax)) &&
        trial_step(trial, "SetSoftmax",
                   (int)miopenSetSoftmaxDescriptor(softmax, 1.0F, 0.0F, MIOPEN_SOFTMAX_ACCURATE,
                                                   MIOPEN_SOFTMAX_MODE_CHANNEL)) &&
        trial_step(
            trial, "CreateSoftmaxProblem",
            (int)miopenCreateSoftmaxProblem(&problem, softmax, miopenProblemDirectionForward)) &&
        problem_set(trial, problem, SOFTMAX_X, descriptor) &&
        problem_set(trial, problem, SOFTMAX_Y, descriptor) &&
        trial_step(trial, "FindSolutions of softmax",
                   (int)miopenFindSolutions(handle, problem, NULL, &solution, &found, 1)) &&
        trial_step(trial, "no softmax", found == 0)) {
        const miopenTensorArgument_t tensors[] = {{SOFTMAX_X, NULL, x.data},
                                                  {SOFTMAX_Y, NULL, y.data}};

        buffer_poison(&y, true);
        for (size_t i = 0; i < count; i++)
            values[i] = 0.25;
        trial_step(trial, "RunSolution of softmax",
                   (int)miopenRunSolution(handle, solution, 2, tensors, NULL, 0));
        trial_check(trial, &tensor, values, &y);
    }
    if (solution)
        miopenDestroySolution(solution);
    if (problem)
        miopenDestroyProblem(problem);
    tensor_destroy(descriptor);
    buffer_free(&x);
    buffer_free(&y);
    free(values);
}

/* A model has more than convolutions. */
static void program_beside(struct session *session)
{
    struct node node;
    miopenHandle_t handle = NULL;

    if (node_open(session, "3x3 and softmax", shapes[0].line, &handle, &node)) {
        softmax_run(&node.trial, handle);
        if (node_compile(&node, &(struct settings){.preallocated = true}, &saved[0]))
            node_run(&node);
        softmax_run(&node.trial, handle);
    }
    node_close(&node);
    if (handle)
        miopenDestroy(handle);
}

int main(int argc, char **argv)
{
    struct session session;

    session_open(argc, argv, &session);
    saved = mmap(NULL, SHAPES_COUNT * sizeof(*saved), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (saved == MAP_FAILED) {
        perror("migraphx");
        return 3;
    }
    session_program(&session, "preallocated", program_preallocated);
    session_program(&session, "foreign", program_foreign);
    session_program(&session, "compile", program_compile);
    session_program(&session, "load", program_load);
    session_program(&session, "binaries", program_binaries);
    session_program(&session, "load binaries", program_load_binaries);
    session_program(&session, "beside", program_beside);
    return session_close(&session);
}
