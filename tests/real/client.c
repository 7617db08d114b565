#include "client.h"

#include "calls.h"

#include <stdlib.h>
#include <string.h>

#define ALGORITHMS_MAX 4
#define SOLUTIONS_MAX  10 /* PyTorch's limit */
#define SOLUTIONS_ROOM 64 /* for all there are */

static const char *const road_names[] = {
#define ROAD(identifier, name, calls) [ROAD_##identifier] = (name),
    ROADS
#undef ROAD
};

const char *road_name(enum road road)
{
    return road_names[road];
}

enum road road_from_name(const char *name)
{
    unsigned road = 0;

    while (road < ROAD_COUNT && strcmp(road_names[road], name) != 0)
        road++;
    return (enum road)road;
}

/* What the caller of a transposed convolution calls forward is a backward-data problem. */
static enum direction direction_of_caller(const struct problem *problem)
{
    if (!problem->transposed || problem->direction == DIRECTION_BACKWARD_WEIGHTS)
        return problem->direction;
    return problem->direction == DIRECTION_FORWARD ? DIRECTION_BACKWARD_DATA : DIRECTION_FORWARD;
}

static struct call call_of(const struct client *client, miopenHandle_t handle)
{
    struct operand x = {client->x, client->buffer_x.data}, y = {client->y, client->buffer_y.data};
    struct operand w = {client->w, client->buffer_w.data};
    bool swapped = client->problem->transposed;

    return (struct call){.handle = handle,
                         .direction = direction_of_caller(client->problem),
                         .x = swapped ? y : x,
                         .w = w,
                         .y = swapped ? x : y,
                         .convolution = client->convolution};
}

/* Elements from the first to the last one; 0 for a tensor without any. */
static size_t tensor_reach(const struct tensor *tensor)
{
    size_t last = 0;

    for (unsigned i = 0; i < tensor->rank; i++) {
        if (tensor->lengths[i] == 0)
            return 0;
        last += (size_t)((tensor->lengths[i] - 1) * tensor->strides[i]);
    }
    return last + 1;
}

/* By the function that programs use, but where its ints are too narrow. */
static miopenStatus_t tensor_set(miopenTensorDescriptor_t descriptor, const struct tensor *tensor)
{
    const miopenDataType_t type = (miopenDataType_t)tensor->type;
    int lengths[RANK_MAX], strides[RANK_MAX];
    size_t wide_lengths[RANK_MAX], wide_strides[RANK_MAX];
    bool fits = true;

    for (unsigned i = 0; i < tensor->rank; i++) {
        lengths[i] = (int)tensor->lengths[i];
        strides[i] = (int)tensor->strides[i];
        wide_lengths[i] = (size_t)tensor->lengths[i];
        wide_strides[i] = (size_t)tensor->strides[i];
        fits &= lengths[i] == tensor->lengths[i] && strides[i] == tensor->strides[i];
    }
    return fits ? miopenSetTensorDescriptor(descriptor, type, (int)tensor->rank, lengths, strides)
                : miopenSetTensorDescriptorV2(descriptor, type, (int)tensor->rank, wide_lengths,
                                              wide_strides);
}

static miopenStatus_t tensor_open(const struct tensor *tensor, bool with_memory,
                                  miopenTensorDescriptor_t *ret_tensor, struct buffer *ret_buffer)
{
    miopenStatus_t status = miopenCreateTensorDescriptor(ret_tensor);

    if (status == miopenStatusSuccess)
        status = tensor_set(*ret_tensor, tensor);
    if (status == miopenStatusSuccess && tensor->casts)
        status = miopenSetTensorCastType(*ret_tensor, (miopenDataType_t)tensor->cast);
    if (status != miopenStatusSuccess || !with_memory)
        return status;
    return buffer_allocate(tensor_reach(tensor) * data_type_bytes(tensor->type), ret_buffer)
               ? miopenStatusAllocFailed
               : miopenStatusSuccess;
}

static miopenStatus_t convolution_open(const struct problem *problem,
                                       miopenConvolutionDescriptor_t *ret_convolution)
{
    int pad[SPATIAL_MAX], stride[SPATIAL_MAX],
        dilation[SPATIAL_MAX]; /* the prototype takes no const */
    miopenConvolutionMode_t mode = problem->transposed ? miopenTranspose : miopenConvolution;
    miopenStatus_t status = miopenCreateConvolutionDescriptor(ret_convolution);

    memcpy(pad, problem->pad, sizeof(pad));
    memcpy(stride, problem->stride, sizeof(stride));
    memcpy(dilation, problem->dilation, sizeof(dilation));
    if (status == miopenStatusSuccess)
        status = miopenInitConvolutionNdDescriptor(*ret_convolution, (int)problem->spatial, pad,
                                                   stride, dilation, mode);
    if (status == miopenStatusSuccess)
        status = miopenSetConvolutionGroupCount(*ret_convolution, problem->groups);
    return status;
}

/* Runs a call, and leaves the function with its status where it fails. */
#define STEP(name, call)                                                                           \
    do {                                                                                           \
        miopenStatus_t step_ = (call);                                                             \
        *ret_stage = (name);                                                                       \
        if (step_ != miopenStatusSuccess)                                                          \
            return step_;                                                                          \
    } while (0)

static miopenStatus_t from_hip(hipError_t error)
{
    return error == hipSuccess ? miopenStatusSuccess : miopenStatusInternalError;
}

static miopenStatus_t handles_open(int device, struct client *client, const char **ret_stage)
{
    STEP("hipSetDevice", from_hip(hipSetDevice(device)));
    STEP("hipStreamCreate", from_hip(hipStreamCreate(&client->stream)));
    STEP("Create", miopenCreateWithStream(&client->handle, client->stream));
    STEP("Create", miopenCreateWithStream(&client->other_handle, client->stream));
    return miopenStatusSuccess;
}

static miopenStatus_t problem_open(const struct problem *problem, bool with_memory,
                                   struct client *client, const char **ret_stage)
{
    client->problem = problem;
    STEP("ConvolutionDescriptor", convolution_open(problem, &client->convolution));
    STEP("TensorDescriptor x",
         tensor_open(&problem->x, with_memory, &client->x, &client->buffer_x));
    STEP("TensorDescriptor w",
         tensor_open(&problem->w, with_memory, &client->w, &client->buffer_w));
    STEP("TensorDescriptor y",
         tensor_open(&problem->y, with_memory, &client->y, &client->buffer_y));
    return miopenStatusSuccess;
}

miopenStatus_t client_open(int device, const struct problem *problem, struct client *ret_client,
                           const char **ret_stage)
{
    miopenStatus_t status;

    *ret_client = (struct client){.problem = problem};
    status = handles_open(device, ret_client, ret_stage);
    return status == miopenStatusSuccess ? problem_open(problem, true, ret_client, ret_stage)
                                         : status;
}

miopenStatus_t client_connect(int device, struct client *ret_client, const char **ret_stage)
{
    *ret_client = (struct client){.problem = NULL};
    return handles_open(device, ret_client, ret_stage);
}

miopenStatus_t client_turn_to(struct client *client, const struct problem *problem,
                              bool with_memory, const char **ret_stage)
{
    client_turn_away(client);
    return problem_open(problem, with_memory, client, ret_stage);
}

void client_turn_away(struct client *client)
{
    buffer_free(&client->buffer_x);
    buffer_free(&client->buffer_w);
    buffer_free(&client->buffer_y);
    buffer_free(&client->workspace);
    if (client->solution)
        (void)miopenDestroySolution(client->solution);
    if (client->x)
        (void)miopenDestroyTensorDescriptor(client->x);
    if (client->w)
        (void)miopenDestroyTensorDescriptor(client->w);
    if (client->y)
        (void)miopenDestroyTensorDescriptor(client->y);
    if (client->convolution)
        (void)miopenDestroyConvolutionDescriptor(client->convolution);
    *client = (struct client){
        .handle = client->handle, .other_handle = client->other_handle, .stream = client->stream};
}

void client_close(struct client *client)
{
    client_turn_away(client);
    if (client->other_handle)
        (void)miopenDestroy(client->other_handle);
    if (client->handle)
        (void)miopenDestroy(client->handle);
    if (client->stream)
        (void)hipStreamDestroy(client->stream);
    *client = (struct client){0};
}

struct buffer *client_result(struct client *client)
{
    switch (client->problem->direction) {
    case DIRECTION_FORWARD:
        return &client->buffer_y;
    case DIRECTION_BACKWARD_DATA:
        return &client->buffer_x;
    case DIRECTION_BACKWARD_WEIGHTS:
    case DIRECTION_COUNT:
    default:
        return &client->buffer_w;
    }
}

/* Notes how a call went; true where it succeeded. */
static bool outcome_step(struct outcome *outcome, const char *stage, miopenStatus_t status)
{
    outcome->stage = stage;
    outcome->status = status;
    return status == miopenStatusSuccess;
}

static bool workspace_set(struct client *client, size_t bytes, struct outcome *outcome)
{
    bool allocated;

    buffer_free(&client->workspace);
    outcome->workspace_bytes = bytes;
    allocated = buffer_allocate(bytes, &client->workspace) == 0;
    if (!allocated)
        return outcome_step(outcome, "workspace", miopenStatusAllocFailed);
    buffer_poison(&client->workspace, true);
    return true;
}

static bool prepare_find(struct client *client, enum road road, struct outcome *outcome)
{
    struct call call = call_of(client, client->handle);
    miopenConvAlgoPerf_t found[ALGORITHMS_MAX];
    size_t bytes = 0;

    if (road != ROAD_FIND_ONLY_NULL &&
        !outcome_step(outcome, "GetWorkSpaceSize", call_get_workspace_size(&call, &bytes)))
        return false;
    if (!workspace_set(client, bytes, outcome))
        return false;
    if (!outcome_step(outcome, "Find",
                      call_find(&call, ALGORITHMS_MAX, &outcome->returned, found,
                                client->workspace.data, bytes, false)))
        return false;
    if (outcome->returned < 1)
        return outcome_step(outcome, "Find", miopenStatusNotImplemented);
    outcome->algorithm = (int)found[0].fwd_algo;
    return road == ROAD_FIND_ONLY_NULL || workspace_set(client, found[0].memory, outcome);
}

static bool prepare_immediate(struct client *client, enum road road, struct outcome *outcome)
{
    struct call call = call_of(client, client->handle);
    miopenConvSolution_t solutions[SOLUTIONS_MAX];
    size_t count = 0;

    if (!outcome_step(outcome, "GetSolutionCount", call_get_solution_count(&call, &count)) ||
        !outcome_step(outcome, "GetSolution",
                      call_get_solution(&call, SOLUTIONS_MAX, &count, solutions)))
        return false;
    outcome->returned = (int)count;
    if (count == 0)
        return outcome_step(outcome, "GetSolution", miopenStatusNotImplemented);
    outcome->algorithm = (int)solutions[0].algorithm;
    outcome->solver = solutions[0].solution_id;
    if (road == ROAD_IMMEDIATE &&
        !outcome_step(outcome, "CompileSolution", call_compile_solution(&call, outcome->solver)))
        return false;
    return workspace_set(client, solutions[0].workspace_size, outcome);
}

static bool prepare_gemm(struct client *client, struct outcome *outcome)
{
    struct call call = call_of(client, client->handle);
    size_t bytes = 0;

    if (!outcome_step(outcome, "GetWorkSpaceSize", call_get_workspace_size(&call, &bytes)))
        return false;
    outcome->algorithm = miopenConvolutionAlgoGEMM;
    return workspace_set(client, bytes, outcome);
}

/* The problem of a call; its descriptors are copied. */
static miopenStatus_t find2_problem_open(const struct call *call, miopenProblem_t *ret_problem)
{
    const struct {
        miopenTensorArgumentId_t id;
        miopenTensorDescriptor_t tensor;
    } tensors[] = {{miopenTensorConvolutionX, call->x.tensor},
                   {miopenTensorConvolutionW, call->w.tensor},
                   {miopenTensorConvolutionY, call->y.tensor}};
    miopenStatus_t status = miopenCreateConvProblem(ret_problem, call->convolution,
                                                    (miopenProblemDirection_t)call->direction);

    for (size_t i = 0; i < 3 && status == miopenStatusSuccess; i++)
        status = miopenSetProblemTensorDescriptor(*ret_problem, tensors[i].id, tensors[i].tensor);
    return status;
}

/* The first of several solutions, which are in the order of their times. */
static miopenStatus_t solution_find(struct client *client, int *ret_found)
{
    struct call call = call_of(client, client->handle);
    miopenSolution_t solutions[SOLUTIONS_MAX];
    miopenProblem_t problem = NULL;
    size_t found = 0;
    miopenStatus_t status = find2_problem_open(&call, &problem);

    if (status == miopenStatusSuccess)
        status =
            miopenFindSolutions(client->handle, problem, NULL, solutions, &found, SOLUTIONS_MAX);
    if (problem)
        (void)miopenDestroyProblem(problem);
    for (size_t i = 1; i < found; i++)
        (void)miopenDestroySolution(solutions[i]);
    if (status == miopenStatusSuccess && found > 0)
        client->solution = solutions[0];
    *ret_found = (int)found;
    return status == miopenStatusSuccess && found == 0 ? miopenStatusNotImplemented : status;
}

/* Puts what was saved of the solution in its place. */
static miopenStatus_t solution_reload(struct client *client)
{
    size_t size = 0;
    char *data = NULL;
    miopenStatus_t status = miopenGetSolutionSize(client->solution, &size);

    if (status == miopenStatusSuccess)
        data = malloc(size);
    if (data)
        status = miopenSaveSolution(client->solution, data);
    if (data && status == miopenStatusSuccess) {
        (void)miopenDestroySolution(client->solution);
        client->solution = NULL;
        status = miopenLoadSolution(&client->solution, data, size);
    }
    free(data);
    return status;
}

static bool prepare_find2(struct client *client, enum road road, struct outcome *outcome)
{
    miopenConvAlgorithm_t algorithm;
    size_t bytes = 0;

    if (!outcome_step(outcome, "FindSolutions", solution_find(client, &outcome->returned)) ||
        (road == ROAD_FIND2_SAVED &&
         !outcome_step(outcome, "LoadSolution", solution_reload(client))) ||
        !outcome_step(outcome, "GetSolutionSolverId",
                      miopenGetSolutionSolverId(client->solution, &outcome->solver)) ||
        !outcome_step(outcome, "GetSolverIdConvAlgorithm",
                      miopenGetSolverIdConvAlgorithm(outcome->solver, &algorithm)) ||
        !outcome_step(outcome, "GetSolutionWorkspaceSize",
                      miopenGetSolutionWorkspaceSize(client->solution, &bytes)))
        return false;
    outcome->algorithm = (int)algorithm;
    return workspace_set(client, bytes, outcome);
}

static miopenStatus_t solution_run(struct client *client, miopenHandle_t handle)
{
    struct call call = call_of(client, handle);
    const miopenTensorArgument_t tensors[] = {{miopenTensorConvolutionX, NULL, call.x.data},
                                              {miopenTensorConvolutionW, NULL, call.w.data},
                                              {miopenTensorConvolutionY, NULL, call.y.data}};

    return miopenRunSolution(handle, client->solution, 3, tensors, client->workspace.data,
                             client->workspace.bytes);
}

bool client_prepare(struct client *client, enum road road, struct outcome *ret_outcome)
{
    *ret_outcome = (struct outcome){.algorithm = -1};
    switch (road) {
    case ROAD_FIND:
    case ROAD_FIND_ONLY_NULL:
    case ROAD_FIND_ELSEWHERE:
        return prepare_find(client, road, ret_outcome);
    case ROAD_IMMEDIATE:
    case ROAD_IMMEDIATE_ONLY:
        return prepare_immediate(client, road, ret_outcome);
    case ROAD_GEMM_ONLY:
        return prepare_gemm(client, ret_outcome);
    case ROAD_FIND2:
    case ROAD_FIND2_SAVED:
        return prepare_find2(client, road, ret_outcome);
    case ROAD_COUNT:
    default:
        return false;
    }
}

bool client_run(struct client *client, enum road road, struct outcome *outcome)
{
    const struct buffer *workspace = &client->workspace;
    const bool elsewhere = road == ROAD_FIND_ELSEWHERE || road == ROAD_FIND2_SAVED;
    struct call call = call_of(client, elsewhere ? client->other_handle : client->handle);
    const char *stage = "Convolution";
    miopenStatus_t status;

    if (client->solution) {
        stage = "RunSolution";
        status = solution_run(client, call.handle);
    } else if (road == ROAD_IMMEDIATE || road == ROAD_IMMEDIATE_ONLY) {
        stage = "Immediate";
        status = call_immediate(&call, workspace->data, workspace->bytes, outcome->solver);
    } else {
        status = call_convolution(&call, outcome->algorithm, workspace->data, workspace->bytes);
    }
    return outcome_step(outcome, stage, status) &&
           outcome_step(outcome, "hipStreamSynchronize",
                        from_hip(hipStreamSynchronize(client->stream)));
}

void client_ask_solver(struct client *client, struct outcome *outcome)
{
    struct call call = call_of(client, client->handle);
    miopenConvSolution_t solutions[SOLUTIONS_MAX];
    size_t count = 0;

    if (outcome->solver != 0 ||
        call_get_solution(&call, SOLUTIONS_MAX, &count, solutions) != miopenStatusSuccess)
        return;
    for (size_t i = 0; i < count && outcome->solver == 0; i++)
        if ((int)solutions[i].algorithm == outcome->algorithm)
            outcome->solver = solutions[i].solution_id;
}

miopenStatus_t client_workspace(struct client *client, size_t *ret_bytes)
{
    struct call call = call_of(client, client->handle);

    return call_get_workspace_size(&call, ret_bytes);
}

miopenStatus_t client_solver_workspace(struct client *client, uint64_t id, size_t *ret_bytes)
{
    struct call call = call_of(client, client->handle);

    return call_get_solution_workspace_size(&call, id, ret_bytes);
}

miopenStatus_t client_solver_compile(struct client *client, uint64_t id)
{
    struct call call = call_of(client, client->handle);

    return call_compile_solution(&call, id);
}

miopenStatus_t client_solver_start(struct client *client, uint64_t id, void *workspace,
                                   size_t bytes)
{
    struct call call = call_of(client, client->handle);

    return call_immediate(&call, workspace, bytes, id);
}

miopenStatus_t client_solver_run(struct client *client, uint64_t id, void *workspace, size_t bytes)
{
    miopenStatus_t status = client_solver_start(client, id, workspace, bytes);

    return status == miopenStatusSuccess ? from_hip(hipStreamSynchronize(client->stream)) : status;
}

unsigned client_solutions(struct client *client, uint64_t *ret_ids, unsigned room)
{
    struct call call = call_of(client, client->handle);
    miopenConvSolution_t solutions[SOLUTIONS_ROOM];
    size_t count = 0;

    if (call_get_solution(&call, SOLUTIONS_ROOM, &count, solutions) != miopenStatusSuccess)
        return 0;
    for (unsigned i = 0; i < count && i < room; i++)
        ret_ids[i] = solutions[i].solution_id;
    return (unsigned)count < room ? (unsigned)count : room;
}
