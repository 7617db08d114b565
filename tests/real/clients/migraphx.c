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

/* As the caller names the tensors: of a deconvolution, x is what the plain convolution writes. */
static bool node_open(struct trial *trial, miopenHandle_t handle, struct call *ret_call)
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

/* The problem holds copies: the descriptors may go. */
static bool problem_open(struct trial *trial, const struct call *call, miopenProblem_t *ret_problem)
{
    return trial_step(trial, "CreateConvProblem",
                      (int)miopenCreateConvProblem(ret_problem, call->convolution,
                                                   (miopenProblemDirection_t)call->direction)) &&
           trial_step(trial, "SetProblemTensor",
                      (int)miopenSetProblemTensorDescriptor(*ret_problem, miopenTensorConvolutionX,
                                                            call->x.tensor)) &&
           trial_step(trial, "SetProblemTensor",
                      (int)miopenSetProblemTensorDescriptor(*ret_problem, miopenTensorConvolutionW,
                                                            call->w.tensor)) &&
           trial_step(trial, "SetProblemTensor",
                      (int)miopenSetProblemTensorDescriptor(*ret_problem, miopenTensorConvolutionY,
                                                            call->y.tensor));
}

/* The workspace that the search is given: as much as MIOpen says the convolution may need. */
static bool options_open(struct trial *trial, const struct settings *settings,
                         const struct call *call, struct buffer *workspace,
                         miopenFindOptions_t *ret_options)
{
    const struct {
        miopenTensorArgumentId_t id;
        void *data;
    } tensors[] = {{miopenTensorConvolutionX, call->x.data},
                   {miopenTensorConvolutionW, call->w.data},
                   {miopenTensorConvolutionY, call->y.data}};
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
    for (size_t i = 0; i < 3; i++)
        if (!trial_step(trial, "SetPreallocatedTensor",
                        (int)miopenSetFindOptionPreallocatedTensor(*ret_options, tensors[i].id,
                                                                   tensors[i].data)))
            return false;
    return trial_step(trial, "GetWorkSpaceSize", (int)call_get_workspace_size(call, &bytes)) &&
           trial_step(trial, "workspace", buffer_allocate(bytes, workspace)) &&
           trial_step(trial, "SetPreallocatedWorkspace",
                      (int)miopenSetFindOptionPreallocatedWorkspace(*ret_options, workspace->data,
                                                                    workspace->bytes));
}

/* Compiles a node: searches for its one solution, and keeps what is saved of it. */
static bool node_compile(struct trial *trial, const struct settings *settings,
                         const struct call *call, struct saved *keep,
                         miopenSolution_t *ret_solution)
{
    miopenProblem_t problem = NULL;
    miopenFindOptions_t options = NULL;
    struct buffer workspace = {0};
    size_t found = 0, bytes = 0;

    bool done =
        problem_open(trial, call, &problem) &&
        options_open(trial, settings, call, &workspace, &options) &&
        trial_step(
            trial, "FindSolutions",
            (int)miopenFindSolutions(call->handle, problem, options, ret_solution, &found, 1)) &&
        trial_step(trial, "no solution", found == 0) &&
        trial_step(trial, "GetSolutionWorkspaceSize",
                   (int)miopenGetSolutionWorkspaceSize(*ret_solution, &bytes)) &&
        trial_step(trial, "GetSolutionSize",
                   (int)miopenGetSolutionSize(*ret_solution, &keep->size)) &&
        trial_step(trial, "saved size", keep->size > sizeof(keep->data)) &&
        trial_step(trial, "SaveSolution", (int)miopenSaveSolution(*ret_solution, keep->data));
    buffer_free(&workspace);
    if (options)
        miopenDestroyFindOptions(options);
    if (problem)
        miopenDestroyProblem(problem);
    return done;
}

static bool node_load(struct trial *trial, const struct saved *kept, miopenSolution_t *ret_solution)
{
    return trial_step(trial, "nothing was saved", kept->size == 0) &&
           trial_step(trial, "LoadSolution",
                      (int)miopenLoadSolution(ret_solution, kept->data, kept->size));
}

/* With a workspace of the size that the solution names, and no descriptors. */
static bool node_run(struct trial *trial, const struct call *call, miopenSolution_t solution)
{
    const miopenTensorArgument_t tensors[] = {
        {miopenTensorConvolutionX, NULL, call->x.data},
        {miopenTensorConvolutionW, NULL, call->w.data},
        {miopenTensorConvolutionY, NULL, call->y.data},
    };
    struct buffer workspace = {0};
    size_t bytes = 0;

    bool done = trial_step(trial, "GetSolutionWorkspaceSize",
                           (int)miopenGetSolutionWorkspaceSize(solution, &bytes)) &&
                trial_step(trial, "workspace", buffer_allocate(bytes, &workspace)) &&
                trial_step(trial, "RunSolution",
                           (int)miopenRunSolution(call->handle, solution, 3, tensors,
                                                  workspace.data, workspace.bytes)) &&
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
        struct trial trial;
        struct call call = {.handle = NULL};
        miopenSolution_t solution = NULL;

        if (trial_open(session, shapes[i].name, shapes[i].line, &trial) &&
            (handle || trial_step(&trial, "Create", (int)miopenCreate(&handle))) &&
            node_open(&trial, handle, &call) &&
            (settings ? node_compile(&trial, settings, &call, &saved[i], &solution)
                      : node_load(&trial, &saved[i], &solution))) {
            /* What the search may have written is no result. */
            buffer_poison(trial_result(&trial), true);
            node_run(&trial, &call, solution);
        }
        if (solution)
            miopenDestroySolution(solution);
        call_close(&call);
        trial_close(&trial);
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
    struct trial trial;
    struct call call = {.handle = NULL};
    struct saved *foreign = malloc(sizeof(*foreign));
    miopenSolution_t solution = NULL;
    miopenHandle_t handle = NULL;

    if (trial_open(session, shapes[0].name, shapes[0].line, &trial) && foreign &&
        trial_step(&trial, "Create", (int)miopenCreate(&handle)) &&
        node_open(&trial, handle, &call)) {
        memcpy(foreign, &saved[0], sizeof(*foreign));
        trial_step(&trial, "nothing was saved", !forge(foreign, "ConvOclDirectFwd"));
        const miopenStatus_t status = miopenLoadSolution(&solution, foreign->data, foreign->size);
        if (status == miopenStatusUnsupportedOp)
            node_compile(&trial, &(struct settings){.preallocated = true}, &call, foreign,
                         &solution);
        else
            trial_step(&trial, "LoadSolution", (int)status);
        if (!trial.stage)
            node_run(&trial, &call, solution);
    }
    if (solution)
        miopenDestroySolution(solution);
    call_close(&call);
    trial_close(&trial);
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
        trial_step(trial, "SetProblemTensor",
                   (int)miopenSetProblemTensorDescriptor(problem, SOFTMAX_X, descriptor)) &&
        trial_step(trial, "SetProblemTensor",
                   (int)miopenSetProblemTensorDescriptor(problem, SOFTMAX_Y, descriptor)) &&
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
    struct trial trial;
    struct call call = {.handle = NULL};
    miopenSolution_t solution = NULL;
    miopenHandle_t handle = NULL;

    if (trial_open(session, "3x3 and softmax", shapes[0].line, &trial) &&
        trial_step(&trial, "Create", (int)miopenCreate(&handle)) &&
        node_open(&trial, handle, &call)) {
        softmax_run(&trial, handle);
        if (node_compile(&trial, &(struct settings){.preallocated = true}, &call, &saved[0],
                         &solution))
            node_run(&trial, &call, solution);
        softmax_run(&trial, handle);
    }
    if (solution)
        miopenDestroySolution(solution);
    call_close(&call);
    trial_close(&trial);
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
